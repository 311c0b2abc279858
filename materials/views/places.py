"""Places: the tree, the page of one with what stands there, and moving jars by scanning."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import registry, scanning
from lims.facts import fact, origin, record_fact
from lims.models import User
from lims.permissions import may, require
from lims.tables import Cell, Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials import actions
from materials.forms.places import ChangePlaceForm, MovePowderForm, PlaceForm, ScanForm
from materials.models import Place, Powder, PowderQuerySet
from materials.models.place import BETWEEN
from materials.views.panels import jars_panel

INDENT = "\u2003\u2003"


def standing_in(place: Place, user: User) -> PowderQuerySet:
    """Return what stands in a place or in what is inside it."""
    inside = Q(place=place) | Q(place__path__startswith=place.path + BETWEEN)
    return Powder.objects.visible_to(user).open().filter(inside)


@login_required
@require_GET
def places_list(request: HttpRequest) -> HttpResponse:
    """Show the rooms with what is in them."""
    user = person(request)
    here = Powder.objects.visible_to(user).open().filter(place=OuterRef("pk")).order_by().values("place")
    jars = Coalesce(Subquery(here.annotate(n=Count("pk")).values("n")), 0, output_field=IntegerField())
    listing = Listing(
        title="Places",
        lead="Rooms, the gloveboxes in them and the shelves in those; the whole lab shares them.",
        columns=[
            Column("Place", lambda p: INDENT * p.depth + p.name, value=lambda p: p.path),
            Column("Code", lambda p: p.code),
            Column("Jars", lambda p: Cell(str(p.jars), numeric=True), numeric=True),
            Column("Note", lambda p: p.note[:80]),
        ],
        empty_text="No place yet. Begin with the room, then what stands in it.",
        create=("Add a place", reverse("materials:create_place")),
        actions=[{"label": "Move jars", "url": reverse("materials:move_jars"), "icon": "scan-barcode"}],
    )
    rows = Place.objects.visible_to(user).with_codes().annotate(jars=jars).as_tree()
    return list_screen(request, rows, listing)


@login_required
@require_GET
def place(request: HttpRequest, code: str) -> HttpResponse:
    """Show a place: where it is, what is in it, which jars stand there."""
    user = person(request)
    record: Place = find(Place.objects.select_related("inside__identity"), code, user)
    columns = [Column("Code", lambda p: Cell(p.code)), Column("Name", lambda p: p.name)]
    within = Table.of(
        columns,
        record.places.visible_to(user).with_codes().as_tree(),
        url=lambda p: registry.url_of(p.identity),
    )
    jars = jars_panel(request, standing_in(record, user), title="Jars", empty_text="No jar stands here.")
    query = f"?place={record.code}"
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[
            {"title": "Place", "facts": [fact("Name", record.name), record_fact("Is in", record.inside)]},
            origin(record),
        ],
        tables=[jars, *([{"title": "Places in it", "table": within}] if within.rows else [])],
        actions=[
            {
                "label": "Move jars here",
                "url": reverse("materials:move_jars") + query,
                "icon": "scan-barcode",
                "primary": True,
            },
            {
                "label": "Add a place in it",
                "url": reverse("materials:create_place") + query,
                "icon": "plus",
            },
            {
                "label": "Rename or move",
                "url": reverse("materials:change_place", args=[record.code]),
                "icon": "pencil",
            },
        ],
    )


@login_required
def new_place(request: HttpRequest) -> HttpResponse:
    """Enter a place, in the one that the address names."""
    user = require(request.user, "record")
    form = PlaceForm(request.POST or None, user=user, initial={"inside": request.GET.get("place", "")})
    return form_screen(
        request,
        form,
        actions.create_place,
        title="Add a place",
        submit_label="Save",
        cancel_url=reverse("materials:places_list"),
    )


@login_required
def change_place(request: HttpRequest, code: str) -> HttpResponse:
    """Rename a place or put it elsewhere."""
    user = require(request.user, "record")
    record: Place = find(Place.objects.select_related("inside__identity"), code, user)
    return form_screen(
        request,
        ChangePlaceForm(request.POST or None, user=user, record=record),
        actions.change_place,
        title="Rename or move a place",
        lead="What is in it goes along.",
        submit_label="Save",
        cancel_url=registry.url_of(record.identity),
        record=record,
        place=record,
    )


@login_required
def move_powder(request: HttpRequest, code: str) -> HttpResponse:
    """Say where one jar stands now."""
    user = require(request.user, "record")
    record: Powder = find(Powder.objects.select_related("place__identity"), code, user)
    return form_screen(
        request,
        MovePowderForm(request.POST or None, user=user, powder=record),
        actions.move_powder,
        title="Move a jar",
        submit_label="Move",
        cancel_url=registry.url_of(record.identity),
        record=record,
        powder=record,
    )


@login_required
def move_jars(request: HttpRequest) -> HttpResponse:
    """Take one scan after the other: a place, then the jars that are put there."""
    user = require(request.user, "record")
    here = _place_here(request, user)
    form = ScanForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        problem, here = _take_scan(request, form, here)
        if not problem:
            query = f"?place={here.code}" if here else ""
            return redirect(reverse("materials:move_jars") + query)
        form.refuse(problem)
    jars = (
        jars_panel(request, standing_in(here, user), title="Jars here", empty_text="None yet.")
        if here
        else None
    )
    context = {"form": form, "here": here, "jars": jars}
    return render(request, "materials/move_jars.html", context, status=400 if form.is_bound else 200)


def _place_here(request: HttpRequest, user: User) -> Place | None:
    code = request.GET.get("place", "").strip().upper()
    found: Place | None = Place.objects.visible_to(user).with_codes().filter(identity__code=code).first()
    return found


def _take_scan(request: HttpRequest, form: ScanForm, here: Place | None) -> tuple[str, Place | None]:
    """Do what a scan asks for; return what is wrong with it, or nothing, and the place that is meant now."""
    scanned, user = scanning.cleaned(form.cleaned_data["scanned"]), form.user
    keys = [identity.pk for identity in scanning.find(scanned, user)]
    places = list(Place.objects.visible_to(user).with_codes().filter(pk__in=keys)[:2])
    powders = list(Powder.objects.visible_to(user).with_codes().filter(pk__in=keys)[:2])
    if len(places) + len(powders) > 1:
        return f"{scanned} names several: scan the code on the label.", here
    if places:
        messages.success(request, f"Jars go to {places[0].path} now.")
        return "", places[0]
    if not powders:
        return f"{scanned} is neither a place nor a powder that you may see.", here
    if here is None:
        return f"Scan the place first, then {powders[0].code}.", here
    try:
        actions.move_powder(powder=powders[0], place=here, by=user)
    except ValidationError as error:
        return " ".join(error.messages), here
    messages.success(request, f"{powders[0].code} {powders[0].name} stands in {here.path} now.")
    return "", here


def place_of_powder(powder: Powder, user: User) -> dict[str, Any]:
    """Add to a powder's page the way to move it."""
    if powder.state != Powder.State.OPEN or not may(user, "record"):
        return {}
    url = reverse("materials:move_powder", args=[powder.code])
    return {"actions": [{"label": "Move", "url": url, "icon": "map-pin"}]}
