"""What has changed since a report was frozen: its inputs then, held against the same inputs now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lims.models import User
from lims.templatetags.numbers import with_unit
from testing.models import Report
from testing.reporting.snapshot import frozen_inputs, subject_of

# More than this is not read; the count says how many there are.
SHOWN_MAX = 50
# What grows with every look at a record and says nothing of its numbers.
NOT_COMPARED = {"history", "origin"}
# What tells the rows of a frozen list apart, the first that they have.
ROW_NAMES = ("code", "name", "role", "cycle_number", "number", "label", "key", "title")


@dataclass(frozen=True)
class Change:
    """One input: where it stands in the report, what it was and what it is now; None where it was not there."""

    where: str
    then: str | None
    now: str | None


def changes_since(report: Report, by: User) -> list[Change]:
    """Return what differs between the frozen inputs and the present ones, in the order of the report."""
    about = subject_of(report)
    now = frozen_inputs(report.kind, about, by, report.options)
    then = {name: report.snapshot[name] for name in now if name in report.snapshot}
    return list(differences(then, now))


def differences(then: Any, now: Any, where: tuple[str, ...] = ()) -> Iterator[Change]:
    """Yield the leaves at which two frozen documents differ; rows of lists are matched by their name.

    >>> list(differences({"layers": [{"role": "positive", "mass_mg": 8.1}]},
    ...                  {"layers": [{"role": "positive", "mass_mg": 8.3}]}))
    [Change(where='layers > positive > mass_mg', then='8.1', now='8.3')]
    """
    if then == now:
        return
    if _is_number(then) and _is_number(now):
        yield Change(" > ".join(where), with_unit(then), with_unit(now))
    elif isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys([*then, *now]):
            if name not in NOT_COMPARED:
                yield from differences(then.get(name), now.get(name), (*where, str(name)))
    elif isinstance(then, Sequence) and isinstance(now, Sequence) and not isinstance(then, str):
        before, after = _named(then), _named(now)
        for name in dict.fromkeys([*before, *after]):
            if name not in NOT_COMPARED:
                yield from differences(before.get(name), after.get(name), (*where, name))
    else:
        yield Change(" > ".join(where), _told(then), _told(now))


def _is_number(value: Any) -> bool:
    return isinstance(value, Mapping) and {"value", "unit", "uncertainty"} <= set(value)


def _named(rows: Sequence[Any]) -> dict[str, Any]:
    """Return rows by what they are called; a row of a table by its first cell, others by their place."""
    named: dict[str, Any] = {}
    for place, row in enumerate(rows, start=1):
        name = str(place)
        if isinstance(row, Mapping):
            name = next((str(row[key]) for key in ROW_NAMES if row.get(key) not in (None, "")), name)
        elif isinstance(row, list) and row and isinstance(row[0], str | int):
            name = str(row[0])
        named[name if name not in named else f"{name} ({place})"] = row
    return named


def _told(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Mapping | list):
        return f"{len(value)} entries"
    return str(value)
