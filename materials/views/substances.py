"""Substances: the list, the page of one, and what is said anew of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import registry
from lims.facts import Fact, fact, facts_of, origin
from lims.models import User
from lims.numbers import plain
from lims.permissions import may, require
from lims.tables import Cell, Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials import actions, quality
from materials.calc.capacity import theoretical_capacity_mah_g
from materials.filters import MaterialFilter
from materials.forms.library import AddCapacityForm, ChangeMaterialForm, CorrectCapacityForm, MaterialForm
from materials.forms.quality import LiftLimitForm, LimitForm, limit_initial
from materials.models import CoatingRecipe, Formulation, Material, MaterialLimit, Powder
from materials.stock import stock_of
from materials.views.hazards import hazard_banner
from materials.views.panels import jars_panel, number

ACTIVE = {Material.Role.POSITIVE_ACTIVE, Material.Role.NEGATIVE_ACTIVE}


@login_required
@require_GET
def materials_list(request: HttpRequest) -> HttpResponse:
    """List the lab's substances."""
    columns = [
        Column("Code", lambda m: Cell(m.code)),
        Column("Name", lambda m: m.name),
        Column("Formula", lambda m: m.formula),
        Column("Roles", lambda m: m.roles_text()),
        Column("Density, g/cm³", lambda m: number(m.density_g_cm3), numeric=True),
        Column("Hazards", _hazards),
    ]
    listing = Listing(
        title="Materials",
        lead="Substances with what a data sheet says of them; the whole lab shares them.",
        columns=columns,
        empty_text="No substance yet. A lot is of a material, so enter that first.",
        create=("Add a material", reverse("materials:create_material")),
        actions=[{"label": "Running low", "url": reverse("materials:stock"), "icon": "hourglass"}],
    )
    rows = Material.objects.visible_to(person(request)).with_codes().prefetch_related("roles")
    return list_screen(request, rows, listing, filterset=MaterialFilter)


def _hazards(material: Material) -> str:
    word = material.get_signal_word_display() if material.signal_word else ""
    return " ".join(part for part in (word, material.hazard_statements) if part)


@login_required
@require_GET
def material(request: HttpRequest, code: str) -> HttpResponse:
    """Show a substance: data sheet, capacities, limits, its lots and what uses it."""
    user = person(request)
    record: Material = find(Material.objects.all(), code, user)
    lots = Powder.objects.visible_to(user).filter(material=record, kind=Powder.Kind.LOT)
    jars = jars_panel(
        request,
        lots,
        title="Lots",
        empty_text="No lot of it has been received yet.",
        note=f"Left in open containers: {stock_of([record], user)[record.pk].text()}.",
    )
    tables = [_capacities(record, user), _limits(record, user), jars, _users(record, user)]
    banner = hazard_banner(record)
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        first=[{"title": "Data sheet", "facts": _data_sheet(record)}],
        sections=[origin(record)],
        tables=[table for table in tables if table],
        banners=[banner] if banner else [],
        actions=[_link("Change", "change_material", record, icon="pencil")],
    )


def _link(label: str, name: str, record: Material, *, icon: str = "", **query: Any) -> dict[str, Any]:
    url = reverse(f"materials:{name}", args=[record.code])
    given = {key: value for key, value in query.items() if value not in (None, "")}
    return {"label": label, "url": f"{url}?{urlencode(given)}" if given else url, "icon": icon}


def _data_sheet(record: Material) -> list[Fact]:
    mass = record.molar_mass_g_mol()
    facts = [
        fact("Serves as", record.roles_text()),
        *facts_of(record, "formula"),
        fact("Molar mass", plain(mass, 3) if mass else None, "g/mol" if mass else ""),
        *facts_of(record, "density_g_cm3", "density_source", "potential_v_vs_li"),
    ]
    if mass and ACTIVE & {row.role for row in record.roles.all()}:
        capacity = theoretical_capacity_mah_g(molar_mass_g_mol=mass)
        facts.append(
            fact(
                "Theoretical capacity per Li",
                plain(capacity, 1),
                "mAh/g",
                hint="F / M, one Li a formula unit",
            )
        )
    facts.append(fact("CAS number", record.cas_number))
    levels = [f"{record.low_stock_ug / 1000:g} mg"] if record.low_stock_ug else []
    levels += [f"{record.low_stock_count:g} counted"] if record.low_stock_count is not None else []
    return [*facts, fact("Low stock below", " or ".join(levels))]


def _capacities(record: Material, user: User) -> dict[str, Any] | None:
    rows = list(record.capacities.all())
    if not rows and not ACTIVE & {row.role for row in record.roles.all()}:
        return None
    columns = [
        Column(
            "Up to, V vs Li", lambda c: f"{c.upper_cut_off_v:g}" if c.upper_cut_off_v is not None else "any"
        ),
        Column("Capacity, mAh/g", lambda c: number(c.specific_capacity_mah_g), numeric=True),
        Column("Where it comes from", lambda c: c.reference),
    ]
    if may(user, "record"):
        columns.append(Column("", lambda c: _correct(record, c)))
    return {
        "title": "Specific capacities",
        "table": Table.of(columns, rows),
        "empty_text": "None has been stated yet.",
        "links": [_link("Add a capacity", "add_capacity", record)] if may(user, "record") else [],
    }


def _correct(record: Material, capacity: Any) -> Cell:
    link = _link("Correct", "correct_capacity", record, cut_off=capacity.upper_cut_off_v)
    return Cell(link["label"], url=link["url"])


def _limits(record: Material, user: User) -> dict[str, Any]:
    columns = [
        Column("Of what", quality.measured_text),
        Column("Limit", quality.limit_text),
        Column("Where it comes from", lambda row: row.source),
    ]
    if may(user, "record"):
        for label, name in (("Change", "set_limit"), ("Lift", "lift_limit")):
            columns.append(Column("", _of_limit(record, label, name)))
    return {
        "title": "Limits for results",
        "note": "Results of every powder of this material are held against them.",
        "table": Table.of(columns, record.limits.all()),
        "empty_text": "There is no limit yet: results are kept and not judged.",
        "links": [_link("Set a limit", "set_limit", record)] if may(user, "record") else [],
    }


def _of_limit(record: Material, label: str, name: str) -> Any:
    def cell(row: MaterialLimit) -> Cell:
        link = _link(label, name, record, quantity=row.quantity, element=row.element)
        return Cell(label, url=link["url"])

    return cell


def _users(record: Material, user: User) -> dict[str, Any]:
    """Return the recipes and formulations that any edition of names this substance."""
    recipes = CoatingRecipe.objects.filter(Q(coating=record) | Q(editions__steps__material=record))
    formulations = Formulation.objects.filter(editions__parts__material=record)
    found = [row for rows in (recipes, formulations) for row in rows.visible_to(user).with_codes().distinct()]
    columns = [
        Column("Code", lambda r: Cell(r.code)),
        Column("Name", lambda r: r.title),
        Column("What", lambda r: registry.kind_of(r).label),
    ]
    return {
        "title": "Recipes and formulations that use it",
        "table": Table.of(columns, found, url=lambda r: registry.url_of(r.identity)),
        "empty_text": "None yet.",
    }


@login_required
def new_material(request: HttpRequest) -> HttpResponse:
    """Enter a substance."""
    user = require(request.user, "record")
    return form_screen(
        request,
        MaterialForm(request.POST or None, user=user),
        actions.create_material,
        title="Add a material",
        submit_label="Save",
        cancel_url=reverse("materials:materials_list"),
    )


def _material_form(
    request: HttpRequest, form: Any, do: Any, record: Material, title: str, label: str
) -> HttpResponse:
    return form_screen(
        request,
        form,
        do,
        title=title,
        submit_label=label,
        cancel_url=registry.url_of(record.identity),
        record=record,
        material=record,
    )


def _found(request: HttpRequest, code: str) -> tuple[User, Material]:
    user = require(request.user, "record")
    return user, find(Material.objects.all(), code, user)


@login_required
def change_material(request: HttpRequest, code: str) -> HttpResponse:
    """Say anew what the data sheet says."""
    user, record = _found(request, code)
    form = ChangeMaterialForm(request.POST or None, user=user, record=record)
    return _material_form(request, form, actions.change_material, record, "Change a material", "Save")


@login_required
def add_capacity(request: HttpRequest, code: str) -> HttpResponse:
    """State a capacity that came later."""
    user, record = _found(request, code)
    form = AddCapacityForm(request.POST or None, user=user)
    return _material_form(request, form, actions.add_capacity, record, "Add a capacity", "Add")


@login_required
def correct_capacity(request: HttpRequest, code: str) -> HttpResponse:
    """Correct the capacity up to the cut-off that the address names."""
    user, record = _found(request, code)
    cut_off = request.GET.get("cut_off", "")
    known = [
        c
        for c in record.capacities.all()
        if cut_off == ("" if c.upper_cut_off_v is None else str(c.upper_cut_off_v))
    ]
    if not known:
        raise Http404(f"{record.code} has no capacity up to {cut_off or 'any cut-off'}.")
    initial = {
        "upper_cut_off_v": known[0].upper_cut_off_v,
        "specific_capacity_mah_g": known[0].specific_capacity_mah_g,
        "reference": known[0].reference,
    }
    form = CorrectCapacityForm(request.POST or None, user=user, record=record, initial=initial)
    title = f"Correct a capacity: {known[0]}"
    return _material_form(request, form, actions.correct_capacity, record, title, "Correct")


@login_required
def set_limit(request: HttpRequest, code: str) -> HttpResponse:
    """Set a limit, or change the one that the address names."""
    user, record = _found(request, code)
    initial = limit_initial(_limit_named(request, record))
    form = LimitForm(request.POST or None, user=user, record=record, initial=initial)
    return _material_form(request, form, actions.set_limit, record, "Set a limit", "Save")


@login_required
def lift_limit(request: HttpRequest, code: str) -> HttpResponse:
    """Lift the limit that the address names."""
    user, record = _found(request, code)
    limit = _limit_named(request, record)
    if limit is None and request.method == "GET":
        raise Http404(f"{record.code} has no such limit.")
    form = LiftLimitForm(request.POST or None, user=user, record=record, initial=limit_initial(limit))
    title = f"Lift the limit of {quality.measured_text(limit)}" if limit else "Lift a limit"
    return _material_form(request, form, actions.lift_limit, record, title, "Lift it")


def _limit_named(request: HttpRequest, record: Material) -> MaterialLimit | None:
    named = {name: request.GET.get(name, "") for name in ("quantity", "element")}
    return record.limits.filter(**named).first()
