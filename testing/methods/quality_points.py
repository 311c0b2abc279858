"""Checks that look at every measured point, or at spectra."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from testing.calc import counters
from testing.calc.cycles import CycleSummary
from testing.calc.integrate import REQUIRED_COLUMNS, row_charge_ah
from testing.calc.lin_kk import lin_kk
from testing.calc.spectra import sweep as points
from testing.methods.base import Inputs
from testing.methods.findings import Finding, cycles_of

Floats = npt.NDArray[np.float64]
MAH_PER_AH = 1000.0
TEMPERATURE_COLUMNS = (
    "ambient_temperature_celsius", "surface_temperature_celsius", "temperature_t1_celsius",
)  # fmt: skip


def voltage_falls(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    test = inputs.test
    if test.rows is None:
        raise ValueError("no file of points has been read.")
    frame = test.rows.columns("voltage_volt", "current_ampere", "step_count")
    voltage = frame["voltage_volt"].to_numpy()
    current, step = frame["current_ampere"].to_numpy(), frame["step_count"].to_numpy()
    for cycle in cycles_of(inputs):
        fall = _largest_fall(cycle, voltage, current, step)
        if fall > threshold:
            yield Finding(
                fall,
                f"Cycle {cycle.cycle_number}: the voltage fell by {1000 * fall:.0f} mV at constant charging current.",
                cycle.cycle_number,
            )


def _largest_fall(
    cycle: CycleSummary, voltage: Floats, current: Floats, step: npt.NDArray[np.int64]
) -> float:
    """Return how far the voltage came down from its highest value within one step of constant charging, V."""
    if not cycle.charge_current_ma:
        return 0.0
    rows = slice(cycle.first_row, cycle.last_row + 1)
    # A hold lowers the current, and its voltage stands still: only the constant current is looked at.
    charging = current[rows] * MAH_PER_AH > 0.98 * cycle.charge_current_ma
    volts, steps = voltage[rows][charging], step[rows][charging]
    if len(volts) < 3:
        return 0.0
    largest = 0.0
    starts = np.flatnonzero(np.diff(steps, prepend=steps[0] - 1))
    for first, last in zip(starts, [*starts[1:], len(steps)], strict=True):
        part = volts[first:last]
        largest = max(largest, float((np.maximum.accumulate(part) - part).max()))
    return largest


def short(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    test = inputs.test
    if test.rows is None:
        raise ValueError("no file of points has been read.")
    frame = test.rows.columns("voltage_volt", "current_ampere")
    flowing = frame.filter(frame["current_ampere"].abs() > 0)["voltage_volt"]
    if flowing.is_empty():
        raise ValueError("no current flowed.")
    highest = float(flowing.abs().quantile(0.95) or 0.0)
    if highest < threshold:
        yield Finding(
            highest, f"The voltage hardly rose above {highest:.3f} V although current flowed: a short."
        )


def temperature(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    test = inputs.test
    if test.temperature_c is None:
        raise ValueError("the test states no temperature.")
    if test.rows is None:
        raise ValueError("no file of points has been read.")
    for name in TEMPERATURE_COLUMNS:
        try:
            found = test.rows.columns(name)[name].drop_nulls()
        except ValueError:
            continue
        if found.is_empty():
            continue
        away = (found - test.temperature_c).abs()
        worst = float(np.max(away.to_numpy()))
        if worst > threshold:
            share = float(np.mean((away > threshold).to_numpy()))
            yield Finding(
                worst,
                f"The temperature was up to {worst:.1f} K away from {test.temperature_c:g} °C, in {100 * share:.1f} % "
                "of the points.",
            )
        return
    raise ValueError("the file holds no temperature.")


def counter(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    test = inputs.test
    if test.rows is None:
        raise ValueError("no file of points has been read.")
    present: dict[str, Floats] = {}
    for name in counters.COUNTERS:
        try:
            present[name] = test.rows.columns(name)[name].to_numpy()
        except ValueError:
            continue
    if not present:
        raise ValueError("the file holds no counter of charge.")
    points = test.rows.columns(*REQUIRED_COLUMNS)
    compared = counters.compare(
        present,
        time_s=points["test_time_second"].to_numpy(),
        current_a=points["current_ampere"].to_numpy(),
        charge_ah=row_charge_ah(points).to_numpy(),
    )
    if not compared:
        raise ValueError("the file's counters of charge stood still.")
    for one in compared:
        if abs(one.off) > threshold:
            yield Finding(abs(one.off), one.sentence)


def lin_kk_residual(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    test = inputs.test
    if not test.sweeps:
        raise ValueError("the test has no impedance.")
    for sweep in test.sweeps:
        try:
            found = lin_kk(
                points(
                    frequency_hz=sweep.frequency_hz,
                    real_ohm=sweep.real_impedance_ohm,
                    imaginary_ohm=sweep.imaginary_impedance_ohm,
                )
            )
        except ValueError:
            continue
        if found.largest_residual > threshold:
            yield Finding(
                found.largest_residual,
                f"{sweep.variant}: the sweep is not consistent in itself, its largest lin-KK residual is "
                f"{100 * found.largest_residual:.2f} % at {found.at_hz:.3g} Hz.",
            )
