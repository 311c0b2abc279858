"""Growth per cycle: one thickness, and the line through several."""

import pytest

from materials.calc.growth import Grown, expected_thickness_nm, growth_line


def test_the_expected_thickness_is_growth_times_cycles():
    assert expected_thickness_nm(growth_angstrom=0.5, cycles=30) == pytest.approx(1.5)
    with pytest.raises(ValueError, match="above 0, not -1"):
        expected_thickness_nm(growth_angstrom=-1, cycles=30)
    with pytest.raises(ValueError, match="at least one cycle"):
        expected_thickness_nm(growth_angstrom=1, cycles=0)


def test_a_late_start_is_told_from_slow_growth():
    # 0.6 A per cycle from the fifth cycle on: 1.5 nm after 30 cycles looks like 0.5 A, which it is not.
    line = growth_line([Grown(n, 0.06 * (n - 5)) for n in (20, 30, 60)])
    assert line.growth_angstrom == pytest.approx(0.6)
    assert line.offset_nm == pytest.approx(-0.3)
    assert line.nucleation_cycles == pytest.approx(5)
    assert line.points == 3


def test_errors_come_from_the_scatter_of_three_points_or_more():
    # By hand: slope 0.095 nm per cycle, residuals -0.05, 0.10 and -0.05 nm.
    line = growth_line([Grown(10, 1.0), Grown(20, 2.1), Grown(30, 2.9)])
    scatter = (2 * 0.05**2 + 0.1**2) ** 0.5
    assert line.growth_angstrom == pytest.approx(0.95)
    assert line.growth_error_angstrom == pytest.approx(10 * scatter / 200**0.5, rel=1e-6)
    two = growth_line([Grown(10, 1.0), Grown(20, 2.1)])
    assert (two.growth_error_angstrom, two.offset_error_nm) == (None, None)


def test_there_is_no_line_without_two_numbers_of_cycles_or_without_growth():
    with pytest.raises(ValueError, match="two different numbers of cycles"):
        growth_line([Grown(30, 5.0), Grown(30, 4.8)])
    with pytest.raises(ValueError, match="does not rise"):
        growth_line([Grown(30, 5.0), Grown(60, 4.8)])
