"""A protocol as lines to read: each step in words, with its current and voltages on one cell where that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from testing.calc.protocol import Setting, Step, Voltage, cell_voltage, step_current_ma
from testing.calc.protocol_text import WORDS_OF_PHASE, end_text, step_text
from testing.calc.protocol_time import Duration, expected_duration

NOTHING = Duration()


@dataclass(frozen=True)
class Row:
    """One line. current_ma, voltages_v (at the cell) and duration say what it means on a cell, as far as is known."""

    number: str
    depth: int
    text: str
    current_ma: float | None = None
    voltages_v: tuple[float, ...] = ()
    duration: Duration = NOTHING
    problem: str = ""


def outline(steps: Sequence[Step], setting: Setting) -> list[Row]:
    """Return the lines of a protocol; what a cell does not say leaves its problem in the line, not a number.

    >>> from testing.calc.protocol_text import parse
    >>> rows = outline(parse("charge at C/10 until upper limit"), Setting(0.8482, 1.45, 2.75, 1.55))
    >>> round(rows[0].current_ma, 4), rows[0].voltages_v, rows[0].duration.seconds
    (0.0848, (2.75,), 36000.0)
    """
    return _rows(steps, setting, "", 0)


def _rows(steps: Sequence[Step], setting: Setting, above: str, depth: int) -> list[Row]:
    rows = []
    for place, step in enumerate(steps, start=1):
        number = f"{above}{place}"
        if step.mode == "group":
            rows.append(Row(number, depth, _head(step), duration=_duration(step, setting)))
            rows += _rows(step.steps, setting, f"{number}.", depth + 1)
        else:
            rows.append(_row(step, setting, number, depth))
    return rows


def _head(step: Step) -> str:
    parts = [WORDS_OF_PHASE[step.phase]] if step.phase else []
    parts += [f"repeat {step.repeat} times"] if step.repeat > 1 else []
    parts += [f"at most {end_text(end)} in total" for end in step.terminations]
    return ", ".join(parts) or "once"


def _duration(step: Step, setting: Setting) -> Duration:
    try:
        return expected_duration([step], setting)
    except ValueError:
        return Duration(open_holds=1)


def _row(step: Step, setting: Setting, number: str, depth: int) -> Row:
    problems = []
    current_ma: float | None = None
    if step.mode in ("cc", "cccv"):
        try:
            current_ma = step_current_ma(step, setting)
        except ValueError as problem:
            problems.append(str(problem))
    voltages: list[float] = []
    for voltage in _voltages(step):
        try:
            voltages.append(cell_voltage(voltage, setting))
        except ValueError as problem:
            problems.append(str(problem))
    duration = _duration(step, setting)
    return Row(number, depth, step_text(step), current_ma, tuple(voltages), duration, " ".join(problems))


def _voltages(step: Step) -> list[Voltage]:
    """Return the voltages that a step names, each once."""
    named = [
        step.from_voltage,
        step.voltage,
        *(end.voltage for end in (*step.terminations, *step.hold_terminations)),
    ]
    return list(dict.fromkeys(voltage for voltage in named if voltage is not None))
