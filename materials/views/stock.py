"""What runs low and what expires: the card of the home page, and the page with all of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lims import registry
from lims.facts import spelled
from lims.models import User
from lims.tables import Cell, Column, Table
from lims.views.screens import person
from materials.models import Powder
from materials.stock import Low, expiring, has_expired, running_low

CARD_LINES = 6
ROWS = 50


def stock_card(user: User) -> registry.Card:
    """Show what is running low and what expires soon or has expired, as far as the card goes."""
    today = timezone.localdate()
    low, lots = running_low(user), list(expiring(user, today)[: CARD_LINES + 1])
    lines = [_low_line(row) for row in low] + [_lot_line(lot) for lot in lots]
    return registry.Card(
        title="Running low and expiring",
        icon="hourglass",
        lines=lines[:CARD_LINES],
        empty="Nothing runs low, and nothing expires soon.",
        action=("See all", reverse("materials:stock")) if lines else None,
        section=registry.Section.TODAY,
    )


def _low_line(row: Low) -> dict[str, Any]:
    return {
        "text": row.material.name,
        "url": registry.url_of(row.material.identity),
        "badge": "low",
        "hint": f"{row.stock.text()} left, low below {row.level}",
    }


def _lot_line(lot: Powder) -> dict[str, Any]:
    return {
        "text": f"{lot.code} · {lot.material.title if lot.material else lot.name}",
        "url": registry.url_of(lot.identity),
        "badge": _state(lot),
        "hint": f"{spelled(lot.lot.expires_on)}, {lot.left_text()} left",
    }


def _state(lot: Powder) -> str:
    return "expired" if has_expired(lot, timezone.localdate()) else "expiring"


@login_required
@require_GET
def stock(request: HttpRequest) -> HttpResponse:
    """Show all that runs low, and all lots that expire or have expired with something left."""
    user = person(request)
    low = Table.of(
        [
            Column("Material", lambda r: Cell(r.material.code)),
            Column("Name", lambda r: r.material.name),
            Column("Left", lambda r: Cell(r.stock.text(), numeric=True), numeric=True),
            Column("Low below", lambda r: Cell(r.level, numeric=True), numeric=True),
        ],
        running_low(user),
        url=lambda r: registry.url_of(r.material.identity),
    )
    page = Paginator(expiring(user, timezone.localdate()), ROWS).get_page(request.GET.get("page"))
    lots = Table.of(
        [
            Column("Lot", lambda p: Cell(p.code, simulated=p.simulated)),
            Column("Name", lambda p: p.name),
            Column("Expires", lambda p: str(spelled(p.lot.expires_on))),
            Column("State", lambda p: Cell(_state(p), badge=_state(p))),
            Column("Left", lambda p: Cell(p.left_text(), numeric=True), numeric=True),
        ],
        page.object_list,
        url=lambda p: registry.url_of(p.identity),
    )
    parts = [
        {"title": "Running low", "table": low, "empty_text": "Every material is above its level."},
        {
            "title": f"Expired, or expiring within {settings.EXPIRY_NOTICE.days} days",
            "table": lots,
            "empty_text": "No lot expires soon.",
            "page_obj": page,
        },
    ]
    return render(request, "materials/stock.html", {"parts": parts})
