"""Loadings, capacities and N/P of the paper's cell: 8.1 mg of 70:30:5:5 composite in a 6 mm die."""

import math
from dataclasses import fields, replace

import pytest

from cells.calc.balance import (
    ElectrodeInputs,
    Quantity,
    cell_balance,
    cell_voltage_v,
    counter_composite_mass_mg,
    die_area_cm2,
    die_uncertainty_mm,
    rate_current_ma,
)
from materials.calc.weighing import weighing_uncertainty_mg

WEIGHED_MG = weighing_uncertainty_mg(readability_mg=0.1, repeatability_mg=None)
DIE = Quantity(6.0, die_uncertainty_mm(0.05))
CAPACITIES = {4.3: 165.0, 4.5: 185.0, 4.7: 205.0}


def positive(capacity_mah_g: float = 165) -> ElectrodeInputs:
    return ElectrodeInputs(Quantity(8.1, WEIGHED_MG), Quantity(70 / 110), capacity_mah_g)


def negative(mass_mg: float = 13.28) -> ElectrodeInputs:
    return ElectrodeInputs(Quantity(mass_mg, WEIGHED_MG), Quantity(50 / 110), 155)


def test_loadings_tell_composite_from_active_mass():
    balance = cell_balance(die_diameter_mm=DIE, positive=positive(), negative=negative())
    assert balance.area_cm2.value == pytest.approx(0.282743, abs=5e-7)
    assert balance.composite_loading_mg_cm2.value == pytest.approx(28.648, abs=5e-4)
    assert balance.positive_active_mass_mg.value == pytest.approx(5.1545, abs=5e-5)
    assert balance.active_loading_mg_cm2.value == pytest.approx(18.230, abs=5e-4)
    assert balance.positive_composite_mass_mg == Quantity(8.1, WEIGHED_MG)


@pytest.mark.parametrize(("cut_off", "areal"), [(4.3, 3.008), (4.5, 3.373), (4.7, 3.737)])
def test_areal_capacity_grows_with_the_cut_off(cut_off, areal):
    balance = cell_balance(die_diameter_mm=DIE, positive=positive(CAPACITIES[cut_off]), negative=None)
    assert balance.areal_capacity_mah_cm2.value == pytest.approx(areal, abs=5e-4)
    assert balance.one_c_current_density_ma_cm2 == balance.areal_capacity_mah_cm2


def test_one_c_passes_the_design_capacity_in_an_hour():
    balance = cell_balance(die_diameter_mm=DIE, positive=positive(), negative=None)
    assert balance.capacity_mah.value == pytest.approx(0.8505, abs=5e-5)
    assert balance.one_c_current_ma.value == balance.capacity_mah.value


def test_a_foil_has_no_np_ratio():
    balance = cell_balance(die_diameter_mm=DIE, positive=positive(), negative=None)
    assert balance.np_ratio is None
    assert balance.negative_areal_capacity_mah_cm2 is None


@pytest.mark.parametrize(
    ("cut_off", "mass_mg", "loading"), [(4.3, 13.28, 21.35), (4.5, 14.89, 23.93), (4.7, 16.50, 26.52)]
)
def test_the_negative_for_an_np_ratio_of_one_point_one(cut_off, mass_mg, loading):
    inputs = positive(CAPACITIES[cut_off])
    found = counter_composite_mass_mg(
        np_ratio=1.1,
        positive=inputs,
        negative_specific_capacity_mah_g=155,
        negative_active_fraction=50 / 110,
    )
    assert found == pytest.approx(mass_mg, abs=0.005)
    balance = cell_balance(die_diameter_mm=DIE, positive=inputs, negative=negative(found))
    assert balance.np_ratio.value == pytest.approx(1.1, abs=1e-12)
    assert balance.negative_areal_capacity_mah_cm2.value / 155 * 1000 == pytest.approx(loading, abs=0.005)


def test_loading_is_known_to_one_point_one_percent():
    balance = cell_balance(die_diameter_mm=DIE, positive=positive(), negative=negative())
    loading = balance.active_loading_mg_cm2
    assert loading.uncertainty / loading.value == pytest.approx(0.0109, abs=5e-5)
    assert 2 * loading.uncertainty == pytest.approx(0.40, abs=0.005)
    areal = balance.areal_capacity_mah_cm2
    assert f"{areal.value:.2f} ± {2 * areal.uncertainty:.2f}" == "3.01 ± 0.07"


@pytest.mark.parametrize(
    ("readability", "tolerance", "percent"), [(0.1, 0.01, 0.54), (0.1, 0.05, 1.09), (0.01, 0.01, 0.20)]
)
def test_the_better_of_balance_and_die_does_not_help_alone(readability, tolerance, percent):
    mass = Quantity(8.1, weighing_uncertainty_mg(readability_mg=readability, repeatability_mg=None))
    balance = cell_balance(
        die_diameter_mm=Quantity(6.0, die_uncertainty_mm(tolerance)),
        positive=replace(positive(), composite_mass_mg=mass),
        negative=None,
    )
    loading = balance.active_loading_mg_cm2
    assert 100 * loading.uncertainty / loading.value == pytest.approx(percent, abs=0.005)


def test_the_shared_die_cancels_in_np_ratio():
    balance = cell_balance(die_diameter_mm=DIE, positive=positive(), negative=negative())
    assert balance.np_ratio.uncertainty / balance.np_ratio.value == pytest.approx(0.0059, abs=5e-5)
    worse = cell_balance(die_diameter_mm=Quantity(6.0, 0.5), positive=positive(), negative=negative())
    assert worse.np_ratio.uncertainty == pytest.approx(balance.np_ratio.uncertainty, rel=1e-9)
    assert worse.areal_capacity_mah_cm2.uncertainty > 10 * balance.areal_capacity_mah_cm2.uncertainty


def test_the_uncertainty_of_the_composition_counts():
    vague = replace(positive(), active_fraction=Quantity(70 / 110, 0.01))
    balance = cell_balance(die_diameter_mm=Quantity(6.0), positive=vague, negative=None)
    expected = math.hypot(WEIGHED_MG / 8.1, 0.01 / (70 / 110))
    areal = balance.areal_capacity_mah_cm2
    assert areal.uncertainty / areal.value == pytest.approx(expected, rel=1e-9)
    assert balance.composite_loading_mg_cm2.uncertainty / balance.composite_loading_mg_cm2.value == (
        pytest.approx(WEIGHED_MG / 8.1, rel=1e-9)
    )


def test_every_number_of_an_exact_cell_is_exact():
    exact = ElectrodeInputs(Quantity(8.1), Quantity(70 / 110), 165)
    balance = cell_balance(die_diameter_mm=Quantity(6.0), positive=exact, negative=exact)
    numbers = [getattr(balance, field.name) for field in fields(balance) if field.name != "missing"]
    assert {number.uncertainty for number in numbers if number is not None} == {0.0}
    assert balance.np_ratio.value == 1.0


def test_repeatability_takes_the_place_of_readability():
    assert pytest.approx(0.1 / math.sqrt(6)) == WEIGHED_MG
    assert weighing_uncertainty_mg(readability_mg=0.1, repeatability_mg=0.08) == pytest.approx(
        0.08 * math.sqrt(2)
    )


def test_voltages_and_rates_of_the_paper():
    assert [round(cell_voltage_v(limit, 1.55), 2) for limit in (3.0, 4.3, 4.5, 4.7)] == [
        1.45,
        2.75,
        2.95,
        3.15,
    ]
    one_c_ma = 3.0 * die_area_cm2(6.0)
    assert round(one_c_ma, 4) == 0.8482
    assert round(rate_current_ma(one_c_ma, 0.1), 4) == 0.0848
    assert round(rate_current_ma(one_c_ma, 2), 4) == 1.6965


def test_what_cannot_be_is_refused_with_its_number():
    with pytest.raises(ValueError, match="positive's mass must be above 0 mg, not 0"):
        cell_balance(
            die_diameter_mm=DIE, positive=replace(positive(), composite_mass_mg=Quantity(0.0)), negative=None
        )
    with pytest.raises(ValueError, match=r"negative's active fraction .* not at 1\.5"):
        wrong = replace(negative(), active_fraction=Quantity(1.5))
        cell_balance(die_diameter_mm=DIE, positive=positive(), negative=wrong)
    with pytest.raises(ValueError, match="specific capacity"):
        cell_balance(die_diameter_mm=DIE, positive=positive(0), negative=None)
    with pytest.raises(ValueError, match="not -6"):
        cell_balance(die_diameter_mm=Quantity(-6.0), positive=positive(), negative=None)
    with pytest.raises(ValueError, match="no quantity"):
        Quantity(1.0, -0.1)
    with pytest.raises(ValueError, match="no quantity"):
        Quantity(math.nan)
    with pytest.raises(ValueError, match="rate must be above 0"):
        rate_current_ma(1.0, 0)
    with pytest.raises(ValueError, match="N/P"):
        counter_composite_mass_mg(
            np_ratio=0,
            positive=positive(),
            negative_specific_capacity_mah_g=155,
            negative_active_fraction=0.45,
        )
