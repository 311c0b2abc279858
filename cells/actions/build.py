"""Building a cell: plan, press layer by layer, finish; and what goes wrong on the way."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from uncertainties import nominal_value

from cells import basis
from cells.models import Cell, CellDesignEdition, Condition, Deviation, Layer, PressStep
from cells.models.design import LayerRole
from lims import registry
from lims.audit import action, log
from lims.models import User
from lims.records import StaleRecord, create_record, save_record, touch
from lims.units import mass_text
from materials.actions import correct_use
from materials.actions.ledger import lock_powders, take
from materials.genealogy import compositions, share_of
from materials.models import Equipment, Powder, Use


@action
def plan_cell(
    *,
    condition: Condition,
    edition: CellDesignEdition,
    by: User,
    die: Equipment | None = None,
    performed_at: datetime | None = None,
    note: str = "",
) -> Cell:
    """Plan a cell of a study's condition; it lives in the study's project."""
    cell = Cell(
        condition=condition,
        edition=edition,
        die=die or edition.die,
        performed_at=performed_at or timezone.now(),
        performed_by=by,
        note=note,
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
    mass_ug: int,
    pressure_mpa: float,
    hold_s: float,
    by: User,
    lost_ug: int = 0,
    balance: Equipment | None = None,
    performed_at: datetime | None = None,
) -> Layer:
    """Draw ``mass_ug`` of ``powder`` into the cell as its ``role`` layer and press it.

    What was lost while spreading is part of what was drawn, and not of the layer.
    """
    locked = _lock(cell)
    if locked.state not in (Cell.State.PLANNED, Cell.State.BUILDING):
        raise ValidationError(
            f"{locked.code} is {locked.get_state_display().lower()}: no layer can be added."
        )
    if lost_ug >= mass_ug:
        raise ValidationError(
            {
                "lost_ug": f"{mass_text(lost_ug)} lost of {mass_text(mass_ug)} dispensed leaves nothing in the cell."
            }
        )
    _judge_powder(locked, role, powder)
    source = lock_powders([powder])[powder.pk]
    use = take(source, mass_ug, consumer=locked.identity, purpose=Use.Purpose.PRESSED, balance=balance, by=by)
    layer = Layer(cell=locked, role=role, use=use, lost_ug=lost_ug)
    layer.full_clean()
    layer.save(force_insert=True)
    step = PressStep(
        cell=locked,
        number=locked.press_steps.count() + 1,
        presses=_pressed(locked),
        pressure_mpa=pressure_mpa,
        hold_s=hold_s,
        performed_at=performed_at or timezone.now(),
        performed_by=by,
    )
    step.full_clean()
    step.save(force_insert=True)
    if locked.state == Cell.State.PLANNED:
        locked.state = Cell.State.BUILDING
        locked.save(update_fields=["state"])
    touch(source)
    touch(locked)
    log(
        by,
        "pressed",
        locked,
        layer=LayerRole(role).label,
        powder=source.code,
        mass=mass_text(mass_ug),
        lost=mass_text(lost_ug),
        pressure_mpa=pressure_mpa,
        hold_s=hold_s,
    )
    basis.refresh([_with_edition(locked)])
    return layer


def _lock(cell: Cell) -> Cell:
    # A lock that lets others refer to the cell: who corrects a powder holds that powder, which we may want next,
    # and writes a new basis for this cell.
    cells = Cell.objects.select_for_update(of=("self",), no_key=True)
    locked: Cell = cells.select_related("identity__project").get(pk=cell.pk)
    return locked


def _with_edition(cell: Cell) -> Cell:
    found: Cell = Cell.objects.select_related(
        "edition__positive_material", "edition__negative_material", "die", "identity"
    ).get(pk=cell.pk)
    return found


def _judge_powder(cell: Cell, role: str, powder: Powder) -> None:
    """A separator is pressed from the design's electrolyte, an electrode from a composite."""
    electrolyte = cell.edition.separator_material
    if role == LayerRole.SEPARATOR and powder.material_id != electrolyte.pk:
        raise ValidationError(
            {"powder": f"{powder.code} is not {electrolyte.name}, which this design's separator is."}
        )
    if role != LayerRole.SEPARATOR and powder.kind != Powder.Kind.COMPOSITE:
        raise ValidationError(
            {"powder": f"{powder.code} is not a composite; an electrode is pressed from one."}
        )
    if role != LayerRole.SEPARATOR:
        edition = cell.edition
        active = edition.positive_material if role == LayerRole.POSITIVE else edition.negative_material
        if nominal_value(share_of(compositions([powder])[powder.pk], [active])) <= 0:
            raise ValidationError(
                {
                    "powder": f"{powder.code} holds no {active.name}, which this design's electrode is made with."
                }
            )


def _pressed(cell: Cell) -> str:
    """Return what lies in the die when it is pressed."""
    roles = list(cell.layers.values_list("role", flat=True))
    if len(roles) == len(LayerRole):
        return "whole stack"
    return " + ".join(LayerRole(role).label for role in roles)


@action
def finish_cell(
    *,
    cell: Cell,
    by: User,
    open_circuit_voltage_v: float | None = None,
    resistance_1khz_ohm: float | None = None,
    note: str = "",
) -> Cell:
    """Say that the cell is built, with what was measured on it then."""
    locked = _lock(cell)
    missing = [
        LayerRole(r).label for r in LayerRole if r not in set(locked.layers.values_list("role", flat=True))
    ]
    if missing:
        raise ValidationError(f"{locked.code} is not complete: {', '.join(missing)} not pressed.")
    _move(locked, Cell.State.BUILT)
    locked.open_circuit_voltage_v = open_circuit_voltage_v
    locked.resistance_1khz_ohm = resistance_1khz_ohm
    if note:
        locked.note = f"{locked.note}\n{note}".strip()
    return save_record(locked, by=by, verb="finished building")


@action
def move_cell(*, cell: Cell, state: str, by: User, reason: str = "") -> Cell:
    """Move a cell to another state, if its present one allows it."""
    locked = _lock(cell)
    if locked.state == state:
        return locked
    _move(locked, state)
    save_record(locked, by=by, reason=reason, verb="changed state")
    registry.facts_changed({locked.pk})
    return locked


@action
def fail_cell(*, cell: Cell, state: str, reason: str, by: User) -> Cell:
    """Say that a cell failed or shorted, and why."""
    if not reason.strip():
        raise ValidationError({"reason": "Say what happened to the cell."})
    return move_cell(cell=cell, state=state, by=by, reason=reason)


def _move(cell: Cell, state: str) -> None:
    if state not in Cell.MOVES[cell.state]:
        allowed = ", ".join(Cell.State(s).label.lower() for s in Cell.MOVES[cell.state]) or "nothing"
        raise ValidationError(
            f"{cell.code} is {cell.get_state_display().lower()} and can become {allowed}, "
            f"not {Cell.State(state).label.lower()}."
        )
    cell.state = state


@action
def correct_layer(
    *,
    cell: Cell,
    role: str,
    mass_ug: int,
    reason: str,
    by: User,
    lost_ug: int | None = None,
    expected_version: int | None = None,
) -> Cell:
    """Correct the mass that a layer was pressed from; everything that rests on it is recalculated at once.

    Raises StaleRecord where ``expected_version`` is no longer the cell's.
    """
    if not reason.strip():
        raise ValidationError({"reason": "A correction needs its reason."})
    locked = _lock(cell)
    if expected_version is not None and locked.version != expected_version:
        raise StaleRecord(locked, expected_version)
    layer = locked.layers.filter(role=role).select_related("use__powder").first()
    if layer is None:
        raise ValidationError({"role": f"{locked.code} has no {LayerRole(role).label.lower()} yet."})
    loss_ug = layer.lost_ug if lost_ug is None else lost_ug
    dispensed_ug = Use.objects.with_mass().get(pk=layer.use_id).mass_ug
    if loss_ug >= mass_ug:
        raise ValidationError(
            {"lost_ug": f"{mass_text(loss_ug)} lost of {mass_text(mass_ug)} leaves nothing."}
        )
    if (loss_ug, mass_ug) == (layer.lost_ug, dispensed_ug):
        raise ValidationError({"mass_ug": f"{mass_text(mass_ug)} is what the book says already."})
    if loss_ug != layer.lost_ug:
        log(
            by, "corrected a loss", locked, reason=reason, lost=[mass_text(layer.lost_ug), mass_text(loss_ug)]
        )
        layer.lost_ug = loss_ug
        layer.full_clean()
        layer.save()
    # What rests on the layer is told once, when both numbers are right: in between it may hold less than nothing.
    if mass_ug != dispensed_ug:
        correct_use(use=layer.use, mass_ug=mass_ug, reason=reason, by=by)
    else:
        registry.facts_changed({locked.pk})
    touch(locked)
    return locked


@action
def record_deviation(*, cell: Cell, category: str, impact: str, text: str, by: User) -> Cell:
    """Note that something was not as meant."""
    locked = _lock(cell)
    deviation = Deviation(cell=locked, category=category, impact=impact, text=text, by=by)
    deviation.full_clean()
    deviation.save(force_insert=True)
    touch(locked)
    log(by, "noted a deviation", locked, category=category, impact=impact, text=text)
    registry.facts_changed({locked.pk})
    return locked
