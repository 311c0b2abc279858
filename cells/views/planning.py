"""Planning pages: what to weigh and whether the lots suffice, which films to pair, a study over days and dies."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells import actions
from cells.editions import editions_of
from cells.models import BuildPlan, Cell, CellDesign, CellDesignEdition, Study
from cells.pairs import Pairing, pair_films
from cells.plan_forms import LotsForm, PairForm, PlanStudyForm
from cells.planning import LayerSheet, WeighingSheet, weighing_sheet
from lims.facts import fact
from lims.numbers import exact, plain
from lims.permissions import require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import find, form_screen, person
from materials.models import CountUnit


@login_required
@require_GET
def plan_lots(request: HttpRequest, code: str) -> HttpResponse:
    """Show what to weigh for so many cells, and how far the lots go."""
    user = person(request)
    record: CellDesign = find(CellDesign.objects.all(), code, user)
    edition = editions_of(record)[0]
    form = LotsForm(request.GET or None, edition=edition, user=user)
    context: dict[str, Any] = {
        "title": "What to weigh",
        "record": record,
        "edition": edition,
        "form": form,
        "simulated": record.simulated,
        "plan_url": f"{reverse('cells:plan')}?design={record.code}",
        "pair_url": reverse("cells:pair", args=[record.code]) if edition.np_target is not None else "",
    }
    if form.is_valid():
        told = form.cleaned_data
        try:
            sheet = weighing_sheet(
                edition,
                lots=form.lots(),
                positive_mass_ug=told.get("positive_mass_ug"),
                replicates=told["replicates"],
            )
        except ValueError as problem:
            form.add_error(None, str(problem))
        else:
            context |= _sheet(sheet)
    return render(
        request, "cells/plan_lots.html", context, status=400 if form.is_bound and form.errors else 200
    )


def _sheet(sheet: WeighingSheet) -> dict[str, Any]:
    n = sheet.replicates
    cells = "1 cell" if n == 1 else f"{n} cells"
    columns = [
        Column("Layer", lambda r: r.label),
        Column("Lot", lambda r: r.lot or "as designed"),
        Column("A cell", lambda r: _amount(r, r.mass_mg, r.count), numeric=True),
        Column(f"For {cells}", lambda r: _amount(r, r.total_mass_mg, r.total_count), numeric=True),
        Column("The lot holds", lambda r: _amount(r, r.available_mg, r.available_count), numeric=True),
        Column(
            "Good for",
            lambda r: "" if r.cells_good_for is None else f"{r.cells_good_for} cells",
            numeric=True,
        ),
        Column("", _verdict),
    ]
    if sheet.suffices is None:
        verdict = "Choose the lots to see whether they suffice."
    elif sheet.suffices:
        verdict = f"The lots suffice for {cells}; {sheet.scarcest} is the scarcest, good for {sheet.cells_good_for}."
    else:
        verdict = f"The lots do not suffice: {sheet.scarcest} is good for {sheet.cells_good_for} of {n}."
    return {
        "sheet": Table.of(columns, sheet.layers),
        "verdict": verdict,
        "suffices": sheet.suffices,
        "warnings": [text for row in sheet.layers for text in row.warnings],
    }


def _verdict(row: LayerSheet) -> Field:
    if row.suffices is None:
        return Field("")
    return Field("enough", badge="done") if row.suffices else Field("too little", badge="failed")


def _amount(row: LayerSheet, mass_mg: float | None, count: float | None) -> str:
    if mass_mg is not None:
        return f"{plain(mass_mg, 2)} mg"
    return "" if count is None else f"{exact(count)} {CountUnit(row.counted_in).label}"


@login_required
@require_GET
def pair(request: HttpRequest, code: str) -> HttpResponse:
    """Pair films that are weighed already; nothing is saved."""
    user = person(request)
    record: CellDesign = find(CellDesign.objects.all(), code, user)
    edition: CellDesignEdition = editions_of(record)[0]
    form = PairForm(request.GET or None, edition=edition, user=user)
    context: dict[str, Any] = {"title": "Pair films", "record": record, "edition": edition, "form": form}
    if form.is_valid():
        told = form.cleaned_data
        try:
            found = pair_films(
                edition,
                positive_masses_mg=told["positive_masses"],
                negative_masses_mg=told["negative_masses"],
                lots={"positive": told.get("positive_powder"), "negative": told.get("negative_powder")},
                positive_collector_mg=told["positive_collector_mg"] or 0,
                negative_collector_mg=told["negative_collector_mg"] or 0,
            )
        except ValueError as problem:
            form.add_error(None, str(problem))
        else:
            context |= _paired(found)
    return render(
        request, "cells/pair_films.html", context, status=400 if form.is_bound and form.errors else 200
    )


def _paired(found: Pairing) -> dict[str, Any]:
    columns = [
        Column("Cathode", lambda p: f"no. {p.positive_number}"),
        Column("mg", lambda p: exact(p.positive_mass_mg), numeric=True),
        Column("Anode", lambda p: f"no. {p.negative_number}"),
        Column("mg", lambda p: exact(p.negative_mass_mg), numeric=True),
        Column("N/P", lambda p: plain(p.np_ratio, 3), numeric=True),
        Column("Off target", lambda p: f"{100 * (p.np_ratio / found.np_target - 1):+.1f} %", numeric=True),
    ]
    over = [
        f"{side} {', '.join(str(number) for number in numbers)}"
        for side, numbers in (("cathodes", found.positive_over), ("anodes", found.negative_over))
        if numbers
    ]
    return {
        "pairs": Table.of(columns, found.pairs),
        "over": f"Left over: {'; '.join(over)}." if over else "",
        "verdict": f"N/P {exact(found.np_target)} is met within {plain(found.largest_deviation, 3)} by every pair.",
    }


@login_required
def plan_study(request: HttpRequest, code: str) -> HttpResponse:
    """Plan all conditions of a study at once."""
    user = require(request.user, "record")
    record: Study = find(Study.objects.all(), code, user)
    return form_screen(
        request,
        PlanStudyForm(request.POST or None, user=user, study=record),
        actions.plan_study,
        title="Plan the study",
        lead="Cells of every condition, in the order in which they are to be built. Drawn by lot, each day holds as "
        "many cells of each condition as can be; the seed is kept, so that the order can be drawn again.",
        submit_label="Plan them",
        cancel_url=reverse("cells:study", args=[record.code]),
        done="The cells of {record.code} have been planned.",
        record=record,
        study=record,
    )


def plan_of_cell(cell: Cell, user: Any) -> dict[str, Any]:  # noqa: ARG001 - every part is given who looks
    """Return the section of a cell's page that says when it is to be built, and how that was drawn."""
    if cell.plan_id is None:
        return {}
    plan = BuildPlan.objects.get(pk=cell.plan_id)
    drawn = "in the order of the conditions" if plan.seed is None else f"drawn by lot, seed {plan.seed}"
    told = [
        fact("Planned for", cell.planned_on, hint=f"turn {cell.plan_turn} of the day"),
        fact("Order", drawn),
    ]
    return {"sections": [{"title": "Plan", "facts": told}]}
