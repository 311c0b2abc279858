"""Coating: ALD runs and coatings from solution are entered, and what was measured on them later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe

from lims import registry
from lims.blanks import words_for
from lims.models import User
from lims.numbers import exact, percent, plain
from lims.permissions import may, require
from lims.tables import Cell, Column, Table
from lims.units import mass_text
from lims.views.screens import find, form_screen
from materials import actions, coated
from materials.coating_figures import Stop, cycles_figure
from materials.editions import STEP_FACTS, STEP_WORDS, step_fact
from materials.forms import (
    CoatFromSolutionForm,
    CoatingMeasuredForm,
    PlanSolutionForm,
    RunCoatingForm,
    StepsOnlyForm,
)
from materials.models import (
    CoatingBatch,
    CoatingInterruption,
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    CoatingStepDone,
    Powder,
)
from materials.views.coating_facts import growth_banners, span_text

Method = CoatingRecipeEdition.Method


@login_required
def coat(request: HttpRequest) -> HttpResponse:
    """Enter an ALD run."""
    user = require(request.user, "record")
    form = RunCoatingForm(
        request.POST or None,
        request.FILES or None,
        user=user,
        initial=_asked_for(request, "parent", "edition"),
    )
    return form_screen(
        request,
        form,
        actions.run_coating,
        title="Run a coating",
        lead="One ALD run: a powder load goes in, a coated powder comes out under a code of its own.",
        submit_label="Enter the run",
        cancel_url=reverse("materials:powders"),
        done="{record.code} has been coated.",
        template="materials/coating_form.html",
        extra={
            "other_url": _with_parent(request, "materials:coat_from_solution"),
            "other_label": "From solution instead",
        },
    )


@login_required
def coat_from_solution(request: HttpRequest) -> HttpResponse:
    """Enter a coating from solution; asked for in the address, the volume that it takes is worked out first."""
    user = require(request.user, "record")
    asked = _asked_for(request, "parent", "edition", "solution")
    if request.GET.get("load_mass_ug"):
        asked["load_mass_ug"] = request.GET["load_mass_ug"]
    plan = PlanSolutionForm(request.GET if "load_mass_ug" in request.GET else None, user=user, initial=asked)
    form = CoatFromSolutionForm(
        request.POST or None,
        request.FILES or None,
        user=user,
        initial=asked,
        edition=_edition_of(request, user),
    )
    return form_screen(
        request,
        form,
        actions.coat_from_solution,
        title="Coat from solution",
        lead="Powder is stirred in a solution, dried and annealed; it comes out under a code of its own.",
        submit_label="Enter the coating",
        cancel_url=reverse("materials:powders"),
        done="{record.code} has been coated.",
        template="materials/coating_form.html",
        extra={
            "plan_form": plan,
            "plan_text": _volume_text(plan),
            "other_url": _with_parent(request, "materials:run_coating"),
            "other_label": "By ALD instead",
        },
    )


@login_required
def solution_steps(request: HttpRequest) -> HttpResponse:
    """Show the steps of the recipe that has just been chosen, inside the form."""
    user = require(request.user, "record")
    form = StepsOnlyForm(edition=_edition_of(request, user))
    return render(request, "materials/solution_steps.html", {"rows": form.step_rows()})


def _with_parent(request: HttpRequest, name: str) -> str:
    """Return the other way to coat, for the powder that was asked for."""
    asked = _asked_for(request, "parent")
    return reverse(name, query=asked) if asked else reverse(name)


def _asked_for(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET[name] for name in names if request.GET.get(name)}


def _edition_of(request: HttpRequest, user: User) -> CoatingRecipeEdition | None:
    """Return the chosen recipe's edition, or the only one there is to choose."""
    recipes = CoatingRecipe.objects.visible_to(user)
    editions = CoatingRecipeEdition.objects.filter(recipe__in=recipes, method=Method.SOLUTION)
    chosen = request.POST.get("edition") or request.GET.get("edition") or ""
    if not chosen and "edition" in request.GET:
        return None
    if chosen:
        known = chosen.isascii() and chosen.isdigit() and len(chosen) < 10
        return editions.filter(pk=int(chosen)).first() if known else None
    only = list(editions[:2])
    return only[0] if len(only) == 1 else None


def _volume_text(plan: PlanSolutionForm) -> str:
    """Return the volume of solution for what is asked, or why it cannot be told."""
    if not (plan.is_bound and plan.is_valid()):
        return ""
    edition, solution = plan.cleaned_data["edition"], plan.cleaned_data["solution"]
    load_ug = plan.cleaned_data["load_mass_ug"]
    try:
        dose = coated.dose_for(edition, solution=solution, load_mass_ug=load_ug)
    except ValueError as problem:
        return str(problem)
    coating = edition.recipe.coating.name
    return (
        f"{plain(dose.volume_ml, 3)} mL of {solution.code} for {mass_text(load_ug)} of powder: "
        f"{plain(dose.coating_mass_mg, 2)} mg of {coating} "
        f"({percent(edition.target_mass_fraction, 2)} % {edition.get_target_basis_display()}) "
        f"from {plain(dose.precursor_mass_mg, 1)} mg of {solution.material.name}."
    )


@login_required
def record_measurements(request: HttpRequest, code: str) -> HttpResponse:
    """Enter what was measured on a coating after its run."""
    user = require(request.user, "record")
    powder: Powder = find(Powder.objects.of_kind(Powder.Kind.COATING), code, user)
    form = CoatingMeasuredForm(request.POST or None, user=user, powder=powder, batch=powder.coating)
    return form_screen(
        request,
        form,
        actions.record_coating_measurements,
        title="Record what was measured",
        lead="Thickness and witness wafer; compositions and cells that rest on it are computed anew at once.",
        submit_label="Save",
        cancel_url=registry.url_of(powder.identity),
        done="What was measured on {record.code} has been recorded.",
        record=powder,
        powder=powder,
    )


# --- what the powder's page shows of it ---------------------------------------------------------------------


def coating_parts(powder: Powder, user: User) -> dict[str, Any]:
    """Add to the page of a coated powder its cycles as a bar, how much coating it carries, and what can be done."""
    if powder.kind != Powder.Kind.COATING:
        return {}
    batch = CoatingBatch.objects.select_related("edition__recipe__coating", "load__powder__identity").get(
        pk=powder.pk
    )
    batch.powder = powder
    url = reverse("materials:record_coating_measurements", args=[powder.code])
    measure = {"label": "Record what was measured", "url": url, "icon": "microscope"}
    tables = [table for table in (_steps_table(batch), _amounts_table(batch), _stops_table(batch)) if table]
    return {
        "actions": [measure] if may(user, "record") else [],
        "banners": growth_banners(batch),
        "figures_below": _drawn_cycles(batch),
        "tables_below": tables,
    }


def _drawn_cycles(batch: CoatingBatch) -> list[dict[str, Any]]:
    if batch.cycles_done is None:
        return []
    stops = [
        Stop(
            one.after_cycle,
            f"after {one.after_cycle}" + (f": {exact(one.minutes)} min" if one.minutes else ""),
        )
        for one in batch.interruptions.all()
    ]
    svg = cycles_figure(planned=batch.edition.cycles, done=batch.cycles_done, stops=stops)
    # The figure escapes every text that it is given.
    return [{"title": "Cycles", "svg": mark_safe(svg), "alt": "Cycles planned and done"}]  # noqa: S308


def _steps_table(batch: CoatingBatch) -> dict[str, Any] | None:
    """Return each step of a coating from solution as it was done, with what was meant where that differs."""
    steps = list(batch.edition.steps.all()) if batch.edition.method == Method.SOLUTION else []
    if not steps:
        return None
    done = {row.step_id: row for row in batch.steps_done.all()}
    columns = [
        Column("Step", lambda s: f"{s.order}. {s.get_kind_display()}"),
        *(Column(STEP_WORDS[name].capitalize(), _step_cell(batch, done, name)) for name in STEP_FACTS),
    ]
    return {
        "title": "Steps, as done",
        "table": Table.of(columns, steps),
        "note": "Where nothing was said of a step, it counts as done as the recipe says.",
    }


def _step_cell(
    batch: CoatingBatch, done: dict[int, CoatingStepDone], name: str
) -> Callable[[CoatingStep], Cell]:
    def read(step: CoatingStep) -> Cell:
        meant, was = step_fact(step, name), step_fact(done[step.pk], name) if step.pk in done else ""
        if not was and (blank := words_for(batch, f"{step.kind}_{name.replace('duration_s', 'duration_h')}")):
            return Cell(blank, hint=f"planned {meant}" if meant else "")
        if not was:
            return Cell(meant or "–", hint="as in the recipe" if meant else "")
        return Cell(was, hint="as planned" if was == meant else f"planned {meant or 'not stated'}")

    return read


def _stops_table(batch: CoatingBatch) -> dict[str, Any] | None:
    columns = [
        Column("After cycle", lambda i: str(i.after_cycle), numeric=True),
        Column("Minutes", lambda i: "not recorded" if i.minutes is None else exact(i.minutes), numeric=True),
        Column("Why", lambda i: i.reason),
        Column("Then", lambda i: _resumed(i, batch)),
    ]
    table = Table.of(columns, batch.interruptions.all())
    return {"title": "Interruptions", "table": table} if table.rows else None


def _resumed(stop: CoatingInterruption, batch: CoatingBatch) -> str:
    return "not resumed" if stop.after_cycle == batch.cycles_done else "resumed"


def _amounts_table(batch: CoatingBatch) -> dict[str, Any] | None:
    """Return how much coating each thickness is on each surface, with ICP-OES below where it was measured."""
    amounts, measured = coated.amounts(batch), coated.measured_share(batch)
    rows = [
        (
            one.thickness_basis,
            f"{plain(one.thickness_nm, 2)} nm",
            one.surface.basis,
            span_text(one.gain_on_powder),
            span_text(one.fraction_of_product),
        )
        for one in amounts
    ]
    if measured is not None:
        gain = measured.value / (1 - measured.value)
        rows.append(
            ("Measured in the powder", "", measured.basis, percent(gain, 2), percent(measured.value, 2))
        )
    if not rows:
        return None
    columns = [
        Column("Thickness from", lambda r: Cell(r[0], hint=r[1])),
        Column("On", lambda r: r[2]),
        Column("Gain on the load, %", lambda r: r[3], numeric=True),
        Column("Of the product, %", lambda r: r[4], numeric=True),
    ]
    return {
        "title": "How much coating that is",
        "table": Table.of(columns, rows),
        "note": "Expected from an even film: area × thickness × density. Weighing cannot see it through powder "
        "loss and desorbed water; ICP-OES can. A share on spheres beside it is that of the exact shell, a little more.",
    }
