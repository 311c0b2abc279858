"""The instrument's own counters of charge, held against the integral of its current, and where the two part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SCOPES = ("", "cycle_", "step_", "schedule_")
CHARGING = tuple(f"{scope}charging_capacity_ah" for scope in SCOPES)
DISCHARGING = tuple(f"{scope}discharging_capacity_ah" for scope in SCOPES)
# Counts in whichever direction the step runs.
EITHER = "step_cumulative_capacity_ah"
# Rises while charging and falls while discharging.
NET = "net_capacity_ah"
COUNTERS = (*CHARGING, *DISCHARGING, EITHER, NET)
# A counter that stood still says nothing: below this share of what flowed it was not counting.
COUNTER_USED = 0.01
# A current that changes by more than this share between two rows may be no straight line between them.
CHANGES_BY = 0.05
# A steady current that was counted for a time this far from the clock's was counted by another clock.
OTHER_CLOCK = 0.2
# Kinds of interval are named if what they leave is at least this share of the whole difference.
WORTH_NAMING = 0.1
MAH_PER_AH, SECONDS_PER_HOUR = 1000.0, 3600.0


@dataclass(frozen=True)
class Share:
    """What a kind of interval contributes to a difference (Ah, integral less counter), and how many there are."""

    charge_ah: float
    intervals: int


@dataclass(frozen=True)
class Comparison:
    """One counter in one direction beside the integral over the same rows, both positive, in Ah.

    changing  Of the difference, what arises where the current changes by more than a twentieth from row to row.
    clock     What arises where a steady current was counted as if for another time than the file's clock says.
    """

    counter: str
    direction: str
    counted_ah: float
    integral_ah: float
    changing: Share
    clock: Share

    @property
    def off(self) -> float:
        """The integral's departure from the counter, as a fraction of the counter."""
        return self.integral_ah / self.counted_ah - 1

    @property
    def sentence(self) -> str:
        """Both numbers, how far they are apart, and where that comes from."""
        told = (
            f"Our integral of the {self.direction}, {MAH_PER_AH * self.integral_ah:.6g} mAh, is "
            f"{100 * self.off:+.3f} % off the instrument's counter {self.counter}, "
            f"{MAH_PER_AH * self.counted_ah:.6g} mAh."
        )
        return " ".join([told, *self._whence()])

    def _whence(self) -> Iterator[str]:
        apart = abs(self.integral_ah - self.counted_ah)
        changing = (
            "which the current changes by more than a twentieth: the counter follows it between two rows, the integral "
            "takes it as a straight line"
        )
        clock = "which a steady current was counted for another time than the file's clock gives"
        for share, what in ((self.changing, changing), (self.clock, clock)):
            if abs(share.charge_ah) > WORTH_NAMING * apart:
                yield (
                    f"{100 * share.charge_ah / self.counted_ah:+.3f} % comes from {share.intervals} "
                    f"interval{'s' if share.intervals > 1 else ''} in {what}."
                )


def counted_ah(counter: Floats) -> float:
    """Return what a counter has counted in all, in Ah: its rises, and what it holds after each reset.

    A counter that is never reset, or forgets to be, and one that is reset at each step give the same.

    >>> counted_ah(np.array([0.0, 0.5, 1.0, 0.0, 0.25])), counted_ah(np.array([2.0, 2.5, 3.0]))
    (1.25, 1.0)
    """
    return float(_gains(counter).sum())


def _gains(counter: Floats) -> Floats:
    """Return what a counter counted between each two rows, shape (n - 1,), in its own unit; 0 where it is empty."""
    values = np.abs(counter)
    rises = np.diff(values)
    gained = np.where(rises >= 0, rises, values[1:])
    return np.where(np.isfinite(gained), gained, 0.0)


def compare(
    counters: Mapping[str, Floats], *, time_s: Floats, current_a: Floats, charge_ah: Floats
) -> list[Comparison]:
    """Return each counter that counted, in each direction that it counts, beside the integral of the current.

    counters   Columns of the table by name, in Ah, each of shape (n,).
    time_s, current_a   Of each row, shape (n,); a positive current charges.
    charge_ah  Of the interval that ends at each row, shape (n,): ``testing.calc.integrate``.

    Nothing is changed by it: the integral counts. docs/science/charge-integration.md.

    >>> found = compare(
    ...     {"charging_capacity_ah": np.array([0.0, 0.5, 1.0])},
    ...     time_s=np.array([0.0, 1800.0, 3600.0]), current_a=np.ones(3), charge_ah=np.array([0.0, 0.5, 0.502]),
    ... )
    >>> round(found[0].off, 4)
    0.002
    """
    elapsed_s, now, before = np.diff(time_s), current_a[1:], current_a[:-1]
    steady = np.abs(now - before) <= CHANGES_BY * np.maximum(np.abs(now), np.abs(before))
    found: list[Comparison] = []
    for name in (name for name in COUNTERS if name in counters):
        for direction, sign in _directions(name):
            flows = now * sign > 0
            if name == NET:
                gained_ah = np.maximum(sign * np.nan_to_num(np.diff(counters[name])), 0.0)
            elif name == EITHER:
                gained_ah = np.where(flows, _gains(counters[name]), 0.0)
            else:
                gained_ah = _gains(counters[name])
            counted, here = float(gained_ah.sum()), flows | (gained_ah > 0)
            carried_ah = np.where(charge_ah[1:] * sign > 0, np.abs(charge_ah[1:]), 0.0)
            integral = float(carried_ah.sum())
            if not counted or not integral or counted <= COUNTER_USED * integral:
                continue
            left_ah = np.where(here, carried_ah - gained_ah, 0.0)
            other_time = np.abs(left_ah) * SECONDS_PER_HOUR > OTHER_CLOCK * np.abs(now) * np.abs(elapsed_s)
            found.append(
                Comparison(
                    name,
                    direction,
                    counted,
                    integral,
                    changing=_share(left_ah, here & ~steady),
                    clock=_share(left_ah, here & steady & other_time),
                )
            )
    return found


def _directions(name: str) -> Sequence[tuple[str, int]]:
    both = (("charge", 1), ("discharge", -1))
    return both if name in (EITHER, NET) else both[:1] if name in CHARGING else both[1:]


def _share(left_ah: Floats, where: Flags) -> Share:
    return Share(float(left_ah[where].sum()), int(np.count_nonzero(where)))
