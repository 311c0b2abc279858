"""A test's points in the Battery Data Format: preferred labels, CSV or Parquet, marked where they are simulated."""

from __future__ import annotations

import io
from typing import Literal

import polars as pl
from django.utils.text import slugify

from testing.models import Dataset
from testing.readers.bdf_names import COUNTS, DIMENSIONS, MACHINE_NAMES, TEXT_NAMES
from testing.tables import scan

Form = Literal["csv", "parquet"]
# How the format writes the units of its labels; a count is per one.
UNITS = {
    "second": "s",
    "volt": "V",
    "ampere": "A",
    "ah": "Ah",
    "wh": "Wh",
    "watt": "W",
    "pa": "Pa",
    "celsius": "degC",
    "ohm": "ohm",
    "hertz": "Hz",
}
# These three come first, in this order, in every file of the format.
REQUIRED = ("test_time_second", "voltage_volt", "current_ampere")
# The format has no place for it, and a number that leaves the lab must say so itself.
SIMULATED = "Simulated Data / 1"


def label_of(name: str) -> str:
    """Return the preferred label of a machine name.

    >>> label_of("test_time_second"), label_of("cycle_count"), label_of("step_id")
    ('Test Time / s', 'Cycle Count / 1', 'Step ID')
    """
    quantity, _, unit = name.rpartition("_")
    if name in TEXT_NAMES:
        return "Step ID" if name == "step_id" else name.replace("_", " ").title()
    if name in COUNTS:
        return f"{name.replace('_', ' ').title()} / 1"
    return f"{quantity.replace('_', ' ').title()} / {UNITS[unit]}"


def bdf_frame(dataset: Dataset, *, simulated: bool) -> pl.DataFrame:
    """Return the points of a dataset with the format's labels, the required columns first."""
    frame = scan(dataset).collect()
    known = [name for name in frame.columns if name in MACHINE_NAMES and _has_unit(name)]
    ordered = [*REQUIRED, *(name for name in known if name not in REQUIRED)]
    told = frame.select(ordered).rename({name: label_of(name) for name in ordered})
    return told.with_columns(pl.lit(1).alias(SIMULATED)) if simulated else told


def _has_unit(name: str) -> bool:
    return name in TEXT_NAMES or name in COUNTS or name.rpartition("_")[2] in DIMENSIONS


def bdf_bytes(dataset: Dataset, form: Form, *, simulated: bool) -> bytes:
    """Return the dataset as a file of the format."""
    frame, out = bdf_frame(dataset, simulated=simulated), io.BytesIO()
    if form == "parquet":
        frame.write_parquet(out, compression="zstd", metadata={"simulated": "yes"} if simulated else None)
    else:
        frame.write_csv(out)
    return out.getvalue()


def bdf_name(institution: str, cell: str, day: str, what: str, form: Form, *, simulated: bool) -> str:
    """Return the name that the format asks for: institution, cell, day, and what it is.

    >>> bdf_name("Solid-State Lab", "CELL-0001", "20240313", "TEST-0001", "csv", simulated=True)
    'SolidStateLab__CELL-0001__20240313_TEST-0001_simulated.bdf.csv'
    """
    house = "".join(word.capitalize() for word in slugify(institution).split("-"))
    mark = "_simulated" if simulated else ""
    return f"{house}__{cell}__{day}_{what}{mark}.bdf.{form}"
