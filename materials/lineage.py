"""The thread of a record as a drawing and as a chain of links, for pages."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from lims import registry
from lims.models import Identity, User
from lims.trace import Direction, TraceNode, trace
from lims.units import mass_text
from materials.figures import Edge, Node, lineage_figure
from materials.models import Material, MixComponent, Powder

# More boxes than this are a wall, not a drawing.
MAX_DRAWN = 48
DIRECTIONS: tuple[Direction, ...] = ("up", "down")
KIND_OF_PREFIX = {prefix: str(kind) for kind, prefix in Powder.PREFIXES.items()}
ACTIVE_ROLES = (Material.Role.POSITIVE_ACTIVE, Material.Role.NEGATIVE_ACTIVE)


@dataclass(frozen=True)
class Drawing:
    """A lineage as SVG that may stand in a page, empty for a record alone, and what had to be left out of it."""

    svg: SafeString
    note: str


def draw_lineage(identity: Identity, user: User, *, mass_only: bool = False) -> Drawing:
    """Return the thread through a record as ``user`` may see it, its boxes being links.

    With ``mass_only`` what lies below is drawn as far as mass went: to the cells, not to their tests.
    """
    nodes: dict[str, TraceNode] = {}
    edges: dict[tuple[str, str], int | None] = {}
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
    if len(nodes) < 2:
        return Drawing(svg=SafeString(""), note="")
    note = ""
    if len(nodes) > MAX_DRAWN:
        near = _nearest(identity.code, list(edges), MAX_DRAWN)
        note = f"The {len(near)} nearest of {len(nodes)} records are drawn."
        nodes = {code: node for code, node in nodes.items() if code in near}
        edges = {ends: mass for ends, mass in edges.items() if near.issuperset(ends)}
    svg = lineage_figure(
        nodes=[_box(node) for node in nodes.values()],
        edges=[Edge(s, t, "" if mass is None else mass_text(mass)) for (s, t), mass in edges.items()],
    )
    # The figure escapes every text that it is given.
    return Drawing(svg=mark_safe(svg), note=note)  # noqa: S308


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


def _box(node: TraceNode) -> Node:
    url = registry.url_of(Identity(code=node.code, kind=node.kind))
    return Node(code=node.code, kind=drawn_kind(node), label=node.label, url=url)


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
    """Return what a coated powder was coated from, or the active material of a composite."""
    if powder.kind == Powder.Kind.COATING:
        return powder.coating.load.powder
    if powder.kind == Powder.Kind.LOT:
        return None
    component = (
        MixComponent.objects.filter(batch=powder.pk, part__material__role__in=ACTIVE_ROLES)
        .select_related("use__powder__identity")
        .first()
    )
    return component.use.powder if component else None
