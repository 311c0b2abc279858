"""Asking for a report: in one tap, or with its sections chosen beside a preview of the first page."""

from __future__ import annotations

import base64
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cells.models import Cell
from lims import facts, registry
from lims.forms import perform
from lims.models import Identity, Project, Record, User
from lims.permissions import may, require
from lims.tables import Column
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from testing import actions
from testing.models import Report, ReportLayout
from testing.report_forms import ReportForm, ReportOptionsForm
from testing.reporting import preview
from testing.reporting.kinds import KINDS
from testing.reporting.snapshot import section_titles


@login_required
@require_POST
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Freeze what a cell's report says and have it printed, in one tap."""
    user = require(request.user, "report")
    cell: Cell = find(Cell.objects.all(), code, user)
    form = ReportForm(request.POST, user=user)
    report = perform(form, actions.request_report, kind=Report.Kind.CELL, subject=cell.identity)
    if report is None:
        return redirect(registry.url_of(cell.identity))
    return redirect(registry.url_of(report.identity))


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose what a report prints, see its first page, and ask for it."""
    user = require(request.user, "report")
    kind = request.GET.get("kind", "")
    if not kind and not request.GET.get("subject"):
        # The list says from which pages a report is asked for.
        return redirect("testing:reports")
    about = _about(kind, request, user)
    if about is None:
        return render(request, "testing/report_projects.html", {"projects": Project.objects.visible_to(user)})
    form = _form(request, kind, about, user)
    known: dict[str, Any] = {"kind": kind}
    known |= {"subject": about.identity} if isinstance(about, Record) else {"project": about}
    back = registry.url_of(about.identity) if isinstance(about, Record) else reverse("testing:reports")
    if request.method == "POST" and form.is_valid() and form.cleaned_data.get("keep"):
        actions.keep_layout(kind=kind, options=form.options(), by=user)
    return form_screen(
        request,
        form,
        actions.request_report,
        title=KINDS[kind].title.format(code=about.code),
        lead="Everything it says is frozen now; a worker prints it, and later corrections leave it as it is.",
        submit_label="Export report (PDF)",
        cancel_url=back,
        template="testing/report_form.html",
        extra={"preview_url": f"{reverse('testing:report_preview')}?{request.GET.urlencode()}"},
        **known,
    )


@login_required
@require_POST
def show_preview(request: HttpRequest) -> HttpResponse:
    """Answer with the first page as it would be printed now; nothing is kept."""
    user = require(request.user, "report")
    kind = request.GET.get("kind", "")
    about = _about(kind, request, user)
    if about is None:
        raise Http404("Say which project the inventory is of.")
    form = _form(request, kind, about, user)
    context: dict[str, Any] = {"image": "", "problem": ""}
    if form.is_valid():
        try:
            picture = preview.first_page(kind, about, user, form.options())
            context["image"] = "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
        except (ValidationError, preview.NoPreview) as problem:
            context["problem"] = " ".join(getattr(problem, "messages", [str(problem)]))
    else:
        context["problem"] = "Choose at least one section."
    return render(request, "testing/_report_preview.html", context)


def _form(request: HttpRequest, kind: str, about: Record | Project, user: User) -> ReportOptionsForm:
    given = request.POST if request.method == "POST" else None
    sections = section_titles(kind, about, user)
    return ReportOptionsForm(given, user=user, sections=sections, layout=actions.layout_of(kind))


def _about(kind: str, request: HttpRequest, user: User) -> Record | Project | None:
    """Return what the address names, None where an inventory does not name its project yet, or 404."""
    code = request.GET.get("subject", "").strip()
    project = Project.objects.visible_to(user).filter(code=code).first()
    if kind == Report.Kind.INVENTORY and not code:
        return None
    subject = Identity.objects.visible_to(user).filter(code=code.upper()).first()
    try:
        return actions.subject_of(kind, subject, project, user)
    except ValidationError as problem:
        raise Http404(" ".join(problem.messages)) from problem


KIND_OF = {"cells.study": "study", "testing.celltest": "test", "testing.instrument": "instrument"}


def offer(record: Any, user: User) -> dict[str, Any]:
    """Return the way to a record's report, for its page."""
    if not may(user, "report"):
        return {}
    label = record._meta.label_lower
    kind = KIND_OF.get(label) or (Report.Kind.LOT if record.kind == "lot" else Report.Kind.BATCH)
    url = f"{reverse('testing:new_report')}?kind={kind}&subject={record.code}"
    return {"actions": [{"label": "Report", "url": url, "icon": "file-text"}]}


LAYOUT_COLUMNS = [
    Column("Code", lambda r: r.code),
    Column("Kind", lambda r: r.get_kind_display()),
    Column("Sections", lambda r: ", ".join(r.options.get("sections", [])) or "all, in their own order"),
]


@login_required
@require_GET
def layouts(request: HttpRequest) -> HttpResponse:
    """List how the lab prints its reports."""
    listing = Listing(
        title="Report layouts",
        lead="How each kind of report is printed when nobody chooses otherwise. A manager keeps one while exporting.",
        columns=LAYOUT_COLUMNS,
        empty_text="Every report is printed whole. Export one, choose its sections and tick “Print every report …”.",
    )
    return list_screen(request, ReportLayout.objects.visible_to(person(request)).with_codes(), listing)


@login_required
@require_GET
def layout(request: HttpRequest, code: str) -> HttpResponse:
    """Show one layout."""
    record: ReportLayout = find(ReportLayout.objects.all(), code, person(request))
    told = [
        facts.fact("Kind", record.get_kind_display()),
        facts.fact("Sections", ", ".join(record.options.get("sections", [])) or "all, in their own order"),
        facts.fact("Foreword", record.options.get("foreword")),
        facts.fact("Remarks", record.options.get("afterword")),
    ]
    return detail_screen(request, record, sections=[{"title": "Layout", "facts": told}, facts.origin(record)])
