"""The thread between records: up to what something was made of, down to what was made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Literal

from lims import registry
from lims.models import Identity, SuspectFlag, User

Direction = Literal["up", "down"]
Edges = list[tuple[int, int, int | None]]
# More records than this are no longer a thread that somebody reads.
MAX_NODES = 2000
# No database takes more values than this in one question.
ASKED_AT_ONCE = 5000


@dataclass(frozen=True)
class TraceNode:
    """A record on the thread; ``steps`` is how far it is from where the thread begins."""

    identity_id: int
    code: str
    kind: str
    label: str
    steps: int = 0
    suspect: bool = False


@dataclass(frozen=True)
class TraceEdge:
    """That ``mass_ug`` (None where it is no mass) of ``source`` went into ``target``."""

    source: str
    target: str
    mass_ug: int | None


@dataclass(frozen=True)
class MassEnd:
    """A share of the subject's mass that begins or ends at a record, and how; all of them together are 1."""

    identity_id: int
    how: str
    fraction: Fraction


@dataclass(frozen=True)
class MassStory:
    """What became of a record's mass, or where it came from.

    total_ug   The mass that is told of.
    entered    For each record, the share that passed through it or entered it.
    ends       Where it begins (up) or ends (down).
    """

    total_ug: int
    entered: Mapping[int, Fraction]
    ends: Sequence[MassEnd]


@dataclass(frozen=True)
class Walk:
    """Every edge that was found, how far each record is, and the records beyond which nothing was followed."""

    edges: Edges
    steps: Mapping[int, int]
    cut: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Trace:
    """A part of the thread as ``user`` may see it; ``hidden`` records are somebody else's."""

    nodes: tuple[TraceNode, ...]
    edges: tuple[TraceEdge, ...]
    truncated: bool
    hidden: int = 0
    story: MassStory | None = None


def ancestors_of(identities: Iterable[int]) -> Edges:
    """Return every edge above these records, each once."""
    return walk(set(identities), up=True).edges


def descendants_of(identities: Iterable[int]) -> Edges:
    """Return every edge below these records, each once."""
    return walk(set(identities), up=False).edges


def walk(start: set[int], *, up: bool, most: int | None = None) -> Walk:
    """Walk level by level: a tree of any width costs a query a level and provider, not one a record.

    Stops after the level that reaches more than ``most`` records; without it nothing is left out.
    """
    edges: dict[tuple[int, int], int | None] = {}
    steps = dict.fromkeys(start, 0)
    frontier, level = set(start), 0
    while frontier:
        if most is not None and len(steps) > most:
            return Walk(_listed(edges), steps, frozenset(frontier))
        level += 1
        reached: set[int] = set()
        for source, target, mass_ug in _found(frontier, up=up):
            # What went into something twice, went in together.
            known = edges.get((source, target))
            edges[source, target] = mass_ug if known is None else known + (mass_ug or 0)
            reached.add(source if up else target)
        frontier = reached - steps.keys()
        steps |= dict.fromkeys(frontier, level)
    return Walk(_listed(edges), steps)


def _found(frontier: set[int], *, up: bool) -> Iterator[tuple[int, int, int | None]]:
    for keys in chunks(frontier):
        for provider in registry.lineage_edges:
            yield from provider(keys, up)


def _listed(edges: Mapping[tuple[int, int], int | None]) -> Edges:
    return [(source, target, mass_ug) for (source, target), mass_ug in edges.items()]


def chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    """Return these keys in order, as many at a time as a database takes."""
    ordered = iter(sorted(keys))
    while some := list(islice(ordered, ASKED_AT_ONCE)):
        yield some


def trace(identity: Identity, *, direction: Direction, user: User, with_masses: bool = False) -> Trace:
    """Return the thread from ``identity``; what ``user`` may not see is left out, with its edges.

    With ``with_masses`` it tells the story of the mass, over all of the thread: whoever prints it tells of what is
    not seen as a whole.
    """
    found = walk({identity.pk}, up=direction == "up", most=MAX_NODES)
    visible = {
        i.pk: i for keys in chunks(found.steps) for i in Identity.objects.visible_to(user).filter(pk__in=keys)
    }
    labels = registry.titles_of(visible.values())
    suspect = suspects_among(visible)
    nodes = [
        TraceNode(i.pk, i.code, i.kind, labels.get(i.pk, ""), found.steps[i.pk], i.pk in suspect)
        for _, i in sorted(visible.items())
    ]
    return Trace(
        nodes=tuple(nodes),
        edges=tuple(
            TraceEdge(visible[s].code, visible[t].code, mass)
            for s, t, mass in sorted(found.edges, key=lambda edge: edge[:2])
            if s in visible and t in visible
        ),
        truncated=bool(found.cut),
        hidden=len(found.steps) - len(visible),
        story=_story(identity.pk, found, direction) if with_masses else None,
    )


def _story(subject: int, found: Walk, direction: Direction) -> MassStory | None:
    for teller in registry.mass_tellers:
        story: MassStory | None = teller(subject, found, direction)
        if story is not None:
            return story
    return None


def suspects_among(keys: Iterable[int]) -> set[int]:
    """Return those of these records on which a flag stands."""
    standing = SuspectFlag.objects.standing()
    return {
        key
        for some in chunks(keys)
        for key in standing.filter(identity__in=some).values_list("identity", flat=True)
    }
