"""Plunger heights: what was pressed is as thick as the plunger rose, and as dense as that says."""

from __future__ import annotations

import math

import pytest

from cells.calc.heights import (
    Height,
    Thickness,
    density_without_pores_g_cm3,
    mean_height,
    pressed_pellet,
    thickness,
)


def test_the_separator_of_the_paper_is_about_a_millimetre() -> None:
    """48.6 mg of Li6PS5Cl on 6 mm: 924 µm dense, 1027 µm with 10 % of pores (golden check G10)."""
    pellet = pressed_pellet(
        mass_mg=48.6, mass_uncertainty_mg=0.04, diameter_mm=6.0, diameter_uncertainty_mm=0.03,
        measured=Thickness(1027, 10), theoretical_density_g_cm3=1.86,
    )  # fmt: skip
    assert round(pellet.porosity, 2) == 0.10


def test_ten_micrometres_of_a_hundred_are_nine_points_of_density() -> None:
    """A13: a cathode of 100 µm ± 10 µm has ± 9 points of relative density."""
    pellet = pressed_pellet(
        mass_mg=8.1, mass_uncertainty_mg=0.0408, diameter_mm=6.0, diameter_uncertainty_mm=0.0289,
        measured=Thickness(100, 10), theoretical_density_g_cm3=3.08,
    )  # fmt: skip
    assert round(100 * (pellet.uncertainty or 0)) == 9
    assert not pellet.above_full_density


def test_more_than_full_density_is_told_and_not_refused() -> None:
    pellet = pressed_pellet(
        mass_mg=8.1, mass_uncertainty_mg=None, diameter_mm=6.0, diameter_uncertainty_mm=0.0289,
        measured=Thickness(90, 10), theoretical_density_g_cm3=3.08,
    )  # fmt: skip
    assert pellet.above_full_density
    assert pellet.relative_density > 1
    assert pellet.porosity < 0, "nothing is clamped"
    assert pellet.uncertainty is None, "without a balance nobody knows it"


def test_the_cathode_s_density_is_the_one_of_its_parts() -> None:
    """G11: 70:30:5:5 of 4.75, 1.86, 2.2 and 1.95 g/cm3 is 3.08 g/cm3 without pores."""
    assert round(density_without_pores_g_cm3([(70, 4.75), (30, 1.86), (5, 2.2), (5, 1.95)]), 2) == 3.08


def test_several_readings_do_not_make_a_gauge_better_than_it_is() -> None:
    steady = mean_height([Height(20.0, 5)] * 9)
    assert steady == Height(20.0, 5)
    scattered = mean_height([Height(20.000, 5), Height(20.020, 5)])
    assert math.isclose(scattered.uncertainty_um or 0, math.hypot(5, 10))
    assert mean_height([Height(20.0)]).uncertainty_um is None, "one reading of an unknown gauge tells nothing"


def test_a_plunger_that_did_not_rise_is_a_reason_and_no_thickness() -> None:
    with pytest.raises(ValueError, match="did not rise"):
        thickness(above=Height(20.0), below=Height(20.0))
    with pytest.raises(ValueError, match="no reading"):
        mean_height([])
    with pytest.raises(ValueError, match="above 0"):
        density_without_pores_g_cm3([(1, 0)])
