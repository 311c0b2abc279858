"""Presses and pellets: 6 mm die, 48.6 mg separator, 8.1 mg cathode."""

import pytest

from cells.calc.balance import die_area_cm2
from cells.calc.pressing import (
    force_n_from_tonnes,
    gauge_pressure_bar,
    layer_thickness_um,
    pellet_density,
    press_force_n,
    pressure_mpa,
    pressure_mpa_from_gauge,
    tonnes_force,
)


@pytest.mark.parametrize(
    ("pressure", "newton", "tonnes"), [(100, 2827, 0.288), (520, 14703, 1.50), (7, 198, 0.0202)]
)
def test_force_of_each_press_step(pressure, newton, tonnes):
    force = press_force_n(pressure, 6.0)
    assert force == pytest.approx(newton, abs=0.5)
    assert tonnes_force(force) == pytest.approx(tonnes, abs=0.005 * max(tonnes, 0.1))


@pytest.mark.parametrize(("ram_mm", "bar"), [(50.0, 74.9), (38.1, 129.0)])
def test_the_gauge_shows_the_oil_and_not_the_powder(ram_mm, bar):
    shown = gauge_pressure_bar(pressure_mpa=520, die_diameter_mm=6.0, ram_diameter_mm=ram_mm)
    assert shown == pytest.approx(bar, abs=0.05)


def test_every_conversion_comes_back():
    assert pressure_mpa(press_force_n(520, 6.0), 6.0) == pytest.approx(520)
    assert force_n_from_tonnes(tonnes_force(1234.5)) == pytest.approx(1234.5)
    gauge = gauge_pressure_bar(pressure_mpa=100, die_diameter_mm=10.0, ram_diameter_mm=50.0)
    back = pressure_mpa_from_gauge(gauge_bar=gauge, die_diameter_mm=10.0, ram_diameter_mm=50.0)
    assert back == pytest.approx(100)


def test_the_separator_is_about_a_millimetre():
    areal_mass = 48.6 / die_area_cm2(6.0)
    assert areal_mass == pytest.approx(171.9, abs=0.05)
    dense = [layer_thickness_um(areal_mass_mg_cm2=areal_mass, density_g_cm3=rho) for rho in (1.86, 1.64)]
    assert [round(value) for value in dense] == [924, 1048]
    porous = layer_thickness_um(areal_mass_mg_cm2=areal_mass, density_g_cm3=1.86, porosity=0.1)
    assert round(porous) == 1027


def pellet(thickness_um: float):
    return pellet_density(
        mass_mg=8.1,
        area_cm2=die_area_cm2(6.0),
        thickness_um=thickness_um,
        theoretical_density_g_cm3=3.08,
        thickness_uncertainty_um=10,
    )


def test_ten_micrometres_are_nine_points_of_density():
    found = pellet(100)
    assert found.relative_density == pytest.approx(0.930, abs=5e-4)
    assert found.relative_density_uncertainty == pytest.approx(0.093, abs=5e-4)
    assert found.porosity == pytest.approx(0.070, abs=5e-4)
    assert found.density_g_cm3 == pytest.approx(2.865, abs=5e-4)
    assert not found.above_full_density


def test_more_than_full_density_is_flagged_and_kept():
    found = pellet(90)
    assert found.above_full_density
    assert found.relative_density == pytest.approx(1.033, abs=5e-4)
    assert found.porosity < 0


def test_what_cannot_be_is_refused_with_its_number():
    with pytest.raises(ValueError, match="die's diameter must be above 0 mm, not 0"):
        press_force_n(100, 0)
    with pytest.raises(ValueError, match="ram's diameter"):
        gauge_pressure_bar(pressure_mpa=1, die_diameter_mm=6, ram_diameter_mm=-1)
    with pytest.raises(ValueError, match="-1"):
        press_force_n(-1, 6)
    with pytest.raises(ValueError, match="force cannot be -5"):
        tonnes_force(-5)
    with pytest.raises(ValueError, match="thickness in um must be above 0, not 0"):
        pellet(0)
    with pytest.raises(ValueError, match="porosity"):
        layer_thickness_um(areal_mass_mg_cm2=1, density_g_cm3=1, porosity=1)
