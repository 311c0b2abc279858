"""The fast way through a block of text: every line sound, every number plain. Anything else goes the careful way.

What it gives is what the careful way would give; it only ever says that it will not.
"""

import io
import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from testing.readers.base import UnreadableFile
from testing.readers.checks import LARGEST
from testing.readers.columns import Column, Plan
from testing.readers.lines import NEWLINE, Block, Header
from testing.readers.numbers import NumberText, in_our_unit

SAMPLE_BYTES = 16_000
# A block in so many is looked at for its digits, the first one always.
SAMPLED_BLOCKS = 4


def read_plain(
    block: Block, header: Header, plan: Plan, numbers: NumberText, required: Sequence[str]
) -> pl.DataFrame | None:
    """Return the plan's columns and ``row`` if nothing in the block needs a word; otherwise None."""
    if not block.finished or b'"' in block.data or not _counts_match(block.data, header):
        return None
    if any(column.scale is not None and column.scale.is_clock for column in plan.columns):
        return None
    try:
        frame = _parse(block.data, header, plan)
    except (pl.exceptions.PolarsError, UnreadableFile):
        return None
    if frame is None or not all(_usable(frame[column.target], column, required) for column in plan.columns):
        return None
    if block.number % SAMPLED_BLOCKS == 0:
        _sample(block, header, plan, numbers)
    row = pl.int_range(block.first_row, block.first_row + frame.height, dtype=pl.Int64, eager=True)
    return frame.with_columns(row=row)


def _counts_match(data: bytes, header: Header) -> bool:
    """Return whether the lines have as many separators as the header would give them, taken together."""
    raw = np.frombuffer(data, np.uint8)
    lines = np.count_nonzero(raw == NEWLINE)
    separators = np.count_nonzero(raw == ord(header.separator))
    return bool(separators == lines * (len(header.fields) - 1))


def _parse(data: bytes, header: Header, plan: Plan) -> pl.DataFrame | None:
    """Return the plan's columns, or None if a line has another number of fields than the header.

    With the separators right in all, a line with one too many leaves another without its last field.
    """
    last = name_of(len(header.fields) - 1)
    names = {name_of(column.index): column for column in plan.columns}
    schema: dict[str, type[pl.DataType]] = {name_of(place): pl.String for place in range(len(header.fields))}
    schema |= {name: pl.Float64 for name, column in names.items() if column.scale is not None}
    frame = split(data, header, schema, [*names, last] if last not in names else list(names))
    if frame[last].null_count():
        return None
    parsed = []
    for name, column in names.items():
        values = frame[name].rename(column.target)
        parsed.append(
            values.cast(pl.Categorical) if column.scale is None else in_our_unit(values, column.scale)
        )
    return pl.DataFrame(parsed)


def name_of(place: int) -> str:
    """Return what a column is called before it has a meaning.

    >>> name_of(0)
    'column_1'
    """
    return f"column_{place + 1}"


def split(
    data: bytes, header: Header, schema: Mapping[str, type[pl.DataType]], columns: Sequence[str]
) -> pl.DataFrame:
    """Return some columns of lines without quotation marks, as ``schema`` says."""
    return pl.read_csv(
        io.BytesIO(data),
        has_header=False,
        separator=header.separator,
        quote_char=None,
        schema=schema,
        columns=list(columns),
    )


def _usable(values: pl.Series, column: Column, required: Sequence[str]) -> bool:
    """Return whether every number is finite, and every required one there and within what can be measured."""
    if column.scale is None:
        spellings = values.unique().cast(pl.String)
        return not spellings.null_count() and bool((spellings == spellings.str.strip_chars()).all())
    if not values.null_count() < len(values):
        return column.target not in required
    # A sum is finite only if every value is (or so large that the careful way has to say so).
    if not math.isfinite(values.sum()):
        return False
    if column.target not in required:
        return True
    largest = max(-float(values.min()), float(values.max()))  # type: ignore[arg-type]  # numbers, as checked
    return not values.null_count() and largest <= LARGEST[column.target]


def _sample(block: Block, header: Header, plan: Plan, numbers: NumberText) -> None:
    """Show some lines of the block, elsewhere in each, to what counts digits."""
    start = (block.first_row * 7_919) % max(1, len(block.data) - SAMPLE_BYTES)
    begins = block.data.find(b"\n", start) + 1 if start else 0
    ends = block.data.rfind(b"\n", begins, begins + SAMPLE_BYTES) + 1
    if ends <= begins:
        begins, ends = 0, len(block.data)
    schema = {name_of(place): pl.String for place in range(len(header.fields))}
    columns = {name_of(column.index): column for column in plan.columns if column.scale is not None}
    lines = split(block.data[begins:ends], header, schema, list(columns))
    for name, column in columns.items():
        numbers.look_at(lines[name].rename(column.target))
