"""Cyclic voltammetry of an electrolyte: where its decomposition sets in, and the charge that does not return."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from testing.calc.spectra import Floats

METHOD = "electrolyte_voltammetry"
VERSION = "1"

THRESHOLD_UA_CM2 = 10.0
BASELINE_SHARE = (0.05, 0.25)
STAYS_V = 0.05

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class ScanHalf:
    """One sweep: rows (both included), its direction and its scan rate in mV/s."""

    direction: Direction
    first_row: int
    last_row: int
    rate_mv_s: float
    from_v: float
    to_v: float


@dataclass(frozen=True)
class Onset:
    """Where the current leaves its baseline for good: in V on the axis of the record.

    threshold_ua_cm2  What counts as leaving it. baseline_ua_cm2 and noise_ua_cm2 were found in the baseline's
                      part of the sweep, baseline_v. step_v is how far apart the points stand there.
    """

    voltage_v: float
    threshold_ua_cm2: float
    baseline_ua_cm2: float
    noise_ua_cm2: float
    baseline_v: tuple[float, float]
    step_v: float
    method: str = METHOD
    method_version: str = VERSION


@dataclass(frozen=True)
class CycleCharge:
    """What one cycle of sweeps moved in mAh: oxidised, reduced, and the difference that did not return."""

    cycle_number: int
    anodic_mah: float
    cathodic_mah: float
    irreversible_mah: float


def sweeps(time_s: npt.ArrayLike, voltage_v: npt.ArrayLike) -> tuple[ScanHalf, ...]:
    """Return the sweeps of a voltammogram, in order; both arguments of shape (n,).

    The turning points are found where the voltage over a hundredth of the record changes direction, so that
    noise makes none. Raises ValueError if the voltage does not sweep.

    >>> t = np.arange(0, 201.0); v = 1 - np.abs(t - 100) / 100
    >>> [(one.direction, one.rate_mv_s) for one in sweeps(t, v)]
    [('up', 10.0), ('down', 10.0)]
    """
    time, voltage = np.asarray(time_s, dtype=np.float64), np.asarray(voltage_v, dtype=np.float64)
    if len(time) < 20 or np.ptp(voltage) <= 0:
        raise ValueError("CV not computed: the voltage does not sweep.")
    far = max(1, len(time) // 100)
    later = np.minimum(np.arange(len(time)) + far, len(time) - 1)
    rising = voltage[later] - voltage[np.maximum(later - far, 0)] > 0
    turns = np.flatnonzero(np.diff(rising.astype(np.int8)))
    bounds = [0, *(int(turn) + far // 2 for turn in turns), len(time) - 1]
    # The top itself lies within the window around a turn.
    for position in range(1, len(bounds) - 1):
        around = slice(max(0, bounds[position] - far), min(len(time), bounds[position] + far + 1))
        top = (
            np.argmax(voltage[around])
            if rising[max(0, bounds[position] - far)]
            else np.argmin(voltage[around])
        )
        bounds[position] = around.start + int(top)
    found: list[ScanHalf] = []
    for first, last in pairwise(bounds):
        span = float(voltage[last] - voltage[first])
        if last - first < far or abs(span) < 0.05 * np.ptp(voltage):
            continue
        found.append(
            ScanHalf(
                direction="up" if span > 0 else "down",
                first_row=first,
                last_row=last,
                rate_mv_s=round(1000 * abs(span) / float(time[last] - time[first]), 9),
                from_v=float(voltage[first]),
                to_v=float(voltage[last]),
            )
        )
    return tuple(found)


def onset(
    voltage_v: npt.ArrayLike,
    current_ma: npt.ArrayLike,
    *,
    area_cm2: float,
    direction: Direction = "up",
    threshold_ua_cm2: float = THRESHOLD_UA_CM2,
    baseline_v: tuple[float, float] | None = None,
) -> Onset:
    """Return the voltage of one sweep at which its current density leaves the baseline and stays beyond it.

    voltage_v, current_ma  One sweep in order, shape (n,), current positive while something is oxidised.
    direction              "up" looks for oxidation, "down" for reduction.
    threshold_ua_cm2       Above the baseline, in uA/cm2; the onset depends on it, so it is kept with the result.
    baseline_v             The part of the sweep where nothing happens; by default 5 to 25 % of its length.

    The baseline is the median there. The current must stay beyond for 50 mV. Raises ValueError with the reason
    where the threshold is not reached, or where the noise of the baseline is as large as the threshold.
    Method "electrolyte_voltammetry", version "1": docs/science/electrolyte-voltammetry.md.

    >>> v = np.linspace(0, 4.7, 941)
    >>> i = 1e-4 + np.where(v > 2.5, 0.01 * (v - 2.5), 0)
    >>> round(onset(v, i, area_cm2=0.2827, threshold_ua_cm2=10).voltage_v, 2)
    2.78
    """
    voltage = np.asarray(voltage_v, dtype=np.float64)
    density: Floats = 1000 * np.asarray(current_ma, dtype=np.float64) / area_cm2
    sign = 1.0 if direction == "up" else -1.0
    span = float(voltage[-1] - voltage[0])
    low, high = baseline_v or tuple(sorted(float(voltage[0]) + share * span for share in BASELINE_SHARE))
    quiet = (voltage >= low) & (voltage <= high)
    if quiet.sum() < 5:
        raise ValueError(
            f"Onset not computed: fewer than five points lie between {low:.3g} and {high:.3g} V."
        )
    baseline = float(np.median(density[quiet]))
    noise = 1.4826 * float(np.median(np.abs(density[quiet] - baseline)))
    if noise > threshold_ua_cm2:
        raise ValueError(
            f"Onset not computed: the baseline scatters by {noise:.2g} uA/cm2, more than the threshold of "
            f"{threshold_ua_cm2:g} uA/cm2."
        )
    beyond = sign * (density - baseline) > threshold_ua_cm2
    after = sign * voltage > sign * (high if sign > 0 else low)
    for row in np.flatnonzero(beyond & after):
        ahead = (sign * (voltage - voltage[row]) >= 0) & (sign * (voltage - voltage[row]) <= STAYS_V)
        if beyond[ahead].all():
            return Onset(
                voltage_v=_crossing(voltage, sign * (density - baseline), int(row), threshold_ua_cm2),
                threshold_ua_cm2=threshold_ua_cm2,
                baseline_ua_cm2=baseline,
                noise_ua_cm2=noise,
                baseline_v=(low, high),
                step_v=abs(float(voltage[row] - voltage[row - 1])),
            )
    raise ValueError(
        f"Onset not computed: the current stays within {threshold_ua_cm2:g} uA/cm2 of its baseline up to "
        f"{voltage[-1]:.2f} V."
    )


def _crossing(voltage: Floats, above: Floats, row: int, threshold: float) -> float:
    """Return the voltage at which the threshold was crossed between two points."""
    step = float(above[row] - above[row - 1])
    share = (threshold - float(above[row - 1])) / step if step > 0 else 1.0
    return float(voltage[row - 1] + min(max(share, 0.0), 1.0) * (voltage[row] - voltage[row - 1]))


def cycle_charges(
    time_s: npt.ArrayLike, current_ma: npt.ArrayLike, halves: Sequence[ScanHalf]
) -> tuple[CycleCharge, ...]:
    """Return what each pair of sweeps oxidised, reduced, and did not give back, in mAh.

    time_s, current_ma  The record that ``halves`` were found in, shape (n,). A last sweep without its partner is
                        left out. Raises ValueError if there is no pair.
    """
    time, current = np.asarray(time_s, dtype=np.float64), np.asarray(current_ma, dtype=np.float64)
    found: list[CycleCharge] = []
    for number, (one, other) in enumerate(zip(halves[::2], halves[1::2], strict=False), start=1):
        rows = slice(one.first_row, other.last_row + 1)
        seconds = np.diff(time[rows])
        anodic = _trapezoid(seconds, np.maximum(current[rows], 0))
        cathodic = _trapezoid(seconds, np.maximum(-current[rows], 0))
        found.append(CycleCharge(number, anodic, cathodic, anodic - cathodic))
    if not found:
        raise ValueError("CV not computed: there is no sweep and its return.")
    return tuple(found)


def _trapezoid(seconds: Floats, current_ma: Floats) -> float:
    return float((seconds * (current_ma[1:] + current_ma[:-1])).sum() / 7200)
