"""A study's metric by condition: cells, mixes and coating runs counted, so that n says what it counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from cells.models import Cell, Layer, Study
from cells.models.design import LayerRole
from lims.trace import ancestors_of
from materials.models import CoatingBatch
from testing.calc.statistics import Summary, describe
from testing.models import Metric


@dataclass(frozen=True)
class CellValue:
    """One cell's number."""

    cell: str
    value: float


@dataclass(frozen=True)
class Excluded:
    """A cell without a number, and why."""

    cell: str
    reason: str


@dataclass
class Group:
    """A condition: its values, their summary, and how many batches stand behind them."""

    name: str
    values: list[CellValue] = field(default_factory=list)
    excluded: list[Excluded] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    mixes: set[int] = field(default_factory=set)
    coating_runs: set[int] = field(default_factory=set)

    @property
    def summary(self) -> Summary | None:
        return describe([v.value for v in self.values]) if self.values else None

    def counted(self) -> str:
        """Return what n counts: cells share mixes and coating runs, and those are the true replicates."""
        words = [(len(self.values), "cell", "cells"), (len(self.mixes), "mix", "mixes")]
        if self.coating_runs:
            words.append((len(self.coating_runs), "ALD run", "ALD runs"))
        return " / ".join(f"{n} {one if n == 1 else many}" for n, one, many in words)


def by_condition(study: Study, metric: str) -> list[Group]:
    """Return the groups of a study for one metric, in the order of its conditions."""
    groups = {condition.pk: Group(condition.name) for condition in study.conditions.all()}
    cells = list(Cell.objects.filter(condition__study=study).with_codes().with_study().order_by("pk"))
    numbers = {
        m.cell_id: m for m in Metric.objects.filter(cell__in=[c.pk for c in cells], name=metric, test=None)
    }
    upstream = _upstream(cells)
    for cell in cells:
        group = groups[cell.condition_id]
        group.cells.append(cell)
        found = numbers.get(cell.pk)
        if cell.state in (Cell.State.FAILED, Cell.State.SHORTED):
            group.excluded.append(Excluded(cell.code, f"The cell is {cell.get_state_display().lower()}."))
        elif found is None or found.value is None:
            group.excluded.append(
                Excluded(cell.code, found.reason if found else "The cell has not been tested.")
            )
        else:
            group.values.append(CellValue(cell.code, found.value))
            group.mixes |= upstream[cell.pk].mixes
            group.coating_runs |= upstream[cell.pk].coating_runs
    return list(groups.values())


@dataclass(frozen=True)
class _Upstream:
    mixes: set[int]
    coating_runs: set[int]


def _upstream(cells: list[Cell]) -> dict[int, _Upstream]:
    """Return for each cell the mix of its positive electrode and the coating runs above that, in a few queries."""
    keys = [cell.pk for cell in cells]
    layers = Layer.objects.filter(cell__in=keys, role=LayerRole.POSITIVE).values_list(
        "cell_id", "use__powder_id"
    )
    mix_of = dict(layers)
    parents: dict[int, set[int]] = {}
    for source, target, _ in ancestors_of(mix_of.values()):
        parents.setdefault(target, set()).add(source)
    above = {mix: _climb(mix, parents) for mix in set(mix_of.values())}
    everything = set().union(*above.values()) if above else set()
    coated = set(CoatingBatch.objects.filter(pk__in=everything).values_list("pk", flat=True))
    return {
        key: _Upstream({mix_of[key]}, above[mix_of[key]] & coated)
        if key in mix_of
        else _Upstream(set(), set())
        for key in keys
    }


def _climb(start: int, parents: dict[int, set[int]]) -> set[int]:
    seen, frontier = {start}, {start}
    while frontier:
        frontier = set().union(*(parents.get(key, set()) for key in frontier)) - seen
        seen |= frontier
    return seen
