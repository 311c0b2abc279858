"""What the pages of an import say: rows beside what is wrong with them, and the grid."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Max
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from lims import import_templates, imports, registry
from lims.import_columns import Column, Problem, place_columns
from lims.models import Identity, User
from lims.sheets import Line, Sheet
from materials.forms.sheets import EnterRowsForm
from materials.models import FormulationEdition

EMPTY_ROWS = 8
MOST_GRID_ROWS = 300
# Rows that are right are shown only to recognise the sheet by.
SHOWN_ROWS = 100
USUAL_PARTS = 4


def words(kind: str) -> dict[str, Any]:
    """Return what every page of a kind says."""
    label = imports.kinds[kind].label if kind in imports.kinds else "A notebook"
    columns = [
        {
            "head": column.head,
            "needed": column.required,
            "help": column.help,
            "units": import_templates.units_of(column),
        }
        for column in import_templates.columns_of(kind)
    ]
    return {"kind": kind, "label": label, "columns": columns, "has_grid": kind in imports.kinds}


def digest(user: User, kind: str, table: str) -> str:
    """Return what tells rows that were checked for this person from any others."""
    return hashlib.sha256(f"{user.pk}\0{kind}\0{table}".encode()).hexdigest()


def _by_row(problems: Sequence[Problem]) -> dict[tuple[str, int], list[Problem]]:
    found: dict[tuple[str, int], list[Problem]] = defaultdict(list)
    for problem in problems:
        found[problem.sheet, problem.row].append(problem)
    return found


def review(
    kind: str, sheets: Sequence[Sheet], form: EnterRowsForm, outcome: imports.Outcome
) -> dict[str, Any]:
    """Return the sheet as it was read, bad rows with their sentences first seen, and whether it can be entered."""
    wrong = _by_row(outcome.problems)
    rows = sum(len(sheet.lines) for sheet in sheets)
    return {
        **words(kind),
        "form": form,
        "outcome": outcome,
        "bad": len(wrong),
        "listed": [_listed(kind, problem) for problem in outcome.problems],
        "tables": [_table(kind, sheet, wrong) for sheet in sheets],
        "can_mend": kind in imports.kinds and len(sheets) == 1 and rows <= MOST_GRID_ROWS,
    }


def _listed(kind: str, problem: Problem) -> dict[str, Any]:
    labels = {column.name: column.label for column in import_templates.columns_of(kind)}
    where = (
        f"{problem.sheet}, row {problem.row}"
        if problem.sheet and kind == imports.NOTEBOOK
        else f"Row {problem.row}"
    )
    return {"where": where, "column": labels.get(problem.column, ""), "sentence": problem.sentence}


def _table(kind: str, sheet: Sheet, wrong: dict[tuple[str, int], list[Problem]]) -> dict[str, Any]:
    placed, _ = place_columns(sheet.header, import_templates.columns_of(kind))
    at = {name: one.index for name, one in placed.items()}
    lines: list[dict[str, Any]] = []
    for line in sheet.lines:
        problems = wrong.get((sheet.name, line.number), [])
        if len(lines) >= SHOWN_ROWS and not problems:
            continue
        marked = {at[p.column] for p in problems if p.column in at}
        cells = [{"text": text, "wrong": place in marked} for place, text in enumerate(line.cells)]
        lines.append({"number": line.number, "cells": cells, "wrong": bool(problems)})
    return {
        "name": sheet.name, "header": sheet.header, "lines": lines, "hidden": len(sheet.lines) - len(lines)
    }  # fmt: skip


def grid_columns(kind: str) -> list[Column]:
    """Return the columns of the grid: as many pairs of powder and mass as the longest formulation has parts."""
    columns = list(imports.kinds[kind].columns)
    if kind != "mixtures":
        return columns
    counted = FormulationEdition.objects.annotate(parts_count=Count("parts"))
    most = counted.aggregate(most=Max("parts_count"))["most"] or USUAL_PARTS
    beyond = {name for order in range(most + 1, 100) for name in (f"powder_{order}", f"mass_{order}_mg")}
    return [column for column in columns if column.name not in beyond]


def begun(kind: str, user: User, asked: QueryDict) -> Sheet:
    """Return the sheet that a grid begins with: rows that its kind has for this address, or empty ones."""
    columns, start = grid_columns(kind), imports.kinds[kind].start
    rows = start(user, asked) if start else []
    lines = [[row.get(column.name, "") for column in columns] for row in rows]
    lines = lines or [[""] * len(columns) for _ in range(EMPTY_ROWS)]
    return Sheet(
        "", [column.head for column in columns], [Line(n, line) for n, line in enumerate(lines, start=1)]
    )


def grid(
    kind: str, user: User, sheet: Sheet, form: EnterRowsForm, outcome: imports.Outcome | None
) -> dict[str, Any]:
    """Return the grid: its columns, its rows, and which cells are wrong."""
    columns = grid_columns(kind)
    placed, _ = place_columns(sheet.header, columns)
    by_index = {one.index: one.column for one in placed.values()}
    shown = [(head, by_index[place]) for place, head in enumerate(sheet.header) if place in by_index]
    shown += [(column.head, column) for column in columns if column.name not in placed]
    places = {column.name: one.index for column in columns if (one := placed.get(column.name))}
    wrong = _by_row(outcome.problems if outcome else [])
    rows = [
        {
            "cells": [line.cells[places[c.name]] if c.name in places else "" for _, c in shown],
            "wrong": _wrong(wrong.get((sheet.name, line.number), []), [c.name for _, c in shown]),
        }
        for line in sheet.lines
    ]
    heads = [
        {
            "head": head, "label": column.label, "unit": head.removeprefix(column.label).strip(" ()[]/,"),
            "required": column.required, "help": column.help, "numeric": column.is_number, "wide": column.wide,
            "options": column.options(user),
        }
        for head, column in shown
    ]  # fmt: skip
    sheet_wide = [p.sentence for p in (outcome.problems if outcome else []) if not _in_row(p, sheet)]
    return {
        **words(kind),
        "form": form,
        "outcome": outcome,
        "bad": len(wrong),
        "problems": sheet_wide,
        "state": {
            "name": "",
            "columns": heads,
            "rows": rows,
            "most": MOST_GRID_ROWS,
            "singular": imports.kinds[kind].singular,
        },
    }


def _in_row(problem: Problem, sheet: Sheet) -> bool:
    return any(line.number == problem.row for line in sheet.lines)


def _wrong(problems: Sequence[Problem], names: Sequence[str]) -> dict[str, list[str]]:
    """Return the sentences of a row by the place of their column; -1 stands for the row as a whole."""
    found: dict[str, list[str]] = defaultdict(list)
    for problem in problems:
        place = names.index(problem.column) if problem.column in names else -1
        found[str(place)].append(problem.sentence)
    return found


def described(identities: Iterable[Identity]) -> list[tuple[Identity, str]]:
    """Return each identity with what its kind says of it, in few queries."""
    listed = list(identities)
    told: dict[int, str] = {}
    for label in {one.kind for one in listed}:
        told |= registry.kinds[label].describe(one.pk for one in listed if one.kind == label)
    return [(one, told.get(one.pk, "")) for one in listed]


def labels_url(codes: Sequence[str]) -> str:
    """Return the page that prints labels for these, empty where there is none."""
    try:
        return f"{reverse('lims:labels')}?{urlencode({'code': codes}, doseq=True)}"
    except NoReverseMatch:
        return ""
