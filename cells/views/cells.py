"""Cells: the list, and the page of one as it was built."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells.filters import CellFilter
from cells.limits import judged
from cells.models import Cell, CellDesignEdition, DesignLayer, Layer, LayerRole
from cells.views import cell_tables as tables
from lims import blanks, facts, registry
from lims.models import User
from lims.numbers import exact
from lims.permissions import may
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.units import mass_text
from lims.views.screens import Listing, detail_screen, find, list_screen, person
from materials.lineage import draw_lineage, thread_of
from materials.models import count_text

BEING_BUILT = (Cell.State.PLANNED, Cell.State.BUILDING)
# From the current collector above to the one below, as the stack lies in the die.
FROM_TOP = (LayerRole.POSITIVE, LayerRole.SEPARATOR, LayerRole.ALLOYING, LayerRole.NEGATIVE)

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
        actions=[
            {"label": "Build at the bench", "url": reverse("cells:bench_start"), "icon": "scan-barcode"},
            {
                "label": "Enter in a grid",
                "url": reverse("materials:import_grid", args=["cells"]),
                "icon": "table-2",
            },
        ],
    )
    rows = Cell.objects.visible_to(person(request)).with_codes().with_study()
    return list_screen(request, rows, listing, filterset=CellFilter)


@login_required
@require_GET
def cell(request: HttpRequest, code: str) -> HttpResponse:
    """Show one cell: how it is stacked, how it was pressed, what it was made of."""
    user = person(request)
    rows = Cell.objects.with_study().select_related(
        "die", "glovebox__identity", "supersedes__identity", "superseded_by__identity"
    )
    record: Cell = find(rows, code, user)
    layers = list(
        Layer.objects.filter(cell=record)
        .with_mass()
        .select_related(
            "use__powder__identity__project", "use__balance__identity", "performed_by", "glovebox_reading"
        )
        .order_by("pk")
    )
    drawing = draw_lineage(record.identity, user)
    return detail_screen(
        request,
        record,
        template="cells/cell_detail.html",
        sections=[_build(record), facts.origin(record)],
        actions=_actions(record),
        banners=_banners(record),
        steps=_thread(record, layers, user),
        stack=_stack(record, layers),
        layers_table=tables.layers_table(record, layers, correctable=may(user, "record")),
        press_steps=tables.presses_table(record, correctable=may(user, "record")),
        pellets=tables.pellets_table(record),
        stack_readings=tables.stack_table(record),
        exposure=tables.exposure_panel(record, user),
        corrections=tables.corrections_table(record),
        more_actions=_rarer(record) if may(user, "record") else [],
        run_sheet=_run_sheet(record, layers) if record.state in BEING_BUILT else None,
        deviations=tables.deviations_table(record),
        lineage_svg=drawing.svg,
        lineage_note=drawing.note,
    )


def _banners(record: Cell) -> list[dict[str, Any]]:
    """Return what was read after assembly and lies outside the design's limits: a suspicion, never a verdict."""
    flags = judged(record)
    if not flags:
        return []
    return [{"title": "After assembly", "level": "warning" if len(flags) > 1 else "info", "lines": flags}]


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
        offered.append(to("bench", "Build at the bench", "scan-barcode", primary=True))
        step = record.next_press()
        if step is not None:
            offered.append(to("press", f"Press the {step.get_role_display()}", "arrow-down-to-line"))
        else:
            offered.append(to("finish", "Finish building", "check"))
        sheet = f"{reverse('cells:run_sheets')}?code={record.code}"
        offered.append({"label": "Run sheet", "url": sheet, "icon": "printer"})
    else:
        offered.append(to("passport", "Passport", "file-badge"))
        offered.append(to("stack", "Stack pressure", "gauge"))
    if record.state != Cell.State.PLANNED:
        offered.append(to("height", "Plunger height", "ruler"))
    offered.append(to("deviation", "Note a deviation", "message-square-warning"))
    return offered


def _rarer(record: Cell) -> list[dict[str, str]]:
    """Return what is done to a cell once or never; it stands apart from the work of every day."""
    moves = set(Cell.MOVES[record.state])
    after = getattr(record, "superseded_by", None)
    told = [
        (Cell.State.FINISHED in moves, ("end", "Testing is finished", "flag")),
        (True, ("exposure", "Enter an exposure", "wind")),
        (record.state != Cell.State.PLANNED, ("thickness", "Enter a thickness", "move-vertical")),
        (True, ("change", "Change what is known of it", "pencil")),
        (bool({Cell.State.FAILED, Cell.State.SHORTED} & moves), ("fail", "It failed or shorted", "circle-x")),
        (Cell.State.DISMANTLED in moves, ("dismantle", "Dismantle", "wrench")),
        (record.state != Cell.State.PLANNED and after is None, ("rebuild", "Build anew", "refresh-cw")),
    ]
    return [
        {"url": reverse(f"cells:{name}", args=[record.code]), "label": label, "icon": icon}
        for offered, (name, label, icon) in told
        if offered
    ]


def _build(record: Cell) -> dict[str, Any]:
    edition = record.edition
    told = [
        facts.record_fact("Study", record.study),
        facts.fact("Condition", record.group),
        facts.record_fact("Design", edition.design, hint=f"edition {edition.number}"),
        facts.record_fact("Die", record.die),
        facts.record_fact("Glovebox", record.glovebox, blank="not recorded"),
        *limit_facts(edition),
        *_after_assembly(record),
    ]
    if record.supersedes is not None:
        told.append(facts.record_fact("In place of", record.supersedes))
    after = getattr(record, "superseded_by", None)
    if after is not None:
        told.append(facts.record_fact("Built anew as", after))
    return {"title": "Build", "facts": told}


def limit_facts(edition: CellDesignEdition) -> list[facts.Fact]:
    """Return the limits against lithium and at the cell, where the design states any."""
    lower, upper, offset = (
        edition.lower_cut_off_v_vs_li,
        edition.upper_cut_off_v_vs_li,
        edition.reference_offset_v,
    )
    if lower is None or upper is None:
        return []
    told = [facts.fact("Limits", f"{exact(lower)} to {exact(upper)}", "V vs Li")]
    if (
        edition.lower_cell_voltage_v is not None
        and edition.upper_cell_voltage_v is not None
        and offset is not None
    ):
        at_the_cell = f"{exact(edition.lower_cell_voltage_v)} to {exact(edition.upper_cell_voltage_v)}"
        hint = f"less {exact(offset)} V: {edition.reference_offset_source}"
        told.append(facts.fact("Cell limits", at_the_cell, "V", hint=hint))
    return told


def _after_assembly(record: Cell) -> list[dict[str, Any]]:
    """Return what was measured after assembly, or why it was not."""
    voltage, resistance = record.open_circuit_voltage_v, record.resistance_1khz_ohm
    at = record.assembly_temperature_c
    hint = "" if at is None else f"at {exact(at)} °C"
    return [
        facts.fact(
            "Open circuit", voltage, "V" if voltage is not None else "", hint=hint,
            blank=blanks.words_for(record, "open_circuit_voltage_v"),
        ),
        facts.fact(
            "At 1 kHz", resistance, "Ω" if resistance is not None else "",
            blank=blanks.words_for(record, "resistance_1khz_ohm"),
        ),
    ]  # fmt: skip


def _thread(record: Cell, layers: list[Layer], user: User) -> list[dict[str, Any]]:
    """Return the chain from the positive's lot to this cell."""
    positive = next((layer.use.powder for layer in layers if layer.role == LayerRole.POSITIVE), None)
    above = thread_of(positive, user) if positive is not None else []
    for step in above:
        step["current"] = False
    return [*above, {"kind": "Cell", "label": record.code, "current": True}]


def _stack(record: Cell, layers: list[Layer]) -> list[dict[str, Any]]:
    by_role = {layer.role: layer for layer in layers}
    layers_meant = _meant(record)
    return [
        {
            "role": role.value,
            "label": layers_meant[role].label if role in layers_meant else role.label,
            "mass": _amount(by_role[role]),
            "note": by_role[role].use.powder.code,
            "url": registry.url_of(by_role[role].use.powder.identity),
        }
        for role in FROM_TOP
        if role in by_role
    ]


def _meant(record: Cell) -> dict[str, DesignLayer]:
    """Return what the cell's design puts in each place."""
    return {layer.role: layer for layer in record.edition.layers.select_related("material")}


def number_text(value: float | None) -> str:
    """Return a number as a table prints it, or nothing where there is none."""
    return "" if value is None else exact(value)


def _amount(layer: Layer) -> str:
    """Return what went in: a mass, or discs or area of a foil."""
    counted_in = layer.use.powder.counted_in
    return count_text(layer.count_milli, counted_in) if counted_in else mass_text(layer.mass_ug)


def _run_sheet(record: Cell, layers: list[Layer]) -> Table:
    """Return what the design still asks for, step by step."""
    pressed = {layer.role for layer in layers}
    edition = record.edition
    meant = _meant(record)
    columns = [
        Column("Step", lambda s: str(s.order)),
        Column("Layer", lambda s: meant[s.role].label if s.role in meant else "–"),
        Column("Target", lambda s: meant[s.role].target_text() if s.role in meant else "", numeric=True),
        Column("Pressure, MPa", lambda s: number_text(s.pressure_mpa), numeric=True),
        Column("Hold, s", lambda s: number_text(s.hold_s), numeric=True),
        Column(
            "",
            lambda s: (
                Field("done", badge="done") if s.role in pressed else Field("to press", badge="waiting")
            ),
        ),
    ]
    return Table.of(columns, edition.press_schedule.all())
