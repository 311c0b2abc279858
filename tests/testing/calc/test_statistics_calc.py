"""Groups of three cells: the paper's initial efficiencies in percent."""

import numpy as np
import pytest
from scipy import stats

from testing.calc.statistics import describe, holm, welch


def three(mean, sd):
    """Three values whose mean and sample sd are exactly these."""
    return [mean - sd, mean, mean + sd]


PAIRS = {
    4.3: (three(91.6, 0.5), three(82.8, 0.6)),
    4.5: (three(90.6, 0.3), three(82.2, 0.6)),
    4.7: (three(88.5, 0.2), three(79.8, 0.04)),
}


def test_the_spread_is_the_sample_standard_deviation():
    summary = describe(three(91.6, 0.5))
    assert (summary.n, summary.mean, summary.sd) == pytest.approx((3, 91.6, 0.5))
    assert summary.ci95_high - summary.mean == pytest.approx(2.48 * 0.5, abs=0.005)
    assert summary.mean - summary.ci95_low == pytest.approx(2.48 * 0.5, abs=0.005)


def test_one_cell_has_a_mean_and_no_spread():
    summary = describe([79.8])
    assert (summary.n, summary.mean) == (1, 79.8)
    assert summary.sd is summary.ci95_low is summary.ci95_high is None
    with pytest.raises(ValueError, match="without values"):
        describe([])
    with pytest.raises(ValueError, match="finite"):
        describe([1.0, float("nan")])


@pytest.mark.parametrize(
    ("cut_off", "gain", "t", "freedom", "p", "low", "high"),
    [
        (4.3, 8.8, 19.5, 3.9, 5e-5, 7.5, 10.1),
        (4.5, 8.4, 21.7, 2.9, 2e-4, 7.2, 9.7),
        (4.7, 8.7, 73.9, 2.2, 1e-4, 8.2, 9.2),
    ],
)
def test_the_gain_of_the_coating_in_percentage_points(cut_off, gain, t, freedom, p, low, high):
    result = welch(*PAIRS[cut_off])
    assert result.difference == pytest.approx(gain)
    assert result.t == pytest.approx(t, abs=0.05)
    assert result.degrees_of_freedom == pytest.approx(freedom, abs=0.05)
    assert result.p_value == pytest.approx(p, rel=0.35)
    assert (result.ci95_low, result.ci95_high) == pytest.approx((low, high), abs=0.06)


def test_welch_agrees_with_another_implementation():
    first, second = [2.1, 2.5, 2.3, 2.9], [1.9, 2.0, 2.2]
    theirs = stats.ttest_ind(first, second, equal_var=False)
    ours = welch(first, second)
    assert (ours.t, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
    limits = theirs.confidence_interval()
    assert (ours.ci95_low, ours.ci95_high) == pytest.approx((limits.low, limits.high))


def test_no_test_below_three_cells_a_group():
    with pytest.raises(ValueError, match="there are 3 and 2"):
        welch([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="do not vary"):
        welch([1, 1, 1], [2, 2, 2])


def test_holm_across_three_voltages():
    assert holm([5e-5, 2e-4, 1e-4]) == pytest.approx([1.5e-4, 2e-4, 2e-4])
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == pytest.approx([1, 1])
    assert holm([]) == ()
    with pytest.raises(ValueError, match=r"1\.2 is not a probability"):
        holm([1.2])


def test_holm_keeps_the_order_of_small_and_large():
    p_values = np.random.default_rng(3).uniform(size=20)
    adjusted = np.array(holm(p_values.tolist()))
    assert (np.diff(adjusted[np.argsort(p_values)]) >= 0).all()
