"""Checks: each flags what it is for, passes what is healthy, and says why where it cannot judge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from testing.calc.cycles import CycleSummary
from testing.methods.base import Basis, FrameRows, Inputs, Known, Measured, Sweep
from testing.methods.quality import BY_NAME, CHECKS, look

ROWS = 20


def healthy() -> Measured:
    """Three whole cycles at 1 mA, each of 10 rows up and 10 rows down."""
    frames, ran = [], []
    for number in range(1, 4):
        first = (number - 1) * ROWS
        frames.append(
            pl.DataFrame(
                {
                    "test_time_second": np.linspace(0, 7200, ROWS) + 7200 * (number - 1),
                    "voltage_volt": np.concatenate([np.linspace(1.5, 2.75, 10), np.linspace(2.7, 1.45, 10)]),
                    "current_ampere": np.repeat([0.001, -0.001], 10),
                    "step_count": np.repeat([2 * number, 2 * number + 1], 10),
                    "ambient_temperature_celsius": np.full(ROWS, 60.0),
                    # Nine intervals of charging a cycle, and never set back.
                    "charging_capacity_ah": (9 * (number - 1) + np.minimum(np.arange(ROWS), 9))
                    * 2e-3
                    / (ROWS - 1),
                }
            )
        )
        ran.append(
            CycleSummary(
                cycle_number=number, charge_capacity_mah=1.0, discharge_capacity_mah=0.99, charge_energy_mwh=2.3,
                discharge_energy_mwh=2.1, coulombic_efficiency=0.99, complete=True, first_row=first,
                last_row=first + ROWS - 1, charge_end_voltage_v=2.75, discharge_end_voltage_v=1.45, duration_s=7200,
                charge_duration_s=3600, discharge_duration_s=3564, cv_share=0.0, charge_current_ma=1.0,
                discharge_current_ma=1.0,
            )
        )  # fmt: skip
    return Measured(
        "TEST-0001", 1, "formation", cycles=tuple(ran), rows=FrameRows(pl.concat(frames)), temperature_c=60.0,
        upper_limit_v=2.75, lower_limit_v=1.45,
    )  # fmt: skip


def changed(number: int, **facts: object) -> Measured:
    test = healthy()
    ran = list(test.cycles)
    ran[number - 1] = replace(ran[number - 1], **facts)  # type: ignore[arg-type]
    return replace(test, cycles=tuple(ran))


def with_points(**columns: pl.Expr) -> Measured:
    test = healthy()
    assert isinstance(test.rows, FrameRows)
    return replace(test, rows=FrameRows(test.rows.frame.with_columns(**columns)))


def states(test: Measured, thresholds: dict[str, float] | None = None) -> dict[str, str]:
    basis = Basis(1, capacity_mah=Known(1.0))
    return {each.check: each.state for each in look(Inputs("CELL-0001", (test,), basis), thresholds or {})}


ROW = pl.int_range(pl.len())
CASES = {
    "efficiency_above": changed(2, coulombic_efficiency=1.002),
    "efficiency_drop": changed(2, coulombic_efficiency=0.93),
    "soft_short_charge": changed(2, charge_capacity_mah=1.31, charge_duration_s=4800),
    "soft_short_limit": changed(2, charge_end_voltage_v=2.6),
    "capacity_possible": changed(2, charge_capacity_mah=1.1366, charge_duration_s=3600),
    "soft_short_voltage": with_points(
        voltage_volt=pl.when(ROW == 25).then(pl.col("voltage_volt") - 0.2).otherwise(pl.col("voltage_volt"))
    ),
    "short": with_points(voltage_volt=pl.col("current_ampere") * 20),
    "temperature": with_points(ambient_temperature_celsius=60 + 5 * (ROW == 7).cast(pl.Float64)),
    "counter": with_points(charging_capacity_ah=pl.col("charging_capacity_ah") * 1.001),
}


def test_a_healthy_test_passes_every_check_that_can_judge_it():
    found = states(healthy())
    assert {name for name, state in found.items() if state == "flagged"} == set()
    assert found["lin_kk"] == "not_judged"
    assert list(found) == [check.name for check in CHECKS]


@pytest.mark.parametrize("name", CASES)
def test_each_check_flags_what_it_is_for(name: str):
    assert states(CASES[name])[name] == "flagged"


@pytest.mark.parametrize("name", sorted(set(CASES) - {"short"}))
def test_a_threshold_above_the_finding_lets_it_pass(name: str):
    (found,) = [
        c for c in look(Inputs("C", (CASES[name],), Basis(1, capacity_mah=Known(1.0))), {}) if c.check == name
    ]
    assert states(CASES[name], {name: found.findings[0].value * 1.01})[name] == "passed"


def test_a_drop_at_a_new_rate_is_no_sign_of_a_short():
    assert states(changed(2, coulombic_efficiency=0.78, first_at_rate=True))["efficiency_drop"] == "passed"


def test_a_sweep_that_drifted_is_flagged_and_a_clean_one_is_not():
    frequency = np.logspace(6, 0, 61)
    omega = 2 * np.pi * frequency
    clean = 70 + 88 / (1 + 1j * omega * 88 * 1e-6)
    drifted = clean * (1 + 0.3 * np.linspace(0, 1, 61) ** 2)
    for impedance, state in ((clean, "passed"), (drifted, "flagged")):
        sweep = Sweep("eis.csv", 1, list(frequency), list(impedance.real), list(impedance.imag))
        assert states(replace(healthy(), sweeps=(sweep,)))["lin_kk"] == state


def test_a_check_that_cannot_judge_says_why():
    found = {c.check: c for c in look(Inputs("C", (Measured("T", 1, "rate"),), None), {})}
    assert {c.state for c in found.values()} == {"not_judged"}
    assert found["counter"].sentence == "No file of points has been read."


def test_a_counter_of_each_step_is_held_against_the_integral_in_both_directions():
    # Each step begins at zero and counts whichever way it runs, as a Neware or a Maccor does. The interval before a
    # discharge's first row belongs to the discharge.
    intervals = ROW % 10 + (ROW % ROWS >= 10).cast(pl.Int64)
    counted = intervals * 2e-3 / (ROWS - 1)
    right = with_points(charging_capacity_ah=pl.lit(0.0), step_cumulative_capacity_ah=counted)
    assert states(right)["counter"] == "passed"
    off = with_points(charging_capacity_ah=pl.lit(0.0), step_cumulative_capacity_ah=counted * 1.001)
    (found,) = [one for one in look(Inputs("C", (off,), None), {}) if one.check == "counter"]
    assert [each.sentence.split(",")[0] for each in found.findings] == [
        "Our integral of the charge",
        "Our integral of the discharge",
    ]


def test_a_net_counter_rises_with_the_charge_and_falls_with_the_discharge():
    # As a Squidstat's cumulative charge, whose first value may hold hours of charge that never flowed.
    flowed = pl.when(ROW % ROWS == 0).then(0).when(ROW % ROWS < 10).then(1).otherwise(-1)
    net = 5.0 + flowed.cum_sum() * 2e-3 / (ROWS - 1)
    right = with_points(charging_capacity_ah=pl.lit(0.0), net_capacity_ah=net)
    assert states(right)["counter"] == "passed"
    leaking = with_points(charging_capacity_ah=pl.lit(0.0), net_capacity_ah=net * 1.001)
    assert states(leaking)["counter"] == "flagged"


def test_the_counters_default_is_a_twentieth_of_a_percent():
    assert BY_NAME["counter"].threshold == 0.0005
