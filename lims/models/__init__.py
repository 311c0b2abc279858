"""What every app stands on: people, projects, records, the log, jobs, files and tokens."""

from lims.models.api import ApiToken, IdempotencyKey
from lims.models.files import Attachment, Blob
from lims.models.jobs import Job
from lims.models.log import LogEntry, LogHead
from lims.models.people import Membership, Project, Role, User
from lims.models.records import CodeSequence, Identity, Record, RecordQuerySet

__all__ = [
    "ApiToken",
    "Attachment",
    "Blob",
    "CodeSequence",
    "IdempotencyKey",
    "Identity",
    "Job",
    "LogEntry",
    "LogHead",
    "Membership",
    "Project",
    "Record",
    "RecordQuerySet",
    "Role",
    "User",
]
