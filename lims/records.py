"""How records come to be and change: one path that gives codes, judges, saves and logs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypedDict, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F

from lims import blanks
from lims.audit import action, at_the_end, log
from lims.models import CodeSequence, Identity, Project, Record, User

RecordT = TypeVar("RecordT", bound=Record)


class Origin(TypedDict, total=False):
    """How a record came to be; what is left out is now, at the bench, by whoever records it."""

    performed_at: datetime
    performed_by: User
    source: str
    note: str
    blanks: Mapping[str, str]


class StaleRecord(Exception):
    """Somebody else has changed the record since it was read."""

    def __init__(self, record: Record, expected_version: int) -> None:
        self.record, self.expected_version = record, expected_version
        super().__init__(
            f"{record.code} has changed since you read it: you have version {expected_version}, "
            f"it is at version {record.version}. Look at what changed and try again."
        )


def next_code(prefix: str) -> str:
    """Return the next free code of ``prefix``; whoever asks holds the sequence until they commit."""
    CodeSequence.objects.get_or_create(prefix=prefix)
    CodeSequence.objects.filter(prefix=prefix).update(last_number=F("last_number") + 1)
    return f"{prefix}-{CodeSequence.objects.get(prefix=prefix).last_number:04d}"


@action
def create_record(
    record: RecordT, /, *, project: Project | None, by: User, verb: str = "created", **told: Any
) -> RecordT:
    """Give ``record`` a code and save it, or raise ValidationError."""
    if project is not None and not Project.objects.visible_to(by).filter(pk=project.pk).exists():
        raise ValidationError({"project": f"You are not a member of project {project.code}."})
    record.recorded_by = by
    if record.performed_by_id is None:
        record.performed_by = by
    record.full_clean(exclude=["identity"])
    record.identity = Identity.objects.create(
        code=next_code(record.code_prefix()), kind=record._meta.label_lower, project=project
    )
    record.save(force_insert=True)
    if record.blanks:
        # Its details are saved after it, and a field of theirs may be the one that is blank.
        at_the_end(f"blanks of {record.pk}", partial(blanks.judge, record))
    log(by, verb, record, **(told or initial_facts(record)))
    return record


def initial_facts(record: models.Model) -> dict[str, Any]:
    """Return what a new record says, for the log: its own fields that hold something."""
    skipped = {"identity", "recorded_at", "recorded_by", "version"}
    facts = {f.name: _spelled(record, f) for f in record._meta.concrete_fields if f.name not in skipped}
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _spelled(record: models.Model, field: models.Field[Any, Any]) -> Any:
    value = field.value_from_object(record)
    if isinstance(value, dict):
        # Told as one text: a value with several parts must not look like a change.
        return ", ".join(f"{name} {reason.replace('_', ' ')}" for name, reason in sorted(value.items()))
    if value is not None and field.is_relation:
        return str(getattr(record, field.name))
    return value


@action
def save_record(
    record: RecordT, *, by: User, reason: str = "", expected_version: int | None = None, verb: str = "changed"
) -> RecordT:
    """Save what has changed in ``record``, raise its version, and log old and new.

    Raises ValidationError where a rule is broken and StaleRecord where ``expected_version`` is no longer current.
    """
    manager = type(record)._default_manager
    before = manager.select_for_update().get(pk=record.pk)
    if expected_version is not None and before.version != expected_version:
        raise StaleRecord(before, expected_version)
    record.full_clean()
    changes = {}
    for field in record._meta.concrete_fields:
        if field.name in {"identity", "version", "recorded_at", "recorded_by"}:
            continue
        if field.value_from_object(before) != field.value_from_object(record):
            changes[field.name] = [_spelled(before, field), _spelled(record, field)]
    if not changes:
        return record
    if "blanks" in changes:
        blanks.judge(record)
    record.version = before.version + 1
    record.save()
    log(by, verb, record, reason=reason, **changes)
    return record


@action
def change_record(
    record: RecordT, /, *, by: User, reason: str, expected_version: int | None = None, **facts: Any
) -> RecordT:
    """Say anew what a record says of itself, with the reason; errors as for `save_record`."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is changed."})
    locked = cast(
        RecordT, type(record)._default_manager.with_codes().select_for_update(of=("self",)).get(pk=record.pk)
    )
    for name, value in facts.items():
        # A name that is no field is a bug in the caller and rises.
        setattr(locked, record._meta.get_field(name).name, value)
    return save_record(locked, by=by, reason=reason, expected_version=expected_version)


def touch(record: Record) -> None:
    """Raise the record's version because something that belongs to it changed."""
    type(record)._default_manager.filter(pk=record.pk).update(version=F("version") + 1)
    record.version += 1
