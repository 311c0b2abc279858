"""Two retentions of one cell differ by their reference: each says which, and is refused where cycles differ."""

from dataclasses import replace

import pytest

from testing.calc.efficiency import MeasuredCharge
from testing.calc.fade import cycles_to, fade_per_cycle
from testing.calc.meters import Meter, measured_cycles, ratio_uncertainty
from testing.calc.retention import PhasedCycle, retention
from tests.testing import simulated

COATED = "Nb2O5-coated, 4.7 V"


def phased(mode="cc", condition=COATED):
    before = [
        PhasedCycle(one, "formation", "PROT-0001/1") for one in simulated.formation_cycles(condition).cycles
    ]
    later = [
        PhasedCycle(one, "long_term", f"{mode}/1")
        for one in simulated.long_term_cycles(condition, mode).cycles
    ]
    return [*before, *later]


# G27 to G30: discharge after 500 cycles over the first discharge, and over the first charge.
@pytest.mark.parametrize(
    ("condition", "mode", "of", "percent"),
    [
        (COATED, "cc", "discharge", 99.40),
        (COATED, "cc", "charge", 77.58),
        (COATED, "cccv", "charge", 72.43),
        (COATED, "cccv", "discharge", 77.06),
        ("Nb2O5-coated, 4.5 V", "cc", "discharge", 99.10),
    ],
)
def test_retention_of_500_cycles_by_each_reference(condition, mode, of, percent):
    found = retention(phased(mode, condition), of=of)
    assert 100 * found.value == pytest.approx(percent, abs=0.01)
    assert (found.cycle_number, found.reference_cycle, found.reference_phase) == (500, 1, "long_term")
    assert f"discharge capacity of cycle 500 (long_term) over the {of} capacity of cycle 1" in found.basis


def test_g27_to_g30_on_the_papers_own_rounded_numbers():
    assert pytest.approx(99.46, abs=0.005) == 100 * 2.18 / (2.81 * 0.78)
    assert pytest.approx(72.43, abs=0.005) == 100 * 2.47 / 3.41
    assert pytest.approx(77.1, abs=0.05) == 100 * 2.47 / (3.41 * 0.94)
    assert pytest.approx(77.6, abs=0.05) == 100 * 2.18 / 2.81


def test_a_reference_at_another_rate_or_protocol_is_refused():
    # The very first cycle is formation at C/10: comparing it with 1C would call the rate a fade.
    with pytest.raises(ValueError, match="follow different protocols"):
        retention(phased(), reference="first")
    same_protocol = [replace(one, protocol="one") for one in phased()]
    with pytest.raises(
        ValueError, match=r"were discharged at 1\.054 and 0\.1054 mA, which is not the same rate"
    ):
        retention(same_protocol, reference="first")


def test_the_other_references():
    assert retention(phased(), reference="max").reference_cycle == 1
    given = retention(phased(), reference="given", given=3, at=250)
    assert (given.reference_cycle, given.cycle_number) == (3, 250)
    assert 0.99 < given.value < 1
    energy = retention(phased(), quantity="energy")
    assert energy.basis.startswith("discharge energy of cycle 500")
    assert energy.uncertainty is None
    with pytest.raises(ValueError, match="an energy is not compared with a capacity"):
        retention(phased(), quantity="energy", of="charge")


def test_an_incomplete_first_cycle_is_no_reference_and_no_later_one_takes_its_place():
    cycles = phased()
    cut = replace(cycles[3], cycle=replace(cycles[3].cycle, discharge_capacity_mah=None))
    with pytest.raises(ValueError, match="the first cycle of the phase long_term is not complete"):
        retention([*cycles[:3], cut, *cycles[4:]])
    with pytest.raises(ValueError, match="no cycle of the phase rate"):
        retention(cycles, phase="rate")
    with pytest.raises(ValueError, match="has no cycle 501"):
        retention(cycles, at=501)


def test_an_offset_nearly_cancels_between_like_cycles_and_adds_up_against_a_charge():
    meter = Meter(offset_ma=0.001, gain=0.001)
    like = retention(phased(), meter=meter)
    against_charge = retention(phased(), of="charge", meter=meter)
    assert like.uncertainty < 1e-5
    assert against_charge.uncertainty > 1e-3
    assert like.instrument_stated
    assert not retention(phased()).instrument_stated


@pytest.mark.parametrize(("mode", "of"), [("cc", "discharge"), ("cc", "charge"), ("cccv", "charge")])
def test_six_digits_give_the_same_retention_with_an_uncertainty_that_covers_it(mode, of):
    exact = retention(phased(mode), of=of)
    coarse_cycles = [
        PhasedCycle(one, "long_term", f"{mode}/1")
        for one in simulated.long_term_cycles_from_a_file(COATED, mode, 6).cycles
    ]
    coarse = retention(coarse_cycles, of=of, meter=Meter(time_digits=6, current_digits=6))
    assert coarse.uncertainty > 5e-4
    assert abs(coarse.value - exact.value) < 2.5 * coarse.uncertainty


def test_what_digits_leave_of_each_capacity_covers_the_truth_in_nearly_every_cycle():
    truth = simulated.long_term(COATED).truth
    found = measured_cycles(
        simulated.long_term_cycles_from_a_file(COATED, "cc", 6).cycles, Meter(time_digits=6, current_digits=6)
    )
    within = [
        abs(one.discharge.capacity_mah - true.discharge_capacity_mah)
        <= 2 * one.discharge.digits_uncertainty_mah
        for one, true in zip(found, truth, strict=True)
    ]
    assert sum(within) / len(within) > 0.94


def test_a_gain_matters_across_ranges_alone():
    hour = MeasuredCharge(1.0, 3600)
    meter = Meter(offset_ma=0.0, gain=0.001)
    assert ratio_uncertainty(over=hour, under=hour, meter=meter, opposite=False) == 0
    across = ratio_uncertainty(over=hour, under=hour, meter=meter, opposite=False, one_range=False)
    assert across == pytest.approx(0.001 * 2**0.5)


def test_fade_of_a_linear_loss_is_its_slope_and_one_bad_cycle_moves_nothing():
    found = [one.discharge_capacity_mah for one in simulated.long_term_cycles(COATED).cycles]
    numbers = range(1, len(found) + 1)
    fade = fade_per_cycle(numbers, found, reference_mah=found[0])
    # 0.6 % over 499 steps.
    assert fade.per_cycle == pytest.approx(0.006 / 499, rel=1e-3)
    assert fade.low <= fade.per_cycle <= fade.high
    spoiled = [*found[:250], 0.1, *found[251:]]
    assert fade_per_cycle(numbers, spoiled, reference_mah=found[0]).per_cycle == pytest.approx(
        fade.per_cycle, rel=0.01
    )


def test_many_cycles_are_thinned_and_it_is_said():
    fade = fade_per_cycle(range(3000), [1 - 1e-5 * n for n in range(3000)], reference_mah=1.0)
    assert (fade.every, fade.n) == (3, 1000)
    assert fade.per_cycle == pytest.approx(1e-5)
    with pytest.raises(ValueError, match="3 cycles are too few"):
        fade_per_cycle([1, 2, 3], [1, 1, 1], reference_mah=1.0)


def test_the_end_of_life_needs_a_second_low_cycle():
    one_bad = [1.0, 0.95, 0.5, 0.94, 0.93, 0.92]
    with pytest.raises(ValueError, match=r"80 % not reached: 92\.0 % is left at cycle 6"):
        cycles_to(range(1, 7), one_bad, reference_mah=1.0)
    assert cycles_to(range(1, 7), [1.0, 0.79, 0.81, 0.78, 0.7, 0.6], reference_mah=1.0).cycle_number == 2
    with pytest.raises(ValueError, match="not reached"):
        cycles_to([1, 2, 3], [1.0, 0.9, 0.7], reference_mah=1.0)


def test_the_cccv_cells_life_to_80_percent():
    found = [one.discharge_capacity_mah for one in simulated.long_term_cycles(COATED, "cccv").cycles]
    end = cycles_to(range(1, 501), found, reference_mah=found[0])
    # Q(n) = Q1 (1 - 0.2294 ((n - 1) / 499)^0.8) falls below 0.8 at n = 421.1.
    assert end.cycle_number == 422 or end.cycle_number == 421
