"""The average efficiency names its window, leaves out what is not an efficiency, and knows what it does not know."""

from dataclasses import replace

import pytest

from testing.calc.average_efficiency import average_efficiency, cycles_below
from testing.calc.meters import Meter
from testing.demo.simulator import simulate_long_term
from tests.testing import simulated

COATED = "Nb2O5-coated, 4.7 V"


def coated():
    return simulated.long_term_cycles(COATED).cycles


def test_the_papers_claim_of_9995_holds_only_without_the_first_two_cycles():
    # G35: over all 500 it is 99.93 %, and only from cycle 3 it is above 99.95 %.
    every = average_efficiency(coated(), count_first_at_rate=True)
    from_third = average_efficiency(coated(), first=3)
    assert (every.n, round(100 * every.mean, 3)) == (500, 99.930)
    assert (from_third.n, round(100 * from_third.mean, 3)) == (498, 99.975)
    assert every.mean < 0.9995 < from_third.mean


def test_g35_on_the_papers_own_rounded_numbers():
    printed = [78.0, 99.0] + [99.95] * 498
    assert round(sum(printed) / 500, 2) == 99.90
    assert round(sum(printed[1:]) / 499, 3) == 99.948


def test_the_first_cycle_at_a_rate_is_left_out_and_named():
    found = average_efficiency(coated())
    assert found.n == 499
    assert [(one.cycle_number, one.why) for one in found.left_out] == [(1, "the first cycle at its rate")]
    assert found.minimum == pytest.approx(0.9925, abs=1e-4)
    assert found.minimum_cycle == 2
    assert found.median == pytest.approx(0.99975, abs=1e-5)


def test_each_rate_of_a_rate_test_loses_its_first_cycle():
    found = average_efficiency(simulated.rate_cycles("uncoated, 4.3 V").cycles)
    assert [one.cycle_number for one in found.left_out] == [1, 4, 7, 10, 13, 16]
    assert found.mean == pytest.approx(0.995, abs=1e-4)
    spoiled = average_efficiency(simulated.rate_cycles("uncoated, 4.3 V").cycles, count_first_at_rate=True)
    assert spoiled.minimum < 0.6


def test_incomplete_cycles_and_restarts_do_not_count():
    cycles = list(coated()[:10])
    cycles[-1] = replace(cycles[-1], discharge_capacity_mah=None, coulombic_efficiency=None, complete=False)
    found = average_efficiency(cycles, restarts=[6])
    assert [(one.cycle_number, one.why) for one in found.left_out] == [
        (1, "the first cycle at its rate"),
        (6, "the cycle in which the test was taken up again"),
        (10, "not complete"),
    ]


def test_a_window_in_which_nothing_counts_says_so():
    with pytest.raises(ValueError, match="none of the cycles 1 to 1 counts; cycle 1 is the first cycle"):
        average_efficiency(coated(), first=1, last=1)


def test_an_offset_does_not_average_out():
    # A3: 1 uA beside 1.05 mA shifts an efficiency by 0.19 %, in one cycle as in 499.
    told = average_efficiency(coated(), meter=Meter(offset_ma=0.001, gain=0.001))
    assert 100 * told.uncertainty == pytest.approx(0.19, abs=0.005)
    assert told.instrument_stated
    unknown = average_efficiency(coated())
    assert not unknown.instrument_stated
    # A claim of 99.95 % needs to be known to better than what it is off from 1.
    assert told.uncertainty > 1 - 0.9995


def test_six_digits_leave_a_wider_uncertainty_that_covers_the_truth():
    # A2: the clock counts in tens of seconds after a million; single cycles stray, their mean hardly.
    found = simulated.long_term_cycles_from_a_file(COATED, "cc", 6).cycles
    coarse = average_efficiency(found, first=3, meter=Meter(time_digits=6, current_digits=6))
    exact = average_efficiency(coated(), first=3)
    assert exact.uncertainty == 0
    assert coarse.uncertainty > 1e-5
    assert abs(coarse.mean - exact.mean) < 2 * coarse.uncertainty
    assert max(one.coulombic_efficiency for one in found) > 1


@pytest.mark.parametrize(("name", "count"), [("uncoated, 4.5 V", 12), ("uncoated, 4.7 V", 300)])
def test_cycles_below_99_percent(name, count):
    found = cycles_below(simulated.long_term_cycles(name).cycles, 0.99)
    assert abs(found.count - count) <= 2
    assert (found.fewest, found.most) == (found.count, found.count)


def test_six_digits_carry_more_cycles_over_the_threshold_from_the_crowded_side():
    # A2, A3: 300 in truth. The clock's step of ten seconds scatters hundreds of cycles that lie close above
    # 99 %, and more of them fall below than rise above, so the strayings do not cancel.
    name, truth = "uncoated, 4.7 V", 300
    coarse = simulated.long_term_cycles_from_a_file(name, "cc", 6).cycles
    found = cycles_below(coarse, 0.99, meter=Meter(time_digits=6, current_digits=6))
    assert found.count > truth + 20
    assert abs(found.count - truth) <= found.uncertainty
    assert found.fewest <= truth <= found.most
    # Where few lie close, the same digits leave the count alone.
    few = cycles_below(
        simulated.long_term_cycles_from_a_file("uncoated, 4.5 V", "cc", 6).cycles,
        0.99,
        meter=Meter(time_digits=6, current_digits=6),
    )
    assert abs(few.count - 12) <= 2
    assert few.most - few.fewest <= 2


def test_an_offset_widens_the_count_as_it_widens_each_efficiency():
    cycles = simulated.long_term_cycles("uncoated, 4.7 V").cycles
    told = cycles_below(cycles, 0.99, meter=Meter(offset_ma=0.001, gain=0.001))
    assert told.instrument_stated
    # 0.19 % of a curve that rises by 1.2e-5 a cycle there.
    assert told.fewest < 250 < 350 < told.most


def test_a_window_late_in_a_test_has_the_coarse_clock_of_its_time():
    cycles = simulated.long_term_cycles_from_a_file("uncoated, 4.7 V", "cc", 6).cycles
    six = Meter(time_digits=6, current_digits=6)
    early = cycles_below(cycles[250:], 0.99, meter=six)
    late = cycles_below(cycles[250:], 0.99, meter=six, start_s=sum(one.duration_s for one in cycles[:250]))
    assert late.most - late.fewest > early.most - early.fewest


def test_efficiencies_above_one_are_counted_as_they_are():
    # E25: nothing is clipped.
    cycles = simulate_long_term(COATED, cycles=5)
    found = list(simulated.segmented(cycles).cycles)
    found[3] = replace(found[3], coulombic_efficiency=1.02)
    assert average_efficiency(found, first=4, last=4).mean == 1.02
