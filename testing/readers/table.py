"""A table of text to a frame: every row is read, or left out with its reason, or the file is refused."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from testing.readers.base import REQUIRED, Budget, FlagBook, UnreadableFile
from testing.readers.checks import (
    LOSS_BORNE_ON_THE_WAY,
    check_losses,
    empty_bad_optionals,
    fault_in_words,
    first_fault,
)
from testing.readers.columns import Plan
from testing.readers.lines import (
    Block,
    Header,
    Layout,
    decode,
    keep_lines,
    lay_out,
    line_text,
    longest_line_bytes,
    looks_like_header,
    read_blocks,
    read_header,
    read_header_below,
    shown,
    split_line,
)
from testing.readers.numbers import NumberText
from testing.readers.plain import read_plain

PlanOf = Callable[[Sequence[str]], Plan]


@dataclass(frozen=True)
class Table:
    """The rows of a file that hold numbers.

    frame    The plan's columns, text as categories to save memory, and ``row``, the row of the file.
    digits   Most significant digits seen, by column; None where all are zero or empty.
    """

    frame: pl.DataFrame
    digits: dict[str, int | None]
    header: Header
    plan: Plan
    decimal_sign: str

    def metadata(self) -> dict[str, str]:
        """Return how the text was understood, for whoever has to check it."""
        facts = {
            "encoding": self.header.encoding,
            "separator": {"\t": "tab"}.get(self.header.separator, self.header.separator),
            "decimal_sign": self.decimal_sign,
            "columns_read": "; ".join(column.label for column in self.plan.columns),
        }
        if self.plan.left_out:
            facts["columns_left_out"] = "; ".join(self.plan.left_out)
        return facts


def read_table(
    path: Path,
    *,
    plan_of: PlanOf,
    format_name: str,
    book: FlagBook,
    budget: Budget,
    is_header: Callable[[Sequence[str]], bool] | None = None,
    required: Sequence[str] = REQUIRED,
    header: Header | None = None,
) -> Table:
    """Read a table of text whose header ``plan_of`` understands, or raise UnreadableFile.

    is_header   Knows the header's fields where a preamble may stand above them; without it the header comes first.
    required    Columns that every row must give a number for.
    header      The header, where the file has none of its own.
    """
    if header is None:
        header = read_header_below(path, is_header, budget) if is_header else read_header(path, budget)
    rows = _Rows(header, plan_of, book, budget, required)
    frames = [rows.read(block) for block in read_blocks(path, header, budget)]
    for code, sentence in rows.plan.remarks:
        book.add(code, sentence)
    if rows.total == 0:
        raise UnreadableFile(
            f"The file holds the header of a {format_name} and no whole row of data below it."
        )
    rows.check()
    digits = {
        column.target: rows.numbers.digits.get(column.target) for column in rows.plan.columns if column.scale
    }
    # Not rechunked: a copy of all rows would be the most memory that reading ever takes.
    frame = pl.concat(frames, rechunk=False)
    return Table(frame, digits, header, rows.plan, rows.numbers.decimal_sign)


class _Rows:
    """The rows of one file as they come, and the count of those that were left out."""

    def __init__(
        self, header: Header, plan_of: PlanOf, book: FlagBook, budget: Budget, required: Sequence[str]
    ) -> None:
        self.header = header
        self.required = required
        self.plan = plan_of(header.fields)
        self.plan_of = plan_of
        self.book = book
        self.budget = budget
        self.numbers = NumberText()
        self.total = 0
        self.unusable = 0
        self.blank = 0
        self.first_reason = ""
        self.schema = {f"column_{place + 1}": pl.String for place in range(len(header.fields))}
        self.empty = pl.DataFrame(
            schema={
                **{
                    column.target: pl.Float64 if column.scale else pl.Categorical
                    for column in self.plan.columns
                },
                "row": pl.Int64,
            }
        )

    def read(self, block: Block) -> pl.DataFrame:
        """Return the rows of a block: at once where every line is sound, line by line where one is not."""
        sound = read_plain(block, self.header, self.plan, self.numbers, self.required)
        if sound is None:
            return self._read_carefully(block)
        self.total += sound.height
        return sound

    def _read_carefully(self, block: Block) -> pl.DataFrame:
        layout = lay_out(block.data, self.header.separator)
        if longest_line_bytes(layout) > self.budget.line_bytes:
            raise UnreadableFile(
                f"A line after row {block.first_row} is longer than {self.budget.line_bytes} bytes."
            )
        well_formed = (layout.fields == len(self.header.fields)) & layout.whole & ~layout.blank
        malformed = np.flatnonzero(~well_formed & ~layout.blank)
        self.total += int(np.count_nonzero(~layout.blank))
        self.blank += int(np.count_nonzero(layout.blank))
        if len(malformed) and not block.finished:
            return self._drop_unfinished(block)
        for place in malformed:
            count = int(layout.fields[place])
            self._leave_out(
                line_text(block.data, layout, int(place)),
                row=block.first_row + int(place),
                code="wrong_number_of_fields",
                what=f"has {count} fields where the header has {len(self.header.fields)}"
                if layout.whole[place]
                else "leaves a quotation mark open",
            )
        return self._read_well_formed(block, layout, well_formed) if well_formed.any() else self.empty

    def _read_well_formed(
        self, block: Block, layout: Layout, well_formed: npt.NDArray[np.bool_]
    ) -> pl.DataFrame:
        places = np.flatnonzero(well_formed)
        texts = self._split(keep_lines(block.data, layout, well_formed), expected=len(places))
        frame = self._to_numbers(texts).with_columns(row=pl.Series(places + block.first_row, dtype=pl.Int64))
        faults = first_fault(frame, self.required)
        faulty = np.flatnonzero(faults.is_not_null().to_numpy())
        if not block.finished:
            return self._judge_unfinished(frame, texts, block, faulty=bool(len(faulty)))
        for place in faulty:
            target = str(faults[int(place)])
            code, what = fault_in_words(target, frame[target][int(place)], texts[target][int(place)])
            line = line_text(block.data, layout, int(places[place]))
            self._leave_out(line, row=int(frame["row"][int(place)]), code=code, what=what)
        sound = faults.is_null()
        return empty_bad_optionals(frame.filter(sound), texts.filter(sound), self.book, self.required)

    def _split(self, data: bytes, *, expected: int) -> pl.DataFrame:
        names = {f"column_{column.index + 1}": column.target for column in self.plan.columns}
        try:
            texts = pl.read_csv(
                io.BytesIO(data),
                has_header=False,
                separator=self.header.separator,
                quote_char='"' if b'"' in data else None,
                schema=self.schema,
                columns=list(names),
            )
        except pl.exceptions.PolarsError as error:
            raise UnreadableFile(f"The rows cannot be split into columns: {shown(str(error))}.") from error
        if texts.height != expected:
            raise UnreadableFile(
                f"{expected} lines gave {texts.height} rows: a quotation mark stands inside a field."
            )
        return texts.rename(names)

    def _to_numbers(self, texts: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame(
            [
                self.numbers.read(texts[column.target], column.scale)
                if column.scale
                else texts[column.target].str.strip_chars().cast(pl.Categorical)
                for column in self.plan.columns
            ]
        )

    def _leave_out(self, line: str, *, row: int, code: str, what: str) -> None:
        """Account for a row that gives no numbers: empty, a header again, or at fault."""
        fields = split_line(line, self.header.separator)
        if not any(fields):
            self.total -= 1
            self.blank += 1
        elif looks_like_header(fields):
            self.total -= 1
            self._judge_repeated_header(fields, row)
        else:
            self.unusable += 1
            sentence = f"Row {row} {what} and is left out: '{shown(line)}'."
            self.book.add(code, sentence, row)
            self.first_reason = self.first_reason or sentence
            # A fault at the start may be all there is, so before the end only a majority is refused.
            check_losses(self.unusable, self.total, first=self.first_reason, fraction=LOSS_BORNE_ON_THE_WAY)

    def _judge_repeated_header(self, fields: Sequence[str], row: int) -> None:
        try:
            same = self.plan_of(fields).places() == self.plan.places()
        except UnreadableFile:
            same = False
        if not same:
            raise UnreadableFile(
                f"Row {row} is a second header with other columns or units than the first: two different "
                "files were pasted together. Send them one by one."
            )
        self.book.add("repeated_header", f"Row {row} is the header again and is left out.", row)

    def _drop_unfinished(self, block: Block) -> pl.DataFrame:
        self.total -= 1
        self.book.add(
            "incomplete_last_line",
            f"The last line, row {block.first_row}, is cut off and is left out: "
            f"'{shown(decode(block.data)[0].strip())}'.",
            block.first_row,
        )
        return self.empty

    def _judge_unfinished(
        self, frame: pl.DataFrame, texts: pl.DataFrame, block: Block, *, faulty: bool
    ) -> pl.DataFrame:
        last = [column for column in self.plan.columns if column.index == len(self.header.fields) - 1]
        cut = [column for column in last if column.scale and frame[column.target][0] is None]
        if faulty or cut:
            return self._drop_unfinished(block)
        self.book.add(
            "last_line_without_newline",
            f"The last line, row {block.first_row}, has every field but no line end: its end may be cut.",
            block.first_row,
        )
        return empty_bad_optionals(frame, texts, self.book, self.required)

    def check(self) -> None:
        """Raise UnreadableFile if more rows were lost than a damaged export explains."""
        check_losses(self.unusable, self.total, first=self.first_reason)
        self.numbers.check()
        if self.blank:
            self.book.add("blank_lines", f"{self.blank} lines are empty and are left out.")
