"""The stack panel: a cell or design as a drawn stack with its numbers, and what would be if something were another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from cells.calc.quantity import Quantity
from cells.editions import editions_of, stacked
from cells.models import Cell, CellDesign, CellDesignEdition, Layer, LayerRole
from cells.stack_figure import DrawnLayer, stack_figure
from cells.what_if import Answer, Change, Start, answer, start_of_cell, start_of_design
from cells.what_if_form import WhatIfForm
from lims.models import User
from lims.numbers import exact, plain
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.templatetags.numbers import number_parts
from lims.units import mass_text
from lims.views.screens import find, person
from materials.calibration import sentences_on
from materials.models import count_text

FROM_ABOVE = (LayerRole.POSITIVE, LayerRole.SEPARATOR, LayerRole.ALLOYING, LayerRole.NEGATIVE)
BASIS_WORDS = {"reversible": "reversible", "first_charge": "first charge", "theoretical": "theoretical"}
# name, label, unit
READOUT = (
    ("areal_capacity_mah_cm2", "Areal capacity, positive", "mAh/cm²"),
    ("active_loading_mg_cm2", "Active loading", "mg/cm²"),
    ("composite_loading_mg_cm2", "Composite loading", "mg/cm²"),
    ("np_ratio", "N/P", ""),
    ("one_c_current_ma", "1C", "mA"),
    ("one_c_current_density_ma_cm2", "1C density", "mA/cm²"),
)
MORE = (
    ("area_cm2", "Area", "cm²"),
    ("np_ratio_reversible", "N/P, reversible", ""),
    ("np_ratio_first_charge", "N/P, first charge", ""),
    ("np_ratio_theoretical", "N/P, theoretical", ""),
    ("first_charge_areal_capacity_mah_cm2", "First charge, positive", "mAh/cm²"),
    ("negative_areal_capacity_mah_cm2", "Areal capacity, negative", "mAh/cm²"),
    ("negative_active_loading_mg_cm2", "Active loading, negative", "mg/cm²"),
    ("counter_excess", "Negative over positive", "times"),
    ("separator_areal_mass_mg_cm2", "Separator", "mg/cm²"),
    ("separator_dense_thickness_um", "Separator, dense", "µm"),
    ("positive_dense_thickness_um", "Positive, dense", "µm"),
    ("negative_dense_thickness_um", "Negative, dense", "µm"),
)


@login_required
@require_GET
def design_what_if(request: HttpRequest, code: str) -> HttpResponse:
    """Answer what follows from a design with some of it changed; a part of its page."""
    design: CellDesign = find(CellDesign.objects.all(), code, person(request))
    editions = editions_of(design)
    asked = request.GET.get("edition", "")
    edition = next((e for e in editions if str(e.number) == asked), editions[0])
    return _part(request, start_of_design(edition), lambda found: drawn_design(edition, found))


@login_required
@require_GET
def cell_what_if(request: HttpRequest, code: str) -> HttpResponse:
    """Answer what follows from a cell with some of it changed; a part of its page."""
    cell: Cell = find(Cell.objects.with_study().select_related("die__identity"), code, person(request))
    cell.edition = stacked(cell.edition_id)
    return _part(request, start_of_cell(cell), lambda found: drawn_cell(cell, found))


def _part(request: HttpRequest, start: Start, draw: Callable[[Answer], str]) -> HttpResponse:
    form = WhatIfForm(request.GET, start=start)
    if not form.is_valid():
        problems = [f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts]
        return render(request, "cells/_balance.html", {"problems": problems})
    try:
        found = answer(start, form.change())
    except ValueError as problem:
        return render(request, "cells/_balance.html", {"problems": [str(problem)]})
    context = {**told(found), "drawn_stack": draw(found), "changed": form.changes()}
    return render(request, "cells/_balance.html", context)


def panel_of_design(edition: CellDesignEdition) -> dict[str, Any]:
    """Return the panel of a design's page: the stack and its numbers as designed."""
    url = reverse("cells:design_what_if", args=[edition.design.code])
    start = start_of_design(edition)
    return _panel(start, url, lambda found: drawn_design(edition, found), edition=edition.number)


def panel_of_cell(cell: Cell, user: User) -> dict[str, Any]:  # noqa: ARG001 - every part is given who looks
    """Return the panel of a cell's page, and a banner where something that made its numbers was not calibrated."""
    url = reverse("cells:cell_what_if", args=[cell.code])
    cell.edition = stacked(cell.edition_id)
    panel = _panel(start_of_cell(cell), url, lambda found: drawn_cell(cell, found))
    layers = Layer.objects.filter(cell=cell).select_related("use__balance__identity")
    used = [layer.use.balance for layer in layers]
    steps = [step.press for step in cell.press_steps.select_related("press__identity")]
    lines = sentences_on([cell.die, *used, *steps], cell.performed_at.date())
    banner = {"title": "Calibration when the cell was made", "level": "warning", "lines": lines}
    return {**panel, "banners": [banner] if lines else []}


def _panel(start: Start, url: str, draw: Callable[[Answer], str], **asked: Any) -> dict[str, Any]:
    try:
        found = answer(start, Change())
    except ValueError as problem:
        return {"stack_panel": {"problems": [str(problem)], "url": url}}
    form = WhatIfForm(start=start)
    return {
        "stack_panel": {
            **told(found),
            "drawn_stack": draw(found),
            "what_if_form": form,
            "url": url,
            "asked": asked,
        }
    }


def told(found: Answer) -> dict[str, Any]:
    """Return an answer as the page prints it."""
    return {
        "readout": [_shown(found, *row) for row in READOUT if getattr(found.balance, row[0]) is not None],
        "more": [
            fact
            for row in MORE
            if (fact := _shown(found, *row)) is not None and (fact["value"] or fact["hint"])
        ] + _extra(found),
        "counter": _counter(found),
        "currents": _currents(found),
        "cut_offs": _cut_offs(found),
        "forces": _forces(found),
    }  # fmt: skip


def _shown(found: Answer, name: str, label: str, unit: str) -> dict[str, Any]:
    value: Quantity | None = getattr(found.balance, name)
    if value is None:
        return {"label": label, "value": "", "unit": "", "hint": found.balance.missing.get(name, "")}
    hint = ""
    if name == "np_ratio":
        target = "" if found.np_target is None else f"; target {exact(found.np_target)}"
        hint = f"{BASIS_WORDS[found.np_basis]} basis{target}"
    return {"label": label, **_written(value), "unit": unit, "hint": hint}


def _written(value: Quantity) -> dict[str, str]:
    parts = number_parts({"value": value.value, "uncertainty": value.uncertainty, "digits": 2})
    return {"value": parts.value, "uncertainty": parts.uncertainty}


def _text(value: Quantity | None) -> str:
    if value is None:
        return ""
    parts = _written(value)
    return f"{parts['value']} ± {parts['uncertainty']}" if parts["uncertainty"] else parts["value"]


def _extra(found: Answer) -> list[dict[str, Any]]:
    rows = []
    edition = found.start.edition
    if edition.lower_cell_voltage_v is not None and edition.upper_cell_voltage_v is not None:
        window = f"{exact(edition.lower_cell_voltage_v)} to {exact(edition.upper_cell_voltage_v)}"
        hint = f"{exact(edition.lower_cut_off_v_vs_li or 0)} to {exact(edition.upper_cut_off_v_vs_li or 0)} V vs Li"
        rows.append({"label": "Cell voltage", "value": window, "unit": "V", "hint": hint})
    if found.area_specific_resistance_ohm_cm2 is not None:
        written = _written(found.area_specific_resistance_ohm_cm2)
        rows.append({"label": "Resistance × area", **written, "unit": "Ω·cm²", "hint": ""})
    return rows


def _counter(found: Answer) -> dict[str, Any] | None:
    if found.counter_mass_mg is None:
        return {"reason": found.counter_reason} if found.counter_reason else None
    positive = found.masses_mg.get(LayerRole.POSITIVE)
    against = f"{exact(round(positive.value, 4))} mg of cathode" if positive else "the cathode"
    words = f"for {against} at N/P {exact(found.np_target or 0)}, {BASIS_WORDS[found.np_basis]} basis"
    return {**_written(found.counter_mass_mg), "unit": "mg", "words": words}


def _currents(found: Answer) -> Table | None:
    columns = [
        Column("Rate", lambda r: r.label),
        Column("Current, mA", lambda r: _text(r.current_ma), numeric=True),
        Column("Density, mA/cm²", lambda r: _text(r.current_density_ma_cm2), numeric=True),
    ]
    return Table.of(columns, found.currents) if found.currents else None


def _cut_offs(found: Answer) -> Table | None:
    if len(found.cut_offs) < 2:
        return None

    def cut_off(row: Any) -> Field:
        return Field(
            f"{exact(row.upper_cut_off_v_vs_li)} V", hint="this design" if row.is_the_designs else ""
        )

    columns = [
        Column("Up to, vs Li", cut_off),
        Column(
            "At the cell, V",
            lambda r: "" if r.upper_cell_voltage_v is None else exact(r.upper_cell_voltage_v),
        ),
        Column("mAh/g", lambda r: exact(r.specific_capacity_mah_g), numeric=True),
        Column("mAh/cm²", lambda r: plain(r.areal_capacity_mah_cm2.value, 3), numeric=True),
        Column("1C, mA", lambda r: plain(r.one_c_current_ma.value, 4), numeric=True),
        Column("C/10, mA", lambda r: plain(r.one_c_current_ma.value / 10, 4), numeric=True),
        Column("Scale", lambda r: plain(r.scale, 4), numeric=True),
        Column(
            "Counter, mg",
            lambda r: "" if r.counter_mass_mg is None else plain(r.counter_mass_mg.value, 2),
            numeric=True,
        ),
    ]
    return Table.of(columns, found.cut_offs)


def _forces(found: Answer) -> Table:
    columns = [
        Column("Presses", lambda f: f.presses),
        Column("MPa", lambda f: exact(f.pressure_mpa), numeric=True),
        Column("kN", lambda f: _text(f.force_kn), numeric=True),
        Column("t", lambda f: _text(f.force_tonnes), numeric=True),
        Column("kgf", lambda f: plain(f.force_kgf.value, 1), numeric=True),
    ]
    return Table.of(columns, found.forces)


def drawn_design(edition: CellDesignEdition, found: Answer) -> str:
    """Draw a design as it is meant, with what the answer says each layer weighs."""
    rows = [layer for role in FROM_ABOVE if (layer := edition.layer(role)) is not None]
    drawn = []
    for layer in rows:
        amount = _amount(found, layer.role) or layer.target_text()
        drawn.append(_drawn(layer, amount, found, _pressed(edition, layer.role), None))
    return _figure(drawn, edition, title=f"Stack of {edition}", simulated=edition.design.simulated)


def drawn_cell(cell: Cell, found: Answer) -> str:
    """Draw a cell as it was built: what is not in it yet is left out; of an empty one, the design is drawn."""
    inside = {
        layer.role: layer
        for layer in Layer.objects.filter(cell=cell).with_mass().select_related("use__powder")
    }
    if not inside:
        return drawn_design(cell.edition, found)
    pressed = _pressures(cell)
    drawn = []
    for role in FROM_ABOVE:
        meant, row = cell.edition.layer(role), inside.get(role)
        if meant is None or row is None:
            continue
        counted = row.use.powder.counted_in
        amount = (
            count_text(row.count_milli, counted)
            if counted
            else _amount(found, role) or mass_text(row.mass_ug)
        )
        drawn.append(_drawn(meant, amount, found, pressed.get(role, ""), row.thickness_um))
    return _figure(drawn, cell.edition, title=f"Stack of {cell.code}", simulated=cell.simulated)


def _amount(found: Answer, role: str) -> str:
    mass = found.masses_mg.get(role)
    return f"{_text(mass)} mg" if mass is not None else ""


def _drawn(layer: Any, amount: str, found: Answer, pressed: str, measured_um: float | None) -> DrawnLayer:
    thickness_um, words = measured_um, f"{exact(measured_um)} µm" if measured_um else ""
    if thickness_um is None and layer.is_foil:
        thickness_um = found.start.foil_um.get(layer.role)
        words = f"{exact(thickness_um)} µm" if thickness_um else ""
    elif thickness_um is None:
        dense: Quantity | None = getattr(found.balance, f"{layer.role}_dense_thickness_um", None)
        thickness_um = dense.value if dense else None
        words = f"{plain(dense.value, 0)} µm if dense" if dense else "thickness not known"
    return DrawnLayer(layer.role, layer.label, amount, thickness_um, words, pressed, layer.is_foil)


def _pressed(edition: CellDesignEdition, role: str) -> str:
    """Return the pressures that a layer sees, from the step that lays it in."""
    steps = list(edition.press_schedule.all())
    begin = next((step.order for step in steps if step.role == role), None)
    if begin is None:
        return ""
    return _mpa(
        [step.pressure_mpa for step in steps if step.order >= begin and step.pressure_mpa is not None]
    )


def _pressures(cell: Cell) -> dict[str, str]:
    """Return the pressures that each layer of a cell has seen."""
    seen: dict[str, list[float]] = {}
    for step in cell.press_steps.all():
        if step.role:
            seen.setdefault(step.role, [])
        for pressures in seen.values():
            pressures.append(step.pressure_mpa)
    return {role: _mpa(pressures) for role, pressures in seen.items()}


def _mpa(pressures: list[float]) -> str:
    return f"pressed at {', '.join(exact(p) for p in pressures)} MPa" if pressures else ""


def _figure(drawn: list[DrawnLayer], edition: CellDesignEdition, *, title: str, simulated: bool) -> str:
    if not drawn:
        return ""
    pressure = f"{exact(edition.stack_pressure_mpa)} MPa at {exact(edition.temperature_c)} °C"
    # Built from attributes alone, every word of it escaped.
    return mark_safe(stack_figure(drawn, title=title, stack_pressure=pressure, simulated=simulated))  # noqa: S308
