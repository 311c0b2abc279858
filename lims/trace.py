"""The thread between records: up to what something was made of, down to what was made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lims import registry
from lims.models import Identity, User

Direction = Literal["up", "down"]
MAX_NODES = 2000


@dataclass(frozen=True)
class TraceNode:
    """A record on the thread."""

    identity_id: int
    code: str
    kind: str
    label: str


@dataclass(frozen=True)
class TraceEdge:
    """That ``mass_ug`` (None where it is no mass) of ``source`` went into ``target``."""

    source: str
    target: str
    mass_ug: int | None


@dataclass(frozen=True)
class Trace:
    """A part of the thread as ``user`` may see it."""

    nodes: tuple[TraceNode, ...]
    edges: tuple[TraceEdge, ...]
    truncated: bool


def ancestors_of(identities: Iterable[int]) -> list[tuple[int, int, int | None]]:
    """Return every edge above these records, each once."""
    return _walk(set(identities), up=True)[0]


def descendants_of(identities: Iterable[int]) -> list[tuple[int, int, int | None]]:
    """Return every edge below these records, each once."""
    return _walk(set(identities), up=False)[0]


def _walk(start: set[int], *, up: bool) -> tuple[list[tuple[int, int, int | None]], bool]:
    """Walk level by level: a tree of any width costs a query a level and provider, not one a record."""
    edges: dict[tuple[int, int], int | None] = {}
    seen, frontier = set(start), set(start)
    while frontier:
        if len(seen) > MAX_NODES:
            return [(s, t, m) for (s, t), m in edges.items()], True
        found = [edge for provider in registry.lineage_edges for edge in provider(frontier, up)]
        for source, target, mass_ug in found:
            edges[source, target] = mass_ug
        frontier = {source if up else target for source, target, _ in found} - seen
        seen |= frontier
    return [(s, t, m) for (s, t), m in edges.items()], False


def trace(identity: Identity, *, direction: Direction, user: User) -> Trace:
    """Return the thread from ``identity``; what ``user`` may not see is left out, with its edges."""
    edges, truncated = _walk({identity.pk}, up=direction == "up")
    everyone = {identity.pk} | {i for source, target, _ in edges for i in (source, target)}
    visible = {i.pk: i for i in Identity.objects.visible_to(user).filter(pk__in=everyone)}
    labels = _labels(visible.values())
    nodes = [TraceNode(i.pk, i.code, i.kind, labels.get(i.pk, "")) for _, i in sorted(visible.items())]
    return Trace(
        nodes=tuple(nodes),
        edges=tuple(
            TraceEdge(visible[s].code, visible[t].code, mass)
            for s, t, mass in sorted(edges, key=lambda edge: edge[:2])
            if s in visible and t in visible
        ),
        truncated=truncated,
    )


def _labels(identities: Iterable[Identity]) -> dict[int, str]:
    by_kind: dict[str, list[int]] = {}
    for identity in identities:
        by_kind.setdefault(identity.kind, []).append(identity.pk)
    labels: dict[int, str] = {}
    for kind, keys in by_kind.items():
        if kind in registry.kinds:
            labels |= registry.kinds[kind].describe(keys)
    return labels
