"""Protocols as they are stored: read with every step judged, and written to be read back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from testing.calc.protocol import BASES, LIMITS, MODES, QUANTITIES, Step, Termination, Voltage, judge_step

MOST_STEPS = 200
MOST_REPEATS = 100_000
DEEPEST = 4


def read_steps(data: object) -> tuple[Step, ...]:
    """Return the steps that stored data say, or raise ValueError with the step and what is wrong with it.

    >>> read_steps([{"mode": "rest", "terminations": [
    ...     {"quantity": "duration", "direction": "elapsed", "value_s": 60}]}])[0].terminations[0].value
    60.0
    """
    steps = _read_all(data, "step", 1)
    if not steps:
        raise ValueError("A protocol has at least one step.")
    count, repeats = _size(steps)
    if count > MOST_STEPS:
        raise ValueError(f"A protocol has at most {MOST_STEPS} steps as written, not {count}.")
    if repeats > MOST_REPEATS:
        raise ValueError(
            f"With its repeats this protocol runs {repeats} steps; at most {MOST_REPEATS} are allowed."
        )
    return steps


def _size(steps: Sequence[Step]) -> tuple[int, int]:
    """Return how many steps are written, and how many are run with all repeats."""
    written = run = 0
    for step in steps:
        inner_written, inner_run = _size(step.steps)
        written += 1 + inner_written
        run += step.repeat * inner_run if step.mode == "group" else 1
    return written, run


def _read_all(data: object, where: str, depth: int) -> tuple[Step, ...]:
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise ValueError("Steps are a list.")
    if depth > DEEPEST:
        raise ValueError(f"Groups stand at most {DEEPEST} deep in each other.")
    return tuple(_read(one, f"{where} {number}", depth) for number, one in enumerate(data, start=1))


def _read(data: object, where: str, depth: int) -> Step:
    if not isinstance(data, Mapping):
        raise ValueError(f"{where}: a step is an object with a mode.")
    unknown = sorted(set(data) - {f.name for f in fields(Step)})
    if unknown:
        raise ValueError(f"{where}: {unknown[0]!r} is nothing that a step has.")
    mode = data.get("mode")
    if mode not in MODES:
        raise ValueError(f"{where}: {mode!r} is no mode; there is {', '.join(MODES)}.")
    step = Step(
        mode=str(mode),
        direction=str(data.get("direction", "")),
        c_rate=_number(data, "c_rate", where),
        current_ma=_number(data, "current_ma", where),
        voltage=_voltage(data.get("voltage"), where),
        from_voltage=_voltage(data.get("from_voltage"), where),
        terminations=_terminations(data.get("terminations", ()), where),
        hold_terminations=_terminations(data.get("hold_terminations", ()), where),
        scan_rate_mv_s=_number(data, "scan_rate_mv_s", where),
        highest_frequency_hz=_number(data, "highest_frequency_hz", where),
        lowest_frequency_hz=_number(data, "lowest_frequency_hz", where),
        amplitude_mv_rms=_number(data, "amplitude_mv_rms", where),
        points_per_decade=_whole(data, "points_per_decade", where),
        repeat=_whole(data, "repeat", where) or 1,
        phase=str(data.get("phase", "")),
        steps=_read_all(data.get("steps", ()), where, depth + 1),
    )
    judge_step(step, where)
    return step


def _number(data: Mapping[str, Any], name: str, where: str) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or value <= 0
    ):
        raise ValueError(f"{where}: {name} is a number above 0, not {value!r}.")
    return float(value)


def _whole(data: Mapping[str, Any], name: str, where: str) -> int | None:
    value = _number(data, name, where)
    if value is not None and value != int(value):
        raise ValueError(f"{where}: {name} is a whole number, not {value:g}.")
    return None if value is None else int(value)


def _voltage(data: object, where: str) -> Voltage | None:
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise ValueError(f"{where}: a voltage is an object with a limit, or with value_v and voltage_basis.")
    if data.get("limit"):
        if data["limit"] not in LIMITS:
            raise ValueError(f"{where}: {data['limit']!r} is no limit of a cell; there is upper and lower.")
        return Voltage(limit=str(data["limit"]))
    value, basis = data.get("value_v"), data.get("voltage_basis")
    if isinstance(value, bool) or not isinstance(value, int | float) or not -10 <= value <= 10:
        raise ValueError(f"{where}: {value!r} is no voltage between -10 and 10 V.")
    if basis not in BASES:
        # 4.3 V against Li/Li+ is 2.75 V at a cell with LTO: unsaid, one of the two kills it.
        raise ValueError(
            f"{where}: say whether {value:g} V is at the cell (voltage_basis cell) or against Li/Li+ (vs_li)."
        )
    return Voltage(value_v=float(value), basis=str(basis))


def _terminations(data: object, where: str) -> tuple[Termination, ...]:
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise ValueError(f"{where}: terminations are a list.")
    return tuple(_termination(one, where) for one in data)


def _termination(data: object, where: str) -> Termination:
    if not isinstance(data, Mapping) or data.get("quantity") not in QUANTITIES:
        raise ValueError(f"{where}: a termination watches one of {', '.join(QUANTITIES)}.")
    quantity, direction = str(data["quantity"]), data.get("direction")
    usual = {"duration": ("elapsed",), "capacity": ("above",)}.get(quantity, ("above", "below"))
    if direction not in usual:
        raise ValueError(f"{where}: {quantity} ends a step {' or '.join(usual)} a value, not {direction!r}.")
    if quantity == "voltage":
        voltage = _voltage(data.get("voltage"), where)
        if voltage is None:
            raise ValueError(f"{where}: say at which voltage it ends.")
        return Termination(quantity, str(direction), voltage=voltage)
    value = _number(data, QUANTITIES[quantity][0], where)
    if value is None:
        raise ValueError(f"{where}: say at which {quantity.replace('_', '-')} it ends.")
    return Termination(quantity, str(direction), value=value)


def steps_data(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return steps as they are stored; ``read_steps`` gives them back."""
    return [_step_data(step) for step in steps]


def _step_data(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {"mode": step.mode}
    for name in ("direction", "c_rate", "current_ma", "scan_rate_mv_s", "highest_frequency_hz", "lowest_frequency_hz",
                 "amplitude_mv_rms", "points_per_decade", "phase"):  # fmt: skip
        if getattr(step, name) not in (None, ""):
            data[name] = getattr(step, name)
    for name in ("voltage", "from_voltage"):
        voltage = getattr(step, name)
        if voltage is not None:
            data[name] = _voltage_data(voltage)
    for name in ("terminations", "hold_terminations"):
        if getattr(step, name):
            data[name] = [_termination_data(one) for one in getattr(step, name)]
    if step.mode == "group":
        data |= {"repeat": step.repeat, "steps": steps_data(step.steps)}
    return data


def _voltage_data(voltage: Voltage) -> dict[str, Any]:
    if voltage.limit:
        return {"limit": voltage.limit}
    return {"value_v": voltage.value_v, "voltage_basis": voltage.basis}


def _termination_data(termination: Termination) -> dict[str, Any]:
    data: dict[str, Any] = {"quantity": termination.quantity, "direction": termination.direction}
    if termination.voltage is not None:
        return data | {"voltage": _voltage_data(termination.voltage)}
    return data | {QUANTITIES[termination.quantity][0]: termination.value}
