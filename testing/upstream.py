"""What lies above some cells: layers, mixes, coating runs, lots, presses and tests, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cells.models import Cell, Layer, PressStep
from cells.models.design import LayerRole
from lims.trace import ancestors_of
from materials.models import CoatingBatch, CompositeBatch, Powder
from testing.models import CellTest


@dataclass(frozen=True)
class Upstream:
    """Everything that the facts of some cells are read from.

    layers    For each cell, the powder of each of its layers.
    above     For each powder of a layer, all powders above it and itself.
    """

    cells: Mapping[int, Cell]
    layers: Mapping[int, Mapping[str, int]]
    above: Mapping[int, frozenset[int]]
    powders: Mapping[int, Powder]
    coatings: Mapping[int, CoatingBatch]
    composites: Mapping[int, CompositeBatch]
    presses: Mapping[int, Sequence[PressStep]]
    first_tests: Mapping[int, CellTest]

    def layer(self, cell: int, role: str) -> int | None:
        """Return the powder of one layer of a cell, or None where it has none."""
        return self.layers.get(cell, {}).get(role)

    def above_layer(self, cell: int, role: str) -> frozenset[int]:
        """Return what one layer of a cell was made of, its own powder with it."""
        powder = self.layer(cell, role)
        return frozenset() if powder is None else self.above[powder]

    def coatings_of(self, cell: int) -> list[CoatingBatch]:
        """Return the coating runs above a cell's positive layer, in their order."""
        keys = self.above_layer(cell, LayerRole.POSITIVE) & self.coatings.keys()
        return [self.coatings[key] for key in sorted(keys)]


def upstream_of(cells: Iterable[Cell]) -> Upstream:
    """Return what lies above these cells."""
    by_key = {cell.pk: cell for cell in cells}
    layers: dict[int, dict[str, int]] = {}
    pressed = Layer.objects.filter(cell__in=by_key).order_by("pk")
    for cell, role, powder in pressed.values_list("cell_id", "role", "use__powder_id"):
        layers.setdefault(cell, {})[role] = powder
    starts = {powder for roles in layers.values() for powder in roles.values()}
    parents: dict[int, set[int]] = {}
    for source, target, _ in ancestors_of(starts):
        parents.setdefault(target, set()).add(source)
    above = {start: frozenset(_climb(start, parents)) for start in starts}
    everything = frozenset().union(*above.values())
    presses: dict[int, list[PressStep]] = {}
    for step in PressStep.objects.filter(cell__in=by_key).order_by("cell", "number"):
        presses.setdefault(step.cell_id, []).append(step)
    powders = Powder.objects.with_codes().select_related("material").prefetch_related("material__roles")
    tests = CellTest.objects.filter(cell__in=by_key).select_related("channel__instrument__identity")
    return Upstream(
        cells=by_key,
        layers=layers,
        above=above,
        powders={powder.pk: powder for powder in powders.filter(pk__in=everything)},
        coatings={
            batch.pk: batch
            for batch in CoatingBatch.objects.filter(pk__in=everything).select_related(
                "edition__recipe__coating", "powder__identity"
            )
        },
        composites={
            batch.pk: batch
            for batch in CompositeBatch.objects.filter(pk__in=everything).select_related(
                "glovebox__identity", "powder__identity"
            )
        },
        presses=presses,
        # The last written wins: the first test of each cell.
        first_tests={test.cell_id: test for test in tests.order_by("-place")},
    )


def _climb(start: int, parents: Mapping[int, set[int]]) -> set[int]:
    seen, frontier = {start}, {start}
    while frontier:
        frontier = set().union(*(parents.get(key, set()) for key in frontier)) - seen
        seen |= frontier
    return seen
