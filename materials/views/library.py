"""Substances, suppliers and equipment: what the whole lab shares."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims.facts import facts_of, origin, spelled
from lims.forms import ActionForm
from lims.permissions import require
from lims.tables import Cell, Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials import actions
from materials.filters import EquipmentFilter, MaterialFilter
from materials.forms import EquipmentForm, MaterialForm, SupplierForm
from materials.models import Equipment, Material, Supplier

CODE = Column("Code", lambda r: Cell(r.code))
NAME = Column("Name", lambda r: r.name)


def _number(value: float | None) -> Cell:
    return Cell("" if value is None else str(spelled(value)), numeric=True)


@login_required
@require_GET
def materials_list(request: HttpRequest) -> HttpResponse:
    """List the lab's substances."""
    columns = [
        CODE,
        NAME,
        Column("Formula", lambda m: m.formula),
        Column("Role", lambda m: m.get_role_display()),
        Column("Density, g/cm³", lambda m: _number(m.density_g_cm3), numeric=True),
    ]
    listing = Listing(
        title="Materials",
        lead="Substances with what a data sheet says of them; the whole lab shares them.",
        columns=columns,
        empty_text="No substance yet. A lot is of a material, so enter that first.",
        create=("Add a material", reverse("materials:create_material")),
    )
    rows = Material.objects.visible_to(person(request)).with_codes()
    return list_screen(request, rows, listing, filterset=MaterialFilter)


@login_required
@require_GET
def material(request: HttpRequest, code: str) -> HttpResponse:
    """Show a substance with its specific capacities."""
    record: Material = find(Material.objects.all(), code, person(request))
    names = ("formula", "role", "density_g_cm3", "density_source", "potential_v_vs_li")
    columns = [
        Column("Up to, V vs Li", lambda c: _number(c.upper_cut_off_v) if c.upper_cut_off_v else Cell("any")),
        Column("Capacity, mAh/g", lambda c: _number(c.specific_capacity_mah_g), numeric=True),
        Column("Where it comes from", lambda c: c.reference),
    ]
    table = Table.of(columns, record.capacities.all())
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[{"title": "Data sheet", "facts": facts_of(record, *names)}, origin(record)],
        tables=[{"title": "Specific capacities", "table": table}] if table.rows else [],
    )


@login_required
def new_material(request: HttpRequest) -> HttpResponse:
    """Enter a substance."""
    user = require(request.user, "record")
    form = MaterialForm(request.POST or None, user=user)
    return _new(request, form, actions.create_material, "Add a material", "materials:materials_list")


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
    """Show a supplier."""
    record: Supplier = find(Supplier.objects.all(), code, person(request))
    sections = [{"title": "Supplier", "facts": facts_of(record, "name", "website")}, origin(record)]
    return detail_screen(request, record, sections=sections)


@login_required
def new_supplier(request: HttpRequest) -> HttpResponse:
    """Enter a supplier."""
    user = require(request.user, "record")
    form = SupplierForm(request.POST or None, user=user)
    return _new(request, form, actions.create_supplier, "Add a supplier", "materials:suppliers_list")


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
        ],
        empty_text="No equipment yet. Begin with the balance and the die: numbers get their uncertainty from them.",
        create=("Add equipment", reverse("materials:create_equipment")),
    )
    rows = Equipment.objects.visible_to(person(request)).with_codes()
    return list_screen(request, rows, listing, filterset=EquipmentFilter)


@login_required
@require_GET
def equipment(request: HttpRequest, code: str) -> HttpResponse:
    """Show a piece of equipment."""
    record: Equipment = find(Equipment.objects.all(), code, person(request))
    names = ["kind", "serial_number"]
    if record.kind == Equipment.Kind.BALANCE:
        names += ["readability_mg", "repeatability_mg"]
    if record.kind in (Equipment.Kind.DIE, Equipment.Kind.PRESS):
        names += ["diameter_mm", "tolerance_mm"]
    sections = [{"title": "Equipment", "facts": facts_of(record, *names)}, origin(record)]
    return detail_screen(request, record, sections=sections)


@login_required
def new_equipment(request: HttpRequest) -> HttpResponse:
    """Enter a piece of equipment."""
    user = require(request.user, "record")
    form = EquipmentForm(request.POST or None, user=user)
    return _new(request, form, actions.create_equipment, "Add equipment", "materials:equipment_list")


def _new(request: HttpRequest, form: ActionForm, do: object, title: str, back: str) -> HttpResponse:
    return form_screen(request, form, do, title=title, submit_label="Save", cancel_url=reverse(back))  # type: ignore[arg-type]
