"""How much of a coated powder is coating: ICP-OES before BET before spheres, never the balance."""

from __future__ import annotations

from typing import Any

import pytest
from uncertainties import UFloat

from lims.models import Project, User
from lims.units import ug_from_mg
from materials import actions, coated
from materials.genealogy import coating_share
from materials.models import Material, Powder
from tests.factories import make_lot, make_material, make_recipe

pytestmark = pytest.mark.django_db


@pytest.fixture
def coating(ada: User) -> Material:
    return make_material(ada, "Nb2O5", "coating", density_g_cm3=4.47, formula="Nb2O5")


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    nmc = make_material(ada, "NMC532", density_g_cm3=4.75, formula="LiNi0.5Mn0.3Co0.2O2")
    return make_lot(
        ada, project, material=nmc, received_mg=5000, particle_size_min_um=2, particle_size_max_um=5
    )


def coat(ada: User, parent: Powder, coating: Material, **facts: Any) -> Powder:
    given: dict[str, Any] = {
        "edition": make_recipe(ada, coating), "load_mass_ug": ug_from_mg(100),
        # 5 % more than went in: what a balance shows is no measure of the coating.
        "recovered_mass_ug": ug_from_mg(105), "thickness_measured_nm": 5.0,
    }  # fmt: skip
    return actions.run_coating(by=ada, project=None, parent=parent, **{**given, **facts})


def result(powder: Powder, by: User, quantity: str, value: float, **facts: Any) -> None:
    method = "ICP-OES" if quantity == "element_mass_fraction" else "BET, N2"
    actions.record_result(powder=powder, by=by, quantity=quantity, value=value, method=method, **facts)


def test_without_results_it_is_a_film_on_spheres(ada: User, lot: Powder, coating: Material) -> None:
    share = coating_share(coat(ada, lot, coating).coating)
    assert share is not None
    assert round(100 * share.value, 2) == 0.80
    assert share.basis == "5 nm on spheres of 3.5 µm"


def test_the_range_over_the_sphere_sizes_is_0_56_to_1_39_percent(
    ada: User, lot: Powder, coating: Material
) -> None:
    (amount,) = coated.amounts(coat(ada, lot, coating).coating)
    product, gain = amount.fraction_of_product, amount.gain_on_powder
    assert [round(100 * f, 2) for f in (product.value, product.least, product.most)] == [0.80, 0.56, 1.39]
    assert round(100 * gain.value, 2) == 0.81


def test_bet_takes_the_place_of_spheres(ada: User, lot: Powder, coating: Material) -> None:
    result(lot, ada, "surface_area_m2_g", 0.5)
    batch = coat(ada, lot, coating).coating
    share = coating_share(batch)
    assert share is not None
    # 0.5 m2/g x 5 nm x 4.47 g/cm3 = 11.175 mg/g
    assert share.value == pytest.approx(0.011175 / 1.011175)
    assert "0.5 m²/g (BET, N2" in share.basis
    assert share.uncertainty is None


def test_its_uncertainty_is_that_of_thickness_and_surface(ada: User, lot: Powder, coating: Material) -> None:
    result(lot, ada, "surface_area_m2_g", 0.5, uncertainty=0.05)
    batch = coat(ada, lot, coating, thickness_sites=9, thickness_standard_deviation_nm=0.6).coating
    share = coating_share(batch)
    assert share is not None
    assert isinstance(share.fraction, UFloat)
    # 10 % of the surface and 4 % of the thickness, which is 0.6 nm over the root of 9 places.
    relative = (0.1**2 + 0.04**2) ** 0.5
    assert share.uncertainty == pytest.approx(relative * 0.011175 / 1.011175**2)


def test_a_surface_holds_for_aliquots_but_not_for_what_was_milled(
    ada: User, lot: Powder, coating: Material
) -> None:
    result(lot, ada, "surface_area_m2_g", 0.5)
    (aliquot,) = actions.take_aliquots(powder=lot, masses_ug=[ug_from_mg(500)], by=ada)
    milled = actions.treat_powder(
        powder=lot, kind="mill", load_mass_ug=ug_from_mg(500), recovered_mass_ug=ug_from_mg(500), by=ada
    )
    bases = [coating_share(coat(ada, parent, coating).coating).basis for parent in (aliquot, milled)]  # type: ignore[union-attr]
    assert "m²/g" in bases[0]
    assert "spheres" in bases[1]


def test_icp_comes_before_any_thickness(ada: User, lot: Powder, coating: Material) -> None:
    result(lot, ada, "surface_area_m2_g", 0.5)
    made = coat(ada, lot, coating)
    # 0.70 % of Nb2O5, of which 2 x 92.906 / 265.81 = 69.904 % is niobium.
    result(made, ada, "element_mass_fraction", 0.0070 * 0.69904, element="Nb", uncertainty=0.0001)
    share = coating_share(made.coating)
    assert share is not None
    assert share.value == pytest.approx(0.0070, rel=1e-4)
    assert share.uncertainty == pytest.approx(0.0001 / 0.69904, rel=1e-4)
    assert share.basis.startswith("ICP-OES: 0.489 % Nb")


def test_the_newest_of_two_icp_results_counts(ada: User, lot: Powder, coating: Material) -> None:
    made = coat(ada, lot, coating)
    for share in (0.0070, 0.0080):
        result(made, ada, "element_mass_fraction", share * 0.69904, element="Nb")
    found = coating_share(made.coating)
    assert found is not None
    assert found.value == pytest.approx(0.0080, rel=1e-4)


@pytest.mark.parametrize("told", [{"element": "Ni", "value": 0.3}, {"element": "Nb", "value": 0.9}])
def test_an_element_of_the_core_or_one_that_cannot_be_tells_nothing(
    ada: User, lot: Powder, coating: Material, told: dict[str, Any]
) -> None:
    made = coat(ada, lot, coating)
    result(made, ada, "element_mass_fraction", told["value"], element=told["element"])
    share = coating_share(made.coating)
    assert share is not None
    assert "spheres" in share.basis


def test_an_element_that_the_core_holds_too_is_not_taken_for_the_coating(ada: User, project: Project) -> None:
    nca = make_material(ada, "NCA", density_g_cm3=4.8, formula="LiNi0.8Co0.15Al0.05O2")
    alumina = make_material(ada, "Al2O3", "coating", density_g_cm3=3.1, formula="Al2O3")
    core = make_lot(ada, project, material=nca, received_mg=500, particle_size_min_um=5)
    made = coat(ada, core, alumina)
    # 1.4 % of it is the core's own, which no formula states well enough to take off.
    result(made, ada, "element_mass_fraction", 0.019, element="Al")
    share = coating_share(made.coating)
    assert share is not None
    assert "spheres" in share.basis


def test_a_result_below_detection_tells_nothing(ada: User, lot: Powder, coating: Material) -> None:
    made = coat(ada, lot, coating)
    result(made, ada, "element_mass_fraction", 0.001, element="Nb", below_detection=True)
    share = coating_share(made.coating)
    assert share is not None
    assert "spheres" in share.basis


def test_what_the_first_of_two_coatings_brought_is_taken_off(
    ada: User, lot: Powder, coating: Material
) -> None:
    once = coat(ada, lot, coating)
    result(once, ada, "element_mass_fraction", 0.008 * 0.69904, element="Nb")
    twice = coat(ada, once, coating)
    result(twice, ada, "element_mass_fraction", 0.016 * 0.69904, element="Nb")
    share = coating_share(twice.coating)
    assert share is not None
    # f + (1 - f) 0.8 % = 1.6 %
    assert share.value == pytest.approx(0.008 / 0.992, rel=1e-4)


def test_without_thickness_or_results_nothing_is_said(ada: User, lot: Powder, coating: Material) -> None:
    assert coating_share(coat(ada, lot, coating, thickness_measured_nm=None).coating) is None
