"""Direct-current resistance: what a step of current does to the voltage, at stated times after it."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from testing.calc.spectra import Floats

METHOD = "dc_resistance"
VERSION = "1"

# A step of current counts from this share of the largest current of the record, so that noise makes none.
SMALLEST_STEP_SHARE = 0.05
# The current has reached its new level when it is within this share of the step.
SETTLED_SHARE = 0.01
LARGEST_TIME_SHARE = 0.1


@dataclass(frozen=True)
class CurrentStep:
    """A step of current: rows and levels. Times in s, currents in A, voltages in V.

    before_row   The last row before the step; its voltage and current are the starting point.
    first_row    The first row at the new level, ``last_row`` the last one.
    """

    before_row: int
    first_row: int
    last_row: int
    at_s: float
    lasted_s: float
    before_a: float
    after_a: float
    before_v: float


@dataclass(frozen=True)
class DCResistance:
    """The resistance of a cell at a time after a step of current; values at other times are other quantities.

    first_point_s  When the first point at the new level was logged; ``at_first_point_ohm`` is the resistance then,
                   the nearest that this record comes to an instant.
    """

    resistance_ohm: float
    after_s: float
    step_ma: float
    start_voltage_v: float
    first_point_s: float
    at_first_point_ohm: float
    method: str = METHOD
    method_version: str = VERSION


@dataclass(frozen=True)
class ReversalResistance:
    """What the turn from charge to discharge says: cheap, and of no stated pulse; between_s is the time between
    the two points."""

    resistance_ohm: float
    between_s: float


def current_steps(
    time_s: npt.ArrayLike, voltage_v: npt.ArrayLike, current_a: npt.ArrayLike
) -> tuple[CurrentStep, ...]:
    """Return the steps of the current in a record, in order; all arguments of shape (n,).

    A point that was logged on the way from one level to the next belongs to neither. Raises ValueError for a
    record in which no current flows.

    >>> steps = current_steps([0, 1, 2, 3, 4], [3.0, 3.0, 3.1, 3.11, 3.12], [0, 0, 1e-3, 1e-3, 1e-3])
    >>> len(steps), steps[0].before_row, steps[0].after_a
    (1, 1, 0.001)
    """
    time, voltage, current = (np.asarray(v, dtype=np.float64) for v in (time_s, voltage_v, current_a))
    largest = float(np.abs(current).max()) if len(current) else 0.0
    if largest == 0:
        raise ValueError("DC resistance not computed: no current flows in this record.")
    jumps = np.flatnonzero(np.abs(np.diff(current)) > SMALLEST_STEP_SHARE * largest)
    # Jumps of neighbouring rows are one step, seen on its way.
    begins = jumps[np.diff(jumps, prepend=-10) > 1]
    ends = jumps[np.diff(jumps, append=len(current) + 10) > 1] + 1
    found: list[CurrentStep] = []
    for number, (before, first) in enumerate(zip(begins, ends, strict=True)):
        last = int(begins[number + 1]) if number + 1 < len(begins) else len(current) - 1
        level = float(np.median(current[first : last + 1]))
        started = float(np.median(current[max(0, int(before) - 20) : before + 1]))
        settled = np.abs(current[first : last + 1] - level) <= max(
            SETTLED_SHARE * abs(level - started), 1e-12
        )
        first_row = int(first) + int(np.argmax(settled))
        found.append(
            CurrentStep(
                before_row=int(before),
                first_row=first_row,
                last_row=last,
                at_s=float(time[before]),
                lasted_s=float(time[last] - time[before]),
                before_a=started,
                after_a=level,
                before_v=float(voltage[before]),
            )
        )
    return tuple(found)


def dc_resistance(
    time_s: npt.ArrayLike, voltage_v: npt.ArrayLike, step: CurrentStep, *, after_s: float
) -> DCResistance:
    """Return abs(V(t) - V0) / abs(I - I0) at ``after_s`` seconds after a step of current, in ohm.

    time_s, voltage_v  The record that ``step`` was found in, shape (n,).

    V(t) is read between the two nearest points. The time of the step is that of the last point before it, as
    most instruments log none at the step itself. Raises ValueError where the step did not last that long or no
    point lies within 10 % of the time asked for. EMMO DCInternalResistance; IEC 61960-3 asks for other times, so
    values of different times are not compared. Method "dc_resistance", version "1": docs/science/dc-resistance.md.

    >>> t, v, i = [0, 1, 2, 11, 12], [3.0, 3.0, 3.1, 3.15, 3.155], [0, 0, 1e-3, 1e-3, 1e-3]
    >>> round(dc_resistance(t, v, current_steps(t, v, i)[0], after_s=10).resistance_ohm, 6)
    150.0
    """
    time, voltage = np.asarray(time_s, dtype=np.float64), np.asarray(voltage_v, dtype=np.float64)
    rows = slice(step.first_row, step.last_row + 1)
    since: Floats = time[rows] - step.at_s
    if after_s > since[-1]:
        raise ValueError(f"DC resistance at {after_s:g} s not computed: the step lasted {since[-1]:.3g} s.")
    nearest = float(np.abs(since - after_s).min())
    if nearest > LARGEST_TIME_SHARE * after_s:
        raise ValueError(
            f"DC resistance at {after_s:g} s not computed: the nearest point lies {nearest:.3g} s away."
        )
    change_a = abs(step.after_a - step.before_a)
    reached = float(np.interp(after_s, since, voltage[rows]))
    return DCResistance(
        resistance_ohm=abs(reached - step.before_v) / change_a,
        after_s=after_s,
        step_ma=1000 * (step.after_a - step.before_a),
        start_voltage_v=step.before_v,
        first_point_s=float(since[0]),
        at_first_point_ohm=abs(float(voltage[step.first_row]) - step.before_v) / change_a,
    )


def reversal_resistance(
    *,
    end_voltage_v: float,
    end_current_ma: float,
    first_voltage_v: float,
    first_current_ma: float,
    between_s: float,
) -> ReversalResistance:
    """Return the resistance that the turn from charge to discharge shows, without a pulse of its own.

    end_*    Last point of the charge, first_* first point of the discharge; currents as magnitudes in mA.
    Raises ValueError if no current flowed or the voltage did not fall.

    >>> turn = reversal_resistance(end_voltage_v=2.75, end_current_ma=1.0, first_voltage_v=2.55,
    ...                            first_current_ma=1.0, between_s=0.1)
    >>> round(turn.resistance_ohm, 6)
    100.0
    """
    change_ma = abs(end_current_ma) + abs(first_current_ma)
    fell = end_voltage_v - first_voltage_v
    if not change_ma > 0 or not math.isfinite(change_ma):
        raise ValueError("Reversal resistance not computed: no current flowed.")
    if not fell > 0:
        raise ValueError(
            f"Reversal resistance not computed: the voltage went from {end_voltage_v:.4f} to {first_voltage_v:.4f} V "
            "when the current turned."
        )
    return ReversalResistance(1000 * fell / change_ma, between_s)
