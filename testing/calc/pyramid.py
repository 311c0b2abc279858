"""Thinning millions of points to what a screen shows, without losing a spike: true points, never averages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

METHOD = "min_max_lttb_over_blocks"
VERSION = "1"

# Rows of one block at each level. Below the first, the points themselves are read.
LEVELS = (16, 256)
# No window reads more points than this, at whatever level.
MOST_CANDIDATES = 32_768


@dataclass(frozen=True)
class Extremes:
    """Where each block of a column has its least and its most value: positions in the order of the file.

    rows    Row numbers, rising, shape (m,).
    values  The column there, shape (m,).
    """

    rows: NDArray[np.uint32]
    values: NDArray[np.float64]


def extremes(values: NDArray[np.float64], block: int) -> Extremes:
    """Return the lowest and highest point of each block of ``block`` rows, with the first and last row of all.

    Values that are not a number are left out; a block of nothing else gives none.
    docs/science/down-sampling.md.

    >>> found = extremes(np.array([1.0, 5.0, 2.0, 3.0, 0.0, 9.0]), 3)
    >>> found.rows.tolist(), found.values.tolist()
    ([0, 1, 4, 5], [1.0, 5.0, 0.0, 9.0])
    """
    count = len(values)
    if count == 0:
        return Extremes(np.empty(0, np.uint32), np.empty(0))
    blocks = -(-count // block)
    padded = np.full(blocks * block, np.nan)
    padded[:count] = values
    table = padded.reshape(blocks, block)
    missing = np.isnan(table)
    starts = np.arange(blocks) * block
    lows = starts + np.where(missing, np.inf, table).argmin(axis=1)
    highs = starts + np.where(missing, -np.inf, table).argmax(axis=1)
    rows = np.unique(
        np.concatenate([[0, count - 1], np.minimum(lows, count - 1), np.minimum(highs, count - 1)])
    )
    rows = rows[~np.isnan(values[rows])].astype(np.uint32)
    return Extremes(rows, values[rows])


def level_for(rows: int) -> int:
    """Return the block size to read ``rows`` rows from so that few enough points come: 1 for the points themselves.

    >>> level_for(1000), level_for(100_000), level_for(3_600_000)
    (1, 16, 256)
    """
    if rows <= MOST_CANDIDATES:
        return 1
    return next((block for block in LEVELS if 2 * rows // block <= MOST_CANDIDATES), LEVELS[-1])


def thin(x: NDArray[np.float64], y: NDArray[np.float64], points: int) -> NDArray[np.intp]:
    """Return the positions of about ``points`` points that look like all of them; both of shape (n,), ``x`` rising.

    MinMaxLTTB: the extremes of small bins, and of those the largest triangles (Van Der Donckt and others, 2023,
    arXiv 2305.00332). The first and the last point stay.
    """
    measured = np.flatnonzero(~np.isnan(y))
    if len(measured) <= points:
        return measured
    own_x, own_y = np.ascontiguousarray(x[measured]), np.ascontiguousarray(y[measured])
    chosen = MinMaxLTTBDownsampler().downsample(own_x, own_y, n_out=points)
    return measured[np.asarray(chosen, dtype=np.intp)]
