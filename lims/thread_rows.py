"""The thread of a record as rows: what is on it, how much of the mass passed through, and where that begins or ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lims.models import Identity, User
from lims.trace import Direction, MassStory, Trace, TraceNode, trace
from lims.units import UG_PER_MG

# A table is read from its top; the file has the rest.
MOST_ROWS = 200
HIDDEN = "records that you may not see"


@dataclass(frozen=True)
class ThreadRow:
    """One record on a thread; fractions are of the subject's mass, ``ends`` by how the mass begins or ends there."""

    node: TraceNode
    fraction: Fraction | None
    ends: dict[str, Fraction]


@dataclass(frozen=True)
class EndRow:
    """A share of the mass: where it begins or ends, at which record, or None where it is told of many as one."""

    how: str
    node: TraceNode | None
    records: int
    fraction: Fraction


@dataclass(frozen=True)
class Thread:
    """The thread of one record in one direction, ready to be printed."""

    direction: Direction
    trace: Trace
    rows: list[ThreadRow]
    ends: list[EndRow]

    @property
    def story(self) -> MassStory | None:
        return self.trace.story


def thread_of(identity: Identity, *, direction: Direction, user: User) -> Thread:
    """Return the thread as rows, nearest first, as far as ``user`` may see it."""
    found = trace(identity, direction=direction, user=user, with_masses=True)
    at: dict[int, dict[str, Fraction]] = {}
    for end in found.story.ends if found.story else ():
        at.setdefault(end.identity_id, {})[end.how] = end.fraction
    rows = [
        ThreadRow(
            node=node,
            fraction=found.story.entered.get(node.identity_id) if found.story else None,
            ends=at.get(node.identity_id, {}),
        )
        for node in found.nodes
        if node.identity_id != identity.pk
    ]
    rows.sort(key=lambda row: (row.node.steps, -(row.fraction or 0), row.node.code))
    return Thread(direction=direction, trace=found, rows=rows, ends=_ends(found))


def _ends(found: Trace) -> list[EndRow]:
    """Return where the mass begins or ends, largest first; down, alike places are told as one. They add up to 1."""
    if found.story is None:
        return []
    nodes = {node.identity_id: node for node in found.nodes}
    sums: dict[tuple[str, int | None], list[Fraction]] = {}
    for end in found.story.ends:
        seen = end.identity_id in nodes
        sums.setdefault((end.how if seen else HIDDEN, end.identity_id if seen else None), []).append(
            end.fraction
        )
    rows = [
        EndRow(
            how=how,
            node=nodes.get(key) if key else None,
            records=len(shares),
            fraction=sum(shares, Fraction(0)),
        )
        for (how, key), shares in sums.items()
    ]
    return sorted(rows, key=lambda row: -row.fraction)


def together(ends: Iterable[EndRow]) -> list[EndRow]:
    """Return these shares with those that end in the same way told as one, largest first."""
    by_how: dict[str, list[EndRow]] = {}
    for row in ends:
        by_how.setdefault(row.how, []).append(row)
    told = [
        EndRow(
            how=how,
            node=rows[0].node if len(rows) == 1 else None,
            records=sum(row.records for row in rows),
            fraction=sum((row.fraction for row in rows), Fraction(0)),
        )
        for how, rows in by_how.items()
    ]
    return sorted(told, key=lambda row: -row.fraction)


def mass_mg(fraction: Fraction | None, total_ug: int) -> Decimal | None:
    """Return this share of a mass in mg, to the microgram.

    >>> mass_mg(Fraction(1, 3), 100_000)
    Decimal('33.333')
    """
    if fraction is None:
        return None
    return (Decimal(round(fraction * total_ug)) / UG_PER_MG).quantize(Decimal("0.001"))


def percent_text(fraction: Fraction | None) -> str:
    """Return a share as percent with as many digits as tell it from nothing and from all.

    >>> percent_text(Fraction(7, 11)), percent_text(Fraction(1)), percent_text(Fraction(1, 100_000))
    ('63.64', '100', '< 0.01')
    """
    if fraction is None:
        return ""
    if 0 < fraction < Fraction(1, 10_000):
        return "< 0.01"
    return "100" if fraction == 1 else f"{float(100 * fraction):.2f}"


def first_rows(rows: Sequence[ThreadRow]) -> tuple[list[ThreadRow], str]:
    """Return the rows that a page lists and what it says of the rest."""
    if len(rows) <= MOST_ROWS:
        return list(rows), ""
    return list(
        rows[:MOST_ROWS]
    ), f"The {MOST_ROWS} nearest of {len(rows):,} records are listed; the file has all."
