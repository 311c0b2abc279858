"""Lists as tables: what a row shows is said once and read by the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Cell:
    """One field of a row. ``badge`` is a state's word that gets a colour."""

    text: str
    url: str = ""
    badge: str = ""
    numeric: bool = False
    simulated: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Column:
    """A head and how to read its cell from an object."""

    label: str
    read: Callable[[Any], Cell | str]
    numeric: bool = False


@dataclass(frozen=True)
class Row:
    """A line of a table, as its template takes it."""

    url: str
    cells: list[Cell]


@dataclass
class Table:
    """Columns and rows, as templates take them."""

    columns: Sequence[Column]
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def of(
        cls, columns: Sequence[Column], objects: Iterable[Any], url: Callable[[Any], str] | None = None
    ) -> Table:
        """Return the table of ``objects``."""
        return cls(
            columns,
            [
                Row(
                    url=url(item) if url else "",
                    cells=[_cell(column, column.read(item)) for column in columns],
                )
                for item in objects
            ],
        )


def _cell(column: Column, value: Cell | str) -> Cell:
    return value if isinstance(value, Cell) else Cell(text=value, numeric=column.numeric)
