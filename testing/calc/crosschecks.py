"""What in a record speaks against itself: counters, the sign of the current, the unit of time, the size of the current.

Nothing here changes a number. Each check gives a sentence for a person, or nothing.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from testing.calc.segments import HalfCycle

Floats = npt.NDArray[np.float64]

# DOMAIN 3.4: an integral and the instrument's own counter that are this far apart are said aloud.
COUNTER_DISAGREEMENT = 0.005
# A counter that stood still says nothing: below this share of what flowed it was not counting.
COUNTER_USED = 0.01
CLOCK_DISAGREEMENT = 0.05
LEAST_RATE, MOST_RATE = 0.01, 5.0
# A half cycle says which way it runs if its voltage moves this far.
VOLTAGE_MOVES_V = 0.02
MOSTLY = 2 / 3

CHARGING = tuple(f"{scope}charging_capacity_ah" for scope in ("", "cycle_", "step_", "schedule_"))
DISCHARGING = tuple(f"{scope}discharging_capacity_ah" for scope in ("", "cycle_", "step_", "schedule_"))


def counted_ah(counter: Floats) -> float:
    """Return what a counter has counted in all, in Ah: its rises, and what it holds after each reset.

    A counter that is never reset, or forgets to be, and one that is reset at each step give the same.

    >>> counted_ah(np.array([0.0, 0.5, 1.0, 0.0, 0.25])), counted_ah(np.array([2.0, 2.5, 3.0]))
    (1.25, 1.0)
    """
    values = np.abs(counter[np.isfinite(counter)])
    if len(values) < 2:
        return 0.0
    rises = np.diff(values)
    return float(np.where(rises >= 0, rises, values[1:]).sum())


def counters_disagree(counters: Mapping[str, Floats], *, charge_ah: float, discharge_ah: float) -> list[str]:
    """Say where an instrument's own counter and the integral of its current are more than 0.5 % apart.

    counters   Columns of the table by name, in Ah, each of shape (n,).
    charge_ah, discharge_ah   What integrating I dt gave over the same rows, both positive.
    """
    told = []
    for names, word, integral_ah in (
        (CHARGING, "charge", charge_ah),
        (DISCHARGING, "discharge", discharge_ah),
    ):
        for name in names:
            counted = counted_ah(counters[name]) if name in counters else 0.0
            apart = abs(counted - integral_ah)
            if counted > COUNTER_USED * integral_ah and apart > COUNTER_DISAGREEMENT * max(
                counted, integral_ah
            ):
                told.append(
                    f"The instrument's counter {name} gives {1000 * counted:.6g} mAh of {word}, integrating the "
                    f"current {1000 * integral_ah:.6g} mAh, more than 0.5 % apart. The integral counts."
                )
    return told


def leads_look_reversed(voltage_v: Floats, half_cycles: Sequence[HalfCycle]) -> str | None:
    """Say so if the voltage mostly falls while the cell is said to charge, and rises while it discharges."""
    told = against = 0.0
    turned = 0
    for half in half_cycles:
        moved_v = float(voltage_v[half.last_row] - voltage_v[half.first_row])
        if abs(moved_v) < VOLTAGE_MOVES_V:
            continue
        told += half.charge_mah
        if (moved_v > 0) != (half.direction == "charge"):
            against += half.charge_mah
            turned += 1
    if not told or against < MOSTLY * told:
        return None
    negative = " The voltage is mostly negative as well." if float(np.median(voltage_v)) < 0 else ""
    return (
        f"In {turned} of {len(half_cycles)} half cycles the voltage falls while the current charges, or rises while it "
        f"discharges: the leads, or the sign of the current, may be reversed.{negative} Nothing was changed; the "
        "test's page offers to correct it."
    )


def time_is_in_another_unit(test_time_s: Floats, unix_time_s: Floats) -> str | None:
    """Say so if test time does not advance as the wall clock does, by the median of all intervals (within 5 %)."""
    steps, seconds = np.diff(test_time_s), np.diff(unix_time_s)
    moved = np.isfinite(seconds) & (steps > 0) & (seconds > 0)
    if np.count_nonzero(moved) < 3:
        return None
    ratio = float(np.median(seconds[moved] / steps[moved]))
    if abs(ratio - 1) <= CLOCK_DISAGREEMENT:
        return None
    return (
        f"By the file's own clock {ratio:.6g} s pass in each second of test time: the time may be in another unit "
        "than its header says. Every capacity would be off by that factor."
    )


def current_is_implausible(current_a: Floats, one_c_current_ma: float | None) -> str | None:
    """Say so if the largest current is not within 0.01 and 5 times the 1C that the test was set up with."""
    largest_ma = 1000 * float(np.abs(current_a).max(initial=0.0))
    if not one_c_current_ma or not largest_ma:
        return None
    rate = largest_ma / one_c_current_ma
    if LEAST_RATE <= rate <= MOST_RATE:
        return None
    return (
        f"The largest current is {largest_ma:.6g} mA, {rate:.3g} times the 1C of {one_c_current_ma:.6g} mA that the "
        "test was set up with: its unit may be wrong (mA for A), or the file belongs to another cell."
    )


def counter_columns(schema: Sequence[str]) -> list[str]:
    """Return the counters that a table has."""
    return [name for name in schema if name in {*CHARGING, *DISCHARGING}]


def totals_ah(charge_ah: pl.Series) -> tuple[float, float]:
    """Return charge and discharge in Ah of a whole record, both positive."""
    values = charge_ah.to_numpy()
    return float(values[values > 0].sum()), -float(values[values < 0].sum())
