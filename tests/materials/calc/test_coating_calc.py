"""Coatings: worked numbers of a 5 nm film made by 30 ALD cycles on 2 to 5 um particles."""

import math

import pytest

from materials.calc.coating import (
    AldStep,
    ald_run,
    coating_from_element,
    equivalent_thickness_nm,
    film_mass,
    growth_per_cycle_angstrom,
    shell_mass_fraction,
    sphere_surface_m2_g,
)

STEPS = (
    AldStep("pulse", "Nb(OEt)5", 1.0),
    AldStep("purge", "Ar", 20.0),
    AldStep("pulse", "H2O", 0.1),
    AldStep("purge", "Ar", 20.0),
)


def shell(diameter_um: float):
    return shell_mass_fraction(
        thickness_nm=5, diameter_um=diameter_um, coating_density_g_cm3=4.47, core_density_g_cm3=4.75
    )


def test_thirty_cycles_take_twenty_and_a_half_minutes_and_sixty_one_turns():
    run = ald_run(steps=STEPS, cycles=30, rotation_rpm=3)
    assert run.cycle_time_s == pytest.approx(41.1)
    assert run.run_time_s / 60 == pytest.approx(20.55)
    assert run.bed_turns == pytest.approx(61.65)


def test_growth_per_cycle_is_thickness_over_cycles():
    assert growth_per_cycle_angstrom(thickness_nm=5, cycles=30) == pytest.approx(1.6667, abs=1e-4)


def test_the_gain_on_the_powder_is_not_the_share_of_the_product():
    middle = shell(3.5)
    assert middle.gain_on_powder == pytest.approx(0.0081, abs=5e-5)
    assert middle.fraction_of_product == pytest.approx(0.0080, abs=5e-5)
    assert middle.fraction_of_product < middle.gain_on_powder


@pytest.mark.parametrize(("diameter_um", "percent"), [(2, 1.40), (3.5, 0.80), (5, 0.56)])
def test_small_particles_carry_more_coating(diameter_um, percent):
    assert 100 * shell(diameter_um).fraction_of_product == pytest.approx(percent, abs=0.005)


def test_a_thick_shell_is_the_difference_of_two_spheres():
    thick = shell_mass_fraction(
        thickness_nm=500, diameter_um=1, coating_density_g_cm3=2, core_density_g_cm3=4
    )
    core, whole = math.pi / 6, math.pi / 6 * 2**3
    assert thick.gain_on_powder == pytest.approx((whole - core) * 2 / (core * 4))


def test_what_cannot_be_is_refused_with_its_number():
    with pytest.raises(ValueError, match="not 0"):
        ald_run(steps=STEPS, cycles=0, rotation_rpm=3)
    with pytest.raises(ValueError, match="at least one step"):
        ald_run(steps=(), cycles=1, rotation_rpm=3)
    with pytest.raises(ValueError, match="purge of Ar cannot last -1 s"):
        ald_run(steps=(AldStep("purge", "Ar", -1),), cycles=1, rotation_rpm=3)
    with pytest.raises(ValueError, match="-3 rpm"):
        ald_run(steps=STEPS, cycles=1, rotation_rpm=-3)
    with pytest.raises(ValueError, match="at least one cycle"):
        growth_per_cycle_angstrom(thickness_nm=5, cycles=0)
    with pytest.raises(ValueError, match="particle diameter"):
        shell(0)
    with pytest.raises(ValueError, match="core density"):
        shell_mass_fraction(
            thickness_nm=5, diameter_um=1, coating_density_g_cm3=1, core_density_g_cm3=math.nan
        )


def film(diameter_um: float):
    surface = sphere_surface_m2_g(diameter_um=diameter_um, density_g_cm3=4.75)
    return film_mass(thickness_nm=5, surface_m2_g=surface, coating_density_g_cm3=4.47)


@pytest.mark.parametrize(("diameter_um", "percent"), [(2, 1.39), (3.5, 0.80), (5, 0.56)])
def test_a_film_on_two_to_five_micrometres_is_0_56_to_1_39_percent_of_the_product(diameter_um, percent):
    assert round(100 * film(diameter_um).fraction_of_product, 2) == percent


def test_the_same_film_is_0_81_percent_on_the_mass_put_in():
    assert round(100 * film(3.5).gain_on_powder, 2) == 0.81


def test_a_thin_film_and_a_shell_agree():
    assert film(5).gain_on_powder == pytest.approx(shell(5).gain_on_powder, rel=0.003)


def test_equivalent_thickness_is_the_film_that_weighs_as_much():
    gain = film(3.5).gain_on_powder
    surface = sphere_surface_m2_g(diameter_um=3.5, density_g_cm3=4.75)
    assert equivalent_thickness_nm(
        gain_on_powder=gain, surface_m2_g=surface, coating_density_g_cm3=4.47
    ) == pytest.approx(5)


def test_an_element_of_the_coating_alone_tells_its_share():
    # 0.80 % of Nb2O5, of which 69.904 % is niobium.
    share = coating_from_element(measured=0.0080 * 0.69904, in_coating=0.69904)
    assert share == pytest.approx(0.0080)


def test_what_an_earlier_coating_brought_is_taken_off():
    once, twice = 0.008, 0.016
    niobium = 0.69904
    share = coating_from_element(measured=twice * niobium, in_coating=niobium, in_core=once * niobium)
    assert once * (1 - share) + share == pytest.approx(twice)


def test_an_element_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="does not lie between"):
        coating_from_element(measured=0.8, in_coating=0.7)
    with pytest.raises(ValueError, match="is not more than"):
        coating_from_element(measured=0.1, in_coating=0.1, in_core=0.1)
    with pytest.raises(ValueError, match="cannot be -1 nm"):
        film_mass(thickness_nm=-1, surface_m2_g=1, coating_density_g_cm3=1)
    with pytest.raises(ValueError, match="surface in m2/g must be above 0"):
        film_mass(thickness_nm=1, surface_m2_g=0, coating_density_g_cm3=1)
