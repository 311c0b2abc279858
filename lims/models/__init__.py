"""What every app stands on: people, projects, records, the log, jobs, files and tokens."""

from lims.models.api import ApiToken, IdempotencyKey
from lims.models.checks import ChecksTogether
from lims.models.files import Attachment, Blob
from lims.models.jobs import Job
from lims.models.log import LogEntry, LogHead
from lims.models.notebook import Mention, Note, NoteEdition, SavedView
from lims.models.people import Membership, Project, Role, User
from lims.models.records import Blank, CodeSequence, Identity, Record, RecordQuerySet, Source
from lims.models.suspicion import SuspectFlag, Suspicion

__all__ = [
    "ApiToken",
    "Attachment",
    "Blank",
    "Blob",
    "ChecksTogether",
    "CodeSequence",
    "IdempotencyKey",
    "Identity",
    "Job",
    "LogEntry",
    "LogHead",
    "Membership",
    "Mention",
    "Note",
    "NoteEdition",
    "Project",
    "Record",
    "RecordQuerySet",
    "Role",
    "SavedView",
    "Source",
    "SuspectFlag",
    "Suspicion",
    "User",
]
