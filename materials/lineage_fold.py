"""Wide trees made readable: many records of one kind with the same neighbours become one box."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Three of a kind are still read one by one.
FOLD_FROM = 4

Ends = tuple[str, str]


@dataclass(frozen=True)
class Folded:
    """Which records each box stands for, by the code of its first one, and the arrows between boxes."""

    members: Mapping[str, Sequence[str]]
    edges: Mapping[Ends, int | None]


def fold(*, kinds: Mapping[str, str], edges: Mapping[Ends, int | None], focus: str) -> Folded:
    """Fold records of one kind that come from the same boxes (below ``focus``) or go into the same (above it).

    kinds   The kind of each record, by its code.
    edges   The mass in ug of each arrow, or None.

    >>> cells = {f"CELL-{n}": "cell" for n in range(1, 6)}
    >>> found = fold(kinds={"MIX-1": "composite", **cells}, edges={("MIX-1", c): 8 for c in cells}, focus="MIX-1")
    >>> {code: len(members) for code, members in found.members.items()}, found.edges
    ({'MIX-1': 1, 'CELL-1': 5}, {('MIX-1', 'CELL-1'): 40})
    """
    box_of = {focus: focus}
    for down in (True, False):
        _fold_side(kinds, _levels(edges, focus, down=down), _neighbours(edges, down=down), box_of)
    members: dict[str, list[str]] = defaultdict(list)
    for code in kinds:
        members[box_of.setdefault(code, code)].append(code)
    between: dict[Ends, int | None] = {}
    for (source, target), mass_ug in edges.items():
        ends = (box_of[source], box_of[target])
        known = between.get(ends)
        between[ends] = mass_ug if known is None else known + (mass_ug or 0)
    return Folded(members=dict(members), edges=between)


def _fold_side(
    kinds: Mapping[str, str],
    levels: Sequence[Sequence[str]],
    toward: Mapping[str, Sequence[str]],
    box_of: dict[str, str],
) -> None:
    for level in levels:
        alike: dict[tuple[str, frozenset[str]], list[str]] = defaultdict(list)
        for code in level:
            boxes = frozenset(box_of.get(other, other) for other in toward.get(code, ()))
            alike[kinds[code], boxes].append(code)
        for codes in alike.values():
            for code in codes:
                box_of[code] = codes[0] if len(codes) >= FOLD_FROM else code


def _neighbours(edges: Mapping[Ends, int | None], *, down: bool) -> dict[str, list[str]]:
    """Return what each record comes from (down) or goes into."""
    toward: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        toward[target if down else source].append(source if down else target)
    return toward


def _levels(edges: Mapping[Ends, int | None], focus: str, *, down: bool) -> list[list[str]]:
    """Return the records below (or above) ``focus``, each after everything on its side that leads to it."""
    onward = _neighbours(edges, down=not down)
    depth = {focus: 0}
    frontier = [focus]
    while frontier:
        following = []
        for code in frontier:
            for other in onward.get(code, ()):
                if depth.get(other, -1) < depth[code] + 1:
                    depth[other] = depth[code] + 1
                    following.append(other)
        frontier = following
    levels: dict[int, list[str]] = defaultdict(list)
    for code in sorted(depth):
        if code != focus:
            levels[depth[code]].append(code)
    return [levels[number] for number in sorted(levels)]
