"""The thread of a record as a drawing and as a chain of links, for pages."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from lims import registry
from lims.models import Identity, User
from lims.registry import Drawing
from lims.trace import MAX_NODES, Direction, TraceNode, trace
from lims.units import mass_text
from materials.descent import parents_of
from materials.figures import Edge, Node, lineage_figure
from materials.lineage_fold import Ends, fold
from materials.models import Material, MixComponent, Powder

# Up to here every record has its own box; in more, those that are alike are folded.
FOLD_ABOVE = 18
# More boxes than this are a wall, not a drawing.
MAX_DRAWN = 48
DIRECTIONS: tuple[Direction, ...] = ("up", "down")
KIND_OF_PREFIX = {prefix: str(kind) for kind, prefix in Powder.PREFIXES.items()} | {
    Powder.SOLUTION_PREFIX: str(Powder.Kind.COATING),
    "REP": "report",
}
PLURALS = {
    "lot": "lots",
    "treatment": "treated powders",
    "coating": "coated powders",
    "aliquot": "aliquots",
    "merge": "merged powders",
    "composite": "composites",
    "cell": "cells",
    "test": "tests",
    "report": "reports",
}
ACTIVE_ROLES = (Material.Role.POSITIVE_ACTIVE, Material.Role.NEGATIVE_ACTIVE)


def draw_lineage(identity: Identity, user: User, *, mass_only: bool = False) -> Drawing:
    """Return the thread through a record as ``user`` may see it, its boxes being links.

    With ``mass_only`` what lies below is drawn as far as mass went: to the cells, not to their tests.
    """
    nodes: dict[str, TraceNode] = {}
    edges: dict[Ends, int | None] = {}
    truncated = False
    for direction in DIRECTIONS:
        found = trace(identity, direction=direction, user=user)
        kept = [
            edge
            for edge in found.edges
            if direction == "up" or not mass_only or edge.mass_ug is not None or edge.source == identity.code
        ]
        reached = {identity.code} | {code for edge in kept for code in (edge.source, edge.target)}
        nodes |= {node.code: node for node in found.nodes if node.code in reached}
        edges |= {(edge.source, edge.target): edge.mass_ug for edge in kept}
        truncated = truncated or found.truncated
    return draw_thread(list(nodes.values()), edges, identity.code, truncated=truncated)


def draw_thread(
    nodes: Sequence[TraceNode],
    edges: Mapping[Ends, int | None],
    focus: str,
    truncated: bool = False,  # noqa: FBT001, FBT002 - the registry's shape
) -> Drawing:
    """Draw these records around ``focus``: alike ones folded where there are many, and the nearest where too many."""
    if len(nodes) < 2:
        return Drawing(svg=SafeString(""))
    known = {node.code: node for node in nodes}
    members: Mapping[str, Sequence[str]] = {code: [code] for code in known}
    notes = []
    if len(nodes) > FOLD_ABOVE:
        folded = fold(
            kinds={code: drawn_kind(node) for code, node in known.items()}, edges=edges, focus=focus
        )
        members, edges = folded.members, folded.edges
    if len(members) > MAX_DRAWN:
        near = _nearest(focus, list(edges), MAX_DRAWN)
        notes.append(f"The {len(near)} nearest of {len(members)} boxes are drawn.")
        members = {code: box for code, box in members.items() if code in near}
        edges = {ends: mass for ends, mass in edges.items() if near.issuperset(ends)}
    if truncated:
        notes.append(f"The thread was followed to its first {MAX_NODES:,} records; it goes on beyond them.")
    svg = lineage_figure(
        nodes=[_box([known[code] for code in box], focus) for box in members.values()],
        edges=[
            Edge(s, t, "" if mass is None else mass_text(mass), broken=mass is None)
            for (s, t), mass in edges.items()
        ],
        legend=True,
    )
    # The figure escapes every text that it is given.
    return Drawing(svg=mark_safe(svg), note=" ".join(notes))  # noqa: S308


def _nearest(start: str, edges: Sequence[tuple[str, str]], most: int) -> set[str]:
    """Return the ``most`` records that are the fewest steps away from ``start``."""
    beside: dict[str, list[str]] = {}
    for source, target in edges:
        beside.setdefault(source, []).append(target)
        beside.setdefault(target, []).append(source)
    reached = {start}
    queue = deque([start])
    while queue:
        for neighbour in beside.get(queue.popleft(), []):
            if neighbour not in reached and len(reached) < most:
                reached.add(neighbour)
                queue.append(neighbour)
    return reached


def drawn_kind(node: TraceNode) -> str:
    """Return the kind that a box is coloured by: a powder's own kind, else what the code begins with."""
    prefix = node.code.partition("-")[0]
    return KIND_OF_PREFIX.get(prefix, prefix.lower())


def _box(nodes: Sequence[TraceNode], focus: str) -> Node:
    """Return the box of one record, or of several that are alike under the code of the first."""
    first, kind, suspect = nodes[0], drawn_kind(nodes[0]), any(node.suspect for node in nodes)
    if len(nodes) == 1:
        url = registry.url_of(Identity(code=first.code, kind=first.kind))
        return Node(
            code=first.code,
            kind=kind,
            label=first.label,
            url=url,
            current=first.code == focus,
            suspect=suspect,
        )
    words = f"{len(nodes)} {PLURALS.get(kind, f'{kind} records')}"
    return Node(
        code=first.code, kind=kind, label=f"{first.code} to {nodes[-1].code}", name=words, suspect=suspect
    )


def thread_of(powder: Powder, user: User) -> list[dict[str, Any]]:
    """Return the chain of powders from the active material's lot down to ``powder``, as ``ui/steps.html`` takes it."""
    chain = [powder]
    while (parent := _parent(chain[0])) is not None:
        chain.insert(0, parent)
    visible = set(
        Identity.objects.visible_to(user).filter(pk__in=[p.pk for p in chain]).values_list("pk", flat=True)
    )
    return [
        {
            "kind": link.get_kind_display(),
            "label": link.code,
            "url": registry.url_of(link.identity),
            "current": link.pk == powder.pk,
        }
        for link in chain
        if link.pk in visible
    ]


def _parent(powder: Powder) -> Powder | None:
    """Return what a powder was coated, treated or parted from, or the active material of a composite."""
    if powder.kind == Powder.Kind.LOT:
        return None
    if powder.kind != Powder.Kind.COMPOSITE:
        return next(iter(parents_of(powder)), None)
    component = (
        MixComponent.objects.filter(
            batch=powder.pk, part__material__in=Material.objects.in_role(*ACTIVE_ROLES)
        )
        .select_related("use__powder__identity")
        .first()
    )
    return component.use.powder if component else None
