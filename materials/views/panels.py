"""Tables on pages of the library: a page of them at a time, each with its links."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from lims import registry
from lims.facts import spelled
from lims.pagination import CappedPaginator
from lims.tables import Cell, Column, Table
from materials.models import PowderQuerySet

ROWS = 25

LEFT = Column("Left", lambda p: Cell(p.left_text(), numeric=True), numeric=True)
JAR_COLUMNS = [
    Column("Code", lambda p: Cell(p.code, simulated=p.simulated)),
    Column("Name", lambda p: Cell(p.name, hint=p.place.path if p.place else "")),
    Column("State", lambda p: Cell(p.get_state_display(), badge=p.state)),
    LEFT,
]


def number(value: float | None) -> Cell:
    return Cell("" if value is None else str(spelled(value)), numeric=True)


def jars_panel(
    request: HttpRequest, powders: PowderQuerySet, *, title: str, empty_text: str, note: str = ""
) -> dict[str, Any]:
    """Return a panel with a page of jars, the open ones first; ``powders`` is cut to what the person may see."""
    rows = powders.with_codes().with_balance().select_related("place").order_by("-state", "-pk")
    page = CappedPaginator(rows, ROWS).get_page(request.GET.get("page"))
    return {
        "title": title,
        "note": note,
        "empty_text": empty_text,
        "table": Table.of(JAR_COLUMNS, page.object_list, url=lambda p: registry.url_of(p.identity)),
        "page_obj": page,
    }
