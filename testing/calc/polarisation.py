"""Polarisation over rate from the peaks of dQ/dV: one peak followed upward from the lowest rate, or a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from testing.calc.cycles import CycleSummary
from testing.calc.differential import DifferentialCapacity, Peak, differential_capacity
from testing.calc.rate_steps import RateStep
from testing.calc.spectra import Floats

METHOD = "peak_polarisation"
VERSION = "1"

# Wider than for looking at a curve: where a peak stands matters here, not how sharp it is.
SMOOTHING_V = 0.020
SMALLEST_SHARE = 0.30
# From one rate to the next a peak keeps its state of charge within this share of the lowest rate's capacity.
LARGEST_WANDER = 0.10
# The two tops are the same peak if the charge curve itself puts their states of charge this close.
LARGEST_GAP_V = 0.027
CONSTANT_SHARE = 0.02


@dataclass(frozen=True)
class Curve:
    """The constant-current part of a half cycle: voltage in V and charge passed in mAh, both of shape (n,)."""

    voltage_v: Floats
    capacity_mah: Floats


@dataclass(frozen=True)
class RatePair:
    """One cycle at one rate, with where its window begins.

    window_shift_mah  How far the start of charge has moved since the lowest rate, see ``window_shifts``.
    """

    label: str
    cycle_number: int
    charge: Curve
    discharge: Curve
    charge_mah: float
    discharge_mah: float
    window_shift_mah: float


@dataclass(frozen=True)
class RatePolarisation:
    """The distance in V between the two tops of the tracked peak at a rate, or the reason why there is none.

    gap_v  How far apart the charge curve puts the states of charge of the two tops; what they may be off by.
    """

    label: str
    cycle_number: int
    value_v: float | None
    charge_peak_v: float | None
    discharge_peak_v: float | None
    gap_v: float | None
    reason: str


@dataclass(frozen=True)
class Polarisation:
    """Every rate, the lowest first, as the peak was followed; options are kept with the result."""

    rates: tuple[RatePolarisation, ...]
    smoothing_v: float
    largest_gap_v: float
    method: str = METHOD
    method_version: str = VERSION


def constant_current(time_s: npt.ArrayLike, voltage_v: npt.ArrayLike, current_a: npt.ArrayLike) -> Curve:
    """Return the constant-current part of a half cycle: rows within 2 % of its median current.

    All of shape (n,), current in A of either sign. Charge is the trapezoid of the current.

    >>> constant_current([0, 1800, 3600], [2.0, 2.1, 2.2], [1e-3, 1e-3, 1e-3]).capacity_mah.tolist()
    [0.0, 0.5, 1.0]
    """
    time = np.asarray(time_s, dtype=np.float64)
    voltage = np.asarray(voltage_v, dtype=np.float64)
    magnitude = np.abs(np.asarray(current_a, dtype=np.float64))
    level = float(np.median(magnitude))
    flows = np.flatnonzero(np.abs(magnitude - level) <= CONSTANT_SHARE * level)
    if not len(flows):
        raise ValueError("No part of the half cycle has a constant current.")
    rows = slice(int(flows[0]), int(flows[-1]) + 1)
    passed = np.diff(time[rows]) * (magnitude[rows][1:] + magnitude[rows][:-1]) / 7.2
    return Curve(voltage[rows], np.concatenate([[0.0], np.cumsum(passed)]))


def window_shifts(steps: Sequence[RateStep]) -> tuple[float | None, ...]:
    """Return for each rate how far the start of charge has moved since the first, in mAh of charge left out.

    A cycle that repeats at its rate returns to where it began, so its surplus of charge is parasitic; what the
    first cycle at a rate has beyond that surplus moved the window. None from the first rate on that lacks a
    complete first or last cycle.
    """
    shifts: list[float | None] = [0.0]
    for step in steps[1:]:
        before = shifts[-1]
        first, last = _surplus(step.cycles[0]), _surplus(step.cycles[-1])
        known = before is not None and first is not None and last is not None
        shifts.append(before + first - last if known and len(step.cycles) > 1 else None)  # type: ignore[operator]
    return tuple(shifts[: len(steps)])


def _surplus(cycle: CycleSummary) -> float | None:
    if cycle.charge_capacity_mah is None or cycle.discharge_capacity_mah is None:
        return None
    return cycle.charge_capacity_mah - cycle.discharge_capacity_mah


@dataclass(frozen=True)
class _Seen:
    """Both curves of a rate over the state of charge, counted from the first rate's start of charge."""

    up: DifferentialCapacity
    down: DifferentialCapacity
    up_state: Floats
    tops: list[tuple[float, Peak]]
    bottoms: list[tuple[float, Peak]]


def polarisation(
    rates: Sequence[RatePair],
    *,
    smoothing_v: float = SMOOTHING_V,
    largest_gap_v: float = LARGEST_GAP_V,
) -> Polarisation:
    """Return the distance between charge and discharge peak at each rate, following one peak upward.

    rates          The lowest rate first; one steady cycle of each, not the first at its rate.
    smoothing_v    Full width at half maximum of the Gaussian in V.
    largest_gap_v  Beyond it the two tops stand at different states of charge and are not the same peak.

    A peak is known by its state of charge, since its voltage is what is asked for. The largest peak of the lowest
    rate is followed as long as it stays within 10 % of that rate's capacity from one rate to the next, in charge
    and discharge. Once it is lost it stays lost: another peak found higher up is not the same. No value where
    the capacity is below 30 % of the lowest rate's. Raises ValueError without a rate.
    Method "peak_polarisation", version "1": docs/science/peak-polarisation.md.

    >>> polarisation([])
    Traceback (most recent call last):
    ...
    ValueError: Polarisation not computed: there is no complete cycle at any rate.
    """
    if not rates:
        raise ValueError("Polarisation not computed: there is no complete cycle at any rate.")
    full_mah = rates[0].discharge_mah
    found: list[RatePolarisation] = []
    tracked: tuple[float, float] | None = None
    lost = ""
    for rate in rates:
        try:
            if lost:
                raise ValueError(f"the peak was lost at {lost}")
            if rate.discharge_mah < SMALLEST_SHARE * full_mah:
                raise ValueError(
                    f"{100 * rate.discharge_mah / full_mah:.0f} % of the lowest rate's capacity is left, below 30 %"
                )
            one, tracked = _follow(rate, tracked, full_mah, smoothing_v, largest_gap_v)
            found.append(one)
        except ValueError as problem:
            lost = lost or rate.label
            reason = f"Polarisation at {rate.label} not computed: {problem}."
            found.append(RatePolarisation(rate.label, rate.cycle_number, None, None, None, None, reason))
    return Polarisation(tuple(found), smoothing_v, largest_gap_v)


def _follow(
    rate: RatePair,
    tracked: tuple[float, float] | None,
    full_mah: float,
    smoothing_v: float,
    largest_gap_v: float,
) -> tuple[RatePolarisation, tuple[float, float]]:
    seen = _seen(rate, smoothing_v)
    top_state, top = _pick(seen.tops, tracked[0] if tracked else None, full_mah, "charge")
    # In the lowest rate the discharge peak is the one at the state of the charge peak, whatever its height.
    wanted = tracked[1] if tracked else top_state
    bottom_state, bottom = _pick(seen.bottoms, wanted, full_mah, "discharge", first=tracked is None)
    at_both = np.interp([top_state, bottom_state], seen.up_state, seen.up.voltage_v)
    gap_v = abs(float(at_both[1] - at_both[0]))
    if gap_v > largest_gap_v:
        raise ValueError(
            f"the tops of charge and discharge stand at states of charge {1000 * gap_v:.0f} mV apart along the "
            f"charge curve, more than {1000 * largest_gap_v:g} mV, so they are not the same peak"
        )
    value = top.voltage_v - bottom.voltage_v
    result = RatePolarisation(
        rate.label, rate.cycle_number, value, top.voltage_v, bottom.voltage_v, gap_v, ""
    )
    return result, (top_state, bottom_state)


def _seen(rate: RatePair, smoothing_v: float) -> _Seen:
    up = differential_capacity(rate.charge.voltage_v, rate.charge.capacity_mah, smoothing_v=smoothing_v)
    down = differential_capacity(
        rate.discharge.voltage_v, rate.discharge.capacity_mah, smoothing_v=smoothing_v
    )
    # What is parasitic in the charge moves no state: it is spread over the charge evenly.
    share = rate.discharge_mah / rate.charge_mah
    bottom, top = rate.window_shift_mah, rate.window_shift_mah + rate.discharge_mah
    return _Seen(
        up=up,
        down=down,
        up_state=bottom + share * up.capacity_mah,
        tops=[(bottom + share * peak.passed_mah, peak) for peak in up.peaks],
        bottoms=[(top - peak.passed_mah, peak) for peak in down.peaks],
    )


def _pick(
    peaks: list[tuple[float, Peak]],
    state: float | None,
    full_mah: float,
    direction: str,
    *,
    first: bool = False,
) -> tuple[float, Peak]:
    """Return the peak nearest a state of charge, or the largest where none is tracked yet."""
    if not peaks:
        raise ValueError(f"the {direction} has no peak inside its window")
    if state is None:
        return max(peaks, key=lambda one: one[1].prominence_mah_v)
    nearest = min(peaks, key=lambda one: abs(one[0] - state))
    # The first discharge peak is judged by its voltage gap alone.
    if not first and abs(nearest[0] - state) > LARGEST_WANDER * full_mah:
        raise ValueError(
            f"the nearest peak of the {direction} stands {abs(nearest[0] - state):.3g} mAh from where it was"
        )
    return nearest
