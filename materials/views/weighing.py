"""Weighing sheets: planned, listed, printed, mixed or dropped. The screen at the balance has a module of its own."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import registry
from lims.facts import Fact, fact, origin, record_fact
from lims.numbers import percent
from lims.permissions import require
from lims.tables import Cell, Column, Table
from lims.units import mass_text
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials import actions
from materials.filters import WeighingSheetFilter
from materials.forms import DropSheetForm, MixSheetForm, PlanForm
from materials.models import Formulation, WeighingSheet
from materials.run_sheet import run_sheet_pdf
from materials.views.formulations import pick_edition
from materials.weighings import RowStanding, SheetStanding, ratio_text, rounded_mg, shown_mg, stand, step_ug

RELATED = ("edition__formulation__identity", "balance__identity", "batch__identity")
STANDING_BADGES = {"within": "good", "over": "failed", "below": "warning"}


@login_required
@require_GET
def sheets(request: HttpRequest) -> HttpResponse:
    """List the weighing sheets."""
    listing = Listing(
        title="Weighing",
        lead="Sheets to weigh by: planned, filled at the balance, then mixed.",
        columns=[
            Column("Code", lambda s: Cell(s.code, simulated=s.simulated)),
            Column("Name", lambda s: s.title),
            Column(
                "Formulation",
                lambda s: Cell(str(s.edition), url=registry.url_of(s.edition.formulation.identity)),
            ),
            Column("Total, mg", lambda s: rounded_mg(s.total_ug, step_ug(s.balance)), numeric=True),
            Column("State", lambda s: Cell(s.get_state_display(), badge=s.state)),
            Column("Became", lambda s: s.batch.code if s.batch else ""),
        ],
        empty_text="No weighing sheet yet. Plan one: for a total, for pellets or for the scarcest lot.",
        create=("Plan a weighing", reverse("materials:mix")),
    )
    rows = WeighingSheet.objects.visible_to(person(request)).with_codes().select_related(*RELATED)
    return list_screen(request, rows, listing, filterset=WeighingSheetFilter)


@login_required
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """Plan a mixture: the targets are shown first, and kept as a sheet when they are right."""
    user = require(request.user, "record")
    formulation: Formulation = find(Formulation.objects.all(), code, user)
    edition = pick_edition(formulation, request.GET.get("edition", ""))
    form = PlanForm(request.POST or None, user=user, edition=edition)
    shown: dict[str, Any] = {}
    if "preview" in request.POST:
        shown = {"plan": _preview(form, edition)}
    context: dict[str, Any] = {
        "title": f"Plan a weighing of {formulation.name}",
        "lead": f"{edition.ratio()} by weight, edition {edition.number}.",
        "submit_label": "Make the weighing sheet",
        "cancel_url": registry.url_of(formulation.identity),
        "template": "materials/plan_weighing.html",
    }
    if shown:
        return render(request, context["template"], {**context, **shown, "form": form})
    return form_screen(request, form, actions.plan_sheet, edition=edition, **context)


def _preview(form: PlanForm, edition: Any) -> dict[str, Any] | None:
    """Return the plan as the page shows it, or None where the form says why there is none."""
    if not form.is_valid():
        return None
    try:
        found = actions.plan_mix(edition=edition, **form.plan_arguments())
    except ValidationError as error:
        form.show(error)
        return None
    step = step_ug(form.cleaned_data["balance"])
    columns = [
        Column("Powder", lambda r: Cell(r.name, hint=r.powder.code if r.powder else "")),
        Column("Target, mg", lambda r: shown_mg(r.target.target_ug, step), numeric=True),
        Column("Tolerance, mg", lambda r: tolerance_mg(r.target.tolerance_ug, step), numeric=True),
    ]
    return {
        "table": Table.of(columns, found.rows),
        "total": mass_text(found.total_ug),
        "planned_for": found.planned_for,
        "fractions": [
            {"name": name, "percent": percent(fraction, 2)} for name, fraction in found.fractions.items()
        ],
        "warnings": [warning for row in found.rows for warning in row.warnings],
        "brought_whole": found.brought_whole,
    }


def tolerance_mg(tolerance_ug: int | None, step: int) -> str:
    """Return a tolerance in mg, or that none is stated."""
    return "none stated" if tolerance_ug is None else f"± {shown_mg(tolerance_ug, step)}"


@login_required
@require_GET
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Show a weighing sheet as a record: its rows, the ratio, and what became of it."""
    record: WeighingSheet = find(WeighingSheet.objects.select_related(*RELATED), code, person(request))
    standing = stand(record)
    open_now = record.state == WeighingSheet.State.OPEN

    def action(label: str, name: str, icon: str, **more: Any) -> dict[str, Any]:
        return {"label": label, "url": reverse(f"materials:{name}", args=[record.code]), "icon": icon, **more}

    offered = [
        action("Weigh", "weigh", "scale", primary=True),
        action("Mix it", "mix_sheet", "blend"),
        action("Drop it", "drop_sheet", "trash-2"),
    ]
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[{"title": "Plan", "facts": _facts(record, standing)}, origin(record)],
        actions=offered if open_now else [],
        tables=[
            {
                "title": "Rows",
                "table": rows_table(standing),
                "links": [
                    {
                        "label": "Run sheet to print (PDF)",
                        "url": reverse("materials:run_sheet", args=[record.code]),
                    }
                ],
            }
        ],
    )


def _facts(record: WeighingSheet, standing: SheetStanding) -> list[Fact]:
    edition = record.edition
    return [
        record_fact("Formulation", edition.formulation, hint=f"edition {edition.number}"),
        fact("Meant", edition.ratio()),
        fact("Weighed so far", ratio_text(standing) if any(r.row.mass_ug for r in standing.rows) else None),
        fact("Total", rounded_mg(record.total_ug, standing.step_ug), "mg", hint=record.planned_for),
        record_fact("Balance", record.balance),
        record_fact("Became", record.batch),
    ]


def rows_table(standing: SheetStanding) -> Table:
    """Return the rows of a sheet against their targets."""
    step = standing.step_ug
    columns = [
        Column("No.", lambda r: str(r.row.order), numeric=True),
        Column("Weigh", lambda r: r.name),
        Column("From", _from),
        Column("Target, mg", lambda r: shown_mg(r.row.target_ug, step), numeric=True),
        Column("Tolerance, mg", lambda r: tolerance_mg(r.row.tolerance_ug, step), numeric=True),
        Column("Weighed, mg", lambda r: _weighed(r, step), numeric=True),
        Column("Is", _is),
    ]
    return Table.of(columns, standing.rows)


def _from(one: RowStanding) -> Cell:
    powder = one.row.powder
    return (
        Cell("whichever is scanned")
        if powder is None
        else Cell(powder.code, url=registry.url_of(powder.identity))
    )


def _weighed(one: RowStanding, step: int) -> Cell:
    row = one.row
    if row.mass_ug is None:
        return Cell("", numeric=True)
    boat = (
        f"boat {shown_mg(row.boat_full_ug, step)} \u2212 {shown_mg(row.boat_after_ug, step)}"
        if row.boat_full_ug is not None and row.boat_after_ug is not None
        else ""
    )
    return Cell(shown_mg(row.mass_ug, step), numeric=True, hint=boat)


def _is(one: RowStanding) -> Cell:
    if one.standing == "nothing":
        return Cell("not weighed")
    return Cell(one.standing, badge=STANDING_BADGES[one.standing])


@login_required
def mix_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Mix what was weighed: the last page of a sheet."""
    user = require(request.user, "record")
    record: WeighingSheet = find(WeighingSheet.objects.select_related(*RELATED), code, user)
    return form_screen(
        request,
        MixSheetForm(request.POST or None, user=user, initial={"name": record.name}),
        actions.mix_sheet,
        title="Mix what was weighed",
        lead=f"Weighed {ratio_text(stand(record))}, meant {record.edition.ratio()}. Entering this draws all of it.",
        submit_label="Enter the mix",
        cancel_url=reverse("materials:weigh", args=[record.code]),
        done="{record.code} has been mixed. Write the code on its jar; a photo can be added to its page.",
        record=record,
        sheet=record,
    )


@login_required
def drop_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Drop a sheet that will not be mixed."""
    user = require(request.user, "record")
    record: WeighingSheet = find(WeighingSheet.objects.all(), code, user)
    return form_screen(
        request,
        DropSheetForm(request.POST or None, user=user),
        actions.drop_sheet,
        title="Drop this sheet",
        lead="Nothing has been drawn for it yet, so nothing goes back. What was weighed stays on the sheet.",
        submit_label="Drop it",
        cancel_url=registry.url_of(record.identity),
        record=record,
        sheet=record,
    )


@login_required
@require_GET
def run_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Print the sheet: with blanks while it is open, filled once it has been mixed."""
    user = person(request)
    record: WeighingSheet = find(WeighingSheet.objects.select_related(*RELATED), code, user)
    answer = HttpResponse(run_sheet_pdf(record, user), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{record.code}-run-sheet.pdf"'
    return answer
