"""Designs: how cells are meant."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells import actions
from cells.calc.pressing import press_force_n
from cells.forms import DesignForm
from cells.models import CellDesign, CellDesignEdition
from lims import facts
from lims.numbers import exact, plain
from lims.permissions import require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.units import mass_text
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person

EDITION_PARTS = (
    "die__identity", "positive_material__identity", "negative_material__identity", "separator_material__identity",
)  # fmt: skip


@login_required
@require_GET
def designs(request: HttpRequest) -> HttpResponse:
    """List the designs."""
    listing = Listing(
        title="Designs",
        lead="How cells are meant: materials, masses, press schedule, limits, N/P. An edition never changes.",
        columns=[
            Column("Code", lambda d: Field(d.code, simulated=d.simulated)),
            Column("Name", lambda d: d.name),
            Column("Edition", lambda d: str(d.editions.all()[0].number), numeric=True),
            Column("Project", lambda d: str(d.project or "shared")),
        ],
        empty_text="No design yet. A cell is built by one: enter materials, masses and the press schedule.",
        create=("Write a design", reverse("cells:create_design")),
    )
    rows = CellDesign.objects.visible_to(person(request)).with_codes().prefetch_related("editions")
    return list_screen(request, rows, listing)


@login_required
@require_GET
def design(request: HttpRequest, code: str) -> HttpResponse:
    """Show a design's newest edition."""
    record: CellDesign = find(CellDesign.objects.all(), code, person(request))
    edition = CellDesignEdition.objects.filter(design=record).select_related(*EDITION_PARTS)[0]
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[*_sections(edition), facts.origin(record)],
        actions=[{"label": "Plan cells", "url": reverse("cells:plan"), "icon": "plus", "primary": True}],
        tables=[{"title": "Press schedule", "table": _schedule(edition)}],
    )


def _schedule(edition: CellDesignEdition) -> Table:
    diameter_mm = edition.die.diameter_mm

    def force(step: Any) -> str:
        return "" if diameter_mm is None else plain(press_force_n(step.pressure_mpa, diameter_mm) / 1000, 2)

    columns = [
        Column("Step", lambda s: str(s.order)),
        Column("Layer that goes in", lambda s: s.get_role_display()),
        Column("Target", lambda s: mass_text(edition.target_mass_ug(s.role)), numeric=True),
        Column("Pressure, MPa", lambda s: exact(s.pressure_mpa), numeric=True),
        Column("Force, kN", force, numeric=True),
        Column("Hold, s", lambda s: exact(s.hold_s), numeric=True),
    ]
    return Table.of(columns, edition.press_schedule.all())


def _sections(edition: CellDesignEdition) -> list[dict[str, Any]]:
    positive = facts.fact("Positive capacity", edition.positive_specific_capacity_mah_g, "mAh/g")
    negative = facts.fact("Negative capacity", edition.negative_specific_capacity_mah_g, "mAh/g")
    chemistry = [
        *facts.facts_of(edition, "positive_material", "negative_material", "separator_material", "die"),
        positive,
        negative,
        facts.fact("Capacities from", edition.capacity_reference),
        facts.fact("Coating counted as active", edition.coating_counted_as_active),
    ]
    limits = [
        *facts.facts_of(edition, "upper_cut_off_v_vs_li", "lower_cut_off_v_vs_li"),
        facts.fact(
            "Counter electrode", edition.reference_offset_v, "V vs Li", hint=edition.reference_offset_source
        ),
        facts.fact(
            "Cell voltage", f"{edition.lower_cell_voltage_v:g} to {edition.upper_cell_voltage_v:g}", "V"
        ),
        facts.fact("N/P target", edition.np_target, hint=f"{edition.get_np_basis_display().lower()} basis"),
        *facts.facts_of(edition, "stack_pressure_mpa", "temperature_c"),
    ]
    title = f"Edition {edition.number}"
    return [{"title": title, "facts": chemistry}, {"title": "Balance and limits", "facts": limits}]


@login_required
def new_design(request: HttpRequest) -> HttpResponse:
    """Write a design."""
    user = require(request.user, "record")
    return form_screen(
        request,
        DesignForm(request.POST or None, user=user),
        actions.create_design,
        title="Write a design",
        lead="Capacities and masses are pinned to this edition: cells built by it keep them.",
        submit_label="Save the design",
        cancel_url=reverse("cells:designs"),
    )
