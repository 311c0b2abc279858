"""From the tables of a file to rows of a kind, before anything is judged that needs the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from lims.import_columns import (
    Column,
    Placed,
    Problem,
    place_columns,
    plain_number,
    where_numbers_are_unclear,
)
from lims.import_kinds import NOTEBOOK, Kind, called, columns_of_all, kinds
from lims.sheets import MOST_ROWS, Line, Sheet


@dataclass(frozen=True)
class Row:
    """A row of a sheet with what stands in each column of its kind."""

    kind: Kind
    sheet: str
    number: int
    cells: dict[str, str]
    placed: Mapping[str, Placed]
    typed: bool


@dataclass
class Plan:
    """Rows as they were read, before anything is judged that needs the database."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    name: str = ""


def plan(kind: str, sheets: Sequence[Sheet], *, name: str = "") -> Plan:
    """Return the rows of ``sheets`` as rows of this kind, or of several where the kind is a whole notebook.

    A notebook's rows say of what kind they are in a column "kind", or stand in a sheet with a kind's name. Of a
    workbook of one kind, the sheet with its name counts, or the first.
    """
    read = Plan(name=name)
    for sheet in _chosen(kind, sheets):
        own = kinds.get(kind) or called(sheet.name)
        columns = columns_of_all() if own is None else list(own.columns)
        _read_sheet(read, sheet, own, columns)
    if not read.rows and not read.problems:
        read.problems.append(Problem(1, "", "There is no row below the heads."))
    if len(read.rows) > MOST_ROWS:
        raise ValidationError(f"{len(read.rows):,} rows in all; at most {MOST_ROWS:,} are entered at once.")
    return read


def _chosen(kind: str, sheets: Sequence[Sheet]) -> list[Sheet]:
    if len(sheets) == 1:
        return list(sheets)
    if kind == NOTEBOOK:
        return [sheet for sheet in sheets if called(sheet.name)] or [sheets[0]]
    return [next((sheet for sheet in sheets if called(sheet.name) is kinds[kind]), sheets[0])]


def _read_sheet(read: Plan, sheet: Sheet, own: Kind | None, columns: list[Column]) -> None:
    placed, problems = place_columns(sheet.header, columns)
    problems += [
        f"{cell} holds a formula, and who computed it last is not known: copy the column and paste its values."
        for cell in sheet.formulas[:20]
    ]
    read.notes += sheet.notes
    if own is None and "kind" not in placed:
        problems.append('A notebook needs the column "Kind", or a sheet for each kind, such as Lots.')
    if problems:
        read.problems += [Problem(1, "", sentence, sheet.name) for sentence in problems]
        return
    comma, unclear = where_numbers_are_unclear(sheet, placed)
    read.problems += unclear
    for line in sheet.lines:
        texts = {name: line.cells[one.index] for name, one in placed.items()}
        kind = own or called(texts.pop("kind", ""))
        if kind is None:
            names = ", ".join(k.singular for k in kinds.values())
            read.problems.append(Problem(line.number, "kind", f"Say what this row is: {names}.", sheet.name))
            continue
        read.rows.append(_row(read, kind, sheet, line, texts, placed, comma=comma))


def _row(
    read: Plan,
    kind: Kind,
    sheet: Sheet,
    line: Line,
    texts: dict[str, str],
    placed: Mapping[str, Placed],
    *,
    comma: bool,
) -> Row:
    own = {column.name for column in kind.columns}
    for name, text in texts.items():
        if name not in own and text:
            sentence = f"A {kind.singular} has no {placed[name].column.label.lower()}: leave it empty."
            read.problems.append(Problem(line.number, name, sentence, sheet.name))
    cells = {
        name: plain_number(text, placed[name], comma=comma) for name, text in texts.items() if name in own
    }
    return Row(kind, sheet.name, line.number, cells, placed, sheet.typed)
