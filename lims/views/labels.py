"""Labels: which records, on what, from which place of the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import labels, registry
from lims.models import Identity
from lims.pdf import pdf_problem
from lims.tables import Cell, Column, Table
from lims.views.screens import person


def asked_codes(query: QueryDict) -> list[str]:
    """Return the codes in an address: ``code`` may stand there many times, and hold several with commas."""
    return [
        code for part in query.getlist("code") for code in part.replace("\n", ",").split(",") if code.strip()
    ]


def asked_start(query: QueryDict) -> int:
    """Return the number of the first free label, or raise ValidationError."""
    given = query.get("start", "1")
    if not (given.isascii() and given.isdigit() and len(given) <= 3):
        raise ValidationError({"start": f"The first free label is a number, not {given[:40]!r}."})
    return int(given)


@login_required
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Show which labels will be printed and ask on what."""
    codes = asked_codes(request.GET)
    try:
        identities = labels.chosen(codes, person(request)) if codes else []
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        identities = []
    context: dict[str, Any] = {
        "table": _table(identities),
        "codes": [identity.code for identity in identities],
        "sizes": [_offered(size, identities) for size in labels.SIZES.values()],
        "pdf_problem": pdf_problem(),
        "simulated": any(identity.project and identity.project.simulated for identity in identities),
    }
    return render(request, "labels.html", context)


def _table(identities: Sequence[Identity]) -> Table:
    titles = registry.titles_of(identities)
    columns = [
        Column("Code", lambda i: Cell(i.code, simulated=bool(i.project and i.project.simulated))),
        Column("Name", lambda i: titles.get(i.pk, "")),
        Column("Kind", lambda i: registry.kinds[i.kind].label),
    ]
    return Table.of(columns, identities, url=registry.url_of)


def _offered(size: labels.Size, identities: Sequence[Identity]) -> dict[str, Any]:
    query = urlencode({"size": size.name, "code": [i.code for i in identities]}, doseq=True)
    return {
        "name": size.name,
        "title": size.title,
        "sheet": size.on_a_sheet,
        "places": range(1, size.per_page + 1),
        "url": f"{reverse('lims:label_pdf')}?{query}" if identities else "",
    }


@login_required
@require_GET
def pdf(request: HttpRequest) -> HttpResponse:
    """Give the labels as a PDF; what cannot be printed is told on the page before."""
    codes = asked_codes(request.GET)
    try:
        if problem := pdf_problem():
            raise ValidationError(problem)
        identities = labels.chosen(codes, person(request))
        printed = labels.label_pdf(identities, request.GET.get("size", ""), start=asked_start(request.GET))
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect(f"{reverse('lims:labels')}?{urlencode({'code': codes}, doseq=True)}")
    return pdf_response(printed, identities)


def pdf_response(printed: bytes, identities: Sequence[Identity]) -> HttpResponse:
    """Return printed labels so that the browser shows them ready to print."""
    called = f"label-{identities[0].code}" if len(identities) == 1 else f"labels-{len(identities)}"
    return HttpResponse(
        printed,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{called}.pdf"'},
    )
