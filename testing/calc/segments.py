"""Half cycles: where a test charges and where it discharges, told from its current alone."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from testing.calc.integrate import REQUIRED_COLUMNS, Integration, integrate

# Enter a half cycle above this share of the file's largest |I|, leave it below a tenth of that. C/25 beside
# 2C is 2 %, so a constant-voltage tail stays in; the offset of a resting channel (1 uA beside 1 mA is 0.1 %)
# stays out.
ENTRY_SHARE = 0.005
EXIT_SHARE = 0.1
# A stretch that moves less than this share of the largest one is a blip. The smallest real half cycle of the
# demo laboratory (uncoated, 4.7 V, 2C) moves 0.2 % of its C/10 charge.
BLIP_SHARE = 1e-4
# A step is an excitation, not cycling, if it turns round at least this often, nearly everything it moved came
# back, and none of its swings is more than a small share of the largest one of the file.
EXCITATION_TURNS = 4
EXCITATION_NET_SHARE = 0.1
EXCITATION_SWING_SHARE = 0.05
LIMIT_TOLERANCE_V = 0.005
# A constant-voltage tail stays this close to its end voltage while its current falls by at least this share.
HOLD_TOLERANCE_V = 0.003
HOLD_CURRENT_FALL = 0.05
# What stands still for longer is told as an interruption; a spike of the wrong sign is not one.
INTERRUPTION_S = 60.0

Direction = Literal["charge", "discharge"]
EndedBy = Literal["voltage limit", "next step", "end of file"]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Signs = npt.NDArray[np.int8]


@dataclass(frozen=True)
class HalfCycle:
    """One uninterrupted direction of current; magnitudes are positive in both directions.

    first_row, last_row  Row positions in the frame, both inside the half cycle.
    start_time_s         Where its first interval begins, so that ``charge = mean current x duration``.
    cv_charge_mah        What passed in the constant-voltage tail; None, as is cc_charge_mah, if the current
                         is not constant and no tail stands out.
    current_ma           Median current before the tail.
    interruptions        Stretches of more than a minute inside it without cycling current: rests and impedance.
    hold_charge_mah      Charge that passed while the voltage was held inside it (before its last hold, and so in
                         charge_mah too) or while it was interrupted (and so in no half cycle).
    """

    direction: Direction
    first_row: int
    last_row: int
    start_time_s: float
    end_time_s: float
    charge_mah: float
    energy_mwh: float
    mean_voltage_v: float
    cc_charge_mah: float | None
    cv_charge_mah: float | None
    end_voltage_v: float
    current_ma: float
    max_current_ma: float
    ended_by: EndedBy
    end_current_ma: float = 0.0
    interruptions: int = 0
    hold_charge_mah: float = 0.0


@dataclass(frozen=True)
class HalfCycles:
    """The half cycles of a test in order, directions alternating, and what was left out of them."""

    half_cycles: tuple[HalfCycle, ...]
    current_threshold_a: float
    blips: int
    integration: Integration


@dataclass(frozen=True)
class _Curve:
    time_s: Floats
    voltage_v: Floats
    current_a: Floats
    step: Integers
    charge_ah: Floats
    energy_wh: Floats
    interval_s: Floats


def half_cycles(
    frame: pl.DataFrame,
    *,
    lower_limit_v: float | None = None,
    upper_limit_v: float | None = None,
    current_threshold_a: float | None = None,
    minimum_charge_ah: float = 0.0,
) -> HalfCycles:
    """Cut a test into half cycles by the sign of its current; no step or cycle number decides.

    frame                Columns as for ``integrate``: V, A (positive charges), s.
    lower, upper limit   The limits of the test in V at the cell; they only tell what ended a half cycle.
    current_threshold_a  Above it a half cycle begins; by default 0.5 % of the largest abs(I) of the file. A
                         row of the same step and sign stays in it down to a tenth of that (hysteresis), so a
                         tail that decays to C/25 or far below keeps its charge.
    minimum_charge_ah    Stretches that move less are ignored, as are those below 1e-4 of the largest one.

    Rests, open circuit and zero-mean excitations belong to no half cycle and do not end one: a charge that an
    impedance measurement interrupts stays one charge. Raises ValueError for unusable columns or if no current
    flows. Method "half_cycles_by_sign": docs/science/cycle-segmentation.md.

    >>> frame = pl.DataFrame({
    ...     "test_time_second": [0.0, 3600.0, 7200.0, 7300.0, 10900.0],
    ...     "voltage_volt": [1.5, 2.0, 2.75, 2.7, 1.45],
    ...     "current_ampere": [0.001, 0.001, 0.001, 0.0, -0.0018],
    ...     "step_count": [0, 0, 0, 1, 2],
    ... })
    >>> [(half.direction, half.charge_mah) for half in half_cycles(frame).half_cycles]
    [('charge', 2.0), ('discharge', 1.8)]
    """
    # In one piece each, or every look at a column would put it together anew.
    frame = frame.select(name for name in REQUIRED_COLUMNS if name in frame.columns).rechunk()
    parts = integrate(frame)
    curve = _Curve(
        time_s=frame["test_time_second"].cast(pl.Float64).to_numpy(),
        voltage_v=frame["voltage_volt"].cast(pl.Float64).to_numpy(),
        current_a=frame["current_ampere"].cast(pl.Float64).to_numpy(),
        step=frame["step_count"].cast(pl.Int64).to_numpy(),
        charge_ah=parts.charge_ah.to_numpy(),
        energy_wh=parts.energy_wh.to_numpy(),
        interval_s=parts.interval_s.to_numpy(),
    )
    largest = float(np.abs(curve.current_a).max()) if len(curve.current_a) else 0.0
    threshold = ENTRY_SHARE * largest if current_threshold_a is None else current_threshold_a
    if largest <= threshold:
        raise ValueError(f"No current above {threshold:g} A flows, so there is no half cycle.")
    sign = _row_signs(curve, threshold)
    first_rows, blips = _first_rows(sign, curve.charge_ah, minimum_charge_ah)
    limits = {"charge": upper_limit_v, "discharge": lower_limit_v}
    found = _describe_all(curve, sign, first_rows, limits)
    return HalfCycles(found, threshold, blips, parts)


def _row_signs(curve: _Curve, threshold: float) -> Signs:
    """Return +1, -1 or 0 for each row: charge, discharge, or no part of cycling."""
    current, step = curve.current_a, curve.step
    sign = (current > threshold).astype(np.int8) - (current < -threshold).astype(np.int8)
    step_first = np.flatnonzero(np.diff(step, prepend=step[0] - 1))
    sign[_excitation_rows(curve, sign, step_first)] = 0
    # Hysteresis: a weak row stays with the strong row before it if it shares its step and its sign.
    weak = np.flatnonzero((sign == 0) & (np.abs(current) > EXIT_SHARE * threshold))
    strong = np.flatnonzero(sign)
    before = np.searchsorted(strong, weak) - 1
    weak, last_strong = weak[before >= 0], strong[before[before >= 0]]
    stays = (step[weak] == step[last_strong]) & (np.sign(current[weak]) == sign[last_strong])
    sign[weak[stays]] = sign[last_strong[stays]]
    return sign


def _excitation_rows(curve: _Curve, sign: Signs, step_first: Integers) -> npt.NDArray[np.bool_]:
    """Return which rows stand in a step that only shakes the cell: zero-mean, turning often, small."""
    net = np.abs(np.add.reduceat(curve.charge_ah, step_first))
    gross = np.add.reduceat(np.abs(curve.charge_ah), step_first)
    # Swings are cut at steps too, or the last one would grow into the charge that follows it.
    flowing = np.flatnonzero(sign)
    cut = np.diff(sign[flowing], prepend=np.int8(0)) != 0
    cut |= np.diff(curve.step[flowing], prepend=curve.step[0]) != 0
    swing_first = flowing[cut]
    swings = _sums(curve.charge_ah, sign, swing_first)
    swing_step = np.searchsorted(step_first, swing_first, side="right") - 1
    count = np.bincount(swing_step, minlength=len(step_first))
    largest = np.zeros(len(step_first))
    np.maximum.at(largest, swing_step, swings)
    shakes = (count > EXCITATION_TURNS) & (net < EXCITATION_NET_SHARE * gross)
    # A file that calls all of its cycling one step has its largest swing in that step, and is left alone.
    shakes &= largest < EXCITATION_SWING_SHARE * swings.max()
    return np.repeat(shakes, np.diff(step_first, append=len(sign)))


def _first_rows(sign: Signs, charge_ah: Floats, minimum_charge_ah: float) -> tuple[Integers, int]:
    """Return the first row of each half cycle and how many blips were wiped out of ``sign`` (in place)."""
    starts = _starts(sign)
    charges = _sums(charge_ah, sign, starts)
    small = charges < max(minimum_charge_ah, BLIP_SHARE * charges.max())
    ends = np.append(starts[1:], len(sign))
    for start, end in zip(starts[small], ends[small], strict=True):
        sign[start:end] = 0
    return (_starts(sign) if small.any() else starts), int(small.sum())


def _sums(values: Floats, sign: Signs, starts: Integers) -> Floats:
    """Return the magnitude of what flows from each of ``starts`` to the next, rows of direction 0 left aside."""
    bounds = np.append(starts, len(sign)).tolist()
    # Stretch by stretch: a masked copy of millions of rows costs more than all the sums.
    return np.abs([float(values[a:b].sum(where=sign[a:b] != 0)) for a, b in pairwise(bounds)])


def _starts(sign: Signs) -> Integers:
    """Return the rows at which the direction changes, rows of direction 0 left aside."""
    rows = np.flatnonzero(sign)
    changes = np.diff(sign[rows], prepend=np.int8(0)) != 0
    return np.asarray(rows[changes], dtype=np.int64)


def _describe_all(
    curve: _Curve, sign: Signs, first_rows: Integers, limits: dict[str, float | None]
) -> tuple[HalfCycle, ...]:
    flows = sign != 0
    charges = _sums(curve.charge_ah, sign, first_rows) * 1000
    energies = _sums(curve.energy_wh, sign, first_rows) * 1000
    bounds = np.append(first_rows, len(sign))
    found: list[HalfCycle] = []
    for position, first in enumerate(first_rows):
        within = flows[first : bounds[position + 1]]
        # Where current flows throughout, looking is enough and nothing is copied.
        rows = slice(int(first), int(first) + len(within)) if within.all() else first + np.flatnonzero(within)
        direction: Direction = "charge" if sign[first] > 0 else "discharge"
        found.append(
            _describe(
                curve, rows, direction, float(charges[position]), float(energies[position]), limits[direction]
            )
        )
    # Only the last half cycle can have been cut by the end of the file, and only if no other step follows it.
    if curve.step[found[-1].last_row] == curve.step[-1] and found[-1].ended_by == "next step":
        found[-1] = replace(found[-1], ended_by="end of file")
    return tuple(found)


def _describe(
    curve: _Curve,
    rows: Integers | slice,
    direction: Direction,
    charge_mah: float,
    energy_mwh: float,
    limit_v: float | None,
) -> HalfCycle:
    first, last = (rows.start, rows.stop - 1) if isinstance(rows, slice) else (int(rows[0]), int(rows[-1]))
    magnitude_ma = np.abs(curve.current_a[rows]) * 1000
    tail = _tail_start(curve.voltage_v[rows], magnitude_ma, curve.step[rows])
    cv_charge_mah = None if tail is None else float(np.abs(curve.charge_ah[rows][tail:].sum())) * 1000
    constant = magnitude_ma if tail is None or tail == 0 else magnitude_ma[:tail]
    return HalfCycle(
        direction=direction,
        first_row=first,
        last_row=last,
        start_time_s=float(curve.time_s[first] - curve.interval_s[first]),
        end_time_s=float(curve.time_s[last]),
        charge_mah=charge_mah,
        energy_mwh=energy_mwh,
        mean_voltage_v=energy_mwh / charge_mah,
        cc_charge_mah=None if cv_charge_mah is None else charge_mah - cv_charge_mah,
        cv_charge_mah=cv_charge_mah,
        end_voltage_v=float(curve.voltage_v[last]),
        current_ma=float(np.median(constant)),
        max_current_ma=float(magnitude_ma.max()),
        ended_by=_ended_by(curve, last, direction, limit_v),
        end_current_ma=float(magnitude_ma[-1]),
        # Rows without a gap have nothing between them.
        interruptions=0 if isinstance(rows, slice) else _interruptions(curve, rows),
        hold_charge_mah=_held_inside(curve, rows, tail)
        + (0.0 if isinstance(rows, slice) else _between(curve, rows)),
    )


def _interruptions(curve: _Curve, rows: Integers) -> int:
    """Return how often a half cycle stood still for longer than a logging pause."""
    before = np.flatnonzero(np.diff(rows) > 1)
    return int((curve.time_s[rows[before + 1]] - curve.time_s[rows[before]] > INTERRUPTION_S).sum())


def _between(curve: _Curve, rows: Integers) -> float:
    """Return the charge in mAh that passed between the rows of a half cycle: in its interruptions."""
    everything = float(curve.charge_ah[rows[0] : rows[-1] + 1].sum())
    return abs(everything - float(curve.charge_ah[rows].sum())) * 1000


def _some(rows: Integers | slice, first: int, end: int) -> Integers | slice:
    """Return a part of the rows of a half cycle, by the places in it."""
    return slice(rows.start + first, rows.start + end) if isinstance(rows, slice) else rows[first:end]


def _held_inside(curve: _Curve, rows: Integers | slice, tail: int | None) -> float:
    """Return the charge in mAh of steps that hold the voltage before the half cycle's last hold."""
    step = curve.step[rows][:tail]
    if not len(step) or step[0] == step[-1]:
        return 0.0
    firsts = np.flatnonzero(np.diff(step, prepend=step[0] - 1))
    held = 0.0
    # The last step before the tail is the constant current itself.
    for first, end in pairwise(firsts):
        part = _some(rows, int(first), int(end))
        volts, magnitude = curve.voltage_v[part], np.abs(curve.current_a[part])
        stands = len(volts) >= 3 and float(np.ptp(volts)) <= 2 * HOLD_TOLERANCE_V
        if stands and magnitude[-1] < (1 - HOLD_CURRENT_FALL) * magnitude[0]:
            held += abs(float(curve.charge_ah[part].sum()))
    return held * 1000


def _tail_start(voltage_v: Floats, magnitude_ma: Floats, step: Integers) -> int | None:
    """Return where the constant-voltage tail begins: the length if there is none, None if unclear."""
    length = len(voltage_v)
    end_voltage = float(np.median(voltage_v[-5:]))
    away = np.flatnonzero(np.abs(voltage_v - end_voltage) > HOLD_TOLERANCE_V)
    start = int(away[-1]) + 1 if len(away) else 0
    falls = length - start >= 3 and magnitude_ma[-1] < (1 - HOLD_CURRENT_FALL) * magnitude_ma[start]
    if not falls:
        steady = magnitude_ma[-1] > (1 - HOLD_CURRENT_FALL) * float(np.median(magnitude_ma))
        return length if steady else None
    # The last points of the constant-current part lie within the tolerance too. Where the instrument says
    # that a new step begins, the hold begins there; elsewhere it begins where the current leaves its plateau.
    new_step = np.flatnonzero(np.diff(step[start:]))
    if len(new_step):
        return start + int(new_step[0]) + 1
    plateau = magnitude_ma[start:] >= 0.995 * magnitude_ma[start]
    return start + int(np.argmin(plateau))


def _ended_by(curve: _Curve, last: int, direction: Direction, limit_v: float | None) -> EndedBy:
    voltage = float(curve.voltage_v[last])
    if limit_v is not None:
        short_of_limit = limit_v - voltage if direction == "charge" else voltage - limit_v
        if short_of_limit <= LIMIT_TOLERANCE_V:
            return "voltage limit"
    return "next step"
