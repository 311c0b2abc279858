"""Suppliers and equipment: what the whole lab shares."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import registry
from lims.facts import facts_of, origin
from lims.models import Record, User
from lims.permissions import require
from lims.tables import Cell, Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials import actions
from materials.filters import EquipmentFilter
from materials.forms.library import (
    FIGURES_OF_KIND,
    ChangeEquipmentForm,
    ChangeSupplierForm,
    EquipmentForm,
    ReadingForm,
    SupplierForm,
)
from materials.models import Equipment, Powder, Supplier
from materials.views.calibrations import calibrate_action, calibration_parts, due_column
from materials.views.glovebox import last_reading_facts, readings_figure, readings_table
from materials.views.panels import jars_panel

CODE = Column("Code", lambda r: Cell(r.code))
NAME = Column("Name", lambda r: r.name)


def _action(label: str, name: str, record: Record, icon: str, *, primary: bool = False) -> dict[str, Any]:
    url = reverse(f"materials:{name}", args=[record.code])
    return {"label": label, "url": url, "icon": icon, "primary": primary}


@login_required
@require_GET
def suppliers_list(request: HttpRequest) -> HttpResponse:
    """List who sells."""
    listing = Listing(
        title="Suppliers",
        lead="Who sells what the lab uses.",
        columns=[CODE, NAME, Column("Website", lambda s: s.website)],
        empty_text="No supplier yet.",
        create=("Add a supplier", reverse("materials:create_supplier")),
    )
    return list_screen(request, Supplier.objects.visible_to(person(request)).with_codes(), listing)


@login_required
@require_GET
def supplier(request: HttpRequest, code: str) -> HttpResponse:
    """Show a supplier and the lots that came from it."""
    user = person(request)
    record: Supplier = find(Supplier.objects.all(), code, user)
    lots = Powder.objects.visible_to(user).filter(lot__supplier=record)
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        first=[{"title": "Supplier", "facts": facts_of(record, "name", "website")}],
        sections=[origin(record)],
        tables=[jars_panel(request, lots, title="Lots", empty_text="No lot of it has been received yet.")],
        actions=[_action("Change", "change_supplier", record, "pencil")],
    )


@login_required
def new_supplier(request: HttpRequest) -> HttpResponse:
    """Enter a supplier."""
    form = SupplierForm(request.POST or None, user=require(request.user, "record"))
    return _new(request, form, actions.create_supplier, "Add a supplier", "materials:suppliers_list")


@login_required
def change_supplier(request: HttpRequest, code: str) -> HttpResponse:
    """Say anew who a supplier is."""
    user = require(request.user, "record")
    record: Supplier = find(Supplier.objects.all(), code, user)
    form = ChangeSupplierForm(request.POST or None, user=user, record=record)
    return _change(request, form, actions.change_supplier, record, supplier=record)


@login_required
@require_GET
def equipment_list(request: HttpRequest) -> HttpResponse:
    """List the lab's equipment."""
    listing = Listing(
        title="Equipment",
        lead="Balances, dies, presses, reactors: what handles a sample and bounds what can be known of it.",
        columns=[
            CODE,
            NAME,
            Column("Kind", lambda e: e.get_kind_display()),
            Column("Serial", lambda e: e.serial_number),
            due_column(),
        ],
        empty_text="No equipment yet. Begin with the balance and the die: numbers get their uncertainty from them.",
        create=("Add equipment", reverse("materials:create_equipment")),
    )
    rows = Equipment.objects.visible_to(person(request)).with_codes().with_calibration()
    return list_screen(request, rows, listing, filterset=EquipmentFilter)


@login_required
@require_GET
def equipment(request: HttpRequest, code: str) -> HttpResponse:
    """Show a piece of equipment; a glovebox with what its sensors showed."""
    record: Equipment = find(Equipment.objects.select_related("part_of__identity"), code, person(request))
    figures = FIGURES_OF_KIND.get(Equipment.Kind(record.kind), ())
    calibrated = calibration_parts(record)
    facts = facts_of(record, "kind", "serial_number", *figures, *(["part_of"] if record.part_of_id else []))
    facts += calibrated["facts"]
    todo = [calibrate_action(record), _action("Change", "change_equipment", record, "pencil")]
    parts: dict[str, Any] = {"tables": []}
    if record.kind == Equipment.Kind.GLOVEBOX:
        facts += last_reading_facts(record)
        todo.insert(0, _action("Enter a reading", "record_reading", record, "gauge", primary=True))
        parts = {"tables": [readings_table(record)], "figure": readings_figure(record)}
    parts["tables"] = [*calibrated["tables"], *_parts_table(record), *parts["tables"]]
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        first=[{"title": "Equipment", "facts": facts}],
        sections=[origin(record)],
        actions=todo,
        banners=calibrated["banners"],
        **parts,
    )


def _parts_table(record: Equipment) -> list[dict[str, Any]]:
    """Return the slots of an oven and whatever else is part of a piece."""
    parts = list(record.parts.with_codes().order_by("name"))
    if not parts:
        return []
    columns = [
        Column("Code", lambda e: Cell(e.code, url=registry.url_of(e.identity))),
        Column("Name", lambda e: e.name),
        Column("Kind", lambda e: e.get_kind_display()),
    ]
    return [{"title": "Parts of it", "table": Table.of(columns, parts)}]


@login_required
def new_equipment(request: HttpRequest) -> HttpResponse:
    """Enter a piece of equipment."""
    form = EquipmentForm(request.POST or None, user=require(request.user, "record"))
    return _new(request, form, actions.create_equipment, "Add equipment", "materials:equipment_list")


@login_required
def change_equipment(request: HttpRequest, code: str) -> HttpResponse:
    """Say anew what a piece of equipment is."""
    user, record = _equipment(request, code)
    form = ChangeEquipmentForm(request.POST or None, user=user, record=record)
    return _change(request, form, actions.change_equipment, record, equipment=record)


@login_required
def record_reading(request: HttpRequest, code: str) -> HttpResponse:
    """Enter what a glovebox shows."""
    user, record = _equipment(request, code)
    return form_screen(
        request,
        ReadingForm(request.POST or None, user=user),
        actions.record_reading,
        title="Enter a reading",
        submit_label="Save",
        cancel_url=registry.url_of(record.identity),
        record=record,
        glovebox=record,
    )


def _equipment(request: HttpRequest, code: str) -> tuple[User, Equipment]:
    user = require(request.user, "record")
    return user, find(Equipment.objects.all(), code, user)


def _new(request: HttpRequest, form: Any, do: Any, title: str, back: str) -> HttpResponse:
    return form_screen(request, form, do, title=title, submit_label="Save", cancel_url=reverse(back))


def _change(request: HttpRequest, form: Any, do: Any, record: Record, **known: Any) -> HttpResponse:
    return form_screen(
        request,
        form,
        do,
        title=f"Change {registry.kind_of(record).label.lower()}",
        submit_label="Save",
        cancel_url=registry.url_of(record.identity),
        record=record,
        **known,
    )
