"""Rates: the last cycle at each, all kept, and what comes back; energy: its efficiency is the product of two."""

import pytest

from testing.calc.energy import energy_efficiency
from testing.calc.meters import Meter
from testing.calc.rate_capability import rate_capability
from testing.calc.rate_steps import first_at_rate, rate_steps
from testing.demo.truth import AREA_CM2, TRUTH
from tests.testing import simulated

PRINTED_2C = {
    "Nb2O5-coated, 4.3 V": 0.54,
    "Nb2O5-coated, 4.5 V": 0.51,
    "Nb2O5-coated, 4.7 V": 0.42,
    "uncoated, 4.3 V": 0.08,
    "uncoated, 4.5 V": 0.05,
    "uncoated, 4.7 V": 0.002,
}
PRINTED_1C_UNCOATED = {"uncoated, 4.3 V": 0.35, "uncoated, 4.5 V": 0.28, "uncoated, 4.7 V": 0.02}


def found(name, **options):
    one_c = TRUTH[name].one_c_ma_cm2 * AREA_CM2
    return rate_capability(simulated.rate_cycles(name).cycles, one_c_current_ma=one_c, **options)


@pytest.mark.parametrize("name", PRINTED_2C)
def test_what_the_paper_prints_of_each_rate_comes_back(name):
    rates = found(name).rates
    assert [one.label for one in rates] == ["C/10", "C/5", "C/2", "1C", "2C", "C/10"]
    assert rates[4].fraction == pytest.approx(PRINTED_2C[name], rel=1e-4)
    if name in PRINTED_1C_UNCOATED:
        assert rates[3].fraction == pytest.approx(PRINTED_1C_UNCOATED[name], rel=1e-4)
    assert found(name).recovery == pytest.approx(1, abs=1e-4)
    assert [len(one.all_mah) for one in rates] == [3] * 6
    assert rates[0].cycle_numbers == (1, 2, 3)
    assert rates[0].chosen == 3


def test_g20_to_g22_the_gain_at_2c_is_not_ten_everywhere():
    area = AREA_CM2
    coated = [found(name).rates[4].capacity_mah / area for name in list(PRINTED_2C)[:3]]
    uncoated = [found(name).rates[4].capacity_mah / area for name in list(PRINTED_2C)[3:]]
    assert coated == pytest.approx([1.62, 1.581, 1.478], abs=5e-4)
    assert uncoated == pytest.approx([0.210, 0.143, 0.0049], abs=6e-4)
    gains = [one / other for one, other in zip(coated, uncoated, strict=True)]
    assert gains == pytest.approx([7.7, 11.1, 302], rel=0.01)
    one_c = [found(name).rates[3].capacity_mah / area for name in list(PRINTED_2C)[3:]]
    assert one_c == pytest.approx([0.92, 0.80, 0.049], abs=5e-3)


def test_the_mean_of_three_and_rates_named_by_current():
    mean = rate_capability(simulated.rate_cycles("uncoated, 4.5 V").cycles, choice="mean")
    assert mean.choice == "mean"
    assert mean.rates[0].chosen is None
    assert mean.rates[0].label == "0.0951 mA"


def test_a_ratio_across_ranges_carries_the_gain():
    told = found("Nb2O5-coated, 4.3 V", meter=Meter(offset_ma=1e-4, gain=0.002))
    assert told.rates[0].uncertainty == 0
    assert told.rates[4].uncertainty == pytest.approx(0.54 * 0.002 * 2**0.5, rel=0.1)


def test_one_rate_is_no_capability():
    with pytest.raises(ValueError, match="1 rates have a complete cycle; two are needed"):
        rate_capability(simulated.formation_cycles("uncoated, 4.5 V").cycles)


def test_steps_and_their_first_cycles():
    cycles = simulated.rate_cycles("Nb2O5-coated, 4.7 V").cycles
    assert [len(step.cycles) for step in rate_steps(cycles)] == [3] * 6
    assert first_at_rate(cycles) == {1, 4, 7, 10, 13, 16}


def test_energy_efficiency_is_coulombic_times_voltage_efficiency():
    for one in simulated.rate_cycles("uncoated, 4.3 V").cycles:
        found_energy = energy_efficiency(one)
        assert found_energy.value == pytest.approx(found_energy.coulombic * found_energy.voltage, rel=1e-12)
        assert found_energy.coulombic == pytest.approx(one.coulombic_efficiency, rel=1e-12)
        assert found_energy.polarisation_v > 0


def test_voltages_against_lithium_would_give_another_efficiency():
    # Adding a constant to both voltages shifts the mean voltages and never the loss, so the ratio is wrong.
    one = simulated.formation_cycles("Nb2O5-coated, 4.3 V").cycles[1]
    cell = energy_efficiency(one)
    shifted = (cell.discharge_mean_voltage_v + 1.55) / (cell.charge_mean_voltage_v + 1.55)
    assert shifted > cell.voltage
    assert cell.polarisation_v == pytest.approx(
        (cell.charge_mean_voltage_v + 1.55) - (cell.discharge_mean_voltage_v + 1.55)
    )
