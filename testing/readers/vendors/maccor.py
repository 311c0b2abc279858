"""Maccor text export: ``Amps`` is a magnitude, and the letter of its state says which way it flows."""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from testing.readers.base import FlagBook
from testing.readers.vendors.format import Named, Number, TextFormat

CHARGING, DISCHARGING = ("C",), ("D",)


def parse(field: str) -> Named:
    """Return a header's field; its unit is in its name.

    >>> parse("Rec#"), parse("Amp-hr")
    (Named(name='rec#', unit=None), Named(name='amp-hr', unit=None))
    """
    return Named(" ".join(field.split()).casefold(), None)


def signed(frame: pl.DataFrame, book: FlagBook) -> pl.DataFrame:
    """Return ``frame`` with a current that is positive on charge; what flows in no named direction is left out."""
    state = pl.col("step_type").cast(pl.String)
    sign = pl.when(state.is_in(CHARGING)).then(1).when(state.is_in(DISCHARGING)).then(-1)
    magnitude = pl.col("current_ampere")
    unknown = frame.filter(~state.is_in([*CHARGING, *DISCHARGING]) & (magnitude != 0))
    rows = unknown["row"].to_list()
    book.add_rows(
        "current_without_direction",
        rows,
        lambda place: (
            f"Row {rows[place]} has a current of {unknown['current_ampere'][place]:g} A in the state "
            f"'{unknown['step_type'][place]}', which says no direction."
        ),
    )
    return frame.with_columns(current_ampere=pl.when(magnitude == 0).then(0.0).otherwise(sign * magnitude))


def facts(preamble: Sequence[str]) -> dict[str, str]:
    """Return what stands above the header: names and values, divided by tabs."""
    keys = {
        "Date of Test:": "started_at",
        "Filename:": "file",
        "Tester Channel:": "channel",
        "Procedure:": "procedure",
    }
    told = {}
    for line in preamble:
        words = [word.strip() for word in line.split("\t")]
        for name, value in pairwise(words):
            if name in keys and value:
                told[keys[name]] = value
    return told


MACCOR = TextFormat(
    name="maccor-text",
    format_name="Maccor text",
    marks=frozenset({"rec#", "cyc#", "step", "amps", "volts", "state"}),
    parse=parse,
    numbers={
        "testtime": Number("test_time_second", "clock"),
        "test time": Number("test_time_second", "clock"),
        "volts": Number("voltage_volt", "voltage", "V"),
        "amps": Number("current_ampere", "current", "A"),
        "cyc#": Number("cycle_count", "count"),
        "amp-hr": Number("step_cumulative_capacity_ah", "charge", "Ah"),
    },
    texts={"step": "step_id", "state": "step_type", "dpt time": "date_time"},
    finish=signed,
    facts=facts,
)
