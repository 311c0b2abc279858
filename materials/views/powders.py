"""Powders: the list, the page of one, and its whole ledger."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lims import facts, registry
from lims.models import Identity, User
from lims.permissions import may
from lims.tables import Cell, Column, Table
from lims.units import mass_text, mg_from_ug
from lims.views.screens import Listing, detail_screen, find, list_screen, person
from materials.entries import entries_of
from materials.filters import PowderFilter
from materials.lineage import draw_lineage, thread_of
from materials.mass_balance import MassBalance, mass_balance
from materials.models import MassEntry, Powder, Use, count_text
from materials.models.counted import MILLI
from materials.views import powder_facts
from materials.views.ledger import columns_of, drawn_balance, made_from_rows, newest_rows
from materials.views.verbs import banners_of, verbs_of


def _state(powder: Powder) -> Cell:
    """Return what somebody who wants to draw from it must know first."""
    warnings = [
        word
        for word, stands in (
            # A suspect one is marked beside its code, as in every list.
            ("on hold", powder.is_held),
            ("expired", powder.is_expired),
        )
        if stands
    ]
    if not warnings:
        return Cell(powder.get_state_display(), badge=powder.state)
    return Cell(", ".join(warnings), badge=warnings[0])


def _left(powder: Powder) -> Any:
    return powder.balance_milli / MILLI if powder.counted_in else mg_from_ug(powder.balance_ug)


COLUMNS = [
    Column("Code", lambda p: Cell(p.code, simulated=p.simulated)),
    Column("Name", lambda p: p.name),
    Column("Kind", lambda p: p.get_kind_display()),
    Column("State", _state),
    Column("Left", lambda p: Cell(p.left_text(), numeric=True), numeric=True, value=_left),
    Column("Unit", lambda p: p.get_counted_in_display() or "mg", only_in_files=True),
    Column("Place", lambda p: p.place.path if p.place else ""),
    Column("Project", lambda p: str(p.project or "shared")),
]


@login_required
@require_GET
def powders(request: HttpRequest) -> HttpResponse:
    """List what can be drawn from, with what is left of it."""
    user = person(request)
    offered = [
        {"label": "Run a coating", "url": reverse("materials:run_coating"), "icon": "layers-2"},
        {"label": "Mix a composite", "url": reverse("materials:mix"), "icon": "blend"},
        {"label": "Enter afterwards", "url": reverse("materials:import"), "icon": "table-2"},
    ]
    if may(user, "review"):
        offered.append(
            {"label": "Draws to review", "url": reverse("materials:draw_reviews"), "icon": "clipboard-check"}
        )
    listing = Listing(
        title="Powders",
        lead="Every lot, coated powder and composite, with what its ledger says is left.",
        columns=COLUMNS,
        empty_text="No powder yet. Everything begins with a lot: enter the container that came.",
        create=("Receive a lot", reverse("materials:receive_lot")),
        actions=offered,
    )
    rows = Powder.objects.visible_to(user).with_codes().with_balance().with_warnings(timezone.localdate())
    return list_screen(request, rows.select_related("place"), listing, filterset=PowderFilter)


@login_required
@require_GET
def powder(request: HttpRequest, code: str) -> HttpResponse:
    """Show one powder: balance, ledger, what it was made from and what was made of it."""
    user = person(request)
    queryset = Powder.objects.with_balance().select_related(*powder_facts.DETAILS)
    record: Powder = find(queryset, code, user)
    drawing = draw_lineage(record.identity, user, mass_only=True)
    balance = mass_balance(record)
    left, _, unit = record.left_text().partition(" ")
    return detail_screen(
        request,
        record,
        template="materials/powder_detail.html",
        sections=[*powder_facts.sections(record), facts.origin(record)],
        steps=thread_of(record, user),
        banners=banners_of(record, user),
        left={"value": left, "unit": unit},
        verbs=verbs_of(record, user),
        ledger={"rows": newest_rows(record, user), "unit": unit, "weighed": not record.counted_in},
        ledger_url=reverse("materials:ledger", args=[record.code]),
        balance_svg=drawn_balance(record, user),
        made_from=_made_from(balance, user) if balance else None,
        counted_into=_counted_into(record, user),
        used_in=_used_in(record, user),
        lineage_svg=drawing.svg,
        lineage_note=drawing.note,
    )


@login_required
@require_GET
def ledger(request: HttpRequest, code: str) -> HttpResponse:
    """List every entry of one powder, newest first."""
    user = person(request)
    record: Powder = find(Powder.objects.with_balance(), code, user)
    listing = Listing(
        title=f"Ledger of {record.code}",
        lead=f"{record.name}: {record.left_text()} left. Entries are never changed; a correction is a new one.",
        columns=columns_of(record),
        empty_text="Nothing has been received yet.",
    )
    return list_screen(request, entries_of(record, user), listing)


def _made_from(balance: MassBalance, user: User) -> dict[str, Any]:
    """Return the process that made a powder as ``materials/_mass_balance.html`` takes it."""
    return {
        "rows": made_from_rows(balance.inputs, user),
        **{name: mass_text(getattr(balance, f"{name}_ug")) for name in ("inputs", "gain", "outputs", "loss")},
    }


def _counted_into(record: Powder, user: User) -> Table | None:
    """Return what went in without a mass: precursors in pulses, solutions in mL."""
    uses = Use.objects.filter(consumer=record.pk, powder__in=Powder.objects.visible_to(user)).exclude(
        entries__kind=MassEntry.Kind.DRAWN
    )
    columns = [
        Column("Powder", lambda u: Cell(u.powder.code, url=registry.url_of(u.powder.identity))),
        Column("Name", lambda u: u.powder.name),
        Column("How", _went_in),
    ]
    table = Table.of(
        columns, uses.select_related("powder__identity").prefetch_related("counts").order_by("pk")
    )
    return table if table.rows else None


def _went_in(use: Use) -> str:
    """Return how much of a counted lot went in, or that it was counted in pulses."""
    counted = -sum(entry.change_milli for entry in use.counts.all())
    return count_text(counted, use.powder.counted_in) if counted else use.get_purpose_display()


def _used_in(record: Powder, user: User) -> Table:
    uses = Use.objects.filter(powder=record, consumer__in=Identity.objects.visible_to(user)).with_mass()
    columns = [
        Column("Record", lambda u: Cell(u.consumer.code, url=registry.url_of(u.consumer))),
        Column("How", lambda u: u.get_purpose_display()),
        Column("Mass", lambda u: Cell(mass_text(u.mass_ug) if u.mass_ug else "", numeric=True), numeric=True),
    ]
    return Table.of(columns, uses.select_related("consumer").order_by("-pk"))
