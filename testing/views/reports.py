"""Reports: asking for one, watching it being printed, taking it away."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from cells.models import Cell
from lims import facts, registry
from lims.forms import perform
from lims.permissions import require
from lims.tables import Cell as Field
from lims.tables import Column
from lims.views.screens import Listing, detail_screen, find, list_screen, person
from testing import actions, reporting
from testing.filters import ReportFilter
from testing.forms import ReportForm
from testing.models import Report
from testing.views import parts

STALE = (
    "Something that this report rests on has been corrected since it was printed. It still prints what was known "
    "then; ask for a new one on the page of {subject}."
)
COLUMNS = [
    Column("Code", lambda r: Field(r.code, simulated=r.simulated)),
    Column("Of", lambda r: Field(r.subject.code, url=registry.url_of(r.subject))),
    Column("Kind", lambda r: r.get_kind_display()),
    Column("State", lambda r: Field(r.get_state_display(), badge=r.state)),
    Column("", lambda r: Field("Out of date", badge="stale") if r.stale else ""),
    Column("Asked for", lambda r: facts.spelled(r.recorded_at)),
    Column("By", lambda r: r.recorded_by.display_name),
]


@login_required
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """List the reports."""
    listing = Listing(
        title="Reports",
        lead="Each prints what was known when it was asked for, and says when that no longer holds.",
        columns=COLUMNS,
        empty_text="No report yet. Open a cell and export its report.",
    )
    rows = Report.objects.visible_to(person(request)).with_codes().select_related("subject")
    return list_screen(request, rows, listing, filterset=ReportFilter)


@login_required
@require_POST
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Freeze what a cell's report says and have it printed."""
    user = require(request.user, "report")
    cell: Cell = find(Cell.objects.all(), code, user)
    form = ReportForm(request.POST, user=user)
    report = perform(form, actions.request_report, kind=Report.Kind.CELL, subject=cell.identity)
    if report is None:
        return redirect(registry.url_of(cell.identity))
    return redirect(registry.url_of(report.identity))


def _progress(report: Report) -> dict[str, Any] | None:
    if report.state == Report.State.READY:
        return None
    url = reverse("testing:report_progress", args=[report.code])
    if report.state == Report.State.FAILED:
        return {"value": None, "text": report.reason, "url": "", "failed": True}
    job = parts.jobs_of([report.pk], reporting.KIND).get(report.pk)
    return parts.job_line(job, url, waiting="Waiting to be printed")


@login_required
@require_GET
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Show a report: how far it is, or where to take it."""
    record: Report = find(Report.objects.select_related("subject__project"), code, person(request))
    told = [
        facts.fact("Of", record.subject.code, url=registry.url_of(record.subject)),
        facts.fact("Kind", record.get_kind_display()),
    ]
    return detail_screen(
        request,
        record,
        template="testing/report_detail.html",
        sections=[{"title": "Report", "facts": told}, facts.origin(record)],
        progress=_progress(record),
        download_url=reverse("testing:report_pdf", args=[record.code]) if record.pdf_id else "",
        inputs_sha256=record.inputs_sha256,
        pdf_sha256=record.pdf_sha256,
        stale=STALE.format(subject=record.subject.code) if record.stale else "",
    )


@login_required
@require_GET
def progress(request: HttpRequest, code: str) -> HttpResponse:
    """Answer a page that watches a report being printed."""
    record: Report = find(Report.objects.all(), code, person(request))
    if record.state != Report.State.QUEUED:
        return HttpResponseClientRefresh()
    return render(request, "ui/progress.html", {"job": _progress(record)})


@login_required
@require_GET
def pdf(request: HttpRequest, code: str) -> FileResponse:
    """Give the printed PDF."""
    record: Report = find(Report.objects.select_related("pdf"), code, person(request))
    if record.pdf is None:
        raise Http404(f"{record.code} is not printed yet.")
    path = record.pdf.path
    return FileResponse(path.open("rb"), filename=f"{record.code}.pdf", content_type="application/pdf")
