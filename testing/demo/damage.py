"""What goes wrong in real laboratories, done to a simulated trace on purpose; what stays true is known."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from testing.demo.cell_model import Floats
from testing.demo.simulator import Trace

SHORT_SHARE = 0.4
# What was weighed, and what was typed; the correction brings back what is per gram and leaves the rest alone.
RIGHT_MASS_MG, WRONG_MASS_MG = 8.1, 8.9
# The night on which clocks in Berlin go back from 3:00 to 2:00.
BACK_TO_STANDARD_TIME = datetime(2024, 10, 27, 1, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Halves:
    """The two files of a test that was stopped and started again; the clock of the second begins anew."""

    before: Trace
    after: Trace


@dataclass(frozen=True)
class Split:
    """A test whose second file began after the clocks went back: starts in UTC, and what local clocks say."""

    halves: Halves
    started_at: datetime
    restarted_at: datetime

    @property
    def true_hours_between(self) -> float:
        """Hours that passed between the two starts."""
        return (self.restarted_at - self.started_at).total_seconds() / 3600

    @property
    def local_hours_between(self) -> float:
        """Hours between the two starts as the file names give them, in local time without a zone."""
        naive = [
            moment.astimezone(BERLIN).replace(tzinfo=None) for moment in (self.started_at, self.restarted_at)
        ]
        return (naive[1] - naive[0]).total_seconds() / 3600


def cycle_rows(trace: Trace, cycle: int) -> npt.NDArray[np.int64]:
    """Return the rows of one cycle (from 1); its charge begins where the current turns positive."""
    positive = trace.current_a > 0
    begins = np.flatnonzero(positive & ~np.roll(positive, 1))
    if not 1 <= cycle <= len(begins):
        raise ValueError(f"The trace has cycles 1 to {len(begins)}, not {cycle}.")
    bounds = np.append(begins, len(positive))
    return np.arange(bounds[cycle - 1], bounds[cycle])


def split_at_cycle(trace: Trace, cycle: int) -> Halves:
    """Cut before ``cycle``; the second file counts its time from 0, as a restarted test does."""
    first = int(cycle_rows(trace, cycle)[0])
    start_s = float(trace.time_s[first - 1])
    before = _rows(trace, slice(0, first))
    after = _rows(trace, slice(first, None))
    return Halves(
        replace(before, truth=trace.truth[: cycle - 1]),
        replace(after, time_s=after.time_s - start_s, truth=trace.truth[cycle - 1 :]),
    )


def abort_in_discharge(trace: Trace, cycle: int) -> Trace:
    """Stop half way through the discharge of ``cycle``; the truth keeps the cycles before it."""
    rows = cycle_rows(trace, cycle)
    falling = rows[trace.current_a[rows] < 0]
    stop = int(falling[len(falling) // 2]) + 1
    return replace(_rows(trace, slice(0, stop)), truth=trace.truth[: cycle - 1])


def growing(trace: Trace, rows: int) -> Trace:
    """Return what an export after ``rows`` rows would have held; the truth is left empty."""
    return replace(_rows(trace, slice(0, rows)), truth=())


def split_across_the_change_of_time(trace: Trace, cycle: int) -> Split:
    """Cut before ``cycle`` so that the first file begins half an hour before the clocks go back."""
    halves = split_at_cycle(trace, cycle)
    started_at = BACK_TO_STANDARD_TIME - timedelta(minutes=30)
    return Split(halves, started_at, started_at + timedelta(seconds=float(halves.before.time_s[-1])))


def milliamperes_for_amperes(trace: Trace) -> Trace:
    """Return numbers of milliamperes where a header says amperes; the truth stays in mAh."""
    return replace(trace, current_a=1000 * trace.current_a)


def swapped_sign(trace: Trace) -> Trace:
    """Return the trace with discharge counted as positive."""
    return replace(trace, current_a=-trace.current_a)


def gap_in_charge(trace: Trace, cycle: int, gap_s: float = 3600.0) -> Trace:
    """Drop the points of ``gap_s`` seconds in mid-charge; at constant current its charge stays true."""
    rows = cycle_rows(trace, cycle)
    rising = rows[trace.current_a[rows] > 0]
    middle = float(trace.time_s[rising[len(rising) // 2]])
    keep = np.flatnonzero(np.abs(trace.time_s - middle) > gap_s / 2)
    return _rows(trace, keep)


def soft_short(trace: Trace, cycle: int, *, seed: int = 1) -> Trace:
    """Let each charge from ``cycle`` on leak: longer charges, jumping voltage, the same discharges."""
    noise = np.random.default_rng(seed)
    stretch = np.diff(trace.time_s, prepend=trace.time_s[0])
    voltage = trace.voltage_v.copy()
    first = int(cycle_rows(trace, cycle)[0])
    shorted = (np.arange(len(voltage)) >= first) & (trace.current_a > 0)
    stretch[shorted] *= 1 + SHORT_SHARE
    voltage[shorted] -= 0.02 * np.abs(noise.standard_normal(int(shorted.sum())))
    truth = tuple(
        replace(one, charge_capacity_mah=one.charge_capacity_mah * (1 + SHORT_SHARE))
        if one.cycle_number >= cycle
        else one
        for one in trace.truth
    )
    return replace(trace, time_s=trace.time_s[0] + np.cumsum(stretch), voltage_v=voltage, truth=truth)


def noisier(trace: Trace, noise_v: float = 0.002, *, seed: int = 2) -> Trace:
    """Add voltage noise ten times that of a good channel."""
    noise = np.random.default_rng(seed).standard_normal(len(trace.voltage_v))
    return replace(trace, voltage_v=trace.voltage_v + noise_v * noise)


def _rows(trace: Trace, rows: slice | npt.NDArray[np.int64]) -> Trace:
    positions = np.arange(len(trace.time_s))[rows]

    def kept(values: Floats) -> Floats:
        return values[positions]

    return replace(
        trace,
        time_s=kept(trace.time_s),
        voltage_v=kept(trace.voltage_v),
        current_a=kept(trace.current_a),
        step_number=tuple(trace.step_number[row] for row in positions),
        step_name=tuple(trace.step_name[row] for row in positions),
    )
