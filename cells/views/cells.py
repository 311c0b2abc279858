"""Cells: the list, and the page of one as it was built."""

from __future__ import annotations

import math
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells.calc.pressing import press_force_n
from cells.filters import CellFilter
from cells.models import Cell, Layer
from cells.models.design import LayerRole
from lims import facts, registry
from lims.models import User
from lims.numbers import exact, plain
from lims.permissions import may
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.templatetags.numbers import number_parts
from lims.units import mass_text, mg_from_ug
from lims.views.screens import Listing, detail_screen, find, list_screen, person
from materials.genealogy import weighed_mg
from materials.lineage import draw_lineage, thread_of

BEING_BUILT = (Cell.State.PLANNED, Cell.State.BUILDING)
# From the current collector above to the one below, as the stack lies in the die.
FROM_TOP = (LayerRole.POSITIVE, LayerRole.SEPARATOR, LayerRole.NEGATIVE)

COLUMNS = [
    Column("Code", lambda c: Field(c.code, simulated=c.simulated)),
    Column("Study", lambda c: Field(c.study.code, url=registry.url_of(c.study.identity))),
    Column("Condition", lambda c: c.group),
    Column("Design", lambda c: c.edition.design.name),
    Column("State", lambda c: Field(c.get_state_display(), badge=c.state)),
    Column("By", lambda c: c.performed_by.display_name),
]


@login_required
@require_GET
def cells(request: HttpRequest) -> HttpResponse:
    """List the cells."""
    listing = Listing(
        title="Cells",
        lead="Every cell with its study, condition and state.",
        columns=COLUMNS,
        empty_text="No cell yet. Plan the replicates of a study's condition, then press them layer by layer.",
        create=("Plan cells", reverse("cells:plan")),
    )
    rows = Cell.objects.visible_to(person(request)).with_codes().with_study()
    return list_screen(request, rows, listing, filterset=CellFilter)


@login_required
@require_GET
def cell(request: HttpRequest, code: str) -> HttpResponse:
    """Show one cell: how it is stacked, how it was pressed, what it was made of."""
    user = person(request)
    record: Cell = find(Cell.objects.with_study().select_related("die"), code, user)
    layers = list(
        Layer.objects.filter(cell=record)
        .with_mass()
        .select_related("use__powder__identity__project", "use__balance__identity")
        .order_by("pk")
    )
    drawing = draw_lineage(record.identity, user)
    return detail_screen(
        request,
        record,
        template="cells/cell_detail.html",
        sections=[_build(record), facts.origin(record)],
        actions=_actions(record),
        steps=_thread(record, layers, user),
        stack=_stack(layers),
        layers_table=_layers(record, layers, correctable=may(user, "record")),
        press_steps=_presses(record),
        run_sheet=_run_sheet(record, layers) if record.state in BEING_BUILT else None,
        deviations=_deviations(record),
        lineage_svg=drawing.svg,
        lineage_note=drawing.note,
    )


def _actions(record: Cell) -> list[dict[str, Any]]:
    """Return what can be done with the cell as it is; the next step of the work stands first."""

    def to(name: str, label: str, icon: str, *, primary: bool = False) -> dict[str, Any]:
        return {
            "label": label,
            "url": reverse(f"cells:{name}", args=[record.code]),
            "icon": icon,
            "primary": primary,
        }

    offered = []
    if record.state in BEING_BUILT:
        step = record.next_press()
        if step is not None:
            offered.append(
                to("press", f"Press the {step.get_role_display()}", "arrow-down-to-line", primary=True)
            )
        else:
            offered.append(to("finish", "Finish building", "check", primary=True))
    offered.append(to("deviation", "Note a deviation", "message-square-warning"))
    if {Cell.State.FAILED, Cell.State.SHORTED} & set(Cell.MOVES[record.state]):
        offered.append(to("fail", "Failed", "circle-x"))
    return offered


def _build(record: Cell) -> dict[str, Any]:
    edition = record.edition
    told = [
        facts.record_fact("Study", record.study),
        facts.fact("Condition", record.group),
        facts.record_fact("Design", edition.design, hint=f"edition {edition.number}"),
        facts.record_fact("Die", record.die),
        facts.fact(
            "Limits", f"{edition.lower_cut_off_v_vs_li:g} to {edition.upper_cut_off_v_vs_li:g}", "V vs Li"
        ),
        facts.fact(
            "Cell limits",
            f"{edition.lower_cell_voltage_v:g} to {edition.upper_cell_voltage_v:g}",
            "V",
            hint=f"less {edition.reference_offset_v:g} V: {edition.reference_offset_source}",
        ),
        facts.fact(
            "Open circuit", record.open_circuit_voltage_v, "V" if record.open_circuit_voltage_v else ""
        ),
        facts.fact("At 1 kHz", record.resistance_1khz_ohm, "Ω" if record.resistance_1khz_ohm else ""),
    ]
    return {"title": "Build", "facts": told}


def _thread(record: Cell, layers: list[Layer], user: User) -> list[dict[str, Any]]:
    """Return the chain from the positive's lot to this cell."""
    positive = next((layer.use.powder for layer in layers if layer.role == LayerRole.POSITIVE), None)
    above = thread_of(positive, user) if positive is not None else []
    for step in above:
        step["current"] = False
    return [*above, {"kind": "Cell", "label": record.code, "current": True}]


def _stack(layers: list[Layer]) -> list[dict[str, Any]]:
    by_role = {layer.role: layer for layer in layers}
    return [
        {
            "role": role.value,
            "label": role.label,
            "mass": mass_text(by_role[role].mass_ug),
            "note": by_role[role].use.powder.code,
            "url": registry.url_of(by_role[role].use.powder.identity),
        }
        for role in FROM_TOP
        if role in by_role
    ]


def _layers(record: Cell, layers: list[Layer], *, correctable: bool) -> Table:
    def mass(layer: Any) -> Field:
        weighed = weighed_mg(layer.mass_ug, layer.use.balance)
        unknown = math.isnan(weighed.std_dev)
        parts = number_parts(
            {"value": weighed.nominal_value, "uncertainty": None if unknown else weighed.std_dev}
        )
        return Field(str(parts) if parts.uncertainty else str(mg_from_ug(layer.mass_ug)), numeric=True)

    columns = [
        Column("Layer", lambda x: x.role.capitalize()),
        Column("Powder", lambda x: Field(x.use.powder.code, url=registry.url_of(x.use.powder.identity))),
        Column("In the cell, mg", mass, numeric=True),
        Column("Dispensed, mg", lambda x: exact(float(mg_from_ug(x.dispensed_ug))), numeric=True),
        Column("Lost, mg", lambda x: exact(float(mg_from_ug(x.lost_ug))), numeric=True),
    ]
    if correctable:
        columns.append(
            Column("", lambda x: Field("Correct", url=reverse("cells:correct", args=[record.code, x.role])))
        )
    return Table.of(columns, layers)


def _run_sheet(record: Cell, layers: list[Layer]) -> Table:
    """Return what the design still asks for, step by step."""
    pressed = {layer.role for layer in layers}
    edition = record.edition
    columns = [
        Column("Step", lambda s: str(s.order)),
        Column("Layer", lambda s: s.get_role_display()),
        Column("Target", lambda s: mass_text(edition.target_mass_ug(s.role)), numeric=True),
        Column("Pressure, MPa", lambda s: exact(s.pressure_mpa), numeric=True),
        Column("Hold, s", lambda s: exact(s.hold_s), numeric=True),
        Column(
            "",
            lambda s: (
                Field("done", badge="done") if s.role in pressed else Field("to press", badge="waiting")
            ),
        ),
    ]
    return Table.of(columns, edition.press_schedule.all())


def _presses(record: Cell) -> Table:
    diameter_mm = record.die.diameter_mm

    def force(step: Any) -> str:
        return "" if diameter_mm is None else plain(press_force_n(step.pressure_mpa, diameter_mm) / 1000, 2)

    columns = [
        Column("Presses", lambda s: s.presses),
        Column("Pressure, MPa", lambda s: exact(s.pressure_mpa), numeric=True),
        Column("Force, kN", force, numeric=True),
        Column("Hold, s", lambda s: exact(s.hold_s), numeric=True),
    ]
    return Table.of(columns, record.press_steps.all())


def _deviations(record: Cell) -> Table:
    columns = [
        Column("When", lambda d: facts.spelled(d.at)),
        Column("Impact", lambda d: d.get_impact_display()),
        Column("What", lambda d: f"{d.get_category_display()}: {d.text}"),
        Column("Who", lambda d: d.by.display_name),
    ]
    return Table.of(columns, record.deviations.select_related("by"))
