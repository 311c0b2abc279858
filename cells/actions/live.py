"""Building at the bench, as it happens: every scan, weighing and tap is kept, so that a lost tablet loses none."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from cells.actions.bench_step import Unit, keep, locked_standing, row_of
from cells.actions.build import finish_cell
from cells.actions.fitting import judge_lot
from cells.actions.holding import begin_hold, end_hold, read_end_pressure
from cells.bench import Stage
from cells.models import Cell, StepUnderWay
from cells.models.design import LayerRole
from lims.audit import action, log
from lims.models import User
from lims.models.records import judge_blanks
from lims.records import save_record
from lims.units import mass_text
from materials.actions.ledger import judge_open
from materials.models import Equipment, Powder

__all__ = [
    "begin_hold", "choose_tool", "choose_unit", "end_hold", "enter_at_bench", "measure_assembly", "read_end_pressure",
    "scan_jar", "step_back", "weigh_layer",
]  # fmt: skip

TOOLS = {Equipment.Kind.BALANCE: "balance", Equipment.Kind.PRESS: "press"}


@action
def scan_jar(*, cell: Cell, powder: Powder, by: User, expected: int | None = None) -> StepUnderWay:
    """Say which jar the next layer is weighed from, or raise ValidationError where it is the wrong one."""
    standing = locked_standing(cell, expected, Stage.POWDER, Stage.WEIGH)
    step = standing.step
    if step is None:
        raise ValidationError(f"{cell.code} needs no more powder.")
    jar = Powder.objects.with_codes().select_related("material").get(pk=powder.pk)
    judge_open(jar, "powder")
    judge_lot(standing.cell, step.role, jar)
    row = row_of(standing, by)
    row.powder = jar
    row.lot_reason = row.book_reason = ""
    log(by, "scanned", standing.cell, layer=LayerRole(step.role).label, powder=jar.code)
    return keep(row, by)


@action
def choose_tool(*, cell: Cell, tool: Equipment, by: User, expected: int | None = None) -> StepUnderWay:
    """Take another balance, press, glovebox or die from here on; a die only while nothing lies in it."""
    standing = locked_standing(cell, expected)
    locked = standing.cell
    if tool.kind == Equipment.Kind.DIE:
        if locked.layers.exists():
            raise ValidationError(
                f"{locked.code} lies in {locked.die.code} already: its die is corrected on its page."
            )
        locked.die = tool
        save_record(locked, by=by, verb="took a die")
    elif tool.kind == Equipment.Kind.GLOVEBOX:
        locked.glovebox = tool
        save_record(locked, by=by, verb="went into a glovebox")
    elif tool.kind not in TOOLS:
        raise ValidationError(
            f"{tool.code} is a {tool.get_kind_display().lower()}: nothing is weighed or pressed with it."
        )
    row = row_of(standing, by)
    if tool.kind in TOOLS:
        setattr(row, TOOLS[Equipment.Kind(tool.kind)], tool)
    return keep(row, by)


@action
def choose_unit(*, cell: Cell, unit: str, by: User, expected: int | None = None) -> StepUnderWay:
    """Read the press in another unit from here on."""
    standing = locked_standing(cell, expected)
    row = row_of(standing, by)
    row.entered_unit = Unit(unit)
    return keep(row, by)


@action
def weigh_layer(
    *,
    cell: Cell,
    by: User,
    mass_ug: int,
    boat: bool = False,
    lost: bool = False,
    reading: str = "",
    expected: int | None = None,
) -> StepUnderWay:
    """Take over what the balance showed: the net mass, the boat full and then after, or what was lost."""
    allowed = (Stage.PRESS,) if lost else (Stage.WEIGH, Stage.BOAT_AFTER)
    standing = locked_standing(cell, expected, *allowed)
    row = row_of(standing, by)
    if lost:
        _lose(row, mass_ug)
    elif standing.stage == Stage.BOAT_AFTER:
        _empty_the_boat(row, mass_ug)
    elif boat:
        row.boat_full_ug = mass_ug
    else:
        row.mass_ug = mass_ug
    if not lost:
        row.reading = " / ".join(word for word in (row.reading, reading) if word)[:120]
    _judge_enough(row)
    layer = LayerRole(row.role).label
    what = "lost" if lost else "mass" if row.mass_ug is not None else "boat_full"
    log(by, "weighed", standing.cell, layer=layer, reading=reading, **{what: mass_text(mass_ug)})
    return keep(row, by)


def _lose(row: StepUnderWay, lost_ug: int) -> None:
    if row.mass_ug is None or lost_ug >= row.mass_ug:
        held = mass_text(row.mass_ug or 0)
        raise ValidationError({"entry": f"{mass_text(lost_ug)} lost of {held} leaves nothing in the cell."})
    row.lost_ug = lost_ug


def _empty_the_boat(row: StepUnderWay, after_ug: int) -> None:
    full_ug = row.boat_full_ug or 0
    if after_ug >= full_ug:
        raise ValidationError(
            {
                "entry": f"The boat weighed {mass_text(full_ug)} full: emptied it is lighter, "
                f"not {mass_text(after_ug)}."
            }
        )
    row.boat_after_ug, row.mass_ug = after_ug, full_ug - after_ug


def _judge_enough(row: StepUnderWay) -> None:
    """Raise ValidationError where the book says that the jar holds less, unless it was said already why it is wrong."""
    if row.powder is None or row.mass_ug is None or row.book_reason:
        return
    held_ug = row.powder.balance_now_ug()
    if row.mass_ug > held_ug:
        raise ValidationError(
            {
                "book_reason": f"The book says that {row.powder.code} holds {mass_text(held_ug)}, and "
                f"{mass_text(row.mass_ug)} were weighed. Weigh the jar on its page, or press this layer by the form."
            }
        )


@action
def step_back(*, cell: Cell, by: User, expected: int | None = None) -> StepUnderWay:
    """Take back the last tap of the step that is under way; what has been pressed stays."""
    standing = locked_standing(cell, expected)
    row = standing.under_way
    if row is None or (row.powder is None and row.hold_started_at is None):
        raise ValidationError(f"There is nothing to take back: the step of {cell.code} has not begun.")
    if row.hold_started_at is not None:
        row.hold_started_at = row.pressure_value = row.pressure_end_value = None
        what = "the hold"
    elif row.mass_ug is not None or row.boat_full_ug is not None:
        what = mass_text(row.mass_ug or row.boat_full_ug or 0)
        row.mass_ug = row.boat_full_ug = row.boat_after_ug = None
        row.lost_ug, row.reading = 0, ""
    else:
        what = row.powder.code if row.powder else ""
        row.powder = None
    log(by, "took back", standing.cell, step=[what, ""])
    return keep(row, by)


ASSEMBLY = {Stage.VOLTAGE: "open_circuit_voltage_v", Stage.RESISTANCE: "resistance_1khz_ohm"}


@action
def measure_assembly(
    *, cell: Cell, by: User, value: float | None = None, blank: str = "", expected: int | None = None
) -> Cell:
    """Enter the open-circuit voltage, then the resistance at 1 kHz, or that it was not measured: it is built."""
    standing = locked_standing(cell, expected, Stage.VOLTAGE, Stage.RESISTANCE)
    name, locked = ASSEMBLY[standing.stage], standing.cell
    if value is None and not blank:
        raise ValidationError({"entry": "Enter a number, or tap that it was not measured."})
    if standing.stage == Stage.RESISTANCE:
        measured: dict[str, Any] = {name: value} if value is not None else {"blank": {name: blank}}
        built = finish_cell(cell=locked, by=by, **measured)
        StepUnderWay.objects.filter(cell=locked.pk).update(version=standing.version + 1)
        return built
    if value is not None:
        setattr(locked, name, value)
    else:
        locked.blanks = {**locked.blanks, name: blank}
        judge_blanks(locked.blanks)
    saved = save_record(locked, by=by, verb="measured")
    keep(row_of(standing, by), by)
    return saved


@action
def enter_at_bench(
    *,
    cell: Cell,
    by: User,
    powder: Powder | None = None,
    tool: Equipment | None = None,
    mass_ug: int | None = None,
    number: float | None = None,
    reading: str = "",
    boat: bool = False,
    lost: bool = False,
    blank: str = "",
    lot_reason: str = "",
    expected: int | None = None,
) -> StepUnderWay | Cell:
    """Take whatever came into the one box of the screen: a code that was scanned, a balance's words, or a number."""
    if powder is not None:
        return scan_jar(cell=cell, powder=powder, by=by, expected=expected)
    if tool is not None:
        return choose_tool(cell=cell, tool=tool, by=by, expected=expected)
    stage = locked_standing(cell, expected).stage
    if stage == Stage.POWDER:
        raise ValidationError({"entry": "Scan the jar first, or tap it: then weigh."})
    if stage in (Stage.WEIGH, Stage.BOAT_AFTER) or lost:
        if mass_ug is None:
            raise ValidationError({"entry": f"{reading!r} is no mass."})
        return weigh_layer(
            cell=cell, by=by, mass_ug=mass_ug, boat=boat, lost=lost, reading=reading, expected=expected
        )
    if stage in ASSEMBLY:
        return measure_assembly(cell=cell, by=by, value=number, blank=blank, expected=expected)
    if number is None:
        raise ValidationError({"entry": f"{reading!r} is no pressure."})
    if stage == Stage.HOLD:
        return read_end_pressure(cell=cell, value=number, by=by, expected=expected)
    return begin_hold(cell=cell, by=by, value=number, lot_reason=lot_reason, expected=expected)
