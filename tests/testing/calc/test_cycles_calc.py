"""Cutting a test into half cycles and cycles: hand-made curves whose charges are known."""

import numpy as np
import polars as pl
import pytest

from testing.calc.cycles import cycles, half_cycles

LIMITS = {"lower_limit_v": 1.45, "upper_limit_v": 2.75}


class Bench:
    """A cell on a bench: parts are appended one after the other, a step each."""

    def __init__(self):
        self.rows = []
        self.now = 0.0
        self.step = 0

    def add(self, hours, current_ma, voltage_from, voltage_to, *, points=50, new_step=True):
        self.step += new_step
        for share in np.linspace(1 / points, 1, points):
            voltage = voltage_from + share * (voltage_to - voltage_from)
            self.rows.append((self.now + share * hours * 3600, voltage, current_ma / 1000, self.step))
        self.now += hours * 3600
        return self

    def rest(self, hours=1.0, current_ma=0.0):
        return self.add(hours, current_ma, 2.0, 2.0, points=5)

    def charge(self, hours=1.0, current_ma=1.0, end=2.75):
        return self.add(hours, current_ma, 1.6, end)

    def discharge(self, hours=0.9, current_ma=1.0, end=1.45):
        return self.add(hours, -current_ma, 2.6, end)

    def hold(self, from_ma=1.0, to_ma=0.4, points=300, *, new_step=True):
        """One hour at 2.75 V with an exponential current; returns mAh through ``held_mah``."""
        self.step += new_step
        decay_h = 1 / np.log(from_ma / to_ma)
        for share in np.linspace(1 / points, 1, points):
            current = from_ma * np.exp(-share / decay_h)
            self.rows.append((self.now + share * 3600, 2.75, current / 1000, self.step))
        self.now += 3600
        return self

    def excite(self, turns=40, current_ma=0.5):
        """A slow impedance point in the time domain: half a minute each way."""
        self.step += 1
        for turn in np.repeat(np.arange(turns), 5):
            self.now += 6
            self.rows.append((self.now, 2.0, (-1.0) ** turn * current_ma / 1000, self.step))
        return self

    def frame(self):
        columns = ["test_time_second", "voltage_volt", "current_ampere", "step_count"]
        return pl.DataFrame(self.rows, schema=columns, orient="row")


def held_mah(from_ma=1.0, to_ma=0.4):
    return (from_ma - to_ma) / np.log(from_ma / to_ma)


def test_each_discharge_belongs_to_the_charge_before_it():
    bench = Bench().rest().charge(1.0).discharge(0.8).charge(0.9).discharge(0.85)
    found = cycles(bench.frame(), **LIMITS)
    assert [one.cycle_number for one in found.cycles] == [1, 2]
    assert [one.coulombic_efficiency for one in found.cycles] == pytest.approx([0.8, 0.85 / 0.9], rel=1e-9)
    assert all(one.complete for one in found.cycles)
    assert found.flags == ()
    assert (found.method, found.method_version) == ("cycles_by_current_sign", "2")


def test_a_leading_discharge_is_cycle_zero_and_has_no_efficiency():
    found = cycles(Bench().discharge(0.3).charge(1.0).discharge(0.9).frame(), **LIMITS)
    leading, first = found.cycles
    assert (leading.cycle_number, leading.charge_capacity_mah, leading.coulombic_efficiency) == (
        0,
        None,
        None,
    )
    assert leading.discharge_capacity_mah == pytest.approx(0.3, rel=0.03)
    assert not leading.complete
    assert first.coulombic_efficiency == pytest.approx(0.9, rel=1e-9)
    assert any("cycle 0" in flag for flag in found.flags)


def test_an_unfinished_discharge_gives_no_capacity_and_no_efficiency():
    found = cycles(Bench().charge(1.0).discharge(0.4, end=2.0).frame(), **LIMITS)
    cycle = found.cycles[0]
    assert not cycle.complete
    assert cycle.discharge_capacity_mah is None
    assert cycle.coulombic_efficiency is None
    assert cycle.charge_capacity_mah == pytest.approx(1.0, rel=0.03)
    assert found.half_cycles[-1].charge_mah == pytest.approx(0.4, rel=1e-9)
    assert found.half_cycles[-1].ended_by == "end of file"
    assert "not at its limit of 1.450 V" in found.flags[0]


def test_a_last_half_cycle_within_five_millivolt_of_its_limit_is_complete():
    assert cycles(Bench().charge().discharge(end=1.4549).frame(), **LIMITS).cycles[0].complete
    assert not cycles(Bench().charge().discharge(end=1.4551).frame(), **LIMITS).cycles[0].complete


def test_a_half_cycle_ended_by_time_in_mid_file_stays_and_says_how_it_ended():
    found = cycles(Bench().charge(end=2.3).discharge().charge().discharge().frame(), **LIMITS)
    assert found.cycles[0].complete
    assert [half.ended_by for half in found.half_cycles] == ["next step", *["voltage limit"] * 3]


def test_without_limits_the_earlier_ends_decide_and_a_flag_says_so():
    bench = Bench().charge().discharge().charge().discharge()
    found = cycles(bench.frame(), lower_limit_v=None, upper_limit_v=None)
    assert found.cycles[-1].complete
    assert "no limit is stated" in found.flags[0]
    cut = cycles(bench.charge().discharge(0.3, end=2.1).frame(), lower_limit_v=None, upper_limit_v=None)
    assert not cut.cycles[-1].complete
    alone = cycles(Bench().charge().discharge().frame(), lower_limit_v=None, upper_limit_v=None)
    assert not alone.cycles[0].complete


def test_rests_and_an_impedance_measurement_do_not_split_a_charge():
    bench = Bench().charge(0.5, end=2.3).rest().excite().rest().charge(0.5).discharge(0.9)
    found = cycles(bench.frame(), **LIMITS)
    assert len(found.half_cycles) == 2
    assert found.cycles[0].charge_capacity_mah == pytest.approx(1.0, rel=1e-9 + 0.011)
    assert found.cycles[0].first_row == 0
    assert found.cycles[0].last_row == len(bench.rows) - 1


def test_a_file_that_calls_everything_one_step_is_still_cycling():
    bench = Bench().rest()
    for hours in (1.0, 0.02, 0.01, 0.01):
        bench.charge(hours).discharge(0.95 * hours)
    found = cycles(bench.frame().with_columns(step_count=0), **LIMITS)
    assert len(found.cycles) == 4
    assert found.cycles[-1].complete


def test_a_short_blip_is_left_out_and_counted():
    bench = Bench().charge(0.5, end=2.3).add(2e-5, -1.0, 2.3, 2.3, points=2).charge(0.5).discharge(0.9)
    found = cycles(bench.frame(), **LIMITS)
    assert len(found.half_cycles) == 2
    assert found.flags == ("1 short stretches of current are too small for a half cycle and are left out.",)


def test_the_offset_of_a_resting_channel_is_no_charge():
    bench = Bench().charge(1.0).rest(100, current_ma=0.001).discharge(0.9).rest(100, current_ma=0.001)
    found = cycles(bench.frame(), **LIMITS)
    assert len(found.half_cycles) == 2
    assert found.half_cycles[0].charge_mah == pytest.approx(1 - 1 / 50, rel=1e-9), "first row has no interval"
    assert found.cycles[0].complete
    assert any("outside every half cycle" in flag for flag in found.flags)


@pytest.mark.parametrize("new_step", [True, False])
def test_a_constant_voltage_tail_keeps_its_charge_and_is_told_apart(new_step):
    bench = Bench().rest().charge(1.0).hold(new_step=new_step).discharge(1.5)
    half = half_cycles(bench.frame(), **LIMITS).half_cycles[0]
    assert half.charge_mah == pytest.approx(1.0 + held_mah(), rel=2e-5)
    assert half.cv_charge_mah == pytest.approx(held_mah(), rel=0.02)
    assert half.cc_charge_mah + half.cv_charge_mah == pytest.approx(half.charge_mah)
    assert half.current_ma == pytest.approx(1.0)
    assert half.ended_by == "voltage limit"


def test_a_tail_down_to_a_hundredth_of_2c_stays_in():
    bench = Bench().rest().charge(0.4, 2.0).hold(from_ma=2.0, to_ma=0.002).discharge(1.0)
    half = half_cycles(bench.frame(), **LIMITS).half_cycles[0]
    assert half.charge_mah == pytest.approx(0.8 + held_mah(2.0, 0.002), rel=2e-4)


def test_a_charge_without_a_tail_has_none():
    half = half_cycles(Bench().rest().charge().discharge().frame(), **LIMITS).half_cycles[0]
    assert half.cv_charge_mah == 0
    assert half.cc_charge_mah == half.charge_mah


def test_one_cycle_read_alone_gives_the_same_numbers():
    bench = Bench().rest().charge(1.0).hold().discharge(1.4).rest().charge(1.2).discharge(1.1)
    frame = bench.frame()
    whole = cycles(frame, **LIMITS).cycles[1]
    # The row before it is where its first interval begins.
    alone = cycles(frame[whole.first_row - 1 : whole.last_row + 1], **LIMITS).cycles[0]
    assert alone.coulombic_efficiency == pytest.approx(whole.coulombic_efficiency, rel=1e-12)
    assert alone.charge_capacity_mah == pytest.approx(whole.charge_capacity_mah, rel=1e-12)


def test_energy_efficiency_is_coulombic_times_voltage_efficiency():
    found = cycles(Bench().rest().charge(1.0).discharge(0.9).frame(), **LIMITS)
    cycle, (charge, discharge) = found.cycles[0], found.half_cycles
    assert charge.mean_voltage_v == pytest.approx((1.6 + 2.75) / 2, abs=0.02)
    energy_efficiency = cycle.discharge_energy_mwh / cycle.charge_energy_mwh
    voltage_efficiency = discharge.mean_voltage_v / charge.mean_voltage_v
    assert energy_efficiency == pytest.approx(cycle.coulombic_efficiency * voltage_efficiency, rel=1e-12)


def test_a_long_interval_without_points_is_said_aloud():
    frame = Bench().rest().charge(2.0).discharge(1.9).frame()
    time = pl.col("test_time_second")
    gap = frame.filter(~time.is_between(3600 * 1.5, 3600 * 2.5))
    found = cycles(gap, **LIMITS)
    assert found.cycles[0].charge_capacity_mah == pytest.approx(2.0, rel=1e-9)
    assert "hold no point" in found.flags[0]


def test_more_out_than_in_is_flagged_and_never_clipped():
    found = cycles(Bench().rest().charge(1.0).discharge(1.2).frame(), **LIMITS)
    assert found.cycles[0].coulombic_efficiency == pytest.approx(1.2, rel=1e-9)
    assert "efficiency above 1" in found.flags[0]


def test_a_backward_clock_is_flagged():
    bench = Bench().rest().charge(1.0)
    bench.now -= 600
    found = cycles(bench.discharge(0.9).frame(), **LIMITS)
    assert "The clock runs backwards 1 times" in found.flags[-1]


def test_a_test_without_current_has_no_half_cycle():
    with pytest.raises(ValueError, match="no half cycle"):
        cycles(Bench().rest().frame(), **LIMITS)
    with pytest.raises(ValueError, match="no half cycle"):
        cycles(Bench().rest().frame().clear(), **LIMITS)


def test_dead_time_does_not_depend_on_instrument_numbers():
    bench = Bench().rest().charge(1.0).discharge(0.8).charge(0.9).discharge(0.85)
    with_numbers = bench.frame().with_columns(cycle_count=pl.lit(7))
    assert cycles(with_numbers, **LIMITS) == cycles(bench.frame(), **LIMITS)
