"""What is printed of cells: run sheets before they are built, passports after."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells.models import Cell
from cells.passport import passport_pdf
from cells.run_sheet import LAYOUTS, Layout, run_sheets_pdf
from lims import registry
from lims.pdf import PdfUnavailable
from lims.views.screens import find, person


@login_required
@require_GET
def run_sheets(request: HttpRequest) -> HttpResponse:
    """Print the run sheets of ``?code=...``, or of all cells of ``?study=`` that wait to be built."""
    user = person(request)
    rows = Cell.objects.visible_to(user).with_codes().with_study()
    rows = rows.select_related(
        "edition__design__identity", "supersedes__identity", "glovebox__identity"
    ).order_by("pk")
    codes, study = request.GET.getlist("code"), request.GET.get("study", "")
    if study:
        rows = rows.of_study(study.upper()).filter(state__in=[Cell.State.PLANNED, Cell.State.BUILDING])
    else:
        rows = rows.filter(identity__code__in=[code.upper() for code in codes])
    layout: Layout = next((one for one in LAYOUTS if one == request.GET.get("layout")), "pages")
    try:
        pdf = run_sheets_pdf(list(rows), user, layout=layout)
    except (ValidationError, PdfUnavailable) as problem:
        for sentence in getattr(problem, "messages", [str(problem)]):
            messages.warning(request, sentence)
        return redirect(reverse("cells:cells"))
    return pdf_response(pdf, f"run-sheets-{study or '-'.join(codes[:2]) or 'cells'}.pdf")


@login_required
@require_GET
def passport(request: HttpRequest, code: str) -> HttpResponse:
    """Print a cell's passport as it is now."""
    user = person(request)
    cell: Cell = find(
        Cell.objects.with_study().select_related("supersedes__identity", "glovebox__identity"), code, user
    )
    if cell.state == Cell.State.PLANNED:
        raise Http404(f"{cell.code} has not been built: print its run sheet.")
    try:
        return pdf_response(passport_pdf(cell, user), f"passport-{cell.code}.pdf")
    except PdfUnavailable as problem:
        messages.warning(request, str(problem))
        return redirect(registry.url_of(cell.identity))


def pdf_response(pdf: bytes, name: str) -> HttpResponse:
    """Return a PDF that a browser shows."""
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
