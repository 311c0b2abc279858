"""Entering what was done before: choose a kind, send a sheet or fill the grid, look at what is wrong, enter all."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from lims import blobs, idempotency, import_templates, imports, registry
from lims.attachments import safe_name
from lims.models import IdempotencyKey, Identity, Source, User
from lims.permissions import require
from lims.sheets import Sheet, packed
from lims.tables import Cell, Column, Table
from materials.forms.sheets import EnterRowsForm, SheetForm
from materials.views import import_pages as pages

TEMPLATES = {
    "csv": (import_templates.as_csv, "text/csv; charset=utf-8"),
    "xlsx": (
        import_templates.as_workbook,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
NOTEBOOK_LEAD = (
    "A whole notebook: rows of any kind in the order in which they were done, or a sheet for each kind."
)


@login_required
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Choose what is entered afterwards."""
    require(request.user, "record")
    offered = [(kind.name, kind.label, kind.lead, True) for kind in imports.kinds.values()]
    offered.append((imports.NOTEBOOK, "A notebook", NOTEBOOK_LEAD, False))
    return render(request, "imports/choose.html", {"kinds": offered, "extensions": list(TEMPLATES)})


@login_required
@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """Give an empty sheet to fill in."""
    require(request.user, "record")
    make, content_type = TEMPLATES.get(request.GET.get("as", "xlsx"), TEMPLATES["xlsx"])
    extension = "csv" if make is import_templates.as_csv else "xlsx"
    answer = HttpResponse(make(_known(kind)), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{kind}.{extension}"'
    return answer


@login_required
def sheet(request: HttpRequest, kind: str) -> HttpResponse:
    """Take a sheet, show what is wrong with it, and enter it once it is right."""
    user, kind = require(request.user, "record"), _known(kind)
    if "table" in request.POST:
        return _judged(request, user, kind, "imports/review.html")
    sent = request.method == "POST"
    form = SheetForm(request.POST if sent else None, request.FILES if sent else None)
    if request.method == "POST" and form.is_valid():
        return _checked(request, user, kind, form.name, form.sheets, "imports/review.html")
    context = {"form": form, **pages.words(kind)}
    return render(request, "imports/sheet.html", context, status=400 if form.is_bound else 200)


@login_required
def grid(request: HttpRequest, kind: str) -> HttpResponse:
    """Type or paste rows into a table; check marks cells, and all rows are entered when all are right."""
    user = require(request.user, "record")
    if _known(kind) == imports.NOTEBOOK:
        raise Http404("A notebook has no grid: each of its kinds has one.")
    if request.method == "POST":
        return _judged(request, user, kind, "imports/grid.html")
    empty = pages.begun(kind, user, request.GET)
    form = EnterRowsForm(user=user, initial={"table": packed("", [empty])})
    return render(request, "imports/grid.html", pages.grid(kind, user, empty, form, None))


@login_required
@require_GET
def made(request: HttpRequest) -> HttpResponse:
    """List what a sheet became."""
    user = require(request.user, "record")
    done = IdempotencyKey.objects.filter(user=user, key=request.GET.get("key", "")[:100]).first()
    codes = done.answer.get("codes", []) if done and isinstance(done.answer, dict) else []
    if not codes:
        raise Http404("No rows were entered under this address.")
    found = Identity.objects.visible_to(user).filter(code__in=codes).order_by("pk").distinct()
    rows = pages.described(found)
    columns = [Column("Code", lambda row: Cell(row[0].code)), Column("What it is", lambda row: row[1])]
    table = Table.of(columns, rows, url=lambda row: registry.url_of(row[0]))
    context = {"table": table, "count": len(rows), "labels_url": pages.labels_url([r[0].code for r in rows])}
    return render(request, "imports/made.html", context)


def _known(kind: str) -> str:
    if kind != imports.NOTEBOOK and kind not in imports.kinds:
        raise Http404(f"Rows are {', '.join([*imports.kinds, imports.NOTEBOOK])}, not {kind}.")
    return kind


def _judged(request: HttpRequest, user: User, kind: str, template_name: str) -> HttpResponse:
    """Check the rows that came back, or enter them where they are those that were checked."""
    form = EnterRowsForm(request.POST, request.FILES, user=user)
    if not form.is_valid() and "table" not in form.cleaned_data:
        raise Http404("The rows did not arrive whole: go back and send them once more.")
    same = form.cleaned_data.get("checked") == pages.digest(user, kind, form.cleaned_data["table"])
    if request.POST.get("step") != "enter" or not same or not form.is_valid():
        return _checked(request, user, kind, form.name, form.sheets, template_name, form=form)
    try:
        return _entered(user, kind, form)
    except imports.RowsRefused as refused:
        return _show(request, user, kind, form.name, form.sheets, template_name, refused.outcome, form)
    except idempotency.DifferentRequest:
        return _checked(request, user, kind, form.name, form.sheets, template_name)


def _entered(user: User, kind: str, form: EnterRowsForm) -> HttpResponse:
    """Enter the rows and go to what they became; the same form sent again goes there too."""
    photos = [
        (safe_name(one.name or ""), blobs.store_upload(one, max_bytes=settings.ATTACHMENT_MAX_BYTES))
        for one in form.cleaned_data["photos"]
    ]
    read = imports.plan(kind, form.sheets, name=form.name)

    def act() -> tuple[int, Any]:
        done = imports.enter(read, by=user, source=_source(form.name), photos=photos)
        return 302, {"codes": [one.record.code for one in done.made]}

    parts = [kind, form.cleaned_data["table"], *(blob.sha256 for _, blob in photos)]
    idempotency.once(
        user=user, key=form.key(), request_fingerprint=idempotency.fingerprint(*parts), perform=act
    )
    return redirect(f"{reverse('materials:import_made')}?{urlencode({'key': form.key()})}")


def _source(file_name: str) -> str:
    return Source.IMPORT if file_name else Source.PAPER


def _checked(
    request: HttpRequest,
    user: User,
    kind: str,
    name: str,
    sheets: list[Sheet],
    template_name: str,
    form: EnterRowsForm | None = None,
) -> HttpResponse:
    """Do all rows, undo them, and show what is wrong."""
    try:
        outcome = imports.check(imports.plan(kind, sheets, name=name), by=user, source=_source(name))
    except ValidationError as error:
        outcome = imports.Outcome(0, [imports.Problem(1, "", text) for text in error.messages], [], [])
    return _show(request, user, kind, name, sheets, template_name, outcome, form)


def _show(
    request: HttpRequest,
    user: User,
    kind: str,
    name: str,
    sheets: list[Sheet],
    template_name: str,
    outcome: imports.Outcome,
    form: EnterRowsForm | None,
) -> HttpResponse:
    table = packed(name, sheets)
    key = form.key() if form else ""
    shown = EnterRowsForm(
        user=user,
        initial={
            "table": table,
            "checked": "" if outcome.problems else pages.digest(user, kind, table),
            "idempotency_key": key or uuid.uuid4().hex,
        },
    )
    shown.fields["idempotency_key"].initial = shown.initial["idempotency_key"]
    if template_name == "imports/grid.html":
        context = pages.grid(kind, user, sheets[0], shown, outcome)
    else:
        context = pages.review(kind, sheets, shown, outcome)
    return render(request, template_name, context, status=400 if outcome.problems else 200)
