"""The average coulombic efficiency over a stated window, and how well the instrument lets it be known."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from testing.calc.cycles import CycleSummary
from testing.calc.efficiency import SECONDS_PER_HOUR
from testing.calc.meters import Meter, measured_cycles, ratio_uncertainty
from testing.calc.rate_steps import first_at_rate

METHOD = "average_coulombic_efficiency"
VERSION = "1"


@dataclass(frozen=True)
class LeftOut:
    """A cycle of the window that the average does not count, and why."""

    cycle_number: int
    why: str


@dataclass(frozen=True)
class AverageEfficiency:
    """Mean, median and smallest coulombic efficiency of a window (fractions).

    first, last        Cycle numbers of the window, both included.
    n                  How many cycles were counted; ``left_out`` names the others.
    uncertainty        Of the mean, absolute, k = 1: what offset and digits leave.
    instrument_stated  False if the instrument's offset or gain is unknown; the uncertainty is then that of the
                       digits alone, and the page must say so.
    """

    mean: float
    median: float
    minimum: float
    minimum_cycle: int
    n: int
    first: int
    last: int
    left_out: tuple[LeftOut, ...]
    uncertainty: float
    instrument_stated: bool
    method: str = METHOD
    method_version: str = VERSION


def average_efficiency(
    cycles: Sequence[CycleSummary],
    *,
    first: int | None = None,
    last: int | None = None,
    restarts: Iterable[int] = (),
    count_first_at_rate: bool = False,
    meter: Meter = Meter(),  # noqa: B008 - frozen
    start_s: float = 0.0,
) -> AverageEfficiency:
    """Return the arithmetic mean of the coulombic efficiencies of a window, its median and its smallest.

    cycles               Of one test, in order.
    first, last          The window, both included; by default the whole test.
    restarts             Cycles in which the test was interrupted and taken up again.
    count_first_at_rate  Count the first cycle after formation or a change of rate too. Its efficiency holds
                         charge that the window of the cathode lost by the change, not by a side reaction.
    meter, start_s       As for ``testing.calc.meters.measured_cycles``.

    A zero error of the current shifts every cycle alike, so it does not average out; digits do. Efficiencies
    above 1 are counted as they are. Raises ValueError if no cycle of the window counts.
    Method "average_coulombic_efficiency", version "1": docs/science/average-coulombic-efficiency.md.

    >>> def cycle(number, ce):
    ...     return CycleSummary(number, 1.0, ce, None, None, ce, True, 0, 1, None, None, 7200, 3600, 3600,
    ...                         None, 1.0, 1.0)
    >>> found = average_efficiency([cycle(1, 0.78), cycle(2, 0.99), cycle(3, 0.9995)])
    >>> found.n, round(found.mean, 5), found.left_out[0].why
    (2, 0.99475, 'the first cycle at its rate')
    """
    numbers = [cycle.cycle_number for cycle in cycles]
    low = first if first is not None else min((n for n in numbers if n > 0), default=1)
    high = last if last is not None else max(numbers, default=0)
    reasons = _reasons(cycles, restarts, count_first_at_rate=count_first_at_rate)
    counted: list[tuple[int, float, float, float]] = []
    left_out: list[LeftOut] = []
    for cycle, measured in zip(cycles, measured_cycles(cycles, meter, start_s=start_s), strict=True):
        number = cycle.cycle_number
        if not low <= number <= high:
            continue
        charge, discharge, value = measured.charge, measured.discharge, cycle.coulombic_efficiency
        if number in reasons or charge is None or discharge is None or value is None:
            left_out.append(LeftOut(number, reasons.get(number, "not complete")))
            continue
        per_ma = charge.duration_s / charge.capacity_mah + discharge.duration_s / discharge.capacity_mah
        digits = math.hypot(
            charge.digits_uncertainty_mah / charge.capacity_mah,
            discharge.digits_uncertainty_mah / discharge.capacity_mah,
        )
        counted.append((number, value, value * per_ma / SECONDS_PER_HOUR, value * digits))
    if not counted:
        raise ValueError(
            f"Average CE not computed: none of the cycles {low} to {high} counts"
            + (f"; cycle {left_out[0].cycle_number} is {left_out[0].why}." if left_out else ".")
        )
    values = [value for _, value, _, _ in counted]
    offset = (meter.offset_ma or 0.0) * fmean(per_ma for _, _, per_ma, _ in counted)
    digits = math.sqrt(math.fsum(one**2 for *_, one in counted)) / len(counted)
    lowest = min(counted, key=lambda one: one[1])
    return AverageEfficiency(
        mean=fmean(values),
        median=median(values),
        minimum=lowest[1],
        minimum_cycle=lowest[0],
        n=len(values),
        first=low,
        last=high,
        left_out=tuple(left_out),
        uncertainty=math.hypot(offset, digits),
        instrument_stated=meter.stated,
    )


def _reasons(
    cycles: Sequence[CycleSummary], restarts: Iterable[int], *, count_first_at_rate: bool
) -> dict[int, str]:
    reasons = dict.fromkeys(restarts, "the cycle in which the test was taken up again")
    if not count_first_at_rate:
        reasons |= dict.fromkeys(first_at_rate(cycles), "the first cycle at its rate")
    reasons |= {cycle.cycle_number: "not complete" for cycle in cycles if not cycle.complete}
    return reasons


@dataclass(frozen=True)
class CyclesBelow:
    """How many complete cycles lie below a threshold, and between which counts what is known leaves it.

    fewest, most       The counts if every efficiency lay one standard uncertainty higher, or lower.
    instrument_stated  As in ``AverageEfficiency``.
    """

    count: int
    fewest: int
    most: int
    instrument_stated: bool

    @property
    def uncertainty(self) -> float:
        """Half the way from the fewest to the most (cycles, k = 1)."""
        return (self.most - self.fewest) / 2


def cycles_below(
    cycles: Sequence[CycleSummary],
    threshold: float,
    *,
    meter: Meter = Meter(),  # noqa: B008 - frozen
    start_s: float = 0.0,
) -> CyclesBelow:
    """Return how many complete cycles have an efficiency below ``threshold`` (a fraction).

    meter, start_s  As for ``testing.calc.meters.measured_cycles``.

    A count is no mean: where many efficiencies lie close to the threshold, strayings that differ from cycle to
    cycle carry more of them over it from the crowded side than from the other, so they do not cancel. The range
    therefore lets all of them stray the same way, as a zero error does.
    docs/science/average-coulombic-efficiency.md.

    >>> cycles_below([], 0.99).count
    0
    """
    count = fewest = most = 0
    for cycle, measured in zip(cycles, measured_cycles(cycles, meter, start_s=start_s), strict=True):
        charge, discharge, value = measured.charge, measured.discharge, cycle.coulombic_efficiency
        if value is None or charge is None or discharge is None:
            continue
        known_to = ratio_uncertainty(over=discharge, under=charge, meter=meter, opposite=True)
        count += value < threshold
        fewest += value + known_to < threshold
        most += value - known_to < threshold
    return CyclesBelow(count, fewest, most, meter.stated)
