"""Neware's layered CSV: cycles, their steps and the steps' records written between one another.

Three header lines name the columns of the three. A record has two empty fields in front, a step one, a cycle
none; the first step of a cycle stands in the cycle's own line. Laid flat, it is read as the flat export is.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from testing.readers.base import DEFAULT_BUDGET, Budget, Flag, Reading, UnreadableFile, check_file_size
from testing.readers.lines import Header, decode, head_lines, read_blocks, shown, split_line
from testing.readers.vendors.neware_csv import LAYERED_MARKS, NEWARE_CSV, parse

SEPARATOR = ","
CARRIED = ("Cycle Index", "Step Index", "Step Type")


@dataclass(frozen=True)
class Layers:
    """The names of the columns of cycles, steps and records; of the latter two without the empty ones in front."""

    cycle: tuple[str, ...]
    step: tuple[str, ...]
    record: tuple[str, ...]

    def places(self) -> tuple[int, int, int]:
        """Return where cycle index, step index and step type stand in their own lines."""
        try:
            return (
                self.cycle.index("Cycle Index"),
                1 + self.step.index("Step Index"),
                1 + self.step.index("Step Type"),
            )
        except ValueError as error:
            raise UnreadableFile(
                f"The header is that of a layered Neware CSV, but a column of it is missing: {error}."
            ) from error


def layers_of(lines: Sequence[str]) -> Layers | None:
    """Return the three layers that the first three lines name, or None."""
    if len(lines) < 3:
        return None
    cycle, step, record = (split_line(line, SEPARATOR) for line in lines[:3])
    if not {parse(name).name for name in cycle} >= LAYERED_MARKS or "DataPoint" not in record:
        return None
    if step[:1] != ("",) or record[:2] != ("", ""):
        return None
    return Layers(cycle, step[1:], record[2:])


@dataclass(frozen=True)
class NewareLayeredReader:
    name: str = "neware-layered-csv"
    version: str = "1"

    def recognises(self, head: bytes) -> bool:
        return b"\0" not in head and layers_of(head_lines(head)) is not None

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        check_file_size(path, budget)
        with path.open("rb") as stream:
            above = [stream.readline(budget.line_bytes) for _ in range(3)]
        layers = layers_of([decode(line)[0].rstrip("\r\n") for line in above])
        if layers is None:
            raise UnreadableFile(
                "The three lines that name the columns of a layered Neware CSV are not whole."
            )
        header = Header(layers.record, SEPARATOR, "utf-8", b"\n", sum(len(line) for line in above))
        with tempfile.TemporaryDirectory() as folder:
            flat = Path(folder) / "flat.csv"
            gaps = _lay_flat(path, flat, header, layers, budget)
            reading = NEWARE_CSV.read(flat, name=name, budget=budget)
        return replace(
            reading,
            reader=self.name,
            reader_version=self.version,
            flags=(*reading.flags, *gaps),
            metadata={**reading.metadata, "rows_counted": "records alone, cycles and steps left aside"},
        )


def _lay_flat(path: Path, flat: Path, header: Header, layers: Layers, budget: Budget) -> list[Flag]:
    """Write the records with cycle, step and its type before them; return what is to be said of missing ones."""
    cycle_place, step_place, type_place = layers.places()
    inside = len(layers.cycle)
    carried = [None, None, None]
    last_point = 0
    flags: list[Flag] = []
    with flat.open("wb") as out:
        out.write((SEPARATOR.join((*CARRIED, *layers.record)) + "\n").encode())
        for block in read_blocks(path, header, budget):
            text = block.data.decode("utf-8", errors="replace").replace("\r\n", "\n")
            lines = pl.Series("line", text.removesuffix("\n").split("\n"), dtype=pl.String)
            frame = _with_carried(lines, (cycle_place, step_place, type_place), inside, carried)
            carried = list(frame.select("cycle", "step", "type").row(-1))
            records = frame.filter(pl.col("line").str.starts_with(",,"))
            if records.is_empty():
                continue
            if records["step"].null_count():
                raise UnreadableFile(
                    f"A record stands before any cycle and step: '{shown(str(records['line'][0]))}'."
                )
            rows = records.select(
                pl.concat_str("cycle", "step", "type", pl.col("line").str.slice(2), separator=SEPARATOR)
            )
            flags += _missing(records["line"], layers, last_point)
            last_point = _point(records["line"], layers)[-1] or last_point
            ends = b"\n" if block.finished else b""
            out.write("\n".join(rows.to_series()).encode() + ends)
    return flags


def _with_carried(
    lines: pl.Series, places: tuple[int, int, int], inside: int, carried: Sequence[str | None]
) -> pl.DataFrame:
    """Return the lines with the cycle and step that each stands in, carried on from the lines before."""
    cycle_place, step_place, type_place = places
    line = pl.col("line")
    is_record = line.str.starts_with(",,")
    is_step = line.str.starts_with(SEPARATOR) & ~is_record
    fields = line.str.split(SEPARATOR)
    is_cycle = ~line.str.starts_with(SEPARATOR) & (line.str.strip_chars() != "")
    # The cycle's own line goes on with its first step, without the empty field in front.
    shift = inside - 1

    def named(place: int) -> pl.Expr:
        within = fields.list.get(place + shift, null_on_oob=True)
        return pl.when(is_step).then(fields.list.get(place, null_on_oob=True)).when(is_cycle).then(within)

    frame = lines.to_frame().select(
        line,
        cycle=pl.when(is_cycle).then(fields.list.get(cycle_place, null_on_oob=True)),
        step=named(step_place),
        type=named(type_place),
    )
    return frame.with_columns(
        pl.col(name).fill_null(strategy="forward").fill_null(pl.lit(before, dtype=pl.String))
        for name, before in zip(("cycle", "step", "type"), carried, strict=True)
    )


def _point(lines: pl.Series, layers: Layers) -> pl.Series:
    return (
        lines.str.split(SEPARATOR).list.get(2 + layers.record.index("DataPoint")).cast(pl.Int64, strict=False)
    )


def _missing(lines: pl.Series, layers: Layers, last_point: int) -> list[Flag]:
    """Say where the file's own count of records skips."""
    points = pl.concat([pl.Series([last_point], dtype=pl.Int64), _point(lines, layers)])
    skipped = points.to_frame("point").with_columns(before=pl.col("point").shift(1)).slice(1)
    odd = skipped.filter(pl.col("point") != pl.col("before") + 1).head(20)
    return [
        Flag(
            "records_missing",
            f"Record {point} follows record {before}: some are missing, or the order is changed.",
        )
        for point, before in odd.iter_rows()
    ]
