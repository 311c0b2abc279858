"""What must hold of the whole ledger, read from its entries alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from materials.models import MassEntry, Powder


@dataclass
class Book:
    """The whole ledger, added up."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls) -> Book:
        names = (
            "powder_id", "powder__kind", "seq", "kind", "change_ug", "balance_after_ug", "reason", "use_id",
            "use__consumer_id", "use__consumer__kind",
        )  # fmt: skip
        return cls(list(MassEntry.objects.order_by("powder_id", "seq").values(*names)))

    def total(self, which: Callable[[dict[str, Any]], bool]) -> int:
        return sum(row["change_ug"] for row in self.rows if which(row))

    def balances(self) -> dict[int, int]:
        """Return each powder's newest balance."""
        return {row["powder_id"]: row["balance_after_ug"] for row in self.rows}


def judge() -> Book:
    """Fail where the ledger contradicts itself or mass has appeared or vanished."""
    book = Book.read()
    _each_balance_is_the_sum_of_its_entries(book)
    _what_came_in_is_somewhere(book)
    _each_process_closes(book)
    return book


def _each_balance_is_the_sum_of_its_entries(book: Book) -> None:
    place: dict[int, int] = defaultdict(int)
    total: dict[int, int] = defaultdict(int)
    for row in book.rows:
        powder = row["powder_id"]
        place[powder] += 1
        total[powder] += row["change_ug"]
        assert row["seq"] == place[powder], row
        assert row["balance_after_ug"] == total[powder], row
        assert row["balance_after_ug"] >= 0, row


def _what_came_in_is_somewhere(book: Book) -> None:
    """Received + gained + adjusted = held + lost + disposed + drawn for other things + in cells."""
    came_in = book.total(lambda r: r["kind"] in ("received", "gained", "adjusted"))
    # A gain or loss that was corrected is in the entry that corrects it, with its sign.
    came_in += book.total(lambda r: r["kind"] == "rebalanced")
    held = sum(book.balances().values())
    lost = -book.total(lambda r: r["kind"] == "lost")
    disposed = -book.total(lambda r: r["kind"] == "disposed")
    out = -book.total(lambda r: r["use_id"] is not None and r["use__consumer_id"] is None)
    in_cells = -book.total(lambda r: r["use__consumer__kind"] == "cells.cell")
    assert came_in == held + lost + disposed + out + in_cells


def _each_process_closes(book: Book) -> None:
    """What was put in, with the gain, is what came out with the loss: whatever was made holds what went in."""
    put_in: dict[int, int] = defaultdict(int)
    made: dict[int, int] = defaultdict(int)
    for row in book.rows:
        if row["use__consumer__kind"] == "materials.powder":
            put_in[row["use__consumer_id"]] -= row["change_ug"]
        if (
            row["powder__kind"] != Powder.Kind.LOT
            and row["use_id"] is None
            and row["kind"] in ("made", "corrected")
        ):
            made[row["powder_id"]] += row["change_ug"]
    assert put_in == made
