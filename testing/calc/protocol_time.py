"""How long a protocol takes: what is known of it beforehand, and what only the cell decides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from testing.calc.protocol import Setting, Step, cell_voltage

SECONDS_PER_HOUR = 3600.0
# An impedance point takes a few periods of its frequency; three is what analysers average over by default.
PERIODS_A_POINT = 3
USUAL_POINTS_PER_DECADE = 10
METHOD, VERSION = "protocol_duration", "1"


@dataclass(frozen=True)
class Duration:
    """Time in s that the constant currents, rests, scans and impedances take if every charge moves what 1C means.

    open_holds  Held voltages and other steps whose length only the cell decides, which come on top.
    """

    seconds: float = 0.0
    open_holds: int = 0

    def plus(self, other: Duration, times: int = 1) -> Duration:
        return Duration(self.seconds + times * other.seconds, self.open_holds + times * other.open_holds)


def expected_duration(steps: Sequence[Step], setting: Setting) -> Duration:
    """Return how long ``steps`` take on a cell that moves its design capacity in each half cycle.

    A rate of C/10 takes 10 h; a time that ends a step shortens it, and a group is no longer than its total. A cell
    that moves less is done earlier. Method "protocol_duration", version "1"; DOMAIN 1.3: formation 60 h and its
    holds, rate test 171 h, 500 cycles at 1C 1,000 h.

    >>> from testing.calc.protocol_text import parse
    >>> there_and_back = "  charge at {0} until upper limit\\n  discharge at {0} until lower limit\\n"
    >>> ladder = ["repeat 3 times:\\n" + there_and_back.format(rate)
    ...           for rate in ("C/10", "C/5", "C/2", "1C", "2C", "C/10")]
    >>> expected_duration(parse("".join(ladder)), Setting()).seconds / 3600
    171.0
    """
    total = Duration()
    for step in steps:
        total = total.plus(_group(step, setting) if step.mode == "group" else _single(step, setting))
    return total


def _group(step: Step, setting: Setting) -> Duration:
    inner = expected_duration(step.steps, setting)
    limit_s = _time_limit_s(step)
    if limit_s is not None:
        # With a total the holds inside it are no longer open: they end when the time is over.
        inner = Duration(limit_s if inner.open_holds else min(inner.seconds, limit_s))
    return Duration().plus(inner, step.repeat)


def _time_limit_s(step: Step) -> float | None:
    times = [end.value for end in step.terminations if end.quantity == "duration" and end.value is not None]
    return min(times) if times else None


def _single(step: Step, setting: Setting) -> Duration:
    limit_s = _time_limit_s(step)
    if step.mode in ("cc", "cccv"):
        hours = _current_hours(step, setting)
        seconds = math.inf if hours is None else hours * SECONDS_PER_HOUR
        seconds = seconds if limit_s is None else min(seconds, limit_s)
        unknown = 1 if math.isinf(seconds) else 0
        held = Duration() if step.mode == "cc" else _hold(step)
        return Duration(0.0 if unknown else seconds, unknown).plus(held)
    if step.mode == "eis":
        return Duration(_sweep_s(step))
    if step.mode == "scan":
        return _scan(step, setting)
    return Duration(limit_s) if limit_s is not None else Duration(open_holds=1)


def _current_hours(step: Step, setting: Setting) -> float | None:
    if step.c_rate is not None:
        return 1 / step.c_rate
    if step.current_ma is not None and setting.one_c_current_ma is not None:
        return setting.one_c_current_ma / step.current_ma
    return None


def _hold(step: Step) -> Duration:
    times = [end.value for end in step.hold_terminations if end.quantity == "duration" and end.value]
    only_time = len(times) == len(step.hold_terminations) and times
    return Duration(min(times)) if only_time else Duration(open_holds=1)


def _sweep_s(step: Step) -> float:
    """Return the time of an impedance sweep: its slow end takes nearly all of it."""
    high, low = step.highest_frequency_hz, step.lowest_frequency_hz
    if high is None or low is None:
        return 0.0
    ratio = 10 ** (-1 / (step.points_per_decade or USUAL_POINTS_PER_DECADE))
    points = math.floor(math.log(low / high) / math.log(ratio) + 1e-9) + 1
    return math.fsum(PERIODS_A_POINT / (high * ratio**number) for number in range(points))


def _scan(step: Step, setting: Setting) -> Duration:
    if step.voltage is None or step.scan_rate_mv_s is None or step.from_voltage is None:
        return Duration(open_holds=1)
    distance = abs(cell_voltage(step.voltage, setting) - cell_voltage(step.from_voltage, setting))
    return Duration(1000 * distance / step.scan_rate_mv_s)
