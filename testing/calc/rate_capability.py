"""Rate capability: what is left of the capacity at each current, and whether it comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from testing.calc.cycles import CycleSummary
from testing.calc.meters import MeasuredCycle, Meter, measured_cycles, ratio_uncertainty
from testing.calc.rate_steps import rate_steps, same_current

METHOD = "rate_capability"
VERSION = "1"

Choice = Literal["last", "mean"]


@dataclass(frozen=True)
class AtRate:
    """What a cell gave at one rate.

    charge_rate, discharge_rate  Current over the 1C current, kept apart; None if no 1C is stated.
    capacity_mah                 Of the cycle chosen, or the mean; ``all_mah`` keeps every complete cycle.
    fraction                     Over the capacity at the first rate.
    uncertainty                  Of the fraction, absolute, k = 1.
    """

    charge_rate: float | None
    discharge_rate: float | None
    current_ma: float
    capacity_mah: float
    fraction: float
    uncertainty: float
    cycle_numbers: tuple[int, ...]
    all_mah: tuple[float, ...]
    chosen: int | None

    @property
    def label(self) -> str:
        """Write the discharge rate as the bench does: C/10, C/2, 1C, 2C; without a 1C the current in mA.

        >>> AtRate(None, 0.1004, 0.085, 1.0, 1.0, 0.0, (3,), (1.0,), 3).label
        'C/10'
        """
        return f"{self.current_ma:.4g} mA" if self.discharge_rate is None else rate_label(self.discharge_rate)


@dataclass(frozen=True)
class RateCapability:
    """Every rate in the order of the test, and what came back at the first one.

    recovery  Capacity at the last rate over that at the first, if both are the same rate; None otherwise.
    """

    rates: tuple[AtRate, ...]
    choice: Choice
    recovery: float | None
    recovery_uncertainty: float | None
    instrument_stated: bool
    left_out: tuple[int, ...]
    method: str = METHOD
    method_version: str = VERSION


def rate_label(rate: float) -> str:
    """Write a rate as the bench does.

    >>> [rate_label(rate) for rate in (0.0998, 0.2, 0.5, 1.01, 2.0, 0.333)]
    ['C/10', 'C/5', 'C/2', '1C', '2C', 'C/3']
    """
    if rate >= 0.97:
        whole = round(rate)
        return f"{whole}C" if abs(rate - whole) <= 0.03 * whole else f"{rate:.3g}C"
    inverse = round(1 / rate)
    return f"C/{inverse}" if abs(1 / rate - inverse) <= 0.03 * inverse else f"{rate:.3g}C"


def rate_capability(
    cycles: Sequence[CycleSummary],
    *,
    one_c_current_ma: float | None = None,
    choice: Choice = "last",
    meter: Meter = Meter(),  # noqa: B008 - frozen
) -> RateCapability:
    """Return the discharge capacity at each rate of a rate test as a fraction of that at the first.

    cycles            Of one test, in order.
    one_c_current_ma  The current applied as 1C in mA; without it rates are named by their current.
    choice            "last": the last complete cycle at the rate, since the first carries what the change of rate
                      did to the window; "mean": the mean of all complete ones. All are kept either way.

    Raises ValueError if the test has fewer than two rates with a complete cycle.
    Method "rate_capability", version "1": docs/science/rate-capability.md.

    >>> def cycle(number, current, discharge):
    ...     return CycleSummary(number, discharge, discharge, None, None, 1.0, True, 0, 1, None, None,
    ...                         7200, 3600, 3600, None, current, current)
    >>> found = rate_capability([cycle(1, 0.1, 3.0), cycle(2, 1.0, 2.1), cycle(3, 0.1, 2.97)], one_c_current_ma=1.0)
    >>> [(one.label, round(one.fraction, 3)) for one in found.rates]
    [('C/10', 1.0), ('1C', 0.7), ('C/10', 0.99)]
    """
    known = {one.cycle_number: one for one in measured_cycles(cycles, meter)}
    steps = rate_steps(cycles)
    whole = {
        position: [one for one in step.cycles if one.discharge_capacity_mah is not None]
        for position, step in enumerate(steps)
    }
    usable = [position for position in whole if whole[position]]
    if len(usable) < 2:
        raise ValueError(
            f"Rate capability not computed: {len(usable)} rates have a complete cycle; two are needed."
        )
    chosen = [_chosen(whole[position], choice, known) for position in usable]
    reference = chosen[0]
    rates = tuple(
        AtRate(
            charge_rate=_over(steps[position].charge_ma, one_c_current_ma),
            discharge_rate=_over(steps[position].discharge_ma, one_c_current_ma),
            current_ma=steps[position].discharge_ma,
            capacity_mah=one.capacity_mah,
            fraction=one.capacity_mah / reference.capacity_mah,
            uncertainty=_ratio_uncertainty(one, reference, meter),
            cycle_numbers=tuple(cycle.cycle_number for cycle in whole[position]),
            all_mah=tuple(cycle.discharge_capacity_mah or 0.0 for cycle in whole[position]),
            chosen=one.number if choice == "last" else None,
        )
        for position, one in zip(usable, chosen, strict=True)
    )
    came_back = len(rates) > 2 and same_current(rates[0].current_ma, rates[-1].current_ma)
    return RateCapability(
        rates=rates,
        choice=choice,
        recovery=rates[-1].fraction if came_back else None,
        recovery_uncertainty=rates[-1].uncertainty if came_back else None,
        instrument_stated=meter.stated,
        left_out=tuple(cycle.cycle_number for cycle in cycles if cycle.discharge_capacity_mah is None),
    )


@dataclass(frozen=True)
class _Chosen:
    number: int
    capacity_mah: float
    measured: MeasuredCycle


def _chosen(cycles: Sequence[CycleSummary], choice: Choice, known: dict[int, MeasuredCycle]) -> _Chosen:
    last = cycles[-1]
    capacities = [cycle.discharge_capacity_mah or 0.0 for cycle in cycles]
    value = capacities[-1] if choice == "last" else sum(capacities) / len(capacities)
    return _Chosen(last.cycle_number, value, known[last.cycle_number])


def _ratio_uncertainty(one: _Chosen, reference: _Chosen, meter: Meter) -> float:
    if one is reference or one.measured.discharge is None or reference.measured.discharge is None:
        return 0.0
    return ratio_uncertainty(
        over=one.measured.discharge,
        under=reference.measured.discharge,
        meter=meter,
        opposite=False,
        # Rates an order apart are measured in different ranges of the instrument.
        one_range=False,
    )


def _over(current_ma: float | None, one_c_current_ma: float | None) -> float | None:
    if current_ma is None or not one_c_current_ma:
        return None
    return current_ma / one_c_current_ma
