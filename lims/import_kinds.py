"""The kinds of rows that can be entered afterwards; each app says its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict

from lims.import_cells import Seen
from lims.import_columns import Column, Problem
from lims.models import Record, User
from lims.records import Origin

NOTEBOOK = "notebook"


@dataclass(frozen=True)
class Kind:
    """One kind of row: its columns, and what performs it.

    named_by   The columns whose text names the record to the rows below it, besides its code.
    start      Returns the rows that a grid begins with, by the names of their columns, for what its address asks.
    """

    name: str
    label: str
    lead: str
    columns: tuple[Column, ...]
    make: Callable[[dict[str, Any], Run], Record]
    named_by: tuple[str, ...] = ("name",)
    start: Callable[[User, QueryDict], list[dict[str, str]]] | None = None

    @property
    def singular(self) -> str:
        return self.label.removesuffix("s").lower()


kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let rows of this kind be entered; called by an app's ``provides``."""
    kinds[kind.name] = kind


@dataclass(frozen=True)
class Made:
    """What a row became."""

    row: int
    sheet: str
    words: str
    record: Record


@dataclass
class Run:
    """One attempt at all rows: who enters them, what rows above have made, and what is wrong so far."""

    by: User
    source: str
    seen: Seen = field(default_factory=Seen)
    made: list[Made] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def origin(self, values: dict[str, Any]) -> Origin:
        """Take out of ``values`` what every record says of how it came to be."""
        told: Origin = {"source": self.source, "blanks": values.pop("blanks", {})}
        for name in ("performed_at", "performed_by", "note"):
            value = values.pop(name, None)
            if value:
                told[name] = value
        return told


def called(word: str) -> Kind | None:
    """Return the kind that a cell or a sheet names: lot, Lots."""
    plain = word.strip().casefold()
    return next((k for k in kinds.values() if plain in (k.name, k.label.casefold(), k.singular)), None)


def columns_of_all() -> list[Column]:
    """Return every kind's columns, each name once, behind the one that says what a row is."""
    told = " or ".join(kind.singular for kind in kinds.values())
    first = Column("kind", "Kind", forms.CharField(), example="lot", help=told)
    return [first, *{column.name: column for kind in kinds.values() for column in kind.columns}.values()]
