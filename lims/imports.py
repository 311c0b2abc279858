"""Entering what was done before: rows of a sheet, judged all together and written all or not at all.

An app above says by a `Kind` what the columns of its rows are and which action a row performs. Every row goes through
that action inside one transaction, so that a dry run finds whatever the real run would, an overdraw by several rows
included; then all of it is undone, or all of it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from lims import blanks
from lims.attachments import attach_blob
from lims.audit import action, log
from lims.import_columns import Problem
from lims.import_kinds import NOTEBOOK, Kind, Made, Run, columns_of_all, kinds, register
from lims.import_plan import Plan, Row, plan
from lims.models import Attachment, Blob, Record, Source, User
from lims.sheets import MOMENT

__all__ = [
    "NOTEBOOK",
    "Kind",
    "Outcome",
    "Problem",
    "RowsRefused",
    "Run",
    "check",
    "columns_of_all",
    "enter",
    "kinds",
    "plan",
    "refusal",
    "register",
    "told",
]

# A sheet that is wrong from top to bottom is not told two thousand times.
MOST_PROBLEMS = 500


@dataclass(frozen=True)
class Outcome:
    """How many rows there were, what is wrong with them, and what they became."""

    rows: int
    problems: list[Problem]
    made: list[Made]
    notes: list[str]


class RowsRefused(Exception):
    """Some rows are not right, so nothing was written."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(refusal(outcome))


class _Undone(Exception):
    """Ends a run whose writes are not kept."""

    def __init__(self, run: Run) -> None:
        self.run = run
        super().__init__()


def refusal(outcome: Outcome) -> str:
    """Return in one sentence that nothing was written, and why."""
    bad = len({(problem.sheet, problem.row) for problem in outcome.problems})
    return f"{bad} of {outcome.rows} rows {'is' if bad == 1 else 'are'} not right yet; nothing was written."


def told(outcome: Outcome) -> dict[str, Any]:
    """Return what a check found as JSON."""
    return {
        "rows": outcome.rows,
        "errors": [
            {"row": p.row, "column": p.column, "sentence": p.sentence, "sheet": p.sheet}
            for p in outcome.problems
        ],
        "notes": outcome.notes,
    }


def check(read: Plan, *, by: User, source: str = Source.IMPORT) -> Outcome:
    """Do all rows and undo them; return whatever would keep them from being entered."""
    if read.problems and not read.rows:
        return Outcome(0, read.problems, [], read.notes)
    try:
        _run(read, by=by, source=source, keep=False, photos=())
    except _Undone as undone:
        return Outcome(len(read.rows), undone.run.problems, undone.run.made, read.notes)
    raise RuntimeError("A dry run was kept.")


def enter(
    read: Plan, *, by: User, source: str = Source.IMPORT, photos: Sequence[tuple[str, Blob]] = ()
) -> Outcome:
    """Write all rows in one transaction with the photos of their sheet, or raise RowsRefused and write none."""
    if read.problems and not read.rows:
        raise RowsRefused(Outcome(0, read.problems, [], read.notes))
    try:
        run = _run(read, by=by, source=source, keep=True, photos=photos)
    except _Undone as undone:
        raise RowsRefused(Outcome(len(read.rows), undone.run.problems, [], read.notes)) from undone
    return Outcome(len(read.rows), [], run.made, read.notes)


@action
def _run(read: Plan, *, by: User, source: str, keep: bool, photos: Sequence[tuple[str, Blob]]) -> Run:
    # Made here and not by the caller: an action that came second in a race runs again from the start.
    run = Run(by, source, problems=list(read.problems))
    for row in read.rows:
        if len(run.problems) >= MOST_PROBLEMS:
            run.problems.append(Problem(row.number, "", "There is more; mend these first.", row.sheet))
            break
        _enter_row(run, row, read.name)
    if run.problems or not keep:
        raise _Undone(run)
    for made in run.made:
        for name, blob in photos:
            attach_blob(
                identity=made.record.identity, blob=blob, name=name, purpose=Attachment.Purpose.SHEET, by=by
            )
    return run


def _enter_row(run: Run, row: Row, file_name: str) -> None:
    words = [row.cells[name] for name in row.kind.named_by if row.cells.get(name)]
    unread = {one.column for one in run.problems if (one.sheet, one.row) == (row.sheet, row.number)}
    values, problems = _values(run, row)
    # What could not be read was told already.
    problems = [(column, sentence) for column, sentence in problems if column not in unread]
    if unread:
        run.seen.fail(words, row.number)
    elif not problems:
        try:
            record = _perform(run, row, values, file_name)
        except ValidationError as error:
            problems = [(_column_of(row.kind, name), text) for name, text in _told(error)]
        else:
            run.made.append(Made(row.number, row.sheet, words[0] if words else "", record))
            run.seen.add([record.code, *words, str(getattr(record, "name", ""))], record, row.number)
    if problems:
        run.seen.fail(words, row.number)
        run.problems += [
            Problem(row.number, column, _without_codes(run, sentence), row.sheet)
            for column, sentence in problems
        ]


@action
def _perform(run: Run, row: Row, values: dict[str, Any], file_name: str) -> Record:
    record = row.kind.make(values, run)
    # At the end of the whole run it would be judged too, but nobody would know in which row.
    if record.blanks:
        blanks.judge(record)
    log(
        run.by,
        "entered from a sheet",
        record,
        sheet=file_name or row.sheet or "typed or pasted",
        row=row.number,
    )
    return record


def _values(run: Run, row: Row) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return what a row says, by the action's own names, and what is wrong with its cells."""
    values: dict[str, Any] = {}
    said: dict[str, str] = {}
    problems: list[tuple[str, str]] = []
    for column in row.kind.columns:
        text = row.cells.get(column.name, "")
        blank = blanks.said_blank(text)
        try:
            if blank is not None:
                said[column.said_blank()] = blank
            elif row.typed and column.is_text and MOMENT.match(text):
                raise ValidationError(
                    f"The spreadsheet has made a date of it ({text[:10]}): set the column to text and type it again."
                )
            else:
                values[column.argument or column.name] = column.clean(text, run.by, run.seen)
        except ValidationError as error:
            problems += [(column.name, sentence) for sentence in error.messages]
    return {**values, "blanks": said}, problems


def _told(error: ValidationError) -> list[tuple[str, str]]:
    by_field = error.update_error_dict({})
    return [(name, text) for name, found in by_field.items() for one in found for text in one.messages]


def _column_of(kind: Kind, name: str) -> str:
    """Return the column that an action's field stands for; empty for the row as a whole."""
    outside = f"{name.removesuffix('_ug')}_mg" if name.endswith("_ug") else name
    return next(
        (c.name for c in kind.columns if name == c.argument or c.name in (name, outside, f"{name}_mg")), ""
    )


def _without_codes(run: Run, sentence: str) -> str:
    """Name what rows above made by their words: the codes that they have now will not be theirs."""
    for made in run.made:
        if made.record.code in sentence:
            name = f'"{made.words}" (row {made.row})' if made.words else f"row {made.row}"
            sentence = sentence.replace(made.record.code, name)
    return sentence
