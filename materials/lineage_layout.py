"""Places for the boxes of a lineage: columns from left to right, few crossings, always the same answer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

# The order within columns no longer changes after a few passes in trees of a laboratory's size.
PASSES = 8
# Where a long arrow passes a column it needs a lane of this height.
LANE_HEIGHT = 10.0

# A place in a column: a record's code, or the lane of an edge that passes through.
Slot = tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """A place on the drawing in px, x to the right and y down."""

    x: float
    y: float


@dataclass(frozen=True)
class Layout:
    """Upper left corners of the boxes, lanes of the edges that skip columns, and the size of it all in px."""

    places: Mapping[str, Point]
    bends: Mapping[tuple[str, str], Sequence[Point]]
    width: float
    height: float


def lay_out(
    *,
    heights: Mapping[str, float],
    edges: Sequence[tuple[str, str]],
    box_width: float,
    column_gap: float,
    row_gap: float,
) -> Layout:
    """Place every record just before the first thing made of it, ordered to cross few arrows.

    Raises ValueError when an edge names an unknown record or something would be made from itself.
    """
    column_of = _columns(heights, edges)
    chains = {edge: _chain(edge, column_of) for edge in edges}
    columns = _ordered(_filled(column_of, chains.values()), chains.values())
    sizes = {
        slot: heights[slot[0]] if len(slot) == 1 else LANE_HEIGHT for column in columns for slot in column
    }
    totals = [sum(sizes[slot] for slot in column) + row_gap * (len(column) - 1) for column in columns]
    tallest = max(totals)
    places: dict[Slot, Point] = {}
    for number, (column, total) in enumerate(zip(columns, totals, strict=True)):
        y = (tallest - total) / 2
        for slot in column:
            places[slot] = Point(x=number * (box_width + column_gap), y=y)
            y += sizes[slot] + row_gap
    return Layout(
        places={slot[0]: place for slot, place in places.items() if len(slot) == 1},
        bends={
            edge: [Point(x=places[lane].x, y=places[lane].y + LANE_HEIGHT / 2) for lane in chain[1:-1]]
            for edge, chain in chains.items()
        },
        width=len(columns) * box_width + (len(columns) - 1) * column_gap,
        height=tallest,
    )


def _columns(codes: Iterable[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return each record's column: after all it is made from, and right before the first thing made of it."""
    made_from: dict[str, set[str]] = {code: set() for code in codes}
    made_of_it: dict[str, set[str]] = {code: set() for code in made_from}
    for source, target in edges:
        for code in (source, target):
            if code not in made_from:
                raise ValueError(f"An edge names {code}, which is not among the records.")
        made_from[target].add(source)
        made_of_it[source].add(target)
    try:
        first_to_last = list(TopologicalSorter(made_from).static_order())
    except CycleError as error:
        loop = " -> ".join(error.args[1])
        raise ValueError(f"Nothing can be made from itself: {loop}.") from error
    column: dict[str, int] = {}
    for code in first_to_last:
        column[code] = max((column[source] + 1 for source in made_from[code]), default=0)
    # A lot that only the last step uses moves beside that step; what nothing is made of stays with its like.
    for code in reversed(first_to_last):
        column[code] = min((column[target] - 1 for target in made_of_it[code]), default=column[code])
    return column


def _chain(edge: tuple[str, str], column_of: Mapping[str, int]) -> list[Slot]:
    """Return the slots an edge passes: its source, a lane in each column between, its target."""
    source, target = edge
    between = range(column_of[source] + 1, column_of[target])
    lanes: list[Slot] = [(source, target, str(column)) for column in between]
    return [(source,), *lanes, (target,)]


def _filled(column_of: Mapping[str, int], chains: Iterable[Sequence[Slot]]) -> list[list[Slot]]:
    columns: list[list[Slot]] = [[] for _ in range(max(column_of.values()) + 1)]
    for code, column in column_of.items():
        columns[column].append((code,))
    for lane in dict.fromkeys(slot for chain in chains for slot in chain[1:-1]):
        columns[int(lane[2])].append(lane)
    # The callers' order must not matter: the same lineage is the same drawing.
    return [sorted(column) for column in columns]


def _ordered(columns: list[list[Slot]], chains: Iterable[Sequence[Slot]]) -> list[list[Slot]]:
    """Order each column by where its neighbours stand, sweeping both ways (Sugiyama's barycentre rule)."""
    before: dict[Slot, list[Slot]] = defaultdict(list)
    after: dict[Slot, list[Slot]] = defaultdict(list)
    for chain in chains:
        for left, right in pairwise(chain):
            before[right].append(left)
            after[left].append(right)
    for _ in range(PASSES):
        for number in range(len(columns) - 2, -1, -1):
            columns[number] = _by_neighbours(columns[number], columns[number + 1], after)
        for number in range(1, len(columns)):
            columns[number] = _by_neighbours(columns[number], columns[number - 1], before)
    return columns


def _by_neighbours(
    column: Sequence[Slot], fixed: Sequence[Slot], neighbours: Mapping[Slot, Sequence[Slot]]
) -> list[Slot]:
    # Positions as fractions of the column, so that columns of unequal length can be compared.
    position = {slot: (n + 0.5) / len(fixed) for n, slot in enumerate(fixed)}

    def middle(numbered: tuple[int, Slot]) -> float:
        here, slot = numbered
        known = [position[other] for other in neighbours.get(slot, ())]
        return sum(known) / len(known) if known else (here + 0.5) / len(column)

    return [slot for _, slot in sorted(enumerate(column), key=middle)]
