"""What a page says of a powder's entries: the newest with what can be done about them, all of them, and a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from lims import facts, registry
from lims.models import User
from lims.numbers import MINUS
from lims.permissions import may
from lims.tables import Cell, Column, Row
from lims.units import mass_text, mg_from_ug
from materials.balance_figure import Level, balance_figure
from materials.entries import Entry, entries_of
from materials.models import MassEntry, Powder, Use, count_text
from materials.models.counted import MILLI

# A jar that fed hundreds of cells still opens at once; the whole ledger has a page of its own.
NEWEST = 30
MOST_DRAWN = 400


def columns_of(powder: Powder) -> list[Column]:
    """Return the columns of a powder's ledger, in the unit that it is kept in."""
    unit = powder.get_counted_in_display() if powder.counted_in else "mg"
    return [
        Column("No.", lambda e: Cell(str(e.seq), numeric=True), numeric=True),
        Column("When", _when, value=lambda e: e.at),
        Column("What", lambda e: e.get_kind_display()),
        Column(f"Change, {unit}", lambda e: _signed(_change(e)), numeric=True, value=_change),
        Column(f"Balance, {unit}", lambda e: str(_balance(e)), numeric=True, value=_balance),
        Column("For", _purpose),
        Column("Why", lambda e: e.reason),
        Column("Who", lambda e: e.by.display_name),
    ]


def _when(entry: Entry) -> Cell:
    return Cell(f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M}")


def _change(entry: Entry) -> Any:
    return mg_from_ug(entry.change_ug) if isinstance(entry, MassEntry) else _counted(entry.change_milli)


def _balance(entry: Entry) -> Any:
    if isinstance(entry, MassEntry):
        return mg_from_ug(entry.balance_after_ug)
    return _counted(entry.balance_after_milli)


def _counted(milli: int) -> float | int:
    return milli / MILLI if milli % MILLI else milli // MILLI


def _signed(change: Any) -> str:
    return f"{change:+}".replace("-", MINUS)


def _purpose(entry: Any) -> Cell:
    if entry.use is None:
        return Cell("")
    if entry.use.consumer is None:
        return Cell(entry.use.purpose_text)
    if not entry.consumer_is_seen:
        return Cell("something of another project")
    return Cell(entry.use.consumer.code, url=registry.url_of(entry.use.consumer))


@dataclass(frozen=True)
class LedgerRow:
    """An entry on its powder's page: what it says, and where it is returned or corrected."""

    cells: Sequence[Cell]
    return_url: str = ""
    correct_url: str = ""


def newest_rows(powder: Powder, user: User) -> list[LedgerRow]:
    """Return the newest entries as ``materials/_ledger.html`` takes them."""
    records = may(user, "record") and powder.state == Powder.State.OPEN
    return [_row(powder, entry, records=records) for entry in entries_of(powder, user)[:NEWEST]]


def _row(powder: Powder, entry: Any, *, records: bool) -> LedgerRow:
    at, purpose = timezone.localtime(entry.at), _purpose(entry)
    cells = [
        Cell(facts.spelled(at.date()), hint=f"{at:%H:%M}, {entry.by.display_name}"),
        Cell(entry.get_kind_display()),
        Cell(_signed(_change(entry)), numeric=True),
        Cell(str(_balance(entry)), numeric=True),
        Cell(purpose.text or entry.reason, url=purpose.url, hint=entry.reason if purpose.text else ""),
    ]
    if not records or powder.counted_in or entry.kind != MassEntry.Kind.DRAWN:
        return LedgerRow(cells)
    to = [powder.code, entry.seq]
    plain, pressed = entry.use.consumer_id is None, entry.use.purpose == Use.Purpose.PRESSED
    return LedgerRow(
        cells,
        return_url=reverse("materials:return_mass", args=to) if plain else "",
        correct_url="" if pressed else reverse("materials:correct_draw", args=to),
    )


def taken_text(use: Use) -> str:
    """Return what was taken for a use, in the unit that its powder is kept in."""
    if use.powder.counted_in:
        return count_text(-sum(use.counts.values_list("change_milli", flat=True)), use.powder.counted_in)
    return mass_text(-sum(use.entries.values_list("change_ug", flat=True)))


def drawn_balance(powder: Powder, user: User) -> SafeString:
    """Return the balance over time as SVG, from the newest entries; nothing where there is one entry or none."""
    left = "balance_after_milli" if powder.counted_in else "balance_after_ug"
    newest = list(entries_of(powder, user).values_list("at", left)[:MOST_DRAWN])
    if len(newest) < 2:
        return SafeString("")
    # A thousandth of a unit, or a microgram of a milligram: both books are kept in thousandths.
    levels = [Level(timezone.localtime(at), thousandths / MILLI) for at, thousandths in reversed(newest)]
    unit = powder.get_counted_in_display() if powder.counted_in else "mg"
    # The figure escapes every text that it is given.
    return mark_safe(  # noqa: S308
        balance_figure(
            levels, unit=unit, title=f"What {powder.code} held over time", simulated=powder.simulated
        )
    )


def made_from_rows(uses: Sequence[Use], user: User) -> list[Row]:
    """Return what went into a powder, one line each; what ``user`` may not see is told by its mass alone."""
    seen = set(
        Powder.objects.visible_to(user)
        .filter(pk__in=[use.powder_id for use in uses])
        .values_list("pk", flat=True)
    )
    return [_input_row(use, seen=use.powder_id in seen) for use in uses]


def _input_row(use: Use, *, seen: bool) -> Row:
    mass = Cell(mass_text(use.mass_ug), numeric=True)
    if not seen:
        return Row("", [Cell("of another project"), Cell(""), Cell(use.get_purpose_display()), mass])
    code = Cell(use.powder.code, url=registry.url_of(use.powder.identity))
    return Row("", [code, Cell(use.powder.name), Cell(use.get_purpose_display()), mass])
