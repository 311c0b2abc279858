"""What is known of the instrument behind a capacity, and what that leaves of capacities and their ratios."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from testing.calc.cycles import CycleSummary
from testing.calc.efficiency import SECONDS_PER_HOUR, MeasuredCharge, digits_uncertainty_mah


@dataclass(frozen=True)
class Meter:
    """An instrument and the digits of its file; None is unknown (offset, gain) or full precision (digits).

    offset_ma  Standard uncertainty of the current's zero in mA, the same in all of a test.
    gain       Relative standard uncertainty of the current's scale (fraction).
    """

    offset_ma: float | None = None
    gain: float | None = None
    time_digits: int | None = None
    current_digits: int | None = None

    @property
    def stated(self) -> bool:
        """Whether offset and gain are known, so that an uncertainty covers the instrument."""
        return self.offset_ma is not None and self.gain is not None


@dataclass(frozen=True)
class MeasuredCycle:
    """Both half cycles of a cycle with what the file's digits leave of each; None where one is not whole."""

    cycle_number: int
    charge: MeasuredCharge | None
    discharge: MeasuredCharge | None


def measured_cycles(
    cycles: Sequence[CycleSummary], meter: Meter, *, start_s: float = 0.0
) -> tuple[MeasuredCycle, ...]:
    """Return the capacities of cycles with what the digits of time and current leave of each.

    start_s  The test time at which the first cycle began. The coarser step of a later time follows from the
             durations.

    >>> from testing.calc.cycles import CycleSummary
    >>> one = CycleSummary(1, 1.0, 0.9, None, None, 0.9, True, 0, 1, None, None, 7200, 3600, 3600, None, 1.0, 1.0)
    >>> measured_cycles([one], Meter(time_digits=6), start_s=2e6)[0].discharge.digits_uncertainty_mah > 0.001
    True
    """
    found: list[MeasuredCycle] = []
    now_s = start_s
    for cycle in cycles:
        charge = _measured(
            cycle.charge_capacity_mah, cycle.charge_duration_s, cycle.charge_current_ma, meter, now_s
        )
        now_s += cycle.duration_s
        discharge = _measured(
            cycle.discharge_capacity_mah,
            cycle.discharge_duration_s,
            cycle.discharge_current_ma,
            meter,
            now_s,
            ends=True,
        )
        found.append(MeasuredCycle(cycle.cycle_number, charge, discharge))
    return tuple(found)


def _measured(
    capacity_mah: float | None,
    duration_s: float | None,
    current_ma: float | None,
    meter: Meter,
    at_s: float,
    *,
    ends: bool = False,
) -> MeasuredCharge | None:
    if capacity_mah is None or duration_s is None:
        return None
    left = digits_uncertainty_mah(
        duration_s=duration_s,
        end_time_s=at_s if ends else at_s + duration_s,
        current_ma=current_ma or 0.0,
        time_digits=meter.time_digits,
        current_digits=meter.current_digits,
    )
    return MeasuredCharge(capacity_mah, duration_s, left)


def ratio_uncertainty(
    *, over: MeasuredCharge, under: MeasuredCharge, meter: Meter, opposite: bool, one_range: bool = True
) -> float:
    """Return the standard uncertainty of ``over / under`` (absolute).

    opposite   One was charged, the other discharged: the zero error then adds up; else it nearly cancels.
    one_range  Both in one current range, so that the scale cancels.

    The digits of each are their own. GUM (JCGM 100:2008), 5.2.

    >>> hour = MeasuredCharge(capacity_mah=1.05, duration_s=3600)
    >>> meter = Meter(offset_ma=0.001, gain=0.001)
    >>> round(ratio_uncertainty(over=hour, under=hour, meter=meter, opposite=True), 4)
    0.0019
    >>> ratio_uncertainty(over=hour, under=hour, meter=meter, opposite=False)
    0.0
    """
    if not (over.capacity_mah > 0 and under.capacity_mah > 0):
        raise ValueError(
            f"No ratio of {over.capacity_mah:g} and {under.capacity_mah:g} mAh; both must be above zero."
        )
    over_s, under_s = over.duration_s / over.capacity_mah, under.duration_s / under.capacity_mah
    per_ma = (over_s + under_s if opposite else over_s - under_s) / SECONDS_PER_HOUR
    relative = math.hypot(
        (meter.offset_ma or 0.0) * per_ma,
        over.digits_uncertainty_mah / over.capacity_mah,
        under.digits_uncertainty_mah / under.capacity_mah,
        0.0 if one_range else math.sqrt(2) * (meter.gain or 0.0),
    )
    return relative * over.capacity_mah / under.capacity_mah
