"""Saying what the columns of a table are, once for every file with its header; and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from lims import jobs
from lims.audit import action, log
from lims.models import User
from lims.records import create_record, save_record
from testing.models import ColumnMapping, Submission
from testing.readers.base import UnreadableFile
from testing.replay import KIND, preview_of_file


@action
def save_mapping(
    *,
    submission: Submission,
    name: str,
    kind: str,
    columns: Sequence[dict[str, Any]],
    by: User,
    time_format: str = "",
    of_its_instrument: bool = False,
    note: str = "",
) -> ColumnMapping:
    """Keep what the columns of a file are, for every file with the same header, and read again those that wait.

    columns            For each column that is read: place (from 0), target, unit, negative.
    of_its_instrument  Only for files of the instrument that this one came from.
    """
    try:
        shown = preview_of_file(submission)
    except UnreadableFile as reason:
        raise ValidationError(f"The columns of {submission.name} cannot be named: {reason}") from reason
    if of_its_instrument and submission.instrument is None:
        raise ValidationError({"of_its_instrument": f"{submission.name} came from no instrument."})
    mapping = ColumnMapping(
        name=name,
        kind=kind,
        instrument=submission.instrument if of_its_instrument else None,
        header=list(shown.header),
        width=shown.width,
        columns=[{"unit": "", "negative": False, **column} for column in columns],
        time_format=time_format,
        note=note,
    )
    _judge_others(mapping, submission)
    create_record(
        mapping, project=submission.project, by=by, verb="said what the columns are", file=submission.name
    )
    jobs.enqueue(KIND, mapping.pk, by=by, identity=mapping.identity)
    return mapping


def _judge_others(mapping: ColumnMapping, submission: Submission) -> None:
    for other in ColumnMapping.objects.standing().filter(identity__project=submission.project).with_codes():
        if (
            other.header == mapping.header
            and other.width == mapping.width
            and other.instrument == mapping.instrument
        ):
            raise ValidationError(
                f"{other.code} says already what these columns are. Retire it first if it is wrong."
            )


@action
def retire_mapping(
    *, mapping: ColumnMapping, by: User, reason: str, expected_version: int | None = None
) -> ColumnMapping:
    """Stop reading files by a mapping. What was read by it stays, and names it."""
    if not reason.strip():
        raise ValidationError({"reason": "Say what is wrong with it."})
    if mapping.retired:
        raise ValidationError(f"{mapping.code} is retired already.")
    mapping.retired = True
    saved: ColumnMapping = save_record(
        mapping, by=by, reason=reason, expected_version=expected_version, verb="retired"
    )
    read = Submission.objects.filter(reader=f"mapped {mapping.code}").count()
    if read:
        log(by, "left files read by it", mapping, files=read)
    return saved
