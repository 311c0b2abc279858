"""A study's metric by condition: cells, mixes and coating runs counted, so that n says what it counts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from cells.models import Cell, Study
from cells.models.design import LayerRole
from testing import causes
from testing.calc.comparisons import Comparison, Sample, coinciding, compare
from testing.calc.statistics import Summary, describe
from testing.causes import CAUSES
from testing.metric_keys import MetricKey, metrics_of, read_key
from testing.models import Exclusion, Metric
from testing.upstream import Upstream, upstream_of

# What a study may vary on purpose; two conditions are compared where they differ in one of these alone.
FACTORS = ("coating", "ald_cycles", "cut_off_v_vs_li", "press_mpa")
ALL_PAIRS = "all"
# A member of a family this large is hardly ever significant after Holm, and nobody reads that many lines.
MOST_PAIRS = 66


@dataclass(frozen=True)
class CellValue:
    """One cell's number."""

    cell: str
    value: float


@dataclass(frozen=True)
class Excluded:
    """A cell whose number does not count, and why; ``value`` is what it would have added, where there is one."""

    cell: str
    reason: str
    value: float | None = None
    by: str = ""
    exclusion: int | None = None


@dataclass
class Group:
    """A condition: its values, their summary, and how many batches stand behind them."""

    name: str
    values: list[CellValue] = field(default_factory=list)
    excluded: list[Excluded] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    mixes: set[int] = field(default_factory=set)
    coating_runs: set[int] = field(default_factory=set)
    factors: dict[str, Hashable] = field(default_factory=dict)

    @property
    def numbers(self) -> list[float]:
        return [value.value for value in self.values]

    @property
    def summary(self) -> Summary | None:
        return describe(self.numbers) if self.values else None

    @property
    def set_aside(self) -> list[Excluded]:
        """Return the cells that have a number and were left out by a person's decision."""
        return [item for item in self.excluded if item.value is not None]

    @property
    def summary_with_all(self) -> Summary | None:
        """Return the summary as it would be if no decision had left anything out; None where nothing was."""
        aside = [item.value for item in self.set_aside if item.value is not None]
        return describe([*self.numbers, *aside]) if aside else None

    @property
    def batches(self) -> int:
        """Return how many independent batches stand behind the values: the fewest of mixes and coating runs."""
        return min(len(self.mixes), len(self.coating_runs) or len(self.mixes))

    def counted(self) -> str:
        """Return what n counts: cells share mixes and coating runs, and those are the true replicates."""
        words = [(len(self.values), "cell", "cells"), (len(self.mixes), "mix", "mixes")]
        if self.coating_runs:
            words.append((len(self.coating_runs), "ALD run", "ALD runs"))
        return " / ".join(f"{n} {one if n == 1 else many}" for n, one, many in words)


@dataclass(frozen=True)
class Coincidence:
    """That the cells of a condition share one value of a fact that nobody meant to study, and nobody else has it."""

    condition: str
    fact: str
    value: str


@dataclass(frozen=True)
class StudyCells:
    """The cells of a study with what lies above them, read once for everything that a page says of them."""

    study: Study
    cells: Sequence[Cell]
    up: Upstream

    @property
    def condition_of(self) -> dict[int, str]:
        return {cell.pk: cell.condition.name for cell in self.cells}


def exclusions_of(cells: Sequence[Cell], metric: str = "") -> dict[int, Exclusion]:
    """Return the standing decision that keeps a cell's number out; without a metric, those that concern all of it."""
    found = Exclusion.objects.standing().filter(cell__in=[cell.pk for cell in cells]).select_related("by")
    return {item.cell_id: item for item in found.order_by("-pk") if item.covers(metric)}


def aside_of(cells: Sequence[Cell], metric: str = "") -> dict[int, str]:
    """Return why a cell's number does not count, for each that a person has left out."""
    return {cell: item.reason for cell, item in exclusions_of(cells, metric).items()}


def cells_of(study: Study) -> StudyCells:
    """Return the cells of a study in the order of their conditions."""
    found = Cell.objects.filter(condition__study=study).with_codes().with_study()
    cells = list(found.order_by("condition__order", "pk"))
    return StudyCells(study, cells, upstream_of(cells))


def by_condition(study: Study, metric: str | MetricKey, members: StudyCells | None = None) -> list[Group]:
    """Return the groups of a study for one metric, in the order of its conditions.

    Raises ValueError for what is no metric.
    """
    key = metric if isinstance(metric, MetricKey) else read_key(metric)
    found = members or cells_of(study)
    groups = {condition.pk: Group(condition.name) for condition in study.conditions.all()}
    numbers = metrics_of([cell.pk for cell in found.cells], key)
    aside = exclusions_of(found.cells, key.name)
    for cell in found.cells:
        _count(groups[cell.condition_id], cell, numbers.get(cell.pk), aside.get(cell.pk), found.up)
    for group in groups.values():
        group.factors = factors_of(group, found.up)
    return list(groups.values())


def _count(
    group: Group, cell: Cell, metric: Metric | None, exclusion: Exclusion | None, up: Upstream
) -> None:
    group.cells.append(cell)
    if cell.state in (Cell.State.FAILED, Cell.State.SHORTED):
        group.excluded.append(Excluded(cell.code, f"The cell is {cell.get_state_display().lower()}."))
        return
    if metric is None or metric.value is None:
        reason = metric.reason if metric else "The cell has not been tested."
        group.excluded.append(Excluded(cell.code, reason))
        return
    if exclusion is not None:
        who = f"{exclusion.by.display_name}, {exclusion.at:%Y-%m-%d}"
        group.excluded.append(Excluded(cell.code, exclusion.reason, metric.value, who, exclusion.pk))
        return
    group.values.append(CellValue(cell.code, metric.value))
    mix = up.layer(cell.pk, LayerRole.POSITIVE)
    group.mixes |= set() if mix is None else {mix}
    group.coating_runs |= {run.pk for run in up.coatings_of(cell.pk)}


def factors_of(group: Group, up: Upstream) -> dict[str, Hashable]:
    """Return the factors that all cells of a group share; one on which they differ is left out."""
    shared: dict[str, Hashable] = {}
    for name in FACTORS:
        found = {CAUSES[name].read(up, cell.pk) for cell in group.cells}
        if len(found) == 1:
            shared[name] = found.pop()
    return shared


def ways_to_compare(groups: Sequence[Group]) -> list[str]:
    """Return the factors in which some two conditions differ alone, the first one first; all pairs last."""
    return [name for name in FACTORS if _pairs_by(groups, name)] + [ALL_PAIRS]


def comparisons(groups: Sequence[Group], by: str) -> list[Comparison]:
    """Return what can be said of the pairs that differ in the factor ``by`` alone, or of all pairs."""
    pairs = _pairs_by(groups, by)[:MOST_PAIRS]
    return compare([(_sample(first), _sample(second)) for first, second in pairs])


def _sample(group: Group) -> Sample:
    return Sample(group.name, group.numbers, group.batches)


def _pairs_by(groups: Sequence[Group], by: str) -> list[tuple[Group, Group]]:
    pairs = [(first, second) for n, first in enumerate(groups) for second in groups[n + 1 :]]
    if by == ALL_PAIRS:
        return pairs
    # A coating comes with its cycles: the two are one factor.
    apart = {"coating", "ald_cycles"} if by in ("coating", "ald_cycles") else {by}
    return [
        (first, second)
        for first, second in pairs
        if first.factors.get(by) != second.factors.get(by)
        and all(first.factors.get(name) == second.factors.get(name) for name in FACTORS if name not in apart)
    ]


def coincidences(members: StudyCells) -> list[Coincidence]:
    """Return every condition that cannot be told from an operator, week, fixture or lot."""
    return [
        Coincidence(condition, cause.label, str(value))
        for cause in CAUSES.values()
        if cause.nuisance
        for condition, value in coinciding(members.condition_of, causes.values(cause, members.up)).items()
    ]
