"""Cells as rows of a sheet: planned, pressed and finished by the same actions as at the bench."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from cells import actions
from cells.actions.build import add_layer, finish_cell, plan_cell, press_again
from cells.forms import fitting
from cells.import_columns import BUILT_IN, CELL_COLUMNS
from cells.models import Cell, CellDesignEdition, Condition, DesignPress
from cells.models.design import LayerRole
from cells.pressure import Hold, Pressed, one_of
from lims.imports import Kind, Run
from lims.models import User
from lims.records import Origin
from materials.actions import Despite
from materials.models import Powder

UNDER_CONSTRUCTION = (Cell.State.PLANNED, Cell.State.BUILDING)
MOST_STARTED = 60


def make_cell(values: dict[str, Any], run: Run) -> Cell:
    """Enter one row: the cell is planned where it is not yet, its layers go in, and it is finished once it is whole."""
    origin = run.origin(values)
    blank = dict(origin.get("blanks", {}))
    _named(values, origin)
    cell = _planned(values, origin, run)
    if values.get("glovebox") is not None:
        cell = actions.change_cell(cell=cell, by=run.by, glovebox=values["glovebox"])
    despite = Despite(values.pop("lot_reason", ""), values.pop("book_reason", ""))
    done: dict[str, Any] = {name: origin[name] for name in ("performed_at", "performed_by") if name in origin}
    _heights(cell, values, "", run, done)
    for step in cell.edition.press_schedule.all():
        if step.role in BUILT_IN:
            _layer(cell, step, values, run, blank, done, despite)
    if values.get("deviation"):
        actions.record_deviation(
            cell=cell, category=values.get("deviation_category") or "other", text=values["deviation"],
            impact=values.get("deviation_impact") or "minor", by=run.by, at=done.get("performed_at"),
        )  # fmt: skip
    return _finished(cell, values, blank, run, done)


def _named(values: dict[str, Any], origin: Origin) -> None:
    """Keep what the notebook calls a cell in its note."""
    name = values.pop("notebook_name", "")
    if name:
        note = origin.get("note", "")
        origin["note"] = f"In the notebook: {name}\n{note}".strip()


def _planned(values: dict[str, Any], origin: Origin, run: Run) -> Cell:
    """Return the cell that the row names, or plan a new one."""
    cell: Cell | None = values.pop("cell", None)
    study, group, design = values.pop("study", None), values.pop("group", ""), values.pop("design", None)
    number, die = values.pop("edition", None), values.pop("die", None)
    if cell is not None:
        if cell.state not in UNDER_CONSTRUCTION:
            raise ValidationError({"cell": f"{cell.code} is {cell.get_state_display().lower()} already."})
        if die is not None and die.pk != cell.die_id:
            actions.change_cell(cell=cell, by=run.by, die=die)
        if origin.get("blanks"):
            actions.change_cell(cell=cell, by=run.by, blank=dict(origin["blanks"]))
        return _fresh(cell)
    missing = {
        name: "Needed for a new cell; or name the planned one."
        for name, value in (("study", study), ("group", group), ("design", design))
        if not value
    }
    if missing:
        raise ValidationError(missing)
    condition = _condition(study, group)
    edition = _edition(design, number)
    planned = plan_cell(condition=condition, edition=edition, die=die, by=run.by, **origin)
    return _fresh(planned)


def _fresh(cell: Cell) -> Cell:
    found: Cell = Cell.objects.with_codes().with_study().get(pk=cell.pk)
    return found


def _condition(study: Any, group: str) -> Condition:
    found = study.conditions.select_related("study__identity__project").filter(name__iexact=group).first()
    if found is None:
        names = ", ".join(condition.name for condition in study.conditions.all())
        raise ValidationError({"group": f"{study.code} has no condition {group!r}; it has: {names}."})
    condition: Condition = found
    return condition


def _edition(design: Any, number: int | None) -> CellDesignEdition:
    editions = design.editions.order_by("-number")
    found = (editions if number is None else editions.filter(number=number)).first()
    if found is None:
        raise ValidationError({"edition": f"{design.code} has no edition {number}."})
    edition: CellDesignEdition = found
    return edition


def _layer(
    cell: Cell,
    step: DesignPress,
    values: Mapping[str, Any],
    run: Run,
    blank: Mapping[str, str],
    done: Mapping[str, Any],
    despite: Despite,
) -> None:
    """Put in the layer of a step and press it, as far as the row says."""
    role = step.role
    powder, mass_ug = values.get(f"{role}_powder"), values.get(f"{role}_mass_ug")
    if powder is None and mass_ug is None:
        return
    if powder is None:
        raise ValidationError({f"{role}_powder": "Say from which jar it was."})
    if mass_ug is None and not powder.counted_in:
        raise ValidationError({f"{role}_mass_ug": f"Say how much of {powder.code} was dispensed."})
    with _named_after(role):
        add_layer(
            cell=cell, role=role, powder=powder, mass_ug=mass_ug or 0, lost_ug=values.get(f"{role}_lost_ug") or 0,
            balance=values.get("balance"), by=run.by, despite=despite, **done,
        )  # fmt: skip
        pressed = _pressed(step, values, blank)
        hold_s = values.get(f"{role}_hold_s")
        seconds = step.hold_s if hold_s is None else hold_s
        if pressed is not None and seconds is not None:
            press_again(
                cell=cell,
                role=role,
                pressed=pressed,
                hold=Hold(seconds),
                press=values.get("press"),
                by=run.by,
                **done,
            )
    _heights(cell, values, role, run, done)


def _pressed(step: DesignPress, values: Mapping[str, Any], blank: Mapping[str, str]) -> Pressed | None:
    """Return how hard it was pressed: as the row says, else by the design, or None where that was not recorded."""
    role = step.role
    typed = {
        name: values.get(f"{role}_{column}")
        for name, column in (
            ("pressure_mpa", "pressure_mpa"),
            ("force_tonnes", "force_t"),
            ("gauge_bar", "gauge_bar"),
        )
    }
    if any(value is not None for value in typed.values()):
        return one_of(**typed)
    if f"{role}_pressure" in blank or step.pressure_mpa is None:
        return None
    return Pressed(step.pressure_mpa)


class _named_after:  # noqa: N801 - reads as a word where it is used
    """Turn the fields of an action into the columns of one layer."""

    NAMES = {
        "powder": "powder", "mass_ug": "mass_ug", "lost_ug": "lost_ug", "pressure_mpa": "pressure_mpa",
        "force_tonnes": "force_t", "gauge_bar": "gauge_bar", "hold_s": "hold_s",
    }  # fmt: skip

    def __init__(self, role: str) -> None:
        self.role = role

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, ValidationError):
            by_field = error.update_error_dict({})
            raise ValidationError(
                {
                    f"{self.role}_{self.NAMES[name]}" if name in self.NAMES else name: problems
                    for name, problems in by_field.items()
                }
            ) from error


def _heights(cell: Cell, values: Mapping[str, Any], after: str, run: Run, done: Mapping[str, Any]) -> None:
    name = f"{after}_height_mm" if after else "empty_height_mm"
    height_mm = values.get(name)
    if height_mm is None:
        return
    loaded = values.get("heights_loaded")
    if not loaded:
        raise ValidationError({"heights_loaded": "Say whether the plunger heights were measured under load."})
    actions.measure_height(
        cell=cell, after=after, height_mm=height_mm, loaded=loaded == "yes", by=run.by,
        uncertainty_um=values.get("height_uncertainty_um"), **done,
    )  # fmt: skip


def _finished(
    cell: Cell, values: Mapping[str, Any], blank: Mapping[str, str], run: Run, done: Mapping[str, Any]
) -> Cell:
    """Finish a cell whose layers are all in; one that is not whole stays under construction."""
    fresh = _fresh(cell)
    if fresh.next_press() is not None:
        return fresh
    names = ("open_circuit_voltage_v", "resistance_1khz_ohm", "assembly_temperature_c")
    measured: dict[str, Any] = {name: values.get(name) for name in names}
    said = {name: blank[name] for name in names if name in blank}
    return finish_cell(cell=fresh, by=run.by, assembled_at=done.get("performed_at"), blank=said, **measured)


def started(user: User, asked: QueryDict) -> list[dict[str, str]]:
    """Return the rows that a grid begins with: the planned cells of ``?code=`` or ``?study=``, and their only jars."""
    cells = Cell.objects.visible_to(user).with_codes().with_study().filter(state__in=UNDER_CONSTRUCTION)
    codes, study = [code.upper() for code in asked.getlist("code")], asked.get("study", "")
    if not codes and not study:
        return []
    cells = cells.filter(identity__code__in=codes) if codes else cells.of_study(study.upper())
    rows = []
    jars: dict[tuple[int, str], str] = {}
    for cell in cells.order_by("pk")[:MOST_STARTED]:
        # Seen and changed where it was done earlier; nothing is entered that does not say when.
        row = {"cell": cell.code, "performed_at": f"{timezone.localtime():%Y-%m-%d %H:%M}"}
        for role in BUILT_IN:
            key = (cell.edition_id, role)
            if key not in jars:
                jars[key] = _only_jar(user, cell.edition, role)
            if jars[key]:
                row[f"{role}_powder"] = jars[key]
        rows.append(row)
    return rows


def _only_jar(user: User, edition: CellDesignEdition, role: LayerRole) -> str:
    fit = Powder.objects.visible_to(user).with_codes().open().filter(fitting(edition, role)).distinct()[:2]
    found = list(fit)
    return found[0].code if len(found) == 1 else ""


CELLS = Kind(
    "cells",
    "Cells",
    "Cells with their layers, masses and presses: planned ones that are built now, or a whole old notebook.",
    CELL_COLUMNS,
    make_cell,
    ("notebook_name",),
    started,
)
