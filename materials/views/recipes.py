"""Recipes and formulations: how powders are coated, and what composites are mixed of."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import registry
from lims.facts import fact, facts_of, origin, record_fact, spelled
from lims.numbers import exact, percent
from lims.permissions import require
from lims.tables import Cell, Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials import actions
from materials.forms import FormulationForm, RecipeForm
from materials.models import CoatingRecipe, Formulation, FormulationEdition
from materials.views.powder_facts import run_facts


@login_required
@require_GET
def recipes_list(request: HttpRequest) -> HttpResponse:
    """List the ALD recipes."""
    listing = Listing(
        title="Recipes",
        lead="How powders are coated. A recipe never changes once written; a new edition follows it.",
        columns=[
            Column("Code", lambda r: Cell(r.code)),
            Column("Name", lambda r: r.name),
            Column("Coating", lambda r: r.coating.name),
        ],
        empty_text="No recipe yet. Enter the steps of one ALD cycle and how often it runs.",
        create=("Write a recipe", reverse("materials:create_recipe")),
    )
    rows = CoatingRecipe.objects.visible_to(person(request)).with_codes().select_related("coating")
    return list_screen(request, rows, listing)


@login_required
@require_GET
def recipe(request: HttpRequest, code: str) -> HttpResponse:
    """Show a recipe's newest edition, with what follows from it."""
    record: CoatingRecipe = find(
        CoatingRecipe.objects.select_related("coating__identity"), code, person(request)
    )
    edition = record.editions.all()[0]
    columns = [
        Column("No.", lambda s: str(s.order)),
        Column("Step", lambda s: s.get_kind_display()),
        Column("Substance", lambda s: s.substance),
        Column("Duration, s", lambda s: exact(s.duration_s), numeric=True),
        Column("Source, °C", lambda s: str(spelled(s.source_temperature_c) or ""), numeric=True),
    ]
    steps = list(edition.steps.all())
    names = (
        "cycles", "substrate_temperature_c", "rotation_rpm", "carrier_gas", "carrier_flow_sccm", "base_pressure_mtorr",
        "base_pressure_at_flow_sccm",
    )  # fmt: skip
    settings = [record_fact("Coating", record.coating), *facts_of(edition, *names)]
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[
            {"title": "What follows", "facts": run_facts(edition, cycles=edition.cycles)},
            {"title": f"Edition {edition.number}", "facts": settings},
            origin(record),
        ],
        actions=[
            {
                "label": "Coat with it",
                "url": reverse("materials:run_coating"),
                "icon": "layers-2",
                "primary": True,
            }
        ],
        tables=[{"title": "One cycle", "table": Table.of(columns, steps)}],
    )


@login_required
def new_recipe(request: HttpRequest) -> HttpResponse:
    """Write a recipe."""
    user = require(request.user, "record")
    return form_screen(
        request,
        RecipeForm(request.POST or None, user=user),
        actions.create_recipe,
        title="Write a recipe",
        submit_label="Save the recipe",
        cancel_url=reverse("materials:recipes_list"),
    )


@login_required
@require_GET
def formulations_list(request: HttpRequest) -> HttpResponse:
    """List the formulations."""
    listing = Listing(
        title="Formulations",
        lead="What composites are meant to be mixed of, in parts by weight.",
        columns=[
            Column("Code", lambda f: Cell(f.code)),
            Column("Name", lambda f: f.name),
            Column("Parts", lambda f: f.editions.all()[0].ratio()),
        ],
        empty_text="No formulation yet. Enter the parts by weight, such as 70:30:5:5.",
        create=("Write a formulation", reverse("materials:create_formulation")),
    )
    rows = Formulation.objects.visible_to(person(request)).with_codes().prefetch_related("editions__parts")
    return list_screen(request, rows, listing)


@login_required
@require_GET
def formulation(request: HttpRequest, code: str) -> HttpResponse:
    """Show a formulation's parts with the weight fractions that they make."""
    record: Formulation = find(Formulation.objects.all(), code, person(request))
    edition = FormulationEdition.objects.filter(formulation=record)[0]
    parts = list(edition.parts.select_related("material__identity"))
    total = sum(part.parts for part in parts)
    columns = [
        Column("Material", lambda p: Cell(p.material.name, url=registry.url_of(p.material.identity))),
        Column("Role", lambda p: p.material.get_role_display()),
        Column("Parts", lambda p: exact(p.parts), numeric=True),
        Column("Weight fraction, %", lambda p: percent(p.parts / total, 2), numeric=True),
    ]
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[
            {
                "title": f"Edition {edition.number}",
                "facts": [fact("Ratio", edition.ratio()), fact("Parts in all", total)],
            },
            origin(record),
        ],
        actions=[
            {
                "label": "Mix it",
                "url": reverse("materials:mix_formulation", args=[record.code]),
                "icon": "blend",
                "primary": True,
            }
        ],
        tables=[{"title": "Parts by weight", "table": Table.of(columns, parts)}],
    )


@login_required
def new_formulation(request: HttpRequest) -> HttpResponse:
    """Write a formulation."""
    user = require(request.user, "record")
    return form_screen(
        request,
        FormulationForm(request.POST or None, user=user),
        actions.create_formulation,
        title="Write a formulation",
        submit_label="Save the formulation",
        cancel_url=reverse("materials:formulations_list"),
    )
