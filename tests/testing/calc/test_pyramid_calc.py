"""Thinning millions of points: what is shown was measured, and no spike is lost."""

import numpy as np
import pytest

from testing.calc.pyramid import LEVELS, MOST_CANDIDATES, extremes, level_for, thin


@pytest.mark.parametrize("block", LEVELS)
def test_every_block_keeps_its_lowest_and_its_highest_point(block):
    values = np.random.default_rng(1).normal(size=5 * block + 3)
    found = extremes(values, block)
    assert np.array_equal(values[found.rows], found.values)
    for start in range(0, len(values), block):
        own = values[start : start + block]
        inside = found.values[(found.rows >= start) & (found.rows < start + block)]
        assert (inside.min(), inside.max()) == (own.min(), own.max())
    assert (found.rows[0], found.rows[-1]) == (0, len(values) - 1)


def test_a_spike_of_one_sample_among_a_million_survives_every_step():
    values = np.sin(np.arange(1_000_000) / 3000)
    values[654_321] = 9.0
    found = extremes(values, level_for(len(values)))
    kept = thin(found.rows.astype(float), found.values, 2000)
    assert 9.0 in found.values[kept]
    assert len(kept) <= 2000


def test_what_is_not_a_number_is_left_out():
    values = np.array([np.nan, 1.0, np.nan, np.nan, 2.0, np.nan])
    assert extremes(values, 2).values.tolist() == [1.0, 2.0]
    assert extremes(np.array([]), 16).rows.size == 0
    assert thin(np.arange(6.0), values, 100).tolist() == [1, 4]


@pytest.mark.parametrize("rows", [1, MOST_CANDIDATES, MOST_CANDIDATES + 1, 300_000, 3_600_000])
def test_no_window_reads_more_than_a_screenful_of_candidates(rows):
    block = level_for(rows)
    assert (rows if block == 1 else 2 * rows / block) <= MOST_CANDIDATES
