"""Protocols as people write them, one step a line; what is written is read back to the same steps.

formation, repeat 3 times:
  charge at C/10 until upper limit, then hold until C/25
  discharge at C/10 until lower limit
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from testing.calc.protocol import Step, Termination, Voltage, judge_step, rate_text
from testing.calc.protocol_data import read_steps, steps_data

NUMBER = r"(\d+(?:\.\d+)?)"
TIMES_S = {"s": 1, "min": 60, "h": 3600, "d": 86400}
HERTZ = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}
PHASE_WORDS = {
    "formation": "formation", "rate test": "rate", "long-term": "long_term", "impedance": "eis", "gitt": "gitt",
    "cyclic voltammetry": "cv", "other": "other",
}  # fmt: skip
WORDS_OF_PHASE = {phase: words for words, phase in PHASE_WORDS.items()}
INDENT = 2


@dataclass(frozen=True)
class _Line:
    number: int
    depth: int
    text: str


def parse(text: str) -> tuple[Step, ...]:
    """Return the steps that a text says, or raise ValueError with the line and what is not understood.

    Indent by two spaces what belongs to a group. Words: charge, discharge, hold, rest, impedance, scan, repeat.

    >>> steps = parse("repeat 2 times:\\n  charge at 1C until upper limit or 1 h\\n  rest 10 min")
    >>> steps[0].repeat, [step.mode for step in steps[0].steps]
    (2, ['cc', 'rest'])
    """
    lines = []
    for number, raw in enumerate(text.expandtabs(INDENT).splitlines(), start=1):
        words = raw.split("#")[0].rstrip()
        if words.strip():
            indent = len(words) - len(words.lstrip(" "))
            if indent % INDENT:
                raise ValueError(f"Line {number}: indent by {INDENT} spaces for each group, not by {indent}.")
            lines.append(_Line(number, indent // INDENT, " ".join(words.split())))
    steps, used = _block(lines, 0, 0)
    if used < len(lines):
        raise ValueError(f"Line {lines[used].number}: it is indented, but no group stands above it.")
    # Judged as stored data are, so that text, form and API keep one rule.
    return read_steps(steps_data(steps))


def _block(lines: Sequence[_Line], start: int, depth: int) -> tuple[tuple[Step, ...], int]:
    steps: list[Step] = []
    place = start
    while place < len(lines) and lines[place].depth == depth:
        line = lines[place]
        place += 1
        if line.text.endswith(":"):
            inner, place = _block(lines, place, depth + 1)
            if not inner:
                raise ValueError(f"Line {line.number}: nothing is indented below {line.text!r}.")
            steps.append(_group(line, inner))
        else:
            steps.append(_told(line))
    return tuple(steps), place


def _told(line: _Line) -> Step:
    try:
        step = _step(line.text)
        judge_step(step, "the step")
    except ValueError as problem:
        raise ValueError(f"Line {line.number}: {problem}") from problem
    return step


def _group(line: _Line, inner: tuple[Step, ...]) -> Step:
    phase, repeat = "", 1
    ends: tuple[Termination, ...] = ()
    for part in line.text[:-1].split(","):
        words = part.strip().casefold()
        repeated = re.fullmatch(r"repeat (\d+) times", words)
        limited = re.fullmatch(rf"for at most {NUMBER} ?(s|min|h|d) in total", words)
        if words in PHASE_WORDS:
            phase = PHASE_WORDS[words]
        elif repeated:
            repeat = int(repeated[1])
        elif limited:
            ends = (Termination("duration", "elapsed", value=float(limited[1]) * TIMES_S[limited[2]]),)
        else:
            raise ValueError(
                f"Line {line.number}: {part.strip()!r} is not understood; a group begins with 'repeat 3 times:', "
                "'for at most 1 h in total:' or a phase such as 'formation, repeat 3 times:'."
            )
    if repeat < 1:
        raise ValueError(f"Line {line.number}: a group runs at least once.")
    return Step("group", repeat=repeat, phase=phase, steps=inner, terminations=ends)


def _step(text: str) -> Step:
    word, _, rest = text.partition(" ")
    word = word.casefold()
    if word in ("charge", "discharge"):
        return _current_step(word, rest)
    if word == "hold":
        return _hold(rest)
    if word == "rest":
        return Step("rest", terminations=_ends(re.sub(r"^(for|until) ", "", rest), ""))
    if word == "impedance":
        return _impedance(rest)
    if word == "scan":
        return _scan(rest)
    raise ValueError(
        f"{word!r} begins no step; a step begins with charge, discharge, hold, rest, impedance or scan."
    )


def _current_step(direction: str, rest: str) -> Step:
    main, _, hold = rest.partition(", then hold")
    found = re.fullmatch(r"at (.+?) until (.+)", main)
    if found is None:
        raise ValueError(
            f"say 'at' which rate or current and 'until' what, as in '{direction} at C/10 until …'."
        )
    c_rate, current_ma = _current(found[1])
    ends = _ends(found[2], direction)
    if "then hold" not in rest:
        return Step("cc", direction=direction, c_rate=c_rate, current_ma=current_ma, terminations=ends)
    voltage = next((end.voltage for end in ends if end.voltage is not None), None)
    if voltage is None:
        raise ValueError("what is held is the voltage that the current ends at; no voltage is named.")
    held = hold.strip().removeprefix("until ")
    return Step(
        "cccv",
        direction=direction,
        c_rate=c_rate,
        current_ma=current_ma,
        voltage=voltage,
        terminations=ends,
        hold_terminations=_ends(held, "") if held else (),
    )


def _hold(rest: str) -> Step:
    found = re.fullmatch(r"at (.+?)(?: until (.+))?", rest)
    if found is None:
        raise ValueError("say which voltage is held, as in 'hold at upper limit until C/25'.")
    return Step("cv", voltage=_voltage(found[1]), terminations=_ends(found[2], "") if found[2] else ())


def _impedance(rest: str) -> Step:
    found = re.fullmatch(
        rf"{NUMBER} ?([kMG]?Hz) to {NUMBER} ?([kMG]?Hz)(?:, {NUMBER} ?mV rms)?(?:, (\d+) points per decade)?",
        rest,
    )
    if found is None:
        raise ValueError("write it as in 'impedance 1 MHz to 1 Hz, 30 mV rms, 10 points per decade'.")
    return Step(
        "eis",
        highest_frequency_hz=float(found[1]) * HERTZ[found[2].casefold()],
        lowest_frequency_hz=float(found[3]) * HERTZ[found[4].casefold()],
        amplitude_mv_rms=float(found[5]) if found[5] else None,
        points_per_decade=int(found[6]) if found[6] else None,
    )


def _scan(rest: str) -> Step:
    found = re.fullmatch(rf"(?:from (.+?) )?to (.+?) at {NUMBER} ?mV/s", rest)
    if found is None:
        raise ValueError("write it as in 'scan from 0 V vs Li to 4.7 V vs Li at 0.1 mV/s'.")
    return Step(
        "scan",
        from_voltage=_voltage(found[1]) if found[1] else None,
        voltage=_voltage(found[2]),
        scan_rate_mv_s=float(found[3]),
    )


def _current(text: str) -> tuple[float | None, float | None]:
    """Return (rate, None) or (None, mA)."""
    slow = re.fullmatch(rf"C/{NUMBER}", text, re.IGNORECASE)
    fast = re.fullmatch(rf"{NUMBER} ?C", text, re.IGNORECASE)
    current = re.fullmatch(rf"{NUMBER} ?mA", text)
    if slow and float(slow[1]):
        return 1 / float(slow[1]), None
    if fast:
        return float(fast[1]), None
    if current:
        return None, float(current[1])
    raise ValueError(f"{text!r} is no current; write C/10, 2C or 0.085 mA.")


def _voltage(text: str) -> Voltage:
    words = text.casefold().strip()
    if words in ("upper limit", "lower limit"):
        return Voltage(limit=words.split()[0])
    found = re.fullmatch(rf"(-?){NUMBER} ?v(?: (at the cell|cell|vs li(?:/li\+)?))?", words)
    if found is None:
        raise ValueError(f"{text!r} is no voltage; write upper limit, 4.3 V vs Li or 2.75 V at the cell.")
    if not found[3]:
        raise ValueError(f"say whether {found[2]} V is 'at the cell' or 'vs Li'.")
    value = float(found[2]) * (-1 if found[1] else 1)
    return Voltage(value_v=value, basis="vs_li" if found[3].startswith("vs") else "cell")


def _ends(text: str, direction: str) -> tuple[Termination, ...]:
    return tuple(_end(part.strip(), direction) for part in re.split(r" or ", text))


def _end(text: str, direction: str) -> Termination:
    time = re.fullmatch(rf"{NUMBER} ?(s|min|h|d)", text)
    if time:
        return Termination("duration", "elapsed", value=float(time[1]) * TIMES_S[time[2]])
    charge = re.fullmatch(rf"{NUMBER} ?mAh", text)
    if charge:
        return Termination("capacity", "above", value=float(charge[1]))
    if re.fullmatch(rf"(C/{NUMBER}|{NUMBER} ?C|{NUMBER} ?mA)", text, re.IGNORECASE):
        c_rate, current_ma = _current(text)
        if c_rate is not None:
            return Termination("c_rate", "below", value=c_rate)
        return Termination("current", "below", value=current_ma)
    return Termination("voltage", "below" if direction == "discharge" else "above", voltage=_voltage(text))


def write(steps: Sequence[Step], depth: int = 0) -> str:
    """Return steps as a person would write them; ``parse`` reads them back.

    >>> write(parse("charge at 0.1C until 4.3 V vs Li, then hold until 0.04C or 10 h"))
    'charge at C/10 until 4.3 V vs Li, then hold until C/25 or 10 h'
    """
    return "\n".join(_written(step, depth) for step in steps)


def _written(step: Step, depth: int) -> str:
    indent = " " * INDENT * depth
    if step.mode == "group":
        head = [WORDS_OF_PHASE[step.phase]] if step.phase else []
        head += [f"repeat {step.repeat} times"] if step.repeat > 1 or not (head or step.terminations) else []
        head += [f"for at most {_time(end.value or 0)} in total" for end in step.terminations]
        return f"{indent}{', '.join(head)}:\n{write(step.steps, depth + 1)}"
    return indent + step_text(step)


def step_text(step: Step) -> str:
    """Return one step that is no group in words."""
    ends = " or ".join(end_text(end) for end in step.terminations)
    if step.mode in ("cc", "cccv"):
        current = rate_text(step.c_rate) if step.c_rate is not None else f"{step.current_ma or 0:g} mA"
        held = " or ".join(end_text(end) for end in step.hold_terminations)
        hold = (f", then hold until {held}" if held else ", then hold") if step.mode == "cccv" else ""
        return f"{step.direction} at {current} until {ends}{hold}"
    if step.mode == "cv":
        told = f"hold at {voltage_text(step.voltage)}"
        return f"{told} until {ends}" if ends else told
    if step.mode == "rest":
        return f"rest {ends}"
    if step.mode == "eis":
        told = (
            f"impedance {_hertz(step.highest_frequency_hz or 0)} to {_hertz(step.lowest_frequency_hz or 0)}"
        )
        amplitude = f", {step.amplitude_mv_rms:g} mV rms" if step.amplitude_mv_rms else ""
        return (
            told
            + amplitude
            + (f", {step.points_per_decade} points per decade" if step.points_per_decade else "")
        )
    begins = f"from {voltage_text(step.from_voltage)} " if step.from_voltage else ""
    return f"scan {begins}to {voltage_text(step.voltage)} at {step.scan_rate_mv_s or 0:g} mV/s"


def voltage_text(voltage: Voltage | None) -> str:
    """Return a voltage with what it is stated against."""
    if voltage is None:
        return "no voltage"
    if voltage.limit:
        return f"{voltage.limit} limit"
    return f"{voltage.value_v:g} V {'vs Li' if voltage.basis == 'vs_li' else 'at the cell'}"


def end_text(end: Termination) -> str:
    """Return what ends a step in words."""
    if end.voltage is not None:
        return voltage_text(end.voltage)
    value = end.value or 0.0
    if end.quantity == "duration":
        return _time(value)
    if end.quantity == "c_rate":
        return rate_text(value)
    return f"{value:g} {'mAh' if end.quantity == 'capacity' else 'mA'}"


def _time(seconds: float) -> str:
    for unit in ("d", "h", "min"):
        if seconds >= TIMES_S[unit] and seconds % TIMES_S[unit] == 0:
            return f"{seconds / TIMES_S[unit]:g} {unit}"
    return f"{seconds:g} s"


def _hertz(value: float) -> str:
    for unit, size in (("MHz", 1e6), ("kHz", 1e3)):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g} Hz"
