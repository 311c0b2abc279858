"""Control charts and correlations: limits when there is enough for them, refusals otherwise."""

import numpy as np
import pytest

from testing.calc.control import LEAST_FOR_LIMITS, individuals
from testing.calc.correlation import line_through


def test_there_are_no_limits_before_twenty_values():
    values = [18.2, 18.3] * 10
    early = individuals(values[:-1])
    assert (early.lower, early.upper, early.missing) == (None, None, 1)
    assert early.mean == pytest.approx(np.mean(values[:-1]))
    whole = individuals(values)
    # The mean moving range is 0.1, so the limits are 3 x 0.1 / 1.128 to each side.
    assert (whole.upper - whole.mean, whole.mean - whole.lower) == pytest.approx((0.26596, 0.26596), abs=1e-5)
    assert len(values) == LEAST_FOR_LIMITS


def test_a_value_beyond_a_limit_and_a_shift_are_named_by_their_places():
    quiet = [10.0, 10.2] * 10
    assert individuals([*quiet, 14.0]).outside == (20,)
    # The mean lies between 10.0 and 10.4, so nine in a row above it begin with the last 10.4.
    assert individuals([10.0, 10.4] * 8 + [10.6] * 9).shifted == (23, 24)


@pytest.mark.parametrize(("values", "words"), [([], "at least one"), ([1.0, float("inf")], "finite")])
def test_what_cannot_be_charted_says_so(values, words):
    with pytest.raises(ValueError, match=words):
        individuals(values)


def test_the_line_and_r_agree_with_another_implementation():
    x = [18.0, 18.2, 18.1, 18.5, 17.9]
    y = [91.0, 91.6, 91.1, 92.4, 91.2]
    line = line_through(x, y)
    slope, intercept = np.polyfit(x, y, 1)
    assert (line.slope, line.intercept) == pytest.approx((slope, intercept))
    assert line.r == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert line.r_low < line.r < line.r_high


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([1, 2, 3], [1, 2, 3], "below 4"),
        # Loadings that differ in the last binary digit only: cells that were weighed alike.
        ([18.23, 18.230000000000004, 18.23, 18.23], [1, 2, 3, 4], "same for every cell"),
        ([1, 2, 3, 4], [1, 2, 3], "4 values"),
    ],
)
def test_a_correlation_is_refused_where_it_would_mean_nothing(x, y, words):
    with pytest.raises(ValueError, match=words):
        line_through(x, y)
