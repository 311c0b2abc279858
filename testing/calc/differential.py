"""Differential capacity: how much charge passes at each voltage, and where its peaks stand."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from testing.calc.spectra import Floats

METHOD = "differential_capacity"
VERSION = "1"

STEP_V = 0.001
SMOOTHING_V = 0.010
EDGE_V = 0.030
EVEN_POINTS = 2000
# A peak rises above its surroundings by this share of the curve's largest value, or it is a ripple.
LEAST_PROMINENCE = 0.05
FEWEST_POINTS = 20


@dataclass(frozen=True)
class Peak:
    """A peak of dQ/dV: voltage in V, height in mAh/V, and the charge in mAh that had passed when it was met."""

    voltage_v: float
    height_mah_v: float
    passed_mah: float
    prominence_mah_v: float


@dataclass(frozen=True)
class DifferentialCapacity:
    """dQ/dV of one half cycle on an even voltage grid, all of shape (n,).

    dq_dv_mah_v  Positive in both directions. capacity_mah is the charge that had passed, in the direction of
                 the half cycle. Peaks come by rising voltage.
    smoothing_v  Full width at half maximum of the Gaussian; step_v the grid; edge_v what was cut at both ends.
    """

    voltage_v: Floats
    dq_dv_mah_v: Floats
    capacity_mah: Floats
    peaks: tuple[Peak, ...]
    smoothing_v: float
    step_v: float
    edge_v: float
    method: str = METHOD
    method_version: str = VERSION


def differential_capacity(
    voltage_v: npt.ArrayLike,
    capacity_mah: npt.ArrayLike,
    *,
    step_v: float = STEP_V,
    smoothing_v: float = SMOOTHING_V,
    edge_v: float = EDGE_V,
) -> DifferentialCapacity:
    """Return dQ/dV of the constant-current part of a half cycle.

    voltage_v     At the cell in V, shape (n,), rising or falling as a whole.
    capacity_mah  Charge passed since the half cycle began in mAh, shape (n,), rising.
    step_v        Grid of the result. smoothing_v: full width at half maximum of the Gaussian, in V.
    edge_v        What is cut at both ends of the voltage, where the current has just jumped or the limit bends
                  the curve.

    Voltage is taken over an even grid of charge, made monotone, turned into charge over an even grid of voltage,
    smoothed and differentiated by central differences; the top of a peak is that of the parabola through its
    three highest points. Raises ValueError if the voltage spans less than three edges or does not run one way.
    Method "differential_capacity", version "1": docs/science/differential-capacity.md.

    >>> q = np.linspace(0, 1, 500)
    >>> v = 2.0 + 0.3 * q + 0.04 * np.arctanh(1.8 * (q - 0.5))
    >>> found = differential_capacity(v, q)
    >>> round(max(found.peaks, key=lambda peak: peak.height_mah_v).voltage_v, 2)
    2.15
    """
    voltage = np.asarray(voltage_v, dtype=np.float64)
    capacity = np.asarray(capacity_mah, dtype=np.float64)
    if len(voltage) < FEWEST_POINTS:
        raise ValueError(f"dQ/dV needs {FEWEST_POINTS} points or more, not {len(voltage)}.")
    rising = bool(voltage[-1] > voltage[0])
    even = np.linspace(capacity[0], capacity[-1], EVEN_POINTS)
    along = np.interp(even, capacity, voltage)
    if not rising:
        along = -along
    along = _monotone(along)
    low, high = along[0] + edge_v, along[-1] - edge_v
    if high - low < edge_v:
        raise ValueError(
            f"dQ/dV not computed: the voltage spans {1000 * (along[-1] - along[0]):.0f} mV, too little to cut "
            f"{1000 * edge_v:g} mV at both ends."
        )
    grid = np.arange(np.ceil(along[0] / step_v), np.floor(along[-1] / step_v) + 1) * step_v
    passed = _smoothed(np.interp(grid, along, even), smoothing_v / step_v)
    slope = np.gradient(passed, step_v)
    kept = (grid >= low) & (grid <= high)
    shown = grid[kept] if rising else -grid[kept]
    peaks = _peaks(shown, slope[kept], passed[kept], step_v)
    order = slice(None) if rising else slice(None, None, -1)
    return DifferentialCapacity(
        voltage_v=shown[order],
        dq_dv_mah_v=slope[kept][order],
        capacity_mah=passed[kept][order],
        peaks=tuple(sorted(peaks, key=lambda peak: peak.voltage_v)),
        smoothing_v=smoothing_v,
        step_v=step_v,
        edge_v=edge_v,
    )


def _monotone(along: Floats) -> Floats:
    """Return a rising curve between the highest so far and the lowest still to come; noise runs both ways."""
    from_left = np.maximum.accumulate(along)
    from_right = np.minimum.accumulate(along[::-1])[::-1]
    middle = (from_left + from_right) / 2
    # Where two points are equal nothing could be inverted: a billionth of a volt per point tells them apart.
    return np.asarray(np.maximum.accumulate(middle) + 1e-9 * np.arange(len(middle)))


def _smoothed(values: Floats, width_points: float) -> Floats:
    """Return the values folded with a Gaussian of that full width; a straight continuation holds the ends."""
    sigma = width_points / 2.3548
    if sigma < 0.3:
        return values
    reach = int(np.ceil(4 * sigma))
    reach = min(reach, len(values) - 1)
    left = 2 * values[0] - values[reach:0:-1]
    right = 2 * values[-1] - values[-2 : -reach - 2 : -1]
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.convolve(np.concatenate([left, values, right]), kernel / kernel.sum(), mode="valid")


def _peaks(voltage: Floats, slope: Floats, passed: Floats, step_v: float) -> list[Peak]:
    if len(slope) < 3:
        return []
    tops = np.flatnonzero((slope[1:-1] > slope[:-2]) & (slope[1:-1] >= slope[2:])) + 1
    found: list[Peak] = []
    for top in tops:
        prominence = float(slope[top] - max(_valley(slope[: top + 1][::-1]), _valley(slope[top:])))
        if prominence < LEAST_PROMINENCE * float(slope.max()):
            continue
        left, middle, right = (float(value) for value in slope[top - 1 : top + 2])
        curve = left - 2 * middle + right
        shift = 0.5 * (left - right) / curve if curve else 0.0
        direction = 1.0 if voltage[-1] > voltage[0] else -1.0
        found.append(
            Peak(
                voltage_v=float(voltage[top]) + direction * shift * step_v,
                height_mah_v=middle - 0.25 * (left - right) * shift,
                passed_mah=float(np.interp(top + shift, np.arange(len(passed)), passed)),
                prominence_mah_v=prominence,
            )
        )
    return found


def _valley(side: Floats) -> float:
    """Return the lowest value between a top (the first value) and the next higher one, or the end."""
    higher = np.flatnonzero(side > side[0])
    return float(side[: higher[0] + 1 if len(higher) else len(side)].min())
