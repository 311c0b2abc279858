"""One reader for all tables of text that a cycler exports: a format says what its columns are called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from testing.readers.base import (
    DEFAULT_BUDGET,
    IMPEDANCE,
    REQUIRED,
    Budget,
    FlagBook,
    Reading,
    UnreadableFile,
)
from testing.readers.bdf import check_cycles
from testing.readers.checks import check_clock, drop_faulty, in_bdf_order
from testing.readers.columns import CLOCK, Column, Plan, Scale, check_targets, scale_of
from testing.readers.impedance import in_sweeps
from testing.readers.lines import find_header, head_lines
from testing.readers.table import Table, read_table


@dataclass(frozen=True)
class Named:
    """A field of a header: its name in lower case, and its unit as written."""

    name: str
    unit: str | None


@dataclass(frozen=True)
class Number:
    """What a column of numbers is.

    target      BDF machine name.
    dimension   Which units it may have; ``clock`` for days, hours, minutes and seconds.
    unit        The unit that the name implies where the header states none.
    negative    The column is the negative of what is kept, as -Z".
    """

    target: str
    dimension: str
    unit: str | None = None
    negative: bool = False


@dataclass(frozen=True)
class TextFormat:
    """A cycler's table of text, as a reader.

    marks       Names (lower case) that must all stand in a line for it to be this format's header.
    parse       Name and unit of a header's field.
    numbers     Columns of numbers by name; the first that a file has wins where two give one target.
    texts       Columns of text by name; ``step_id`` names the step.
    finish      What is done to the frame before it is judged, such as giving a magnitude its sign.
    facts       What the lines above the header say, as text.
    required    Columns that every row must give a number for: those of cycling, or of impedance.
    refuses     A reason not to read a file with these names in its header, or None.
    """

    name: str
    format_name: str
    marks: frozenset[str]
    parse: Callable[[str], Named]
    numbers: Mapping[str, Number]
    texts: Mapping[str, str] = field(default_factory=dict)
    version: str = "1"
    finish: Callable[[pl.DataFrame, FlagBook], pl.DataFrame] | None = None
    facts: Callable[[Sequence[str]], dict[str, str]] | None = None
    refuses: Callable[[frozenset[str]], str | None] | None = None
    required: tuple[str, ...] = REQUIRED

    def is_header(self, fields: Sequence[str]) -> bool:
        return self.marks <= {self.parse(one).name for one in fields}

    def recognises(self, head: bytes) -> bool:
        return b"\0" not in head and find_header(head_lines(head), self.is_header) is not None

    def plan_of(self, fields: Sequence[str]) -> Plan:
        """Return which columns of a header are read, or raise UnreadableFile."""
        parsed = [self.parse(one) for one in fields]
        reason = self.refuses(frozenset(one.name for one in parsed)) if self.refuses else None
        if reason:
            raise UnreadableFile(reason)
        taken = self._first_of_each_target(parsed)
        columns: list[Column] = []
        left_out: list[str] = []
        remarks: list[tuple[str, str]] = []
        for index, (label, one) in enumerate(zip(fields, parsed, strict=True)):
            if one.name in self.texts:
                columns.append(Column(index, self.texts[one.name], None, label))
            elif taken.get(index) is not None:
                number = taken[index]
                try:
                    columns.append(Column(index, number.target, _scale(number, one, label), label))
                except UnreadableFile:
                    if number.target in self._required():
                        raise
                    remarks.append(
                        ("unknown_unit", f"The unit of '{label}' is not known, so it is left out.")
                    )
                    left_out.append(label)
            elif label:
                left_out.append(label)
        check_targets(columns, names=self._required(), format_name=self.format_name)
        return Plan(tuple(columns), tuple(left_out), tuple(remarks))

    def _first_of_each_target(self, parsed: Sequence[Named]) -> dict[int, Number]:
        """Return the columns of numbers by their place; of two for one target the one that the format lists first."""
        places: dict[str, int] = {}
        for place, one in enumerate(parsed):
            places.setdefault(one.name, place)
        found: dict[str, int] = {}
        taken = {}
        for name, number in self.numbers.items():
            if name in places and number.target not in found:
                found[number.target] = places[name]
                taken[places[name]] = number
        return taken

    def _required(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for name, number in self.numbers.items():
            names.setdefault(number.target, name)
        return {target: names[target] for target in self.required}

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        book = FlagBook()
        table = read_table(
            path,
            plan_of=self.plan_of,
            format_name=self.format_name,
            book=book,
            budget=budget,
            is_header=self.is_header,
            required=self.required,
        )
        frame = drop_faulty(
            self.finish(table.frame, book) if self.finish else table.frame, book, self.required
        )
        if self.required != REQUIRED:
            return self._impedance(frame, table, book)
        check_clock(frame, book)
        step = frame["step_id"] if "step_id" in frame.columns else None
        frame = check_cycles(frame, book).drop("step_id", "date_time", "step_type", strict=False)
        digits = {name: count for name, count in table.digits.items() if name in frame.columns}
        return Reading(
            reader=self.name,
            reader_version=self.version,
            frame=in_bdf_order(frame, step=step, book=book),
            digits=digits,
            flags=book.flags(),
            metadata=table.metadata()
            | _clock_facts(table)
            | (self.facts(table.header.preamble) if self.facts else {}),
        )

    def _impedance(self, frame: pl.DataFrame, table: Table, book: FlagBook) -> Reading:
        frame = in_sweeps(frame)
        return Reading(
            reader=self.name,
            reader_version=self.version,
            frame=frame,
            digits={name: count for name, count in table.digits.items() if name in frame.columns},
            flags=book.flags(),
            metadata=table.metadata() | (self.facts(table.header.preamble) if self.facts else {}),
            kind=IMPEDANCE,
        )


def _scale(number: Number, one: Named, label: str) -> Scale:
    if number.dimension == "clock":
        return CLOCK
    unit = number.unit if one.unit is None else one.unit
    scale = scale_of(unit, dimension=number.dimension, label=label)
    return replace(scale, multiply=-scale.multiply) if number.negative else scale


def _clock_facts(table: Table) -> dict[str, str]:
    """Return the first and last wall-clock times as the file writes them: local, and without a zone."""
    if "date_time" not in table.frame.columns:
        return {}
    times = table.frame["date_time"].drop_nulls()
    if times.is_empty():
        return {}
    return {
        "first_clock_time": str(times[0]),
        "last_clock_time": str(times[-1]),
        "started_at": str(times[0]),
    }
