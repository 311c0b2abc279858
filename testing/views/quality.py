"""Checks, thresholds, conformance, and what a person keeps out of statistics."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells.models import Cell
from lims import registry
from lims.models import User
from lims.numbers import NO_VALUE, exact, percent, plain
from lims.permissions import may, require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import find, form_screen, person
from testing import actions, analyse, judging
from testing.calc.conformance import ConformanceRow, gathered
from testing.forms_decisions import ExclusionForm, LiftExclusionForm, ThresholdForm
from testing.inputs import gather
from testing.methods import quality
from testing.models import CellTest, Exclusion, QualityCheck, QualityThreshold
from testing.views.once import perform_plain

MOST_ROWS = 120


@login_required
@require_GET
def checks(request: HttpRequest) -> HttpResponse:
    """Show every check with its threshold, who set it, and the tests that it flags."""
    user = person(request)
    decided = {row.name: row for row in QualityThreshold.objects.select_related("decided_by")}
    limits = judging.thresholds()
    rows = [
        {
            "check": check,
            "threshold": threshold_text(check, limits[check.name]),
            "decided": decided.get(check.name),
            "url": reverse("testing:set_threshold", args=[check.name]) if may(user, "review") else "",
        }
        for check in quality.CHECKS
    ]
    return render(request, "testing/checks.html", {"rows": rows, "flagged": _flagged(user)})


def _flagged(user: User) -> Table:
    tests = CellTest.objects.visible_to(user).values("pk")
    found = QualityCheck.objects.filter(state=QualityCheck.State.FLAGGED, test__in=tests)
    rows = found.select_related("test__identity", "test__cell__identity").order_by("-test", "pk")[:MOST_ROWS]
    columns = [
        Column("Cell", lambda q: Field(q.test.cell.code, url=registry.url_of(q.test.cell.identity))),
        Column("Test", lambda q: Field(q.test.code, url=registry.url_of(q.test.identity))),
        Column("Check", lambda q: quality.BY_NAME[q.name].label),
        Column("What was found", lambda q: q.sentence),
        Column("Threshold", lambda q: threshold_text(quality.BY_NAME[q.name], q.threshold), numeric=True),
    ]
    return Table.of(columns, rows)


def threshold_text(check: quality.Check, value: float) -> str:
    """Return a threshold as pages print it.

    >>> threshold_text(quality.BY_NAME["counter"], 0.0005), threshold_text(quality.BY_NAME["temperature"], 3.0)
    ('0.05 %', '3 K')
    """
    if check.unit == "fraction":
        return f"{exact(float(f'{100 * value:.10g}'))} %"
    return f"{exact(value)} {check.unit}"


@login_required
def set_threshold(request: HttpRequest, name: str) -> HttpResponse:
    """Decide on a check's threshold; every test is judged anew."""
    user = require(request.user, "review")
    check = quality.BY_NAME.get(name)
    if check is None:
        raise Http404(f"There is no check {name}.")
    form = ThresholdForm(
        request.POST or None,
        user=user,
        unit_name=check.unit,
        initial={"value": judging.thresholds()[name]},
    )
    if perform_plain(form, actions.set_threshold, name=name) is not None:
        return redirect("testing:checks")
    context = {
        "form": form,
        "title": f"Threshold: {check.label}",
        "lead": f"{check.means} Its own threshold is {threshold_text(check, check.threshold)}.",
        "submit_label": "Use it from now on",
        "cancel_url": reverse("testing:checks"),
    }
    return render(request, "record_form.html", context, status=400 if form.is_bound else 200)


def checks_table(test: CellTest) -> Table | None:
    """Return the checks of a test with the thresholds that they used, the flagged ones first."""
    order = {QualityCheck.State.FLAGGED: 0, QualityCheck.State.PASSED: 1, QualityCheck.State.NOT_JUDGED: 2}
    rows = sorted(test.quality_checks.all(), key=lambda q: order[QualityCheck.State(q.state)])
    if not rows:
        return None
    columns = [
        Column("Check", lambda q: quality.BY_NAME[q.name].label),
        Column("", lambda q: Field(q.get_state_display(), badge=q.state)),
        Column("What was found", lambda q: q.sentence),
        Column("Threshold", lambda q: threshold_text(quality.BY_NAME[q.name], q.threshold), numeric=True),
    ]
    return Table.of(columns, rows)


def of_test(test: CellTest, user: User) -> dict[str, Any]:  # noqa: ARG001 - every part is given who looks
    """Return what a test's page adds: its checks and how it followed its protocol."""
    tables = []
    found = checks_table(test)
    if found is not None:
        tables.append({"title": "Checks", "table": found})
    departures = list(test.departures.all()[:20])
    if departures:
        columns = [
            Column("Departure from the protocol", lambda d: d.sentence),
            Column("Category", lambda d: d.get_category_display()),
            Column("Impact", lambda d: d.get_impact_display()),
        ]
        tables.append({"title": "Departures", "table": Table.of(columns, departures)})
    conform = {
        "label": "Against its protocol",
        "url": reverse("testing:conformance", args=[test.code]),
        "icon": "list-checks",
    }
    return {"tables_below": tables, "actions": [conform] if test.protocol_edition_id else []}


def of_cell(cell: Cell, user: User) -> dict[str, Any]:
    """Return what a cell's page adds: flags on its tests, what is kept out of statistics, and past numbers."""
    flags = QualityCheck.objects.filter(test__cell=cell, state=QualityCheck.State.FLAGGED)
    rows = list(flags.select_related("test__identity").order_by("test__place", "pk"))
    standing = list(cell.exclusions.select_related("by", "lifted_by"))
    tables = []
    if rows:
        columns = [
            Column("Test", lambda q: Field(q.test.code, url=registry.url_of(q.test.identity))),
            Column("Check", lambda q: quality.BY_NAME[q.name].label),
            Column("What was found", lambda q: q.sentence),
            Column("Threshold", lambda q: threshold_text(quality.BY_NAME[q.name], q.threshold), numeric=True),
        ]
        tables.append({"title": "Flags", "table": Table.of(columns, rows)})
    if standing:
        tables.append({"title": "Kept out of statistics", "table": _exclusions_table(standing)})
    doing = []
    if cell.past_metrics.exists():
        doing.append(
            {
                "label": "Past numbers",
                "url": reverse("testing:past_metrics", args=[cell.code]),
                "icon": "history",
            }
        )
    if may(user, "record") and not any(e.lifted_at is None and not e.metric for e in standing):
        doing.append(
            {
                "label": "Keep out of statistics",
                "url": reverse("testing:exclude", args=[cell.code]),
                "icon": "ban",
            }
        )
    return {"tables_below": tables, "actions": doing}


def _exclusions_table(rows: list[Exclusion]) -> Table:
    columns = [
        Column("Number", lambda e: analyse.LABELS.get(e.metric, e.metric) or "All"),
        Column("Why", lambda e: e.reason),
        Column("By", lambda e: e.by.display_name),
        Column(
            "",
            lambda e: (
                f"counted again by {e.lifted_by.display_name}: {e.lift_reason}"
                if e.lifted_by
                else Field("Count it again", url=reverse("testing:lift_exclusion", args=[e.pk]))
            ),
        ),
    ]
    return Table.of(columns, rows)


@login_required
def exclude(request: HttpRequest, code: str) -> HttpResponse:
    """Keep a cell out of statistics, with the reason."""
    user = require(request.user, "record")
    cell: Cell = find(Cell.objects.all(), code, user)
    names = dict(cell.metrics.order_by("name").values_list("name", "name").distinct())
    labels = {name: analyse.LABELS.get(name, name) for name in names}
    return form_screen(
        request,
        ExclusionForm(
            request.POST or None, user=user, names=labels, initial={"metric": request.GET.get("metric", "")}
        ),
        actions.exclude_cell,
        title="Keep out of statistics",
        lead="The study then shows both results, with and without this cell, and your reason.",
        submit_label="Keep it out",
        cancel_url=registry.url_of(cell.identity),
        record=cell,
        cell=cell,
    )


@login_required
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Count again what was kept out."""
    user = require(request.user, "record")
    exclusion = get_object_or_404(Exclusion.objects.filter(cell__in=Cell.objects.visible_to(user)), pk=pk)
    cell = find(Cell.objects.all(), exclusion.cell.code, user)
    return form_screen(
        request,
        LiftExclusionForm(request.POST or None, user=user),
        actions.lift_exclusion,
        title="Count it again",
        lead=f"It was kept out because: {exclusion.reason}",
        submit_label="Count it again",
        cancel_url=registry.url_of(cell.identity),
        record=cell,
        exclusion=exclusion,
    )


@login_required
@require_GET
def conformance(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a test did against what its protocol asked, half cycle by half cycle."""
    record: CellTest = find(CellTest.objects.with_cells(), code, person(request))
    measured = gather(record.cell).measured[record.pk]
    found = judging.conformance_of(record, measured)
    departed = [row for row in found.rows if row.departures]
    rows = [*departed, *(row for row in found.rows if not row.departures)][:MOST_ROWS]
    rows.sort(key=found.rows.index)
    columns = [
        Column("Cycle", lambda row: "" if row.cycle_number is None else str(row.cycle_number), numeric=True),
        Column("Asked for", lambda row: f"{row.direction}, {row.where}"),
        Column("Current, mA", lambda row: _pair(row.asked_current_ma, row.current_ma, 4), numeric=True),
        Column("Ends at, V", lambda row: _pair(row.asked_end_v, row.end_v, 3), numeric=True),
        Column(
            "Took, h",
            lambda row: NO_VALUE if row.duration_s is None else plain(row.duration_s / 3600, 2),
            numeric=True,
        ),
        Column("Departs", _departs),
    ]
    context = {
        "record": record,
        "test_url": registry.url_of(record.identity),
        "edition": record.protocol_edition,
        "planned": found.planned,
        "run": found.run,
        "share": percent(found.run / found.planned, 0) if found.planned else "",
        "told": gathered(found.all_departures()),
        "table": Table.of(columns, rows),
        "left_out": max(0, len(found.rows) - len(rows)),
    }
    return render(request, "testing/conformance.html", context)


def _pair(asked: float | None, found: float | None, digits: int) -> str:
    """Return what was asked and what was found, one after the other."""
    left = NO_VALUE if asked is None else plain(asked, digits)
    right = NO_VALUE if found is None else plain(found, digits)
    return f"{left} → {right}"


def _departs(row: ConformanceRow) -> str:
    if row.cycle_number is None:
        return "never run"
    return "; ".join(f"{one.kind}: {one.found} in place of {one.asked}" for one in row.departures)
