"""The one way to write: a transaction whose log entries are chained at its very end.

The chain has one lock, and whoever holds it holds up every other writer. So entries are gathered while an
action works and written just before the outermost action commits, when all other locks are already held:
nobody can wait for the chain while holding what the chain's holder waits for.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from lims.middleware import request_id
from lims.models import Identity, LogEntry, LogHead, Record, User

P = ParamSpec("P")
R = TypeVar("R")

# SQLSTATE of PostgreSQL, appendix A.
UNIQUE_VIOLATION, EXCLUSION_VIOLATION = "23505", "23P01"


@dataclass
class _Gathered:
    """What an open action has to say: log entries, and what is to be done once at its end."""

    entries: list[LogEntry] = field(default_factory=list)
    last_steps: dict[str, Callable[[], None]] = field(default_factory=dict)


_open: contextvars.ContextVar[_Gathered | None] = contextvars.ContextVar("open_action", default=None)


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Make ``function`` one transaction that is logged whole or not done at all; actions may call actions."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = _open.get()
        if outer is not None:
            return _nested(outer, function, *args, **kwargs)
        try:
            return _outermost(function, *args, **kwargs)
        except IntegrityError as error:
            if not _came_second(error):
                raise
        # Two writers had both found the place free. Judged again, this one is told the rule's own sentence.
        return _outermost(function, *args, **kwargs)

    return wrapped


def _outermost(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    gathered = _Gathered()
    token = _open.set(gathered)
    try:
        with transaction.atomic():
            result = function(*args, **kwargs)
            while gathered.last_steps:
                gathered.last_steps.pop(next(iter(gathered.last_steps)))()
            _append(gathered.entries)
            return result
    finally:
        _open.reset(token)


def _came_second(error: IntegrityError) -> bool:
    """Return whether PostgreSQL refused a row because another took its place; SQLite's writers queue."""
    return getattr(error.__cause__, "sqlstate", "") in (UNIQUE_VIOLATION, EXCLUSION_VIOLATION)


def _nested(outer: _Gathered, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    entries, steps = len(outer.entries), dict(outer.last_steps)
    try:
        with transaction.atomic():
            return function(*args, **kwargs)
    except BaseException:
        # What was rolled back to the savepoint did not happen and is not told.
        del outer.entries[entries:]
        outer.last_steps = steps
        raise


def at_the_end(name: str, step: Callable[[], None]) -> None:
    """Do ``step`` once, just before the action that is under way commits; a second call with ``name`` replaces it."""
    _gathered().last_steps[name] = step


def log(
    by: User | None,
    verb: str,
    subject: Record | Identity | str,
    # Positional only, so that a change may be called "subject" or "verb" too.
    /,
    *,
    reason: str = "",
    **changes: Any,
) -> None:
    """Tell what the action under way has done. ``changes`` is ``field=[old, new]`` or ``name=value``.

    A list always means old and new; a value with several parts is told as one text, so that no two parts of it
    can be taken for a change.
    """
    identity = (
        subject.identity
        if isinstance(subject, Record)
        else subject
        if isinstance(subject, Identity)
        else None
    )
    _gathered().entries.append(
        LogEntry(
            actor=by,
            actor_name=by.get_username() if by else "system",
            actor_role=("administrator" if by.is_superuser else by.role) if by else "system",
            verb=verb,
            identity=identity,
            subject=str(subject)[:120],
            changes_json=_canonical(changes),
            reason=reason,
            request_id=request_id.get(),
        )
    )


def _gathered() -> _Gathered:
    gathered = _open.get()
    if gathered is None:
        raise RuntimeError(
            "Nothing is written outside an action: decorate the caller with lims.audit.action."
        )
    return gathered


def _append(entries: list[LogEntry]) -> None:
    if not entries:
        return
    head, _ = LogHead.objects.select_for_update().get_or_create(pk=1)
    for entry in entries:
        entry.seq = head.last_seq + 1
        entry.at = timezone.now()
        entry.previous_hash = head.last_hash
        entry.hash = entry.computed_hash()
        head.last_seq, head.last_hash = entry.seq, entry.hash
    LogEntry.objects.bulk_create(entries)
    head.save()


def _canonical(changes: Mapping[str, Any]) -> str:
    return json.dumps(changes, default=_plain, sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, models.Model):
        return str(value)
    raise TypeError(f"The log cannot spell {type(value).__name__}.")


@dataclass(frozen=True)
class ChainFault:
    """Where the chain is broken, and how."""

    seq: int
    sentence: str


def verify_chain() -> list[ChainFault]:
    """Return every place where the log is not what was written; an empty list means that it is whole."""
    faults: list[ChainFault] = []
    expected_seq, previous_hash = 1, ""
    for entry in LogEntry.objects.order_by("seq").iterator(chunk_size=2000):
        if entry.seq != expected_seq:
            faults.append(ChainFault(entry.seq, f"Entries {expected_seq} to {entry.seq - 1} are missing."))
        if entry.previous_hash != previous_hash:
            faults.append(ChainFault(entry.seq, f"Entry {entry.seq} does not follow the one before it."))
        if entry.computed_hash() != entry.hash:
            faults.append(ChainFault(entry.seq, f"Entry {entry.seq} was changed after it was written."))
        expected_seq, previous_hash = entry.seq + 1, entry.hash
    head = LogHead.objects.filter(pk=1).first() or LogHead()
    if head.last_seq != expected_seq - 1:
        faults.append(
            ChainFault(head.last_seq, f"The log ends at {expected_seq - 1}, not at {head.last_seq}.")
        )
    elif head.last_hash != previous_hash:
        # A last entry that was rewritten together with its hash has nothing after it to contradict it.
        faults.append(
            ChainFault(head.last_seq, f"Entry {head.last_seq} is not the one that was written last.")
        )
    return faults
