"""Phases and rates of cycles: told by the protocol where the data follow it, else by the data, else by nobody."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from testing.calc.conformance import conformance, gathered
from testing.calc.cycles import CycleSummary, cycles
from testing.calc.phases import with_phases
from testing.calc.plan import planned_halves
from testing.calc.protocol import Setting
from testing.calc.protocol_text import parse

LTO = Setting(one_c_current_ma=1.0, lower_cell_v=1.45, upper_cell_v=2.75, reference_offset_v=1.55)
FORMATION = "formation, repeat 3 times:\n  charge at C/10 until upper limit, then hold until C/25\n"
FORMATION += "  discharge at C/10 until lower limit\n"
THREE = (
    "rate test, repeat 3 times:\n  charge at {0} until upper limit\n  discharge at {0} until lower limit\n"
)
LADDER = "".join(THREE.format(rate) for rate in ("C/10", "C/2", "1C"))


def cycle(number: int, rate: float, *, held: float = 0.0, **facts: object) -> CycleSummary:
    """A whole cycle at ``rate`` of a cell whose 1C is 1 mA."""
    whole = CycleSummary(
        cycle_number=number, charge_capacity_mah=1.0, discharge_capacity_mah=0.95, charge_energy_mwh=2.3,
        discharge_energy_mwh=2.1, coulombic_efficiency=0.95, complete=True, first_row=0, last_row=9,
        charge_end_voltage_v=2.75, discharge_end_voltage_v=1.45, duration_s=7200 / rate,
        charge_duration_s=3600 / rate, discharge_duration_s=3600 / rate, cv_share=held,
        charge_current_ma=rate, discharge_current_ma=rate, charge_ended_by="voltage limit",
    )  # fmt: skip
    return replace(whole, **facts)  # type: ignore[arg-type]


def run(*rates: float, held: int = 0) -> list[CycleSummary]:
    return [cycle(n, rate, held=0.05 if n <= held else 0.0) for n, rate in enumerate(rates, start=1)]


def test_formation_and_rate_in_one_file_are_told_apart_by_the_protocol():
    plan = planned_halves(parse(FORMATION + LADDER), LTO)
    found = with_phases(
        run(*[0.1] * 6, *[0.5] * 3, *[1.0] * 3, held=3), phase="formation", one_c_current_ma=1.0, plan=plan
    )
    assert found.by == "protocol"
    assert [c.phase for c in found.cycles] == ["formation"] * 3 + ["rate"] * 9
    assert [c.phase_cycle for c in found.cycles] == [1, 2, 3, *range(1, 10)]
    assert "formation is cycle 1 to 3, rate is cycle 4 to 12" in found.flags[0]


def test_without_a_protocol_the_data_tell_them_apart():
    found = with_phases(run(*[0.1] * 6, *[0.5] * 3, *[1.0] * 3, held=3), phase="other")
    assert found.by == "data"
    assert [c.phase for c in found.cycles] == ["formation"] * 3 + ["rate"] * 9
    long_run = with_phases(run(*[0.1] * 3, *[1.0] * 40, held=3), phase="other")
    assert [c.phase for c in long_run.cycles] == ["formation"] * 3 + ["long_term"] * 40


def test_nothing_is_guessed_where_the_data_tell_nothing():
    found = with_phases(run(0.1, 0.1, 0.1), phase="rate")
    assert {c.phase for c in found.cycles} == {"rate"}
    assert (found.by, found.flags) == ("test", ())


def test_a_protocol_that_the_data_do_not_follow_is_not_believed():
    plan = planned_halves(parse(FORMATION + LADDER), LTO)
    found = with_phases(run(*[1.0] * 12), phase="long_term", one_c_current_ma=1.0, plan=plan)
    assert found.by != "protocol"
    assert {c.phase for c in found.cycles} == {"long_term"}


def test_a_cycle_after_the_end_of_the_plan_keeps_the_last_phase():
    plan = planned_halves(parse(FORMATION + LADDER), LTO)
    rates = [*[0.1] * 6, *[0.5] * 3, *[1.0] * 3, 0.1]
    found = with_phases(run(*rates, held=3), phase="other", one_c_current_ma=1.0, plan=plan)
    assert [c.phase for c in found.cycles][-2:] == ["rate", "rate"]


def test_the_first_cycle_at_a_rate_is_tagged():
    found = with_phases(run(0.1, 0.1, 0.5, 0.5, 0.1), phase="rate", one_c_current_ma=1.0)
    assert [c.first_at_rate for c in found.cycles] == [True, False, True, False, True]
    assert [c.charge_rate for c in found.cycles] == [0.1, 0.1, 0.5, 0.5, 0.1]
    without = with_phases(run(0.1, 0.5), phase="rate")
    assert [c.charge_rate for c in without.cycles] == [None, None]
    assert [c.first_at_rate for c in without.cycles] == [True, True]


def test_what_the_protocol_asked_for_was_done():
    plan = planned_halves(parse(FORMATION), LTO)
    done = conformance(
        run(0.1, 0.1, 0.1, held=3), plan, ended=True, temperature_c=60, temperatures_c=(59, 61)
    )
    assert (done.planned, done.run, done.all_departures()) == (6, 6, [])


@pytest.mark.parametrize(
    ("changed", "kind", "category", "words"),
    [
        (
            {"charge_current_ma": 0.1242},
            "current",
            "setpoint_deviation",
            "0.1242 mA (+24.2 %) in place of 0.1 mA",
        ),
        ({"charge_end_voltage_v": 2.95}, "end beyond the limit", "out_of_tolerance", "+200 mV"),
        ({"charge_end_voltage_v": 2.6}, "end short of the limit", "premature_termination", "-150 mV"),
        ({"cv_share": 0.0}, "hold", "setpoint_deviation", "none in place of a held voltage"),
    ],
)
def test_each_departure_is_named_with_its_numbers(changed: dict, kind: str, category: str, words: str):
    plan = planned_halves(parse(FORMATION), LTO)
    ran = run(0.1, 0.1, 0.1, held=3)
    ran[1] = replace(ran[1], **changed)
    (told,) = conformance(ran, plan, ended=True).all_departures()
    assert (told.kind, told.category, told.cycle_number) == (kind, category, 2)
    assert words in told.sentence
    assert "step 1.1, round 2" in told.sentence


def test_a_charge_of_more_than_its_total_time_departs():
    text = "repeat 2 times:\n  for at most 1 h in total:\n    charge at 1C until upper limit\n    hold at upper limit\n"
    plan = planned_halves(parse(text + "  discharge at 1C until lower limit"), LTO)
    assert (plan[0].limit_s, plan[0].held) == (3600, True)
    ran = [cycle(1, 1.0, held=0.2), cycle(2, 1.0, held=0.2, charge_duration_s=5000.0)]
    (told,) = conformance(ran, plan, ended=True).all_departures()
    assert told.sentence == ("Cycle 2, charge of step 1.1.1, round 2: time, 1.389 h in place of at most 1 h.")


def test_what_never_ran_is_premature_only_once_the_test_is_over():
    plan = planned_halves(parse(FORMATION), LTO)
    half_way = run(0.1, held=1)
    assert conformance(half_way, plan, ended=False).all_departures() == []
    (told,) = conformance(half_way, plan, ended=True).all_departures()
    assert "2 in place of 6 half cycles" in told.sentence


def test_the_same_departure_in_every_round_is_told_once():
    text = "repeat 500 times:\n  charge at 1C until upper limit\n  discharge at 1C until lower limit"
    plan = planned_halves(parse(text), LTO)
    ran = [cycle(n, 1.0, charge_current_ma=0.8482) for n in range(1, 501)]
    told = gathered(conformance(ran, plan, ended=True).all_departures())
    assert len(told) == 1
    assert "The same in 499 more, up to cycle 500." in told[0].sentence


def test_a_first_charge_with_impedance_in_it_is_one_charge_and_its_holds_are_told():
    """Charge to 2.35 V, held there, rest, charge on to 2.75 V, discharge: DESIGN 8.9."""
    step, time_s, volts, current = [], [], [], []

    def add(number: int, seconds: float, start_v: float, end_v: float, start_a: float, end_a: float) -> None:
        for part in range(11):
            step.append(number)
            time_s.append((time_s[-1] if time_s else 0.0) + (seconds / 10 if part else 0.001))
            volts.append(start_v + (end_v - start_v) * part / 10)
            current.append(start_a + (end_a - start_a) * part / 10)

    add(1, 3600, 1.5, 2.35, 0.001, 0.001)
    add(2, 360, 2.35, 2.35, 0.001, 0.0004)
    add(3, 3600, 2.3, 2.3, 0.0, 0.0)
    add(4, 3600, 2.36, 2.75, 0.001, 0.001)
    add(5, 3600, 2.7, 1.45, -0.001, -0.001)
    frame = pl.DataFrame(
        {"test_time_second": time_s, "voltage_volt": volts, "current_ampere": current, "step_count": step}
    )
    found = cycles(frame, lower_limit_v=1.45, upper_limit_v=2.75)
    (only,) = found.cycles
    assert only.interruptions == 1
    assert only.charge_capacity_mah == pytest.approx(2.07, abs=0.01)
    assert only.hold_charge_mah == pytest.approx(0.07, abs=0.002)
    assert any("interrupted 1 times and counts as one; 0.07 mAh" in flag for flag in found.flags)
