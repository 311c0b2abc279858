"""Any window of a dataset as a screen shows it: from a pyramid of extremes, or from the points themselves."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from django.conf import settings
from numpy.typing import NDArray

from lims.models import Blob
from testing.calc.pyramid import LEVELS, VERSION, extremes, level_for, thin
from testing.tables import read_rows, scan, temporary_path

TIME = "test_time_second"
# What a window may show: label and unit. Nothing else of a file's columns can be asked for.
COLUMNS: dict[str, tuple[str, str]] = {
    "voltage_volt": ("Cell voltage", "V"),
    "current_ampere": ("Current", "mA"),
    "ambient_temperature_celsius": ("Ambient temperature", "°C"),
    "surface_temperature_celsius": ("Surface temperature", "°C"),
}
SCALES = {"current_ampere": 1000.0}
MOST_POINTS = 5000


@dataclass(frozen=True)
class Outline:
    """What is known of a dataset before any of its points is read.

    rising   Whether its clock never runs backwards; where it does, rows stand in place of time.
    """

    rows: int
    first_s: float
    last_s: float
    rising: bool
    columns: list[str]


@dataclass(frozen=True)
class Window:
    """A column in a window: x in hours (or rows), the values there, and how many rows they stand for."""

    column: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    rows: int


def outline_of(blob: Blob) -> Outline:
    """Return the outline of a dataset, building its pyramid where there is none yet."""
    return Outline(**json.loads((_folder(blob) / "outline.json").read_text()))


def window(blob: Blob, column: str, *, start: float | None, end: float | None, points: int) -> Window:
    """Return about ``points`` points of one column between two places of x (hours, or rows where the clock jumps).

    Raises ValueError for a column that may not be shown or is not in the file.
    """
    outline = outline_of(blob)
    if column not in outline.columns:
        raise ValueError(f"{column!r} cannot be drawn; there is: {', '.join(outline.columns)}.")
    folder = _folder(blob)
    first, last = _rows_between(folder, outline, start, end)
    level = level_for(last - first + 1)
    if level == 1:
        rows = np.arange(first, last + 1)
        frame = _read(blob, [TIME, column], first, last - first + 1)
        times, values = frame[TIME].to_numpy(), frame[column].to_numpy()
    else:
        known = np.load(folder / f"{column}-{level}-rows.npy", mmap_mode="r")
        begin, stop = np.searchsorted(known, [first, last + 1])
        rows = np.asarray(known[begin:stop])
        times = np.asarray(np.load(folder / f"{column}-{level}-times.npy", mmap_mode="r")[begin:stop])
        values = np.asarray(np.load(folder / f"{column}-{level}-values.npy", mmap_mode="r")[begin:stop])
    x = times / 3600 if outline.rising else rows.astype(np.float64)
    kept = thin(x, values, points)
    return Window(column, x[kept], values[kept] * SCALES.get(column, 1.0), last - first + 1)


def _rows_between(folder: Path, outline: Outline, start: float | None, end: float | None) -> tuple[int, int]:
    """Return the first and last row of a window, a block to each side more than asked for."""
    block = LEVELS[-1]
    if not outline.rising:
        first, last = int(start or 0), int(end if end is not None else outline.rows - 1)
    else:
        begins = np.load(folder / "begins.npy", mmap_mode="r")
        first = 0 if start is None else (int(np.searchsorted(begins, start * 3600)) - 2) * block
        last = (
            outline.rows - 1
            if end is None
            else (int(np.searchsorted(begins, end * 3600, "right")) + 1) * block
        )
    first = min(max(first, 0), outline.rows - 1)
    return first, min(max(last, first), outline.rows - 1)


def _folder(blob: Blob) -> Path:
    """Return where the pyramid of a dataset lies; it can be thrown away at any time and is built anew."""
    folder = Path(settings.DATA_DIR) / "cache" / f"pyramids-{VERSION}" / blob.sha256
    if not (folder / "outline.json").exists():
        _build(blob, folder)
    return folder


def _build(blob: Blob, folder: Path) -> None:
    frame = _read(blob, None, 0, None)
    times = frame[TIME].to_numpy()
    columns = [name for name in COLUMNS if name in frame.columns and frame[name].null_count() < frame.height]
    outline = Outline(
        rows=frame.height,
        first_s=float(times[0]) if frame.height else 0.0,
        last_s=float(times[-1]) if frame.height else 0.0,
        rising=bool((np.diff(times) >= 0).all()),
        columns=columns,
    )
    with temporary_path("") as made:
        made.mkdir()
        np.save(made / "begins.npy", times[:: LEVELS[-1]])
        for name in columns:
            values = frame[name].to_numpy()
            for level in LEVELS:
                found = extremes(values, level)
                np.save(made / f"{name}-{level}-rows.npy", found.rows)
                np.save(made / f"{name}-{level}-values.npy", found.values)
                np.save(made / f"{name}-{level}-times.npy", times[found.rows])
        (made / "outline.json").write_text(json.dumps(asdict(outline)))
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.rename(folder)
        except OSError:
            # Somebody else has built the same one meanwhile; it says the same.
            if not (folder / "outline.json").exists():
                shutil.rmtree(folder, ignore_errors=True)
                made.rename(folder)


def _read(blob: Blob, columns: list[str] | None, first: int, rows: int | None) -> pl.DataFrame:
    names = scan(blob).collect_schema().names()
    wanted = columns or [name for name in (TIME, *COLUMNS) if name in names]
    return read_rows(blob, wanted, first_row=first, rows=rows)
