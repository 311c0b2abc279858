"""Tests: the list, the page of one with its files and cycles, setting up and ending."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells.models import Cell
from lims import facts, registry
from lims.numbers import plain
from lims.permissions import may, require
from lims.tables import Cell as Field
from lims.tables import Column
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from testing import actions, printed
from testing.filters import TestFilter
from testing.forms import CompleteTestForm, TestForm, UploadForm
from testing.models import CellTest, Submission, TestPulse
from testing.naming import card_name
from testing.views import parts

COLUMNS = [
    Column("Code", lambda t: Field(t.code, simulated=t.simulated)),
    Column("Cell", lambda t: Field(t.cell.code, url=registry.url_of(t.cell.identity))),
    Column("Condition", lambda t: t.cell.group),
    Column("Phase", lambda t: t.get_phase_display()),
    Column("Channel", lambda t: str(t.channel) if t.channel else ""),
    Column("State", lambda t: Field(t.get_state_display(), badge=t.state)),
]


@login_required
@require_GET
def tests(request: HttpRequest) -> HttpResponse:
    """List the tests."""
    listing = Listing(
        title="Tests",
        lead="Every test with its cell, phase and channel.",
        columns=COLUMNS,
        empty_text="No test yet. Open a cell that is built and set up its first test.",
    )
    rows = CellTest.objects.visible_to(person(request)).with_codes().with_cells()
    return list_screen(request, rows, listing, filterset=TestFilter)


@login_required
@require_GET
def test(request: HttpRequest, code: str) -> HttpResponse:
    """Show one test."""
    record: CellTest = find(CellTest.objects.with_cells(), code, person(request))
    return test_page(request, record, UploadForm(user=person(request)))


def test_page(request: HttpRequest, record: CellTest, upload_form: UploadForm) -> HttpResponse:
    """Return a test's page with this upload form, which may have been refused."""
    basis = record.cell.bases.filter(current=True).first()
    dataset = record.datasets.filter(current=True).first()
    running = record.state in (CellTest.State.PLANNED, CellTest.State.RUNNING)
    complete_url = reverse("testing:complete_test", args=[record.code])
    response = detail_screen(
        request,
        record,
        template="testing/test_detail.html",
        sections=[_conditions(record), facts.origin(record)],
        actions=[
            {
                "label": "Set-up card",
                "url": reverse("testing:setup_card", args=[record.code]),
                "icon": "printer",
            },
            *([{"label": "End the test", "url": complete_url, "icon": "flag"}] if running else []),
        ],
        steps=[
            {"kind": "Cell", "label": record.cell.code, "url": registry.url_of(record.cell.identity)},
            {"kind": "Test", "label": record.code, "current": True},
        ],
        submissions=parts.file_lines(record.submissions.with_names()),
        now=now_of(record),
        card_name=card_name(record),
        order_url=_order_url(record) if may(request.user, "record") else "",
        originals_url=reverse("testing:originals", args=[record.code]) if record.submissions.exists() else "",
        bdf_url=reverse("testing:test_bdf", args=[record.code, "csv"]) if dataset else "",
        upload_form=upload_form if may(request.user, "post_file") else None,
        upload_url=reverse("testing:upload", args=[record.code]),
        warnings=dataset.flags if dataset else [],
        plots=[
            *(_window_plot(record) if dataset else []),
            *(_plots(record) if dataset else []),
            *_spectra_plots(record),
        ],
        spectra_table=parts.spectra_table(record),
        cycles_table=parts.cycles_table(record, basis.area_cm2 if basis else None),
        cycles_note=parts.cycles_note(record),
        metrics=parts.metric_rows(printed.metric_rows_of_test(record)),
    )
    response.status_code = 400 if upload_form.errors else 200
    return response


def _order_url(record: CellTest) -> str:
    """Return where a test's files are put in order; one file needs none."""
    read = record.submissions.filter(state=Submission.State.READ, table__isnull=False)
    return reverse("testing:order_files", args=[record.code]) if read.count() > 1 else ""


@login_required
@require_GET
def now(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the part of a test's page that follows its points."""
    record: CellTest = find(CellTest.objects.with_cells(), code, person(request))
    return render(request, "testing/_now.html", {"now": now_of(record)})


def now_of(record: CellTest) -> dict[str, Any] | None:
    """Return what is known of a running test now, or None where no point has come."""
    pulse = TestPulse.objects.filter(test=record.pk).first()
    over = record.state not in (CellTest.State.PLANNED, CellTest.State.RUNNING)
    if pulse is None or pulse.voltage_v is None or (over and not pulse.unsealed_rows):
        return None
    return {
        "url": reverse("testing:test_now", args=[record.code]),
        "live": bool(pulse.live_rows) and not over,
        "voltage": plain(pulse.voltage_v, 4),
        "current": plain(pulse.current_ma or 0.0, 4),
        "capacity": plain(pulse.half_capacity_mah or 0.0, 4),
        "direction": {1: "charging", -1: "discharging"}.get(pulse.half_sign, "resting"),
        "cycle": pulse.cycle_number,
        "temperature": "" if pulse.temperature_c is None else plain(pulse.temperature_c, 1),
        "point_at": pulse.point_at,
        "rows": f"{pulse.live_rows:,}" if pulse.live_rows else "",
        "unsealed": f"{pulse.unsealed_rows:,}" if pulse.unsealed_rows else "",
        "duplicates": pulse.duplicate_rows,
        "differing": pulse.differing_rows,
    }


def _conditions(record: CellTest) -> dict[str, Any]:
    edition = record.protocol_edition
    told = [
        facts.record_fact("Cell", record.cell),
        facts.fact("Condition", record.cell.group),
        facts.fact("Place", record.place, hint="1 is the cell's first test"),
        facts.record_fact(
            "Protocol",
            edition.protocol if edition else None,
            hint=f"edition {edition.number}" if edition else "",
        ),
        facts.record_fact(
            "Instrument",
            record.channel.instrument if record.channel else None,
            hint=f"channel {record.channel.name}" if record.channel else "",
        ),
        facts.fact(
            "1C applied",
            record.one_c_current_ma,
            "mA" if record.one_c_current_ma else "",
            hint="the test's own",
        ),
        *facts.facts_of(record, "temperature_c", "stack_pressure_mpa"),
    ]
    return {"title": "Conditions", "facts": told}


def _window_plot(record: CellTest) -> list[dict[str, str]]:
    """Return the plot of every point over time, of which the server sends what a screen can show."""
    url = reverse("testing:window_data", args=[record.code])
    return [{"title": "Voltage and current over time", "url": url, "kind": "window"}]


def _plots(record: CellTest) -> list[dict[str, str]]:
    cycles_url = reverse("testing:cycles_data", args=[record.cell.code])
    return [
        {"title": "Voltage", "url": reverse("testing:voltage_data", args=[record.code]), "kind": "voltage"},
        {"title": "Capacity and efficiency", "url": f"{cycles_url}?test={record.code}", "kind": "cycles"},
    ]


def _spectra_plots(record: CellTest) -> list[dict[str, str]]:
    if not record.spectra.exists():
        return []
    return [
        {"title": "Impedance", "url": reverse("testing:nyquist_data", args=[record.code]), "kind": "nyquist"},
        {
            "title": "Impedance over frequency",
            "url": reverse("testing:bode_data", args=[record.code]),
            "kind": "bode",
        },
    ]


@login_required
def new_test(request: HttpRequest, code: str) -> HttpResponse:
    """Set up the next test of a cell."""
    user = require(request.user, "record")
    cell: Cell = find(Cell.objects.with_study().select_related("edition"), code, user)
    return form_screen(
        request,
        TestForm(request.POST or None, user=user, cell=cell),
        actions.create_test,
        title="Set up a test",
        lead="Files that the channel's instrument posts from now on go to this test.",
        submit_label="Set it up",
        cancel_url=registry.url_of(cell.identity),
        done="{record.code} has been set up.",
        record=cell,
        cell=cell,
    )


@login_required
def complete(request: HttpRequest, code: str) -> HttpResponse:
    """Say that a test is over."""
    user = require(request.user, "record")
    record: CellTest = find(CellTest.objects.with_cells(), code, user)
    return form_screen(
        request,
        CompleteTestForm(request.POST or None, user=user),
        actions.complete_test,
        title="End the test",
        lead="Its channel is free again. Files that belong to it can still be added.",
        submit_label="End it",
        cancel_url=registry.url_of(record.identity),
        record=record,
        test=record,
    )
