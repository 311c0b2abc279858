"""Powders: the list, and the page of one with its ledger and its thread."""

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
from materials.filters import PowderFilter
from materials.lineage import draw_lineage, thread_of
from materials.models import MassEntry, Powder, Use
from materials.views import powder_facts

# A jar that fed hundreds of cells still opens at once; the whole ledger is in the API.
LEDGER_ROWS = 40

COLUMNS = [
    Column("Code", lambda p: Cell(p.code, simulated=p.simulated)),
    Column("Name", lambda p: p.name),
    Column("Kind", lambda p: p.get_kind_display()),
    Column("State", lambda p: Cell(p.get_state_display(), badge=p.state)),
    Column("Left", lambda p: Cell(mass_text(p.balance_ug), numeric=True), numeric=True),
    Column("Project", lambda p: str(p.project or "shared")),
]


@login_required
@require_GET
def powders(request: HttpRequest) -> HttpResponse:
    """List what can be drawn from, with what is left of it."""
    listing = Listing(
        title="Powders",
        lead="Every lot, coated powder and composite, with what its ledger says is left.",
        columns=COLUMNS,
        empty_text="No powder yet. Everything begins with a lot: enter the container that came.",
        create=("Receive a lot", reverse("materials:receive_lot")),
        actions=[
            {"label": "Run a coating", "url": reverse("materials:run_coating"), "icon": "layers-2"},
            {"label": "Mix a composite", "url": reverse("materials:mix"), "icon": "blend"},
        ],
    )
    rows = Powder.objects.visible_to(person(request)).with_codes().with_balance()
    return list_screen(request, rows, listing, filterset=PowderFilter)


@login_required
@require_GET
def powder(request: HttpRequest, code: str) -> HttpResponse:
    """Show one powder: balance, ledger, what it was made from and what was made of it."""
    user = person(request)
    queryset = Powder.objects.with_balance().select_related(*powder_facts.DETAILS)
    record: Powder = find(queryset, code, user)
    drawing = draw_lineage(record.identity, user, mass_only=True)
    may_draw = may(user, "record") and record.state == Powder.State.OPEN
    return detail_screen(
        request,
        record,
        template="materials/powder_detail.html",
        sections=[*powder_facts.sections(record), facts.origin(record)],
        steps=thread_of(record, user),
        balance_mg=mass_text(record.balance_ug).removesuffix(" mg"),
        draw_url=reverse("materials:draw", args=[record.code]) if may_draw else "",
        entries_table=_ledger(record),
        made_from=_made_from(record, user),
        used_in=_used_in(record, user),
        lineage_svg=drawing.svg,
        lineage_note=drawing.note,
    )


def _ledger(record: Powder) -> Table:
    entries = MassEntry.objects.filter(powder=record).select_related(
        "by", "use__consumer", "powder__identity"
    )
    columns = [
        Column("When", _entered_at),
        Column("What", lambda e: e.get_kind_display()),
        Column("Change, mg", lambda e: _signed_mg(e.change_ug), numeric=True),
        Column("Balance, mg", lambda e: str(mg_from_ug(e.balance_after_ug)), numeric=True),
        Column("For", _purpose),
        Column("Who", lambda e: e.by.display_name),
    ]
    return Table.of(columns, entries.order_by("-seq")[:LEDGER_ROWS])


def _entered_at(entry: MassEntry) -> Cell:
    # Day and hour on two lines, so that the ledger fits beside the facts on a tablet.
    at = timezone.localtime(entry.at)
    return Cell(facts.spelled(at.date()), hint=f"{at:%H:%M}")


def _signed_mg(change_ug: int) -> str:
    return f"{mg_from_ug(change_ug):+}".replace("-", "\u2212")


def _purpose(entry: MassEntry) -> Cell:
    if entry.use is None or entry.use.consumer is None:
        return Cell(entry.reason or (entry.use.purpose_text if entry.use else ""))
    return Cell(entry.use.consumer.code + (f": {entry.reason}" if entry.reason else ""))


def _made_from(record: Powder, user: User) -> Table | None:
    if record.kind == Powder.Kind.LOT:
        return None
    uses = Use.objects.filter(consumer=record.pk, powder__in=Powder.objects.visible_to(user)).with_mass()
    columns = [
        Column("Powder", lambda u: Cell(u.powder.code, url=registry.url_of(u.powder.identity))),
        Column("Name", lambda u: u.powder.name),
        Column("As", lambda u: u.get_purpose_display()),
        Column("Mass", _drawn, numeric=True),
    ]
    return Table.of(columns, uses.select_related("powder__identity").order_by("pk"))


def _drawn(use: Any) -> Cell:
    return Cell("" if use.purpose == Use.Purpose.PRECURSOR else mass_text(use.mass_ug), numeric=True)


def _used_in(record: Powder, user: User) -> Table:
    uses = Use.objects.filter(powder=record, consumer__in=Identity.objects.visible_to(user)).with_mass()
    columns = [
        Column("Record", lambda u: Cell(u.consumer.code, url=registry.url_of(u.consumer))),
        Column("How", lambda u: u.get_purpose_display()),
        Column("Mass", _drawn, numeric=True),
    ]
    return Table.of(columns, uses.select_related("consumer").order_by("-pk"))
