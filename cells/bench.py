"""Where a cell stands at the bench: which step comes next, what it waits for, and what is to be weighed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cells.models import Cell, DesignPress, Layer, StepUnderWay
from cells.models.design import LayerRole
from cells.planning import weighing_sheet
from lims.units import ug_from_mg
from materials.models import Powder

# A target that is computed is shown to a hundredth of a milligram, finer than most balances.
SHOWN_DIGITS = 2


class Stage(StrEnum):
    """What the cell waits for."""

    POWDER = "powder"
    WEIGH = "weigh"
    BOAT_AFTER = "boat_after"
    PRESS = "press"
    HOLD = "hold"
    VOLTAGE = "voltage"
    RESISTANCE = "resistance"
    DONE = "done"


@dataclass(frozen=True)
class Standing:
    """A cell at the bench.

    target_ug   What to weigh in this step, None where nothing is weighed.
    proposed    Whether the target was computed for the cathode mass at hand; else it is the design's.
    held_until  When the hold that runs now is over.
    """

    cell: Cell
    stage: Stage
    step: DesignPress | None
    under_way: StepUnderWay | None
    target_ug: int | None = None
    proposed: bool = False
    held_until: datetime | None = None

    @property
    def version(self) -> int:
        return self.under_way.version if self.under_way else 0


def stand(cell: Cell) -> Standing:
    """Return where a cell stands; its rows are read anew."""
    under_way = (
        StepUnderWay.objects.select_related(
            "powder__identity__project", "balance__identity", "press__identity", "changed_by"
        )
        .filter(cell=cell.pk)
        .first()
    )
    if cell.state not in (Cell.State.PLANNED, Cell.State.BUILDING):
        return Standing(cell, Stage.DONE, None, under_way)
    step = next_step(cell)
    if step is None:
        measured = cell.open_circuit_voltage_v is not None or "open_circuit_voltage_v" in cell.blanks
        return Standing(cell, Stage.RESISTANCE if measured else Stage.VOLTAGE, None, under_way)
    target_ug, proposed = _target(cell, step, under_way)
    stage = _stage(step, under_way)
    held_until = None
    if stage == Stage.HOLD and under_way is not None and under_way.hold_started_at is not None:
        held_until = under_way.hold_started_at + timedelta(seconds=step.hold_s or 0)
    return Standing(cell, stage, step, under_way, target_ug, proposed, held_until)


def next_step(cell: Cell) -> DesignPress | None:
    """Return the first step of the design's schedule that has not been done: its layer put in, or pressed once more."""
    put_in = set(cell.layers.values_list("role", flat=True))
    again = cell.press_steps.filter(role="").count()
    for step in cell.edition.press_schedule.all():
        if step.role and step.role not in put_in:
            return step
        if not step.role:
            if not again:
                return step
            again -= 1
    return None


def _stage(step: DesignPress, under_way: StepUnderWay | None) -> Stage:
    if under_way is not None and under_way.hold_started_at is not None:
        return Stage.HOLD
    if not step.role:
        return Stage.PRESS
    if under_way is None or under_way.role != step.role or under_way.powder is None:
        return Stage.POWDER
    if under_way.powder.counted_in or under_way.mass_ug is not None:
        return Stage.PRESS
    return Stage.BOAT_AFTER if under_way.boat_full_ug is not None else Stage.WEIGH


def _target(cell: Cell, step: DesignPress, under_way: StepUnderWay | None) -> tuple[int | None, bool]:
    """Return what to weigh, and whether it was computed for the cathode mass that lies in the cell."""
    if not step.role:
        return None, False
    meant = cell.edition.layer(step.role)
    if meant is None or meant.mass_ug is None:
        return None, False
    meant_ug = meant.mass_ug
    if step.role != LayerRole.NEGATIVE or under_way is None or under_way.powder is None:
        return meant_ug, False
    positive = (
        Layer.objects.filter(cell=cell, role=LayerRole.POSITIVE)
        .with_mass()
        .select_related("use__powder__identity", "use__powder__material")
        .first()
    )
    if positive is None or cell.edition.np_target is None:
        return meant_ug, False
    return _counter_ug(cell, positive, under_way.powder) or meant_ug, True


def _counter_ug(cell: Cell, positive: Layer, negative: Powder) -> int:
    lots: dict[str, Powder | None] = {LayerRole.POSITIVE: positive.use.powder, LayerRole.NEGATIVE: negative}
    sheet = weighing_sheet(cell.edition, lots=lots, positive_mass_ug=positive.mass_ug)
    return 0 if sheet.negative_mass_mg is None else ug_from_mg(f"{sheet.negative_mass_mg:.{SHOWN_DIGITS}f}")
