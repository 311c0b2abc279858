"""Lists as tables: what a row shows is said once and read by the page and by the files of the same list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from lims.numbers import FIGURE_SPACE, MINUS, POINT_SPACE

# What a page writes for the eye and a file must not hold.
PLAIN_SIGNS = str.maketrans({MINUS: "-", FIGURE_SPACE: None, POINT_SPACE: None, "\u00a0": None})


@dataclass(frozen=True)
class Cell:
    """One field of a row. ``badge`` is a state's word that gets a colour."""

    text: str
    url: str = ""
    badge: str = ""
    numeric: bool = False
    simulated: bool = False
    suspect: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Column:
    """A head and how to read its cell from an object.

    ``value`` reads what a file gets in place of the page's text: a number, a day, a moment, or None; its ``unit``
    then stands in the file's head. A column that is ``only_in_files`` is not on the page.
    """

    label: str
    read: Callable[[Any], Cell | str]
    numeric: bool = False
    value: Callable[[Any], Any] | None = None
    unit: str = ""
    only_in_files: bool = False
    # For a column that needs no words on the page.
    file_head: str = ""

    @property
    def head(self) -> str:
        """Return the head of this column in a file."""
        label = self.file_head or self.label
        return f"{label}, {self.unit}" if self.unit else label

    def exported(self, item: Any) -> Any:
        """Return what a file says of ``item`` in this column."""
        if self.value is not None:
            return self.value(item)
        cell = _cell(self, self.read(item))
        return _number_or_text(cell.text) if cell.numeric else f"{cell.text} {cell.hint}".strip()


@dataclass(frozen=True)
class Row:
    """A line of a table, as its template takes it; one with a code can be chosen for labels."""

    url: str
    cells: list[Cell]
    code: str = ""


@dataclass
class Table:
    """Columns and rows, as templates take them."""

    columns: Sequence[Column]
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        columns: Sequence[Column],
        objects: Iterable[Any],
        url: Callable[[Any], str] | None = None,
        code: Callable[[Any], str] | None = None,
    ) -> Table:
        """Return the table of ``objects``."""
        shown = [column for column in columns if not column.only_in_files]
        return cls(
            shown,
            [
                Row(
                    url=url(item) if url else "",
                    cells=_marked(item, [_cell(column, column.read(item)) for column in shown]),
                    code=code(item) if code else "",
                )
                for item in objects
            ],
        )

    @property
    def selectable(self) -> bool:
        """Return whether there are rows that can be chosen."""
        return any(row.code for row in self.rows)


def _marked(item: Any, cells: list[Cell]) -> list[Cell]:
    """Return the cells of a row, the first one marked where a flag stands on the record."""
    if not cells or not getattr(item, "suspect", False):
        return cells
    return [replace(cells[0], suspect=True), *cells[1:]]


def _cell(column: Column, value: Cell | str) -> Cell:
    return value if isinstance(value, Cell) else Cell(text=value, numeric=column.numeric)


def _number_or_text(text: str) -> Decimal | str:
    try:
        number = Decimal(text.translate(PLAIN_SIGNS))
    except InvalidOperation:
        return text
    return number if number.is_finite() else text
