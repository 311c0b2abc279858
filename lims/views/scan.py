"""The scan box, and the short addresses that labels carry."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from lims import registry, scanning
from lims.models import Identity
from lims.tables import Cell, Column, Table
from lims.views.screens import person


@login_required
@require_GET
def scan(request: HttpRequest) -> HttpResponse:
    """Go to the record that a scanned or typed text names; where it names several, list them."""
    scanned = request.GET.get("code", "")
    found = scanning.find(scanned, person(request))
    if not found:
        named = scanning.cleaned(scanned) or "(empty)"
        messages.warning(request, f"No record that you may see has the code, number or name {named}.")
        return redirect("lims:home")
    if len(found) == 1:
        return redirect(registry.url_of(found[0]))
    simulated = any(identity.project and identity.project.simulated for identity in found)
    context = {"scanned": scanning.cleaned(scanned), "table": _hits(found), "simulated": simulated}
    return render(request, "scan.html", context)


def _hits(found: list[Identity]) -> Table:
    titles = registry.titles_of(found)
    columns = [
        Column("Code", lambda i: Cell(i.code, simulated=bool(i.project and i.project.simulated))),
        Column("Name", lambda i: titles.get(i.pk, "")),
        Column("Kind", lambda i: registry.kinds[i.kind].label),
        Column("Project", lambda i: str(i.project or "shared")),
    ]
    return Table.of(columns, found, url=registry.url_of)


@login_required
@require_GET
def short(request: HttpRequest, code: str) -> HttpResponse:
    """Go to the record whose label was scanned with a phone."""
    spellings = scanning.spellings(scanning.cleaned(code))
    identity = Identity.objects.visible_to(person(request)).filter(code__in=spellings).first()
    if identity is None:
        raise Http404(f"There is no record {code} that you may see.")
    return redirect(registry.url_of(identity))
