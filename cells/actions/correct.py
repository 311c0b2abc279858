"""Saying anew what was weighed, pressed or measured; whatever rests on it follows in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError

from cells import basis
from cells.actions.fitting import dispensed
from cells.actions.locks import lock, with_edition
from cells.models import Cell, Layer
from cells.models.design import LayerRole
from cells.pressure import in_mpa, one_of
from lims import blanks, registry
from lims.audit import action, log
from lims.late_changes import judge_reason
from lims.models import User
from lims.records import save_record, touch
from lims.units import mass_text
from materials.actions import correct_use
from materials.models import Equipment, Use


@action
def correct_layer(
    *,
    cell: Cell,
    role: str,
    by: User,
    mass_ug: int | None = None,
    reason: str = "",
    lost_ug: int | None = None,
    boat_full_ug: int | None = None,
    boat_after_ug: int | None = None,
    expected_version: int | None = None,
) -> Cell:
    """Correct the mass that a layer was pressed from; everything that rests on it is recalculated at once.

    Raises StaleRecord where ``expected_version`` is no longer the cell's, ValidationError where a reason is needed
    and was not given.
    """
    locked = lock(cell, expected_version)
    layer = locked.layers.filter(role=role).select_related("use__powder__identity").first()
    if layer is None:
        raise ValidationError({"role": f"{locked.code} has no {LayerRole(role).label.lower()} yet."})
    said_ug = Use.objects.with_mass().get(pk=layer.use_id).mass_ug
    if mass_ug is None and boat_full_ug is None and boat_after_ug is None:
        mass_ug = said_ug
    new_ug = dispensed(mass_ug, boat_full_ug, boat_after_ug)
    loss_ug = layer.lost_ug if lost_ug is None else lost_ug
    if loss_ug >= new_ug:
        raise ValidationError(
            {"lost_ug": f"{mass_text(loss_ug)} lost of {mass_text(new_ug)} leaves nothing."}
        )
    if (loss_ug, new_ug) == (layer.lost_ug, said_ug):
        raise ValidationError({"mass_ug": f"{mass_text(new_ug)} is what the book says already."})
    why = judge_reason(locked, entered_at=layer.recorded_at, reason=reason)
    _restate(layer, loss_ug, (boat_full_ug, boat_after_ug), mass_changes=new_ug != said_ug, why=why, by=by)
    # What rests on the layer is told once, when both numbers are right: in between it may hold less than nothing.
    if new_ug != said_ug:
        correct_use(use=layer.use, mass_ug=new_ug, reason=why, by=by)
    else:
        registry.facts_changed({locked.pk})
    touch(locked)
    return locked


def _restate(
    layer: Layer, loss_ug: int, boat: tuple[int | None, int | None], *, mass_changes: bool, why: str, by: User
) -> None:
    """Write down another loss, and the boat's masses; those of a mass corrected by itself are true no more."""
    if loss_ug != layer.lost_ug:
        lost = [mass_text(layer.lost_ug), mass_text(loss_ug)]
        log(by, "corrected a loss", layer.cell, reason=why, layer=layer.get_role_display(), lost=lost)
    layer.lost_ug = loss_ug
    if mass_changes:
        before = (layer.boat_full_ug, layer.boat_after_ug)
        layer.boat_full_ug, layer.boat_after_ug = boat
        if before != boat:
            log(
                by, "corrected a boat", layer.cell, reason=why, layer=layer.get_role_display(),
                boat_full_ug=[before[0], boat[0]], boat_after_ug=[before[1], boat[1]],
            )  # fmt: skip
    layer.full_clean()
    layer.save()


@action
def correct_press(
    *,
    cell: Cell,
    number: int,
    by: User,
    reason: str = "",
    pressure_mpa: float | None = None,
    force_tonnes: float | None = None,
    gauge_bar: float | None = None,
    pressure_end: float | None = None,
    hold_s: float | None = None,
    press: Equipment | None = None,
    expected_version: int | None = None,
) -> Cell:
    """Say anew how hard and how long a press was; what is left out stays. Errors as for `correct_layer`."""
    locked = lock(cell, expected_version)
    step = locked.press_steps.select_related("press__identity").filter(number=number).first()
    if step is None:
        raise ValidationError({"number": f"{locked.code} has no press {number}."})
    before = {name: getattr(step, name) for name in ("pressure_mpa", "pressure_end_mpa", "hold_s", "press")}
    step.press = press or step.press
    if any(value is not None for value in (pressure_mpa, force_tonnes, gauge_bar)):
        pressed = one_of(
            pressure_mpa=pressure_mpa, force_tonnes=force_tonnes, gauge_bar=gauge_bar, end_value=pressure_end
        )
        step.pressure_mpa, end_mpa = in_mpa(pressed, die=locked.die, press=step.press)
        step.entered_unit = pressed.unit
        step.pressure_end_mpa = end_mpa if end_mpa is not None else step.pressure_end_mpa
    elif pressure_end is not None:
        raise ValidationError(
            {"pressure_end": "Give the pressure when the hold began too, in the same unit."}
        )
    if hold_s is not None and hold_s != step.hold_s:
        # Moments that say otherwise would contradict it.
        step.hold_s, step.hold_started_at, step.hold_ended_at = hold_s, None, None
    changed = {
        name: [_told(old), _told(getattr(step, name))]
        for name, old in before.items()
        if old != getattr(step, name)
    }
    if not changed:
        raise ValidationError(f"That is what press {number} of {locked.code} says already.")
    why = judge_reason(locked, entered_at=step.recorded_at, reason=reason)
    step.full_clean()
    step.save()
    touch(locked)
    log(by, "corrected a press", locked, reason=why, step=number, **changed)
    registry.facts_changed({locked.pk})
    return locked


def _told(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else str(value) if value is not None else None


class CellChanges(TypedDict, total=False):
    """What can be changed of a cell itself; what is left out stays."""

    die: Equipment
    glovebox: Equipment | None
    open_circuit_voltage_v: float | None
    resistance_1khz_ohm: float | None
    assembly_temperature_c: float | None
    performed_at: datetime
    performed_by: User
    note: str
    blank: dict[str, str]


# A remark is added every day, and no number rests on it.
NEEDS_NO_REASON = frozenset({"note"})


@action
def change_cell(
    *,
    cell: Cell,
    by: User,
    reason: str = "",
    expected_version: int | None = None,
    **changes: Unpack[CellChanges],
) -> Cell:
    """Say anew what is known of a cell itself: its die, its glovebox, what was measured after assembly.

    Filling in what was empty needs no reason; replacing what was there does as `late_changes` says. Raises
    StaleRecord where somebody else was faster.
    """
    locked = lock(cell, expected_version)
    facts: dict[str, Any] = dict(changes)
    blank = facts.pop("blank", None)
    replaced = [
        name
        for name, value in facts.items()
        if getattr(locked, name) not in (None, "", value) and name not in NEEDS_NO_REASON
    ]
    die_changes = "die" in facts and facts["die"].pk != locked.die_id
    for name, value in facts.items():
        setattr(locked, name, value)
    filled = [name for name, value in facts.items() if value not in blanks.EMPTY]
    locked.blanks = {**blanks.settle(locked, filled), **(blank or {})}
    entered_at = locked.recorded_at if die_changes else (locked.assembled_at or locked.recorded_at)
    why = judge_reason(locked, entered_at=entered_at, reason=reason) if replaced else reason
    version = locked.version
    saved = save_record(locked, by=by, reason=why, verb="corrected" if replaced else "changed")
    if saved.version != version:
        if die_changes:
            basis.refresh([with_edition(saved)])
        registry.facts_changed({saved.pk})
    return saved
