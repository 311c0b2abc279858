"""Building a cell: plan, press layer by layer, finish."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.utils import timezone

from cells import basis
from cells.actions.fitting import dispensed, judge_lot, laid_in
from cells.actions.locks import lock, move, with_edition
from cells.models import BuildPlan, Cell, CellDesignEdition, Condition, Layer, LayerRole, PressStep
from cells.pressure import Hold, Pressed, in_mpa, one_of
from lims import blanks, registry
from lims.audit import action, log
from lims.models import User
from lims.records import Origin, create_record, save_record, touch
from lims.units import mass_text
from materials.actions.count import take_count
from materials.actions.ledger import NOTHING, Despite, lock_powders, take
from materials.models import Equipment, GloveboxReading, Powder, Use, count_text


@action
def plan_cell(
    *,
    condition: Condition,
    edition: CellDesignEdition,
    by: User,
    die: Equipment | None = None,
    plan: BuildPlan | None = None,
    planned_on: date | None = None,
    plan_turn: int | None = None,
    **origin: Unpack[Origin],
) -> Cell:
    """Plan a cell of a study's condition; it lives in the study's project."""
    cell = Cell(
        condition=condition,
        edition=edition,
        die=die or edition.die,
        plan=plan,
        planned_on=planned_on,
        plan_turn=plan_turn,
        **origin,
    )
    project = condition.study.project
    return create_record(
        cell, project=project, by=by, verb="planned", condition=condition.name, design=str(edition)
    )


@action
def press_layer(
    *,
    cell: Cell,
    role: str,
    powder: Powder,
    mass_ug: int | None = None,
    by: User,
    pressure_mpa: float | None = None,
    force_tonnes: float | None = None,
    gauge_bar: float | None = None,
    pressure_end: float | None = None,
    hold_s: float | None = None,
    hold_started_at: datetime | None = None,
    hold_ended_at: datetime | None = None,
    lost_ug: int = 0,
    boat_full_ug: int | None = None,
    boat_after_ug: int | None = None,
    reading: str = "",
    balance: Equipment | None = None,
    count_milli: int | None = None,
    press: Equipment | None = None,
    performed_at: datetime | None = None,
    performed_by: User | None = None,
    despite: Despite = NOTHING,
) -> Layer:
    """Draw ``mass_ug`` of ``powder`` into the cell as its ``role`` layer and press it.

    The mass is given, or the boat's full and after; a foil is counted (``count_milli``, the design's own where left
    out). What was lost while spreading is part of what was drawn, and not
    of the layer. The pressure is given in one of its three units, ``pressure_end`` in the same.
    """
    typed = any(value is not None for value in (pressure_mpa, force_tonnes, gauge_bar))
    pressed = None
    if typed or not laid_in(cell.edition, role):
        pressed = one_of(
            pressure_mpa=pressure_mpa, force_tonnes=force_tonnes, gauge_bar=gauge_bar, end_value=pressure_end
        )
    layer = add_layer(
        cell=cell, role=role, powder=powder, by=by, count_milli=count_milli,
        mass_ug=0 if powder.counted_in else dispensed(mass_ug, boat_full_ug, boat_after_ug),
        lost_ug=lost_ug, boat_full_ug=boat_full_ug, boat_after_ug=boat_after_ug, reading=reading, balance=balance,
        performed_at=performed_at, performed_by=performed_by, despite=despite,
    )  # fmt: skip
    if pressed is not None:
        _press(
            layer.cell, role=role, pressed=pressed, hold=Hold(hold_s, hold_started_at, hold_ended_at),
            press=press, by=by, performed_at=performed_at, performed_by=performed_by,
        )  # fmt: skip
    return layer


@action
def add_layer(
    *,
    cell: Cell,
    role: str,
    powder: Powder,
    mass_ug: int = 0,
    by: User,
    lost_ug: int = 0,
    boat_full_ug: int | None = None,
    boat_after_ug: int | None = None,
    reading: str = "",
    balance: Equipment | None = None,
    count_milli: int | None = None,
    performed_at: datetime | None = None,
    performed_by: User | None = None,
    despite: Despite = NOTHING,
) -> Layer:
    """Draw a powder, or discs or area of a foil, into the cell as a layer; how it was pressed is told apart from it.

    ``count_milli`` is of a foil, in thousandths of its unit; where it is left out the design's count is taken.
    """
    locked = lock(cell)
    _judge_under_construction(locked)
    meant = judge_lot(locked, role, powder)
    if not meant.is_foil and lost_ug >= mass_ug:
        raise ValidationError(
            {
                "lost_ug": f"{mass_text(lost_ug)} lost of {mass_text(mass_ug)} dispensed leaves nothing in the cell."
            }
        )
    source = lock_powders([powder])[powder.pk]
    drawn: dict[str, Any] = {
        "consumer": locked.identity, "purpose": Use.Purpose.PRESSED, "by": by, "performed_at": performed_at,
        "despite": despite,
    }  # fmt: skip
    if meant.is_foil:
        lost_ug, count_milli = 0, count_milli or meant.count_milli or 0
        use = take_count(source, count_milli, **drawn)
    else:
        use = take(source, mass_ug, balance=balance, **drawn)
    done_at = performed_at or timezone.now()
    layer = Layer(
        cell=locked, role=role, use=use, lost_ug=lost_ug, boat_full_ug=boat_full_ug, boat_after_ug=boat_after_ug,
        reading=reading[:120], glovebox_reading=_reading_at(locked, done_at), performed_at=done_at,
        performed_by=performed_by or by, recorded_by=by,
    )  # fmt: skip
    layer.full_clean()
    layer.save(force_insert=True)
    if locked.state == Cell.State.PLANNED:
        locked.state = Cell.State.BUILDING
        locked.save(update_fields=["state"])
    touch(source)
    touch(locked)
    told = (
        {"count": count_text(count_milli or 0, source.counted_in)}
        if meant.is_foil
        else {"mass": mass_text(mass_ug), "lost": mass_text(lost_ug)}
    )
    log(by, "put in", locked, layer=meant.label, powder=source.code, **told)
    basis.refresh([with_edition(locked)])
    return layer


def _judge_under_construction(cell: Cell) -> None:
    if cell.state not in (Cell.State.PLANNED, Cell.State.BUILDING):
        raise ValidationError(f"{cell.code} is {cell.get_state_display().lower()}: no layer can be added.")


def _reading_at(cell: Cell, moment: datetime) -> GloveboxReading | None:
    """Return what the cell's glovebox showed last by this moment."""
    if cell.glovebox is None:
        return None
    return GloveboxReading.objects.filter(glovebox=cell.glovebox_id, at__lte=moment).first()


@action
def press_again(
    *,
    cell: Cell,
    pressed: Pressed,
    hold: Hold,
    by: User,
    role: str = "",
    press: Equipment | None = None,
    performed_at: datetime | None = None,
    performed_by: User | None = None,
) -> PressStep:
    """Press what lies in the die; ``role`` is the layer that went in for it, empty where it is pressed once more."""
    locked = lock(cell)
    _judge_under_construction(locked)
    if not locked.layers.exists():
        raise ValidationError(f"Nothing lies in the die of {locked.code} yet.")
    step = _press(
        locked, role=role, pressed=pressed, hold=hold, press=press, by=by, performed_at=performed_at,
        performed_by=performed_by,
    )  # fmt: skip
    touch(locked)
    return step


def _press(
    locked: Cell,
    *,
    role: str,
    pressed: Pressed,
    hold: Hold,
    press: Equipment | None,
    by: User,
    performed_at: datetime | None,
    performed_by: User | None,
) -> PressStep:
    """Enter a press of a cell that is locked; whoever calls raises its version, once for all that was done."""
    start_mpa, end_mpa = in_mpa(pressed, die=locked.die, press=press)
    seconds = hold.in_s()
    step = PressStep(
        cell=locked, number=locked.press_steps.count() + 1, role=role, presses=_pressed(locked),
        entered_unit=pressed.unit, pressure_mpa=start_mpa, pressure_end_mpa=end_mpa, hold_s=seconds,
        hold_started_at=hold.started_at,
        # A start with its length has its end too.
        hold_ended_at=hold.ended_at or (hold.started_at and hold.started_at + timedelta(seconds=seconds)),
        press=press, performed_at=performed_at or hold.started_at or timezone.now(),
        performed_by=performed_by or by, recorded_by=by,
    )  # fmt: skip
    step.full_clean()
    step.save(force_insert=True)
    told: dict[str, Any] = {} if end_mpa is None else {"pressure_end_mpa": round(end_mpa, 4)}
    log(
        by, "pressed", locked, presses=step.presses, typed=f"{pressed.value:g} {PressStep.Unit(pressed.unit).label}",
        pressure_mpa=round(start_mpa, 4), hold_s=seconds, **told,
    )  # fmt: skip
    return step


def _pressed(cell: Cell) -> str:
    """Return what lies in the die when it is pressed."""
    labels = {layer.role: layer.label for layer in cell.edition.layers.select_related("material")}
    roles = list(cell.layers.values_list("role", flat=True))
    if set(roles) >= set(labels):
        return "whole stack"
    return " + ".join(labels.get(role, LayerRole(role).label) for role in roles)


@action
def finish_cell(
    *,
    cell: Cell,
    by: User,
    open_circuit_voltage_v: float | None = None,
    resistance_1khz_ohm: float | None = None,
    assembly_temperature_c: float | None = None,
    assembled_at: datetime | None = None,
    blank: dict[str, str] | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> Cell:
    """Say that the cell is built, with what was measured on it then; ``blank`` says why something was not."""
    locked = lock(cell, expected_version)
    inside = set(locked.layers.values_list("role", flat=True))
    # From the top, as a person looks into the die.
    stacked = reversed(locked.edition.layers.select_related("material"))
    missing = [layer.label for layer in stacked if layer.role not in inside]
    if missing:
        raise ValidationError(f"{locked.code} is not complete: {', '.join(missing)} not pressed.")
    move(locked, Cell.State.BUILT)
    measured = {
        "open_circuit_voltage_v": open_circuit_voltage_v,
        "resistance_1khz_ohm": resistance_1khz_ohm,
        "assembly_temperature_c": assembly_temperature_c,
    }
    said = {**locked.blanks, **(blank or {})}
    for name, value in measured.items():
        if value is not None:
            setattr(locked, name, value)
            said.pop(name, None)
    blanks.judge_together(said, {name: getattr(locked, name) for name in measured})
    locked.blanks = said
    locked.assembled_at = assembled_at or timezone.now()
    if note:
        locked.note = f"{locked.note}\n{note}".strip()
    built = save_record(locked, by=by, verb="finished building")
    registry.facts_changed({built.pk})
    return built
