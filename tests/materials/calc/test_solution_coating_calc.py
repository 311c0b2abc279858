"""Coating from solution, on the paper's 0.5 g of NMC532 with 3 wt% of LiNbO3 (golden checks G16 and G17)."""

import pytest

from materials.calc.coating import equivalent_thickness_nm, sphere_surface_m2_g
from materials.calc.solution_coating import (
    coating_units_per_precursor,
    mass_aimed_at_mg,
    solution_dose,
)

ETHOXIDE = "LiNb(OC2H5)6"


@pytest.mark.parametrize(("of_product", "volume_ml"), [(False, 0.751), (True, 0.774)])
def test_half_a_gram_with_three_percent_takes_three_quarters_of_a_millilitre(of_product, volume_ml):
    aimed_mg = mass_aimed_at_mg(powder_mass_mg=500, target_fraction=0.03, of_product=of_product)
    dose = solution_dose(
        coating_mass_mg=aimed_mg, coating="LiNbO3", precursor=ETHOXIDE, concentration_g_ml=0.05
    )
    assert dose.volume_ml == pytest.approx(volume_ml, abs=5e-4)
    if not of_product:
        assert dose.precursor_mass_mg == pytest.approx(37.6, abs=0.05)


@pytest.mark.parametrize(("diameter_um", "nm"), [(2, 10.2), (3.5, 17.9), (5, 25.5)])
def test_three_percent_of_niobate_is_thicker_than_five_nanometres(diameter_um, nm):
    surface = sphere_surface_m2_g(diameter_um=diameter_um, density_g_cm3=4.75)
    film = equivalent_thickness_nm(gain_on_powder=0.03, surface_m2_g=surface, coating_density_g_cm3=4.65)
    assert film == pytest.approx(nm, abs=0.05)


def test_the_metals_say_how_much_coating_a_precursor_leaves():
    assert coating_units_per_precursor(coating="LiNbO3", precursor=ETHOXIDE) == 1
    assert coating_units_per_precursor(coating="Nb2O5", precursor="Nb(OC2H5)5") == 0.5


def test_a_precursor_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="holds no Li"):
        coating_units_per_precursor(coating="LiNbO3", precursor="Nb(OC2H5)5")
    with pytest.raises(ValueError, match="does not hold Li and Nb in the ratio of Li3NbO4"):
        coating_units_per_precursor(coating="Li3NbO4", precursor=ETHOXIDE)
    with pytest.raises(ValueError, match="no element that a precursor could be counted by"):
        coating_units_per_precursor(coating="C", precursor="CH4")


def test_what_cannot_be_is_refused_with_its_number():
    with pytest.raises(ValueError, match="between 0 and 1, not at 3"):
        mass_aimed_at_mg(powder_mass_mg=500, target_fraction=3, of_product=False)
    with pytest.raises(ValueError, match="more than 0 mg, not 0"):
        mass_aimed_at_mg(powder_mass_mg=0, target_fraction=0.03, of_product=False)
    with pytest.raises(ValueError, match="concentration in g/mL must be above 0"):
        solution_dose(coating_mass_mg=15, coating="LiNbO3", precursor=ETHOXIDE, concentration_g_ml=0)
