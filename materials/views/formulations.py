"""Formulations: what composites are mixed of, edition by edition."""

from __future__ import annotations

from itertools import pairwise

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import registry
from lims.facts import Fact, fact, origin
from lims.numbers import exact, percent, plain
from lims.permissions import require
from lims.tables import Cell, Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials import actions
from materials.calc.composition import Mixture
from materials.filters import FormulationFilter
from materials.forms import FormulationEditionForm, FormulationForm
from materials.mixtures import differences, mixture_of, part_names, tolerance_text
from materials.models import Formulation, FormulationEdition, FormulationPart

MOST_EDITIONS_SHOWN = 20


@login_required
@require_GET
def formulations_list(request: HttpRequest) -> HttpResponse:
    """List the formulations."""
    listing = Listing(
        title="Formulations",
        lead="What composites are meant to be mixed of, in parts by weight.",
        columns=[
            Column("Code", lambda f: Cell(f.code)),
            Column("Name", lambda f: f.name),
            Column("Parts", lambda f: f.editions.all()[0].ratio()),
            Column("Edition", lambda f: str(f.editions.all()[0].number), numeric=True),
        ],
        empty_text="No formulation yet. Enter the parts by weight, such as 70:30:5:5.",
        create=("Write a formulation", reverse("materials:create_formulation")),
    )
    rows = Formulation.objects.visible_to(person(request)).with_codes().prefetch_related("editions__parts")
    return list_screen(request, rows, listing, filterset=FormulationFilter)


@login_required
@require_GET
def formulation(request: HttpRequest, code: str) -> HttpResponse:
    """Show a formulation's newest edition, by mass and by volume, and how it came to be from those before it."""
    record: Formulation = find(Formulation.objects.all(), code, person(request))
    editions = list(
        FormulationEdition.objects.filter(formulation=record)
        .select_related("formulation__identity")
        .prefetch_related("parts__material__identity", "parts__material__roles")[: MOST_EDITIONS_SHOWN + 1]
    )
    parts = list(editions[0].parts.all())
    whole = mixture_of(parts)
    plan_url = reverse("materials:plan_weighing", args=[record.code])
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[
            {"title": f"Edition {editions[0].number}", "facts": edition_facts(editions[0], parts, whole)},
            origin(record),
        ],
        actions=[
            {"label": "Plan a weighing", "url": plan_url, "icon": "scale", "primary": True},
            {
                "label": "Enter a mix",
                "url": reverse("materials:mix_formulation", args=[record.code]),
                "icon": "blend",
            },
            {
                "label": "Write a new edition",
                "url": reverse("materials:write_formulation_edition", args=[record.code]),
                "icon": "pencil",
            },
        ],
        tables=[
            {"title": "Parts", "table": parts_table(parts, whole)},
            *(
                [{"title": "Editions", "table": _editions_table(record, editions)}]
                if len(editions) > 1
                else []
            ),
        ],
    )


def edition_facts(edition: FormulationEdition, parts: list[FormulationPart], whole: Mixture) -> list[Fact]:
    """Return what follows from an edition as a whole."""
    density = (
        fact("Density without pores", plain(whole.density_g_cm3, 2), "g/cm³")
        if whole.density_g_cm3 is not None
        else fact(
            "Density without pores",
            None,
            hint=f"The density of {' and '.join(whole.without_density)} is missing.",
        )
    )
    return [
        fact("Ratio", edition.ratio()),
        fact("Parts in all", exact(sum(part.parts for part in parts))),
        density,
    ]


def parts_table(parts: list[FormulationPart], whole: Mixture) -> Table:
    """Return the parts with what they are by weight and by volume, and how far a weighing may be off."""
    names = part_names(parts)
    by_volume: dict[str, float] = whole.volume_fractions or {}
    columns = [
        Column("Material", lambda p: Cell(names[p.pk], url=registry.url_of(p.material.identity))),
        Column("Parts", lambda p: exact(p.parts), numeric=True),
        Column("By weight, %", lambda p: percent(whole.weight_fractions[names[p.pk]], 2), numeric=True),
        Column("By volume, %", lambda p: _by_volume(by_volume.get(names[p.pk])), numeric=True),
        Column("Density, g/cm³", _density, numeric=True),
        Column("Tolerance", lambda p: _tolerance(p.tolerance_fraction), numeric=True),
    ]
    return Table.of(columns, parts)


def _by_volume(fraction: float | None) -> Cell:
    return Cell("" if fraction is None else percent(fraction, 1), numeric=True)


def _density(part: FormulationPart) -> Cell:
    density = part.material.density_g_cm3
    return Cell("missing", badge="warning") if density is None else Cell(exact(density), numeric=True)


def _tolerance(fraction: float | None) -> Cell:
    return Cell("none stated" if fraction is None else f"± {tolerance_text(fraction)}", numeric=True)


def _editions_table(record: Formulation, editions: list[FormulationEdition]) -> Table:
    older = {edition.pk: before for edition, before in pairwise(editions)}
    url = reverse("materials:write_formulation_edition", args=[record.code])
    columns = [
        Column(
            "Edition", lambda e: Cell(str(e.number), url=f"{url}?from={e.number}", numeric=True), numeric=True
        ),
        Column("Ratio", lambda e: e.ratio()),
        Column("What changed", lambda e: _changed(older.get(e.pk), e)),
    ]
    return Table.of(columns, editions[:MOST_EDITIONS_SHOWN])


def _changed(old: FormulationEdition | None, new: FormulationEdition) -> str:
    if old is None:
        return "first" if new.number == 1 else ""
    return "; ".join(
        f"{one.label}: {one.old or 'none'} \u2192 {one.new or 'none'}" for one in differences(old, new)
    )


@login_required
def new_formulation(request: HttpRequest) -> HttpResponse:
    """Write a formulation."""
    user = require(request.user, "record")
    return form_screen(
        request,
        FormulationForm(request.POST or None, user=user),
        actions.create_formulation,
        title="Write a formulation",
        submit_label="Save the formulation",
        cancel_url=reverse("materials:formulations_list"),
    )


@login_required
def new_edition(request: HttpRequest, code: str) -> HttpResponse:
    """Write the next edition of a formulation, started from the newest or from the one in the address."""
    user = require(request.user, "record")
    record: Formulation = find(Formulation.objects.all(), code, user)
    newest = pick_edition(record)
    start = pick_edition(record, request.GET.get("from", ""))
    form = FormulationEditionForm(request.POST or None, user=user, start=start, newest=newest.number)
    return form_screen(
        request,
        form,
        actions.write_formulation_edition,
        title=f"Write edition {newest.number + 1}",
        lead=f"Started from edition {start.number}, {start.ratio()}. Editions before it stay as they are.",
        submit_label="Save the edition",
        cancel_url=registry.url_of(record.identity),
        record=record,
        formulation=record,
    )


def pick_edition(record: Formulation, number: str = "") -> FormulationEdition:
    """Return the edition with this number, the newest without one, or 404."""
    editions = FormulationEdition.objects.filter(formulation=record).select_related("formulation__identity")
    if not number:
        return editions[0]
    whole = number.isascii() and number.isdigit() and len(number) < 5
    found = editions.filter(number=int(number)).first() if whole else None
    if found is None:
        raise Http404(f"{record.code} has no edition {number}.")
    return found
