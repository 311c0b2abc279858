"""What stands in the sources of the reactors: fill one, see its age and pulses, empty it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lims import registry
from lims.facts import fact, spelled
from lims.models import User
from lims.permissions import may, require
from lims.tables import Cell, Column
from lims.views.screens import Listing, form_screen, list_screen, person
from materials import actions
from materials.filters import FillFilter
from materials.forms.fills import EmptySourceForm, FillSourceForm
from materials.models import Equipment, PrecursorFill, count_text

UNCOUNTED = (
    "a run is not counted: its recipe names the precursor in words only, or its cycles are not recorded"
)

LEAD = (
    "What was filled into the sources of the reactors. Pulses are those before the lab kept count, and for each run "
    "its cycles done times the pulses of the precursor in one cycle; a step that names its precursor in words only "
    "does not count."
)


def fills_for(user: User) -> Any:
    """Return the fills that ``user`` may see, with all that a row prints."""
    rows = PrecursorFill.objects.visible_to(user).with_pulses().prefetch_related("use__counts")
    return rows.select_related(
        "powder__identity__project", "powder__material", "reactor__identity", "filled_by"
    )


def age_text(fill: PrecursorFill) -> str:
    """Return how long a fill has been in its source, or was."""
    days = ((fill.emptied_at or timezone.now()) - fill.filled_at).days
    return "1 day" if days == 1 else f"{days} days"


def filled_text(fill: PrecursorFill) -> str:
    """Return how much was filled in; the use's counts are fetched before."""
    taken = -sum(entry.change_milli for entry in fill.use.counts.all())
    return count_text(taken, fill.powder.counted_in)


def _standing(fill: PrecursorFill) -> Cell:
    if fill.emptied_at is not None:
        return Cell(f"emptied {spelled(timezone.localdate(fill.emptied_at))}")
    return Cell("Empty it", url=reverse("materials:empty_source", args=[fill.pk]))


def _precursor(fill: PrecursorFill) -> Cell:
    return Cell(fill.powder.code, url=registry.url_of(fill.powder.identity), hint=_material(fill))


def _material(fill: PrecursorFill) -> str:
    return fill.powder.material.name if fill.powder.material else ""


def _precursor_text(fill: PrecursorFill) -> str:
    return f"{fill.powder.code} {_material(fill)}"


def _pulses(fill: PrecursorFill) -> Cell:
    return Cell(f"{fill.pulses}", numeric=True, hint="and more" if fill.some_uncounted else "")


COLUMNS = [
    Column("Reactor", lambda f: Cell(f.reactor.name, url=registry.url_of(f.reactor.identity))),
    Column("Source", lambda f: f.source),
    Column("Precursor", _precursor),
    Column("Filled in", filled_text, numeric=True),
    Column("Since", lambda f: Cell(spelled(timezone.localdate(f.filled_at)), hint=age_text(f))),
    Column("Pulses", _pulses, numeric=True),
    Column("Who", lambda f: f.filled_by.display_name),
]  # fmt: skip
FATE = Column("State", _standing)


@login_required
@require_GET
def fills_list(request: HttpRequest) -> HttpResponse:
    """List the fills, newest first."""
    user = person(request)
    listing = Listing(
        title="Precursor fills",
        lead=LEAD,
        columns=[*COLUMNS, FATE] if may(user, "record") else COLUMNS,
        empty_text="No source has been filled yet.",
        create=("Fill a source", reverse("materials:fill_source")),
    )
    return list_screen(request, fills_for(user), listing, filterset=FillFilter)


@login_required
def fill_source(request: HttpRequest) -> HttpResponse:
    """Fill a source from a precursor's lot."""
    user = require(request.user, "record")
    begun = {name: request.GET[name] for name in ("reactor", "powder", "source") if name in request.GET}
    return form_screen(
        request,
        FillSourceForm(request.POST or None, user=user, initial=begun),
        actions.fill_source,
        title="Fill a source",
        lead="What is filled in is taken from the precursor's lot; from then on its pulses are counted.",
        submit_label="Fill it",
        cancel_url=reverse("materials:fills_list"),
        done="The source has been filled from {record.code}.",
    )


@login_required
def empty_source(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a source has been emptied."""
    user = require(request.user, "record")
    fill = fills_for(user).filter(pk=pk).first()
    if fill is None:
        raise Http404(f"There is no fill {pk} that you may see.")
    return form_screen(
        request,
        EmptySourceForm(request.POST or None, user=user),
        actions.empty_source,
        title=f"Empty {fill.source} of {fill.reactor.name}",
        lead=f"{filled_text(fill)} of {_precursor_text(fill)}, for {age_text(fill)}, {fill.pulses} pulses.",
        submit_label="It is empty now",
        cancel_url=reverse("materials:fills_list"),
        done="The source is empty and can be filled anew.",
        fill=fill,
    )


def reactor_part(reactor: Equipment, user: User) -> dict[str, Any]:
    """Return what a reactor's page says of its sources."""
    if reactor.kind != Equipment.Kind.ALD_REACTOR:
        return {}
    told = [
        fact(
            fill.source,
            _precursor_text(fill),
            url=registry.url_of(fill.powder.identity),
            hint=f"{filled_text(fill)}, {age_text(fill)} in the source, {fill.pulses} pulses"
            + (f"; {UNCOUNTED}" if fill.some_uncounted else ""),
        )
        for fill in fills_for(user).filter(reactor=reactor).in_use().order_by("source")
    ]
    listed = f"{reverse('materials:fills_list')}?reactor={reactor.code}"
    offered = [{"label": "Fills", "url": listed, "icon": "cylinder"}]
    if may(user, "record"):
        url = f"{reverse('materials:fill_source')}?reactor={reactor.code}"
        offered.insert(0, {"label": "Fill a source", "url": url, "icon": "plus"})
    sources = {"title": "Sources", "facts": told or [fact("Sources", "none is filled")]}
    return {"sections": [sources], "actions": offered}
