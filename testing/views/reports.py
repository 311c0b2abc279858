"""Reports: the archive, one report with its standing, its progress and its PDF."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from lims import facts, registry
from lims.models import User
from lims.permissions import may
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import Listing, detail_screen, find, list_screen, person
from testing.downloads import bdf_response, crate_response
from testing.filters import ReportFilter
from testing.models import CellTest, Dataset, Report
from testing.reporting import printing
from testing.reporting.changes import SHOWN_MAX, Change, changes_since
from testing.views import parts

STALE = (
    "Something that this report rests on has been corrected since it was frozen. It still prints what was known "
    "then, and says so. What has changed stands below; a new report takes up the corrections."
)
COLUMNS = [
    Column("Code", lambda r: Field(r.code, simulated=r.simulated)),
    Column(
        "Of",
        lambda r: Field(r.about, url=registry.url_of(r.subject) if r.subject else ""),
        value=lambda r: r.about,
    ),
    Column("Kind", lambda r: r.get_kind_display()),
    Column("Standing", lambda r: Field(r.get_standing_display(), badge=r.standing)),
    Column(
        "Printing",
        lambda r: "" if r.state == Report.State.READY else Field(r.get_state_display(), badge=r.state),
    ),
    Column("", lambda r: Field("Out of date", badge="stale") if r.stale else "", file_head="Out of date"),
    Column("Asked for", lambda r: facts.spelled(r.recorded_at), value=lambda r: r.recorded_at),
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
        empty_text="No report yet. Open a cell, a test, a study, a powder or an instrument and export its report.",
        links=[
            {"label": "Inventory", "url": f"{reverse('testing:new_report')}?kind=inventory", "icon": "scale"},
            {"label": "Verify a PDF", "url": reverse("testing:verify"), "icon": "badge-check"},
        ],
        create=None,
    )
    rows = Report.objects.visible_to(person(request)).with_codes().select_related("subject")
    return list_screen(request, rows, listing, filterset=ReportFilter)


def _progress(report: Report) -> dict[str, Any] | None:
    if report.state == Report.State.READY:
        return None
    url = reverse("testing:report_progress", args=[report.code])
    if report.state == Report.State.FAILED:
        return {"value": None, "text": report.reason, "url": "", "failed": True}
    job = parts.jobs_of([report.pk], printing.KIND).get(report.pk)
    return parts.job_line(job, url, waiting="Waiting to be printed")


@login_required
@require_GET
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Show a report: where it stands, how far it is, where to take it, and what has changed since."""
    user = person(request)
    rows = Report.objects.select_related("subject__project", "superseded_by__identity")
    record: Report = find(rows, code, user)
    changed = changes_since(record, user) if record.stale else []
    return detail_screen(
        request,
        record,
        template="testing/report_detail.html",
        sections=[{"title": "Report", "facts": _facts(record)}, facts.origin(record)],
        actions=_verbs(record, user),
        progress=_progress(record),
        download_url=reverse("testing:report_pdf", args=[record.code]) if record.pdf_id else "",
        crate_url=reverse("testing:report_crate", args=[record.code]) if record.pdf_id else "",
        inputs_sha256=record.inputs_sha256,
        pdf_sha256=record.pdf_sha256,
        stale=STALE if record.stale else "",
        changed=_changes_table(changed[:SHOWN_MAX]) if record.stale else None,
        changed_more=max(len(changed) - SHOWN_MAX, 0),
        signatures=list(record.signatures.all()),
        standing=record.get_standing_display(),
    )


def _facts(record: Report) -> list[facts.Fact]:
    told = [
        facts.fact("Of", record.about, url=registry.url_of(record.subject) if record.subject else ""),
        facts.fact("Kind", record.get_kind_display()),
        facts.fact("Standing", record.get_standing_display()),
    ]
    if record.superseded_by is not None:
        told.append(facts.record_fact("Replaced by", record.superseded_by))
    return told


def _verbs(record: Report, user: User) -> list[dict[str, Any]]:
    """Return what can be done with a report as it stands."""
    standing = Report.Standing
    verbs = {
        standing.DRAFT: [("Sign and submit", "submit_report", "pen-line", "record")],
        standing.IN_REVIEW: [
            ("Release", "release_report", "stamp", "release"),
            ("Sign as reviewer", "review_report", "pen-line", "record"),
            ("Hand back", "return_report", "undo-2", "record"),
        ],
    }
    return [
        {
            "label": label,
            "url": reverse(f"testing:{name}", args=[record.code]),
            "icon": icon,
            "primary": place == 0,
        }
        for place, (label, name, icon, capability) in enumerate(verbs.get(standing(record.standing), []))
        if may(user, capability)
    ]


def _changes_table(changes: list[Change]) -> Table:
    columns: list[Column] = [
        Column("Where", lambda c: c.where),
        Column("In the report", lambda c: c.then or "–"),
        Column("Now", lambda c: c.now or "–"),
    ]
    return Table.of(columns, changes)


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


@login_required
@require_GET
def crate(request: HttpRequest, code: str) -> FileResponse:
    """Give the report with everything that it rests on."""
    record: Report = find(Report.objects.select_related("pdf", "subject"), code, person(request))
    if record.pdf is None:
        raise Http404(f"{record.code} is not printed yet.")
    return crate_response(record)


@login_required
@require_GET
def bdf(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """Give a test's points in the Battery Data Format."""
    test: CellTest = find(CellTest.objects.with_cells(), code, person(request))
    dataset = Dataset.objects.filter(test=test, current=True).select_related("blob").first()
    if dataset is None or form not in ("csv", "parquet"):
        raise Http404(f"{test.code} has no points to give.")
    dataset.test = test
    return bdf_response(dataset, "csv" if form == "csv" else "parquet")
