"""Designs: how cells are meant, edition by edition."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from cells import actions
from cells.calc.pressing import press_force_n
from cells.design_forms import DesignEditionForm, DesignForm, LimitsForm
from cells.differences import differences
from cells.editions import MOST_EDITIONS_SHOWN, editions_of
from cells.models import Architecture, CellDesign, CellDesignEdition, DesignLayer, LayerRole
from cells.views.panel import panel_of_design
from lims import facts
from lims.numbers import exact, percent, plain
from lims.permissions import require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials.calibration import sentences_on


@login_required
@require_GET
def designs(request: HttpRequest) -> HttpResponse:
    """List the designs."""
    listing = Listing(
        title="Designs",
        lead="How cells are meant: layers, press schedule, limits, N/P. An edition never changes.",
        columns=[
            Column("Code", lambda d: Field(d.code, simulated=d.simulated)),
            Column("Name", lambda d: d.name),
            Column("Architecture", lambda d: d.editions.all()[0].get_architecture_display()),
            Column("Edition", lambda d: str(d.editions.all()[0].number), numeric=True),
            Column("Project", lambda d: str(d.project or "shared")),
        ],
        empty_text="No design yet. A cell is built by one: enter its layers and the press schedule.",
        create=("Write a design", reverse("cells:create_design")),
    )
    rows = CellDesign.objects.visible_to(person(request)).with_codes().prefetch_related("editions")
    return list_screen(request, rows, listing)


@login_required
@require_GET
def design(request: HttpRequest, code: str) -> HttpResponse:
    """Show a design's newest edition, or the one that the address names, and how it came to be."""
    record: CellDesign = find(CellDesign.objects.all(), code, person(request))
    editions = editions_of(record)
    edition = _asked_edition(request, editions)

    def to(name: str, label: str, icon: str, *, primary: bool = False) -> dict[str, Any]:
        url = reverse(f"cells:{name}", args=[record.code])
        return {"label": label, "url": url, "icon": icon, "primary": primary}

    plan = {"label": "Plan cells", "url": f"{reverse('cells:plan')}?design={record.code}", "icon": "plus"}
    return detail_screen(
        request,
        record,
        template="cells/design_detail.html",
        banners=_calibration_banners(edition),
        **panel_of_design(edition),
        sections=[*_sections(edition), facts.origin(record)],
        actions=[
            {**plan, "primary": True},
            to("plan_lots", "What to weigh", "scale"),
            to("write_design_edition", "Write a new edition", "pencil"),
            to("set_limits", "Limits after assembly", "gauge"),
        ],
        tables=[
            {"title": "Layers, from above", "table": _layers(edition)},
            {"title": "Press schedule", "table": _schedule(edition)},
            *(
                [{"title": "Limits after assembly", "table": _limits(edition)}]
                if edition.limits.all()
                else []
            ),
            *([{"title": "Editions", "table": _editions(record, editions)}] if len(editions) > 1 else []),
        ],
    )


def _calibration_banners(edition: CellDesignEdition) -> list[dict[str, Any]]:
    lines = sentences_on([edition.die, edition.balance], timezone.localdate())
    return [{"title": "Calibration", "level": "warning", "lines": lines}] if lines else []


def _asked_edition(request: HttpRequest, editions: list[CellDesignEdition]) -> CellDesignEdition:
    asked = request.GET.get("edition", "")
    if not asked:
        return editions[0]
    found = next((edition for edition in editions if str(edition.number) == asked), None)
    if found is None:
        raise Http404(f"This design has no edition {asked}.")
    return found


def _layers(edition: CellDesignEdition) -> Table:
    columns = [
        Column(
            "Layer", lambda x: Field(x.label, url=_url(x.material), hint="" if x.is_foil else x.material.name)
        ),
        Column("Target", lambda x: Field(x.target_text(), numeric=True, hint=_target_from(x)), numeric=True),
        Column(
            "Active, %",
            lambda x: "" if x.active_fraction is None else percent(x.active_fraction, 2),
            numeric=True,
        ),
        Column("Capacity, mAh/g", lambda x: _number(x.specific_capacity_mah_g), numeric=True),
        Column(
            "Density, g/cm³",
            lambda x: "" if x.density_g_cm3 is None else plain(x.density_g_cm3, 2),
            numeric=True,
        ),
    ]
    return Table.of(columns, reversed(edition.layers.all()))


def _target_from(layer: DesignLayer) -> str:
    """Return what a target follows from, where it is not itself what was entered."""
    if layer.target_from == DesignLayer.TargetFrom.AREAL_CAPACITY:
        return f"for {exact(layer.areal_capacity_mah_cm2 or 0)} mAh/cm²"
    return "by N/P" if layer.target_from == DesignLayer.TargetFrom.NP else ""


def _url(record: Any) -> str:
    return reverse("materials:material", args=[record.code])


def _number(value: float | None) -> str:
    return "" if value is None else exact(value)


def _schedule(edition: CellDesignEdition) -> Table:
    diameter_mm = edition.die.diameter_mm
    layers = {layer.role: layer for layer in edition.layers.all()}

    def force(step: Any) -> str:
        if diameter_mm is None or step.pressure_mpa is None:
            return ""
        return plain(press_force_n(step.pressure_mpa, diameter_mm) / 1000, 2)

    columns = [
        Column("Step", lambda s: str(s.order)),
        Column("Goes in", lambda s: layers[s.role].label if s.role in layers else "–"),
        Column("Target", lambda s: layers[s.role].target_text() if s.role in layers else "", numeric=True),
        Column("Presses", lambda s: s.presses_text() or "not pressed yet"),
        Column("Pressure, MPa", lambda s: _number(s.pressure_mpa), numeric=True),
        Column("Force, kN", force, numeric=True),
        Column("Hold, s", lambda s: _number(s.hold_s), numeric=True),
    ]
    return Table.of(columns, edition.press_schedule.all())


def _limits(edition: CellDesignEdition) -> Table:
    def window(low: float | None, high: float | None) -> str:
        return f"{'' if low is None else exact(low)} to {'' if high is None else exact(high)}".strip()

    columns = [
        Column("At, °C", lambda x: exact(x.temperature_c), numeric=True),
        Column("Open circuit, V", lambda x: window(x.ocv_low_v, x.ocv_high_v)),
        Column("At 1 kHz, Ω", lambda x: window(x.resistance_1khz_low_ohm, x.resistance_1khz_high_ohm)),
        Column("From", lambda x: x.source),
    ]
    return Table.of(columns, edition.limits.all())


def _editions(record: CellDesign, editions: list[CellDesignEdition]) -> Table:
    told = {
        new.pk: "; ".join(
            f"{d.label}: {d.old or 'nothing'} → {d.new or 'nothing'}" for d in differences(old, new)
        )
        for new, old in pairwise(editions)
    }
    url = reverse("cells:design", args=[record.code])
    columns = [
        Column("Edition", lambda e: Field(str(e.number), url=f"{url}?edition={e.number}")),
        Column("Why", lambda e: e.reason or "the first"),
        Column("What changed", lambda e: told.get(e.pk, "")),
    ]
    return Table.of(columns, editions[:MOST_EDITIONS_SHOWN])


def _sections(edition: CellDesignEdition) -> list[dict[str, Any]]:
    offset = edition.reference_offset_v
    limits = [
        facts.fact("Architecture", edition.get_architecture_display()),
        *facts.facts_of(edition, "die"),
        *([facts.record_fact("Balance", edition.balance)] if edition.balance else []),
        *facts.facts_of(edition, "upper_cut_off_v_vs_li", "lower_cut_off_v_vs_li"),
        facts.fact(
            "Counter electrode",
            offset,
            "V vs Li" if offset is not None else "",
            hint=edition.reference_offset_source,
        ),
        facts.fact("Cell voltage", cell_window(edition), "V" if offset is not None else ""),
    ]
    if edition.np_target is not None:
        hint = f"{edition.get_np_basis_display().lower()} basis"
        limits.append(facts.fact("N/P target", edition.np_target, hint=hint))
    limits += [
        facts.fact("Coating counted as active", edition.coating_counted_as_active),
        *facts.facts_of(edition, "stack_pressure_mpa", "temperature_c"),
    ]
    sources = [
        facts.fact(f"{LayerRole(layer.role).label}, capacity from", layer.capacity_reference)
        for layer in edition.layers.all()
        if layer.capacity_reference
    ]
    return [
        {"title": f"Edition {edition.number}", "facts": limits},
        *([{"title": "Sources", "facts": sources}] if sources else []),
    ]


def cell_window(edition: CellDesignEdition) -> str | None:
    """Return the limits of the cell in V as text, or None where the design states none."""
    lower, upper = edition.lower_cell_voltage_v, edition.upper_cell_voltage_v
    return None if lower is None or upper is None else f"{exact(lower)} to {exact(upper)}"


@login_required
def new_design(request: HttpRequest) -> HttpResponse:
    """Write a design; what is asked goes by the architecture."""
    user = require(request.user, "record")
    asked = request.GET.get("architecture", "")
    architecture = asked if asked in Architecture.values else Architecture.FULL_CELL
    url = reverse("cells:create_design")
    tabs = [
        {"label": a.label, "url": f"{url}?architecture={a.value}", "current": a.value == architecture}
        for a in Architecture
    ]
    return form_screen(
        request,
        DesignForm(request.POST or None, user=user, architecture=architecture),
        actions.create_design,
        title="Write a design",
        lead="Capacities, densities and masses are pinned to this edition: cells built by it keep them.",
        submit_label="Save the design",
        cancel_url=reverse("cells:designs"),
        template="cells/design_form.html",
        extra={"tabs": tabs},
    )


@login_required
def write_design_edition(request: HttpRequest, code: str) -> HttpResponse:
    """Write the next edition of a design, beginning with what the newest says."""
    user = require(request.user, "record")
    record: CellDesign = find(CellDesign.objects.all(), code, user)
    newest = editions_of(record)[0]
    return form_screen(
        request,
        DesignEditionForm(request.POST or None, user=user, edition=newest),
        actions.write_design_edition,
        title="Write a new edition",
        lead=f"It begins with what edition {newest.number} says. That one stays, and so do the cells built by it.",
        submit_label="Save the edition",
        cancel_url=reverse("cells:design", args=[record.code]),
        template="cells/design_form.html",
        record=record,
        design=record,
    )


@login_required
def set_limits(request: HttpRequest, code: str) -> HttpResponse:
    """Say what a cell of the newest edition shows after assembly."""
    user = require(request.user, "record")
    record: CellDesign = find(CellDesign.objects.all(), code, user)
    newest = editions_of(record)[0]
    return form_screen(
        request,
        LimitsForm(request.POST or None, user=user, edition=newest),
        actions.set_assembly_limits,
        title="Limits after assembly",
        lead="A reading outside raises a suspicion, to be confirmed by an impedance spectrum or a short charge; it "
        "refuses nothing. As-built LTO cells can read far below 1.5 V and be healthy.",
        submit_label="Set them",
        cancel_url=reverse("cells:design", args=[record.code]),
        record=record,
        edition=newest,
    )
