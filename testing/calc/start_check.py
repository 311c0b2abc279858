"""The first half hour of a test against what it was meant to be, while a mistake can still be mended.

The commonest one costs a cell its whole test: the 1C current was worked out for a lower cut-off and not scaled to
this one. For the reference design 1C is 0.8482 mA at 4.3 V and 1.0539 mA at 4.7 V (DOMAIN 1.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

METHOD, METHOD_VERSION = "start_check", "1"
FIRST_S = 1800.0
# A set current is held to well under a percent; masses are known to one: five leaves room for both.
CURRENT_TOLERANCE = 0.05
LIMIT_TOLERANCE_V = 0.02
TEMPERATURE_TOLERANCE_C = 3.0
# Current below this fraction of 1C is rest: a cycler's zero is never quite zero.
REST_FRACTION = 0.002
SHORT_V = 0.05
SHORT_OHM = 50.0
SHORT_CHARGE = 1.3
REVERSED_V = -0.05
SETTLE_S = 30.0
# Rates that people set; a current that is one of these by another 1C was worked out with that one.
USUAL_RATES = (1 / 50, 1 / 30, 1 / 25, 1 / 20, 1 / 10, 1 / 5, 1 / 4, 1 / 3, 1 / 2, 1.0, 2.0, 3.0, 5.0)
RATE_TOLERANCE = 0.02


@dataclass(frozen=True)
class OtherCurrent:
    """A 1C current that this test should not have: of another cut-off, or of no scaling at all."""

    label: str
    one_c_current_ma: float


@dataclass(frozen=True)
class Expectation:
    """What the set-up card asks for; None where it asks for nothing.

    one_c_current_ma    1C by the cell's own design and masses, mA.
    set_one_c_ma        1C as somebody entered it for this test, mA.
    c_rate              Rate of the first step that carries current, as a multiple of 1C.
    direction           ``charge`` or ``discharge``: of that step.
    upper_v, lower_v    Limits in V of the cell, not against Li/Li+.
    temperature_c       Of the test, in degrees C.
    others              1C currents that would be a mistake, to name the mistake by.
    """

    one_c_current_ma: float | None = None
    set_one_c_ma: float | None = None
    c_rate: float | None = None
    direction: str | None = None
    upper_v: float | None = None
    lower_v: float | None = None
    temperature_c: float | None = None
    others: tuple[OtherCurrent, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the card says; ``code`` is the kind of alert."""

    code: str
    sentence: str
    evidence: dict[str, float | str] = field(default_factory=dict)


def settings_findings(expected: Expectation) -> list[Finding]:
    """Judge the 1C current that was entered against the cell's own, before any point is there.

    >>> other = OtherCurrent("the 4.3 V design", 0.8482)
    >>> [found] = settings_findings(Expectation(1.0539, set_one_c_ma=0.8482, others=(other,)))
    >>> found.sentence[:60]
    '1C is set to 0.8482 mA, and this cell needs 1.0539 mA: 0.848'
    """
    own, given = expected.one_c_current_ma, expected.set_one_c_ma
    if own is None or given is None or _near(given, own, CURRENT_TOLERANCE):
        return []
    why = _mistake(given, 1.0, expected.others) or f"that is {given / own:.0%} of it."
    return [
        Finding(
            "wrong_current",
            f"1C is set to {given:.4g} mA, and this cell needs {own:.5g} mA: {why}",
            {"set_one_c_ma": given, "own_one_c_ma": own},
        )
    ]


def start_findings(
    expected: Expectation,
    *,
    time_s: Sequence[float] | NDArray[np.float64],
    voltage_v: Sequence[float] | NDArray[np.float64],
    current_ma: Sequence[float] | NDArray[np.float64],
    temperature_c: Sequence[float] | NDArray[np.float64] | None = None,
) -> list[Finding]:
    """Return what is wrong with the points of the first half hour after the first current flowed.

    time_s, voltage_v, current_ma   Shape (n,), in order of record; current above 0 charges.
    Points after FIRST_S of current are left out, so the same start is judged the same however much follows.
    Raises ValueError where the shapes differ.
    """
    time, voltage, current = (np.asarray(values, dtype=float) for values in (time_s, voltage_v, current_ma))
    if not time.shape == voltage.shape == current.shape:
        raise ValueError(
            f"Time, voltage and current have {time.size}, {voltage.size} and {current.size} points."
        )
    findings = _voltage_findings(expected, voltage, current)
    first = _first_current(expected, current)
    if first is not None:
        within = (time >= time[first]) & (time <= time[first] + FIRST_S) & (np.arange(time.size) >= first)
        findings += _current_findings(expected, time[within], voltage[within], current[within])
    if temperature_c is not None and time.size:
        findings += _temperature_findings(expected, time, np.asarray(temperature_c, dtype=float))
    return findings


def charge_findings(expected: Expectation, largest_charge_mah: float | None) -> list[Finding]:
    """Suspect a soft short where a charge took far more than the cell can hold (DOMAIN E2).

    >>> charge_findings(Expectation(one_c_current_ma=1.0), 1.31)[0].code
    'short'
    >>> charge_findings(Expectation(one_c_current_ma=1.0), 1.29)
    []
    """
    capacity_mah = expected.one_c_current_ma
    if (
        capacity_mah is None
        or largest_charge_mah is None
        or largest_charge_mah <= SHORT_CHARGE * capacity_mah
    ):
        return []
    return [
        Finding(
            "short",
            f"A charge took {largest_charge_mah:.4g} mAh, {largest_charge_mah / capacity_mah:.0%} of what this cell "
            "holds by design: a soft short is suspected. Confirm it by impedance or a short charge.",
            {"charge_mah": largest_charge_mah, "design_mah": capacity_mah},
        )
    ]


def _first_current(expected: Expectation, current: NDArray[np.float64]) -> int | None:
    least = REST_FRACTION * (expected.one_c_current_ma or expected.set_one_c_ma or 0.0)
    flowing = np.flatnonzero(np.abs(current) > max(least, 1e-6))
    return int(flowing[0]) if flowing.size else None


def _current_findings(
    expected: Expectation,
    time: NDArray[np.float64],
    voltage: NDArray[np.float64],
    current: NDArray[np.float64],
) -> list[Finding]:
    # The first step alone: the sign of its current, until that changes or the current is held no longer.
    sign = np.sign(current[0])
    ends = np.flatnonzero(np.sign(current) != sign)
    last = int(ends[0]) if ends.size else current.size
    time, voltage, current = time[:last], voltage[:last], current[:last]
    direction = "charge" if sign > 0 else "discharge"
    findings = []
    if expected.direction in ("charge", "discharge") and direction != expected.direction:
        findings.append(
            Finding(
                "wrong_direction",
                f"The test begins with a {direction} at {current[0]:.4g} mA; the card asks for a "
                f"{expected.direction}.",
                {"current_ma": float(current[0]), "expected": expected.direction},
            )
        )
    settled = current[time >= time[0] + min(SETTLE_S, 0.5 * (time[-1] - time[0]))]
    findings += _amount_findings(expected, float(np.median(np.abs(settled))), direction)
    return findings + _short_findings(time, voltage, current)


def _amount_findings(expected: Expectation, measured_ma: float, direction: str) -> list[Finding]:
    own = expected.one_c_current_ma or expected.set_one_c_ma
    if own is None:
        return []
    if expected.c_rate is None:
        return _unnamed_rate(expected, measured_ma, own)
    wanted = expected.c_rate * own
    if _near(measured_ma, wanted, CURRENT_TOLERANCE):
        return []
    others = expected.others
    if expected.set_one_c_ma and not _near(expected.set_one_c_ma, own, CURRENT_TOLERANCE):
        others = (*others, OtherCurrent("what was entered for this test", expected.set_one_c_ma))
    why = _mistake(measured_ma, expected.c_rate, others) or f"that is {measured_ma / wanted:.0%} of it."
    return [
        Finding(
            "wrong_current",
            f"The first {direction} runs at {measured_ma:.4g} mA; {_rate_text(expected.c_rate)} of this cell is "
            f"{wanted:.4g} mA: {why}",
            {
                "measured_ma": measured_ma,
                "expected_ma": wanted,
                "own_one_c_ma": own,
                "c_rate": expected.c_rate,
            },
        )
    ]


def _unnamed_rate(expected: Expectation, measured_ma: float, own: float) -> list[Finding]:
    """Judge a current whose rate nobody has stated: it should be a usual one, and by this cell's own 1C."""
    if any(_near(measured_ma, rate * own, RATE_TOLERANCE) for rate in USUAL_RATES):
        return []
    for rate in USUAL_RATES:
        why = _mistake(measured_ma, rate, expected.others, tolerance=RATE_TOLERANCE)
        if why:
            return [
                Finding(
                    "wrong_current",
                    f"The first current is {measured_ma:.4g} mA, which is no usual rate of this cell's 1C of "
                    f"{own:.5g} mA but {_rate_text(rate)} of another: {why}",
                    {"measured_ma": measured_ma, "own_one_c_ma": own, "c_rate": rate},
                )
            ]
    if not 0.01 * own <= measured_ma <= 5 * own:
        return [
            Finding(
                "wrong_current",
                f"The first current is {measured_ma:.4g} mA, outside C/100 to 5C of this cell's 1C of {own:.5g} mA: "
                "a unit may be wrong.",
                {"measured_ma": measured_ma, "own_one_c_ma": own},
            )
        ]
    return []


def _short_findings(
    time: NDArray[np.float64], voltage: NDArray[np.float64], current: NDArray[np.float64]
) -> list[Finding]:
    """Suspect a short where current flows for a minute and the voltage stays that of a wire."""
    late = time >= time[0] + 60.0
    if not late.any():
        return []
    volts, amps = np.abs(voltage[late]), np.abs(current[late]) / 1000
    ohm = float(np.median(volts / amps))
    if float(np.max(volts)) < SHORT_V and ohm < SHORT_OHM:
        return [
            Finding(
                "short",
                f"After a minute of current the voltage stays below {SHORT_V:g} V, as over {ohm:.3g} ohm. Confirm "
                "it by impedance or a short charge.",
                {"voltage_v": float(np.max(volts)), "resistance_ohm": ohm},
            )
        ]
    return []


def _voltage_findings(
    expected: Expectation,
    voltage: NDArray[np.float64],
    current: NDArray[np.float64],
) -> list[Finding]:
    if not voltage.size:
        return []
    lowest, highest = float(np.min(voltage)), float(np.max(voltage))
    if float(np.median(voltage)) < REVERSED_V:
        return [
            Finding(
                "reversed_leads",
                f"The voltage is {float(np.median(voltage)):.4g} V: the leads are most likely reversed. Nothing is "
                "turned round by itself.",
                {"voltage_v": float(np.median(voltage))},
            )
        ]
    over = expected.upper_v is not None and highest > expected.upper_v + LIMIT_TOLERANCE_V
    # Before its first charge a healthy cell may rest below its lower limit: only a discharge breaks it.
    drawn = voltage[current < 0]
    least = float(np.min(drawn)) if drawn.size else lowest
    under = expected.lower_v is not None and drawn.size > 0 and least < expected.lower_v - LIMIT_TOLERANCE_V
    if over:
        return [
            Finding(
                "wrong_limits",
                f"The voltage has reached {highest:.4g} V; the upper limit of this cell is {expected.upper_v:.4g} V.",
                {"voltage_v": highest, "upper_v": float(expected.upper_v or 0)},
            )
        ]
    if under:
        return [
            Finding(
                "wrong_limits",
                f"A discharge has reached {least:.4g} V; the lower limit of this cell is {expected.lower_v:.4g} V.",
                {"voltage_v": least, "lower_v": float(expected.lower_v or 0)},
            )
        ]
    return []


def _temperature_findings(
    expected: Expectation, time: NDArray[np.float64], temperature: NDArray[np.float64]
) -> list[Finding]:
    told = temperature[(time <= time[0] + FIRST_S) & np.isfinite(temperature)]
    if expected.temperature_c is None or not told.size:
        return []
    median = float(np.median(told))
    if abs(median - expected.temperature_c) <= TEMPERATURE_TOLERANCE_C:
        return []
    return [
        Finding(
            "wrong_temperature",
            f"The cell is at {median:.1f} °C; the card asks for {expected.temperature_c:g} °C.",
            {"temperature_c": median, "expected_c": expected.temperature_c},
        )
    ]


def _mistake(
    measured_ma: float, rate: float, others: Sequence[OtherCurrent], *, tolerance: float = 0.03
) -> str:
    """Return which wrong 1C gives this current at this rate, empty where none does."""
    for other in others:
        if _near(measured_ma, rate * other.one_c_current_ma, tolerance):
            return f"{other.one_c_current_ma:.4g} mA is 1C of {other.label}, not scaled to this one."
    return ""


def _near(value: float, wanted: float, tolerance: float) -> bool:
    return abs(value - wanted) <= tolerance * abs(wanted)


def _rate_text(rate: float) -> str:
    return f"{rate:g}C" if rate >= 1 else f"C/{1 / rate:.3g}"
