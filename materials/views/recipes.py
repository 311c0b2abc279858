"""Coating recipes: the list, a recipe's editions with what follows from them, and the limits of growth."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from lims import registry
from lims.facts import Fact, fact, origin, record_fact, spelled
from lims.models import User
from lims.numbers import exact
from lims.permissions import require
from lims.tables import Cell, Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials import actions
from materials.coating_figures import DrawnStep, cycle_figure
from materials.editions import ALD_ONLY, SOLUTION_ONLY, differences, duration_text, label_of, says
from materials.filters import RecipeFilter
from materials.forms import GrowthLimitsForm, NewEditionForm, RecipeForm, SolutionRecipeForm
from materials.models import CoatingBatch, CoatingRecipe, CoatingRecipeEdition, Powder
from materials.views.recipe_facts import follows

Method = CoatingRecipeEdition.Method
RECIPES = CoatingRecipe.objects.select_related("coating__identity")
MOST_EDITIONS_SHOWN = 20
MOST_BATCHES_SHOWN = 100


@login_required
@require_GET
def recipes_list(request: HttpRequest) -> HttpResponse:
    """List the recipes."""
    listing = Listing(
        title="Recipes",
        lead="How powders are coated. A recipe never changes once written; a new edition follows it.",
        columns=[
            Column("Code", lambda r: Cell(r.code)),
            Column("Name", lambda r: r.name),
            Column("Coating", lambda r: r.coating.name),
            Column("How", lambda r: r.editions.all()[0].get_method_display()),
            Column("Edition", lambda r: str(r.editions.all()[0].number), numeric=True),
        ],
        empty_text="No recipe yet. Enter the steps of one ALD cycle and how often it runs.",
        create=("Write an ALD recipe", reverse("materials:create_recipe")),
        actions=[
            {
                "label": "Write one from solution",
                "url": reverse("materials:create_solution_recipe"),
                "icon": "flask-round",
            }
        ],
    )
    rows = CoatingRecipe.objects.visible_to(person(request)).with_codes().select_related("coating")
    return list_screen(request, rows.prefetch_related("editions"), listing, filterset=RecipeFilter)


@login_required
@require_GET
def recipe(request: HttpRequest, code: str) -> HttpResponse:
    """Show an edition of a recipe, the newest if none is asked for, with what follows from it."""
    user = person(request)
    record: CoatingRecipe = find(RECIPES, code, user)
    edition = pick_edition(record, request.GET.get("edition", ""))
    ald = edition.method == Method.ALD
    editions = list(record.editions.prefetch_related("steps")[: MOST_EDITIONS_SHOWN + 1])
    batches = _batches(record, user)
    tables = [{"title": "One cycle" if ald else "Steps", "table": _steps_table(edition)}]
    if len(editions) > 1:
        tables.append({"title": "Editions", "table": _editions_table(record, editions)})
    tables.append(
        {
            "title": "Batches",
            "table": _batches_table(batches, ald=ald),
            "empty_text": "Nothing has been coated by it yet.",
        }
    )
    sections = [
        {"title": f"Edition {edition.number}", "facts": _edition_facts(record, edition)},
        {"title": "What follows", "facts": follows(edition, batches)},
        origin(record),
    ]
    return detail_screen(
        request,
        record,
        template="materials/recipe_detail.html",
        sections=[section for section in sections if section["facts"]],
        actions=_actions(record, edition),
        figure=_drawn_cycle(edition) if ald else None,
        older=edition.number < editions[0].number,
        edition=edition,
        tables=tables,
    )


def _actions(record: CoatingRecipe, edition: CoatingRecipeEdition) -> list[dict[str, Any]]:
    ald = edition.method == Method.ALD
    coat = reverse("materials:run_coating" if ald else "materials:coat_from_solution")
    write = reverse("materials:write_recipe_edition", args=[record.code])
    offered: list[dict[str, Any]] = [
        {"label": "Coat with it", "url": f"{coat}?edition={edition.pk}", "icon": "layers-2", "primary": True},
        {"label": "Write a new edition", "url": f"{write}?from={edition.number}", "icon": "pencil"},
    ]
    limits = reverse("materials:growth_limits", args=[record.code])
    return [*offered, {"label": "Limits of growth", "url": limits, "icon": "ruler"}] if ald else offered


def pick_edition(record: CoatingRecipe, number: str = "") -> CoatingRecipeEdition:
    """Return the edition with this number, the newest without one, or 404."""
    editions = record.editions.select_related("recipe__identity", "recipe__coating").prefetch_related(
        "steps__material__identity"
    )
    if not number:
        return editions[0]
    whole = number.isascii() and number.isdigit() and len(number) < 5
    found = editions.filter(number=int(number)).first() if whole else None
    if found is None:
        raise Http404(f"{record.code} has no edition {number}.")
    return found


def _edition_facts(record: CoatingRecipe, edition: CoatingRecipeEdition) -> list[Fact]:
    names = ALD_ONLY if edition.method == Method.ALD else SOLUTION_ONLY
    told = [record_fact("Coating", record.coating), fact("How", edition.get_method_display())]
    return told + [fact(label_of(name), says(edition, name)) for name in names]


def _steps_table(edition: CoatingRecipeEdition) -> Table:
    """Return the steps with the columns that at least one of them fills."""

    def number(name: str) -> Any:
        return lambda step: str(spelled(getattr(step, name)) if getattr(step, name) is not None else "")

    columns = [
        Column("No.", lambda s: str(s.order)),
        Column("Step", lambda s: s.get_kind_display()),
        Column("Substance", lambda s: s.substance),
        Column("Material", _material_cell),
        Column("Duration", lambda s: duration_text(s.duration_s), numeric=True),
        Column("Source, °C", number("source_temperature_c"), numeric=True),
        Column("Flow, sccm", number("flow_sccm"), numeric=True),
        Column("Temperature, °C", number("temperature_c"), numeric=True),
        Column("Atmosphere", lambda s: s.atmosphere),
        Column("Ramp, °C/min", number("ramp_c_min"), numeric=True),
    ]
    steps = list(edition.steps.all())
    filled = [column for column in columns if any(_text(column.read(step)) for step in steps)]
    return Table.of(filled, steps)


def _text(cell: Cell | str) -> str:
    return cell.text if isinstance(cell, Cell) else cell


def _material_cell(step: Any) -> Cell:
    if step.material is None:
        return Cell("")
    return Cell(step.material.code, url=registry.url_of(step.material.identity))


def _drawn_cycle(edition: CoatingRecipeEdition) -> dict[str, Any]:
    steps = [DrawnStep(step.kind, step.substance, step.duration_s) for step in edition.steps.all()]
    # The figure escapes every text that it is given.
    return {"title": "One cycle over time", "svg": mark_safe(cycle_figure(steps)), "alt": "Pulses and purges"}  # noqa: S308


def _editions_table(record: CoatingRecipe, editions: list[CoatingRecipeEdition]) -> Table:
    before = {new.pk: old for new, old in pairwise(editions)}
    url = registry.url_of(record.identity)
    columns = [
        Column("Edition", lambda e: Cell(str(e.number), url=f"{url}?edition={e.number}")),
        Column("What changed", lambda e: _changed(before.get(e.pk), e)),
    ]
    return Table.of(columns, editions[:MOST_EDITIONS_SHOWN])


def _changed(old: CoatingRecipeEdition | None, new: CoatingRecipeEdition) -> str:
    if old is None:
        return "first" if new.number == 1 else ""
    return "; ".join(
        f"{one.label}: {one.old or 'none'} \u2192 {one.new or 'none'}" for one in differences(old, new)
    )


def _batches(record: CoatingRecipe, user: User) -> list[CoatingBatch]:
    found = CoatingBatch.objects.filter(
        edition__recipe=record, powder__in=Powder.objects.visible_to(user).values("pk")
    )
    ordered = found.select_related("powder__identity__project", "edition").order_by("-pk")
    return list(ordered.prefetch_related("edition__steps")[:MOST_BATCHES_SHOWN])


def _batches_table(batches: list[CoatingBatch], *, ald: bool) -> Table:
    columns = [
        Column(
            "Code",
            lambda b: Cell(
                b.powder.code, url=registry.url_of(b.powder.identity), simulated=b.powder.simulated
            ),
        ),
        Column("Done", lambda b: str(spelled(b.powder.performed_at.date()))),
        Column("Edition", lambda b: str(b.edition.number), numeric=True),
        Column("Cycles", lambda b: str(b.cycles_done or ""), numeric=True)
        if ald
        else Column("Solution, mL", lambda b: _or_empty(b.solution_volume_ml), numeric=True),
        Column("Thickness, nm", lambda b: _or_empty(b.thickness_measured_nm), numeric=True),
        Column("Method", lambda b: b.thickness_method),
    ]
    return Table.of(columns, batches)


def _or_empty(value: float | None) -> str:
    return "" if value is None else exact(value)


# --- writing ------------------------------------------------------------------------------------------------


@login_required
def new_recipe(request: HttpRequest) -> HttpResponse:
    """Write an ALD recipe."""
    lead = "One cycle in order, and how often it runs. A pulse that names its material counts on the fills of it."
    return _new(request, RecipeForm, "Write an ALD recipe", lead)


@login_required
def new_solution_recipe(request: HttpRequest) -> HttpResponse:
    """Write a recipe for a coating from solution."""
    lead = "What mass of coating is aimed at, and how the powder is stirred, dried and annealed."
    return _new(request, SolutionRecipeForm, "Write a recipe from solution", lead)


def _new(request: HttpRequest, form: type[RecipeForm], title: str, lead: str) -> HttpResponse:
    user = require(request.user, "record")
    return form_screen(
        request,
        form(request.POST or None, user=user),
        actions.create_recipe,
        title=title,
        lead=lead,
        submit_label="Save the recipe",
        template="materials/coating_form.html",
        cancel_url=reverse("materials:recipes_list"),
    )


@login_required
def new_edition(request: HttpRequest, code: str) -> HttpResponse:
    """Write the next edition of a recipe, started from the newest or from the one in the address."""
    user = require(request.user, "record")
    record: CoatingRecipe = find(RECIPES, code, user)
    newest, start = pick_edition(record), pick_edition(record, request.GET.get("from", ""))
    return form_screen(
        request,
        NewEditionForm(request.POST or None, user=user, start=start),
        actions.write_edition,
        title=f"Write edition {newest.number + 1}",
        lead=f"Started from edition {start.number}. Editions before it stay as they are, and so do their batches.",
        submit_label="Save the edition",
        template="materials/coating_form.html",
        cancel_url=registry.url_of(record.identity),
        record=record,
        recipe=record,
    )


@login_required
def growth_limits(request: HttpRequest, code: str) -> HttpResponse:
    """Say within which growth per cycle a run of this recipe is ordinary."""
    user = require(request.user, "record")
    record: CoatingRecipe = find(RECIPES, code, user)
    return form_screen(
        request,
        GrowthLimitsForm(request.POST or None, user=user, recipe=record),
        actions.set_growth_limits,
        title="Limits of growth per cycle",
        lead="A run outside them is flagged on its page. Empty, there is no limit.",
        submit_label="Save the limits",
        cancel_url=registry.url_of(record.identity),
        record=record,
        recipe=record,
    )
