"""What in a record speaks against itself: the sign of the current, the unit of time, the size of the current.

Nothing here changes a number. Each check gives a sentence for a person, or nothing.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from testing.calc.segments import HalfCycle

Floats = npt.NDArray[np.float64]

CLOCK_DISAGREEMENT = 0.05
LEAST_RATE, MOST_RATE = 0.01, 5.0
# A half cycle says which way it runs if its voltage moves this far.
VOLTAGE_MOVES_V = 0.02
MOSTLY = 2 / 3


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
