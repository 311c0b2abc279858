"""Cells that never existed: traces whose capacities and efficiencies are known beforehand.

The charge of each half cycle is prescribed (``testing.demo.truth``) and the voltage is built around it so
that the limit is met exactly where that charge has passed. The voltage is semi-empirical: an equilibrium
curve, a series resistance, an interface that answers like a saturating reaction, and a term that bends the
curve into its limit. Simulated data test software, not science.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from testing.demo.cell_model import HOLD_POINTS, Cell, Floats, Leg, draw_leg
from testing.demo.truth import (
    AREA_CM2,
    CYCLES_PER_RATE,
    LONG_TERM_CYCLES,
    LOWER_LIMIT_V,
    RATES,
    TRUTH,
    Mode,
)

VOLTAGE_NOISE_V = 2e-4
CURRENT_NOISE = 1e-4
REST_S = 60.0
SLOW_POINTS = 300
FAST_POINTS = 30


@dataclass(frozen=True)
class CycleTruth:
    """What one simulated cycle really moved, in mAh."""

    cycle_number: int
    charge_capacity_mah: float
    discharge_capacity_mah: float


@dataclass(frozen=True)
class Trace:
    """A simulated measurement as an instrument would log it; arrays have shape (n,).

    current_a    Positive while charging.
    step_number  Text "element_repeat", as a Squidstat numbers its steps.
    truth        The cycles that the arrays hold.
    """

    experiment: str
    time_s: Floats
    voltage_v: Floats
    current_a: Floats
    step_number: tuple[str, ...]
    step_name: tuple[str, ...]
    lower_limit_v: float
    upper_limit_v: float
    truth: tuple[CycleTruth, ...]
    area_cm2: float = AREA_CM2

    def frame(self) -> pl.DataFrame:
        """Return the trace in BDF machine names, with ``step_count`` rising at each new step."""
        step = pl.Series(self.step_number)
        return pl.DataFrame(
            {
                "test_time_second": self.time_s,
                "voltage_volt": self.voltage_v,
                "current_ampere": self.current_a,
                "step_id": step,
                "step_count": (step != step.shift(1)).fill_null(value=False).cast(pl.Int64).cum_sum(),
            }
        )


def simulate_formation(condition: str, replicate: int) -> Trace:
    """Return three formation cycles: C/10 to the limit, held until C/25, C/10 down.

    condition  A key of ``TRUTH``; replicate is 1, 2 or 3. The same arguments give the same bytes.

    >>> trace = simulate_formation("uncoated, 4.7 V", 2)
    >>> first = trace.truth[0]
    >>> round(first.discharge_capacity_mah / first.charge_capacity_mah, 6)
    0.798
    """
    cell = _cell(condition, replicate)
    truth = cell.truth
    first_charge, discharge = cell.formation_mah_cm2
    top, current = cell.floor + discharge, 0.1 * truth.one_c_ma_cm2
    charges = (first_charge, *(discharge / efficiency for efficiency in truth.formation_efficiencies))
    legs: list[Leg] = []
    for repeat, charge in enumerate(charges, start=1):
        bottom = 0.0 if repeat == 1 else cell.floor
        held, cut_off = truth.held_share * charge, 0.4 * current
        legs.append(Leg(2, repeat, "charge", charge, current, (bottom, top), SLOW_POINTS, held, cut_off))
        legs.append(Leg(4, repeat, "discharge", discharge, current, (top, cell.floor), SLOW_POINTS))
    return _draw(cell, "formation", legs)


def simulate_rate(condition: str, replicate: int) -> Trace:
    """Return the rate test: three cycles each at C/10, C/5, C/2, 1C, 2C and C/10 again, without holds.

    A higher rate narrows the window of the cathode from both ends. The first charge at a new rate starts
    where the rate before left it, which is why its efficiency is not that of the cycles after it.
    """
    cell = _cell(condition, replicate)
    truth = cell.truth
    full = truth.capacity_mah_cm2 * cell.factor
    bottom = cell.floor
    legs: list[Leg] = []
    for order, rate in enumerate(RATES):
        current, capacity = rate * truth.one_c_ma_cm2, truth.rate_capacity_mah_cm2(rate) * cell.factor
        low = cell.floor + (1 - truth.charge_side_share) * (full - capacity)
        top = low + capacity
        for repeat in range(1, CYCLES_PER_RATE + 1):
            charge = (top - bottom) / truth.rate_efficiency
            element = 2 + 2 * order
            legs.append(Leg(element, repeat, "charge", charge, current, (bottom, top), SLOW_POINTS))
            legs.append(Leg(element + 1, repeat, "discharge", capacity, current, (top, low), SLOW_POINTS))
            bottom = low
    return _draw(cell, "rate", legs)


def simulate_long_term(
    condition: str,
    replicate: int = 2,
    *,
    mode: Mode = "cc",
    cycles: int = LONG_TERM_CYCLES,
    points: int = FAST_POINTS,
    hold_points: int = HOLD_POINTS,
) -> Trace:
    """Return long-term cycling at 1C: by current alone ("cc") or with a hold to one hour ("cccv").

    points, hold_points  Rows of each half cycle and of each hold; fewer make a smaller file with the same charges.

    Raises ValueError for a condition that was not cycled this way (those at 4.3 V never were).
    """
    cell = _cell(condition, replicate)
    truth = cell.truth
    if mode not in truth.long_term:
        raise ValueError(f"No long-term cycling in mode {mode} is known of {condition}.")
    if not 1 <= cycles <= LONG_TERM_CYCLES:
        raise ValueError(f"Long-term cycling has 1 to {LONG_TERM_CYCLES} cycles, not {cycles}.")
    law, current = truth.long_term[mode], truth.one_c_ma_cm2
    low = cell.floor + (law.first_charge_mah_cm2 - law.first_discharge_mah_cm2) * cell.factor
    bottom = cell.floor
    legs: list[Leg] = []
    for number in range(1, cycles + 1):
        charge = law.charge_mah_cm2(number) * cell.factor
        discharge = law.discharge_mah_cm2(number) * cell.factor
        top, held = low + discharge, (1 - law.cc_share) * charge
        held_h = 1 - (charge - held) / current if held else None
        up = Leg(
            2,
            number,
            "charge",
            charge,
            current,
            (bottom, top),
            points,
            held,
            held_h=held_h,
            hold_points=hold_points,
        )
        legs += [up, Leg(4, number, "discharge", discharge, current, (top, low), points)]
        bottom = low
    return _draw(cell, f"long-term {mode.upper()}", legs)


def _cell(condition: str, replicate: int) -> Cell:
    if condition not in TRUTH:
        raise ValueError(f"No simulated condition is called {condition!r}; there are {', '.join(TRUTH)}.")
    return Cell(TRUTH[condition], replicate)


def _draw(cell: Cell, kind: str, legs: list[Leg]) -> Trace:
    """Join a rest and the legs into one trace, with noise that leaves every charge as it was prescribed."""
    seed = [list(TRUTH).index(cell.truth.name), cell.replicate, sum(kind.encode())]
    noise = np.random.default_rng(seed)
    rest = np.linspace(0.0, REST_S, 7)
    times, currents = [rest], [np.zeros_like(rest)]
    voltages = [np.full_like(rest, cell.equilibrium_v(legs[0].position[0]))]
    numbers, names = ["1_1"] * len(rest), ["Open Circuit Potential"] * len(rest)
    now = REST_S
    for leg in legs:
        drawn = draw_leg(cell, leg)
        seconds = drawn.seconds
        current = drawn.current * (1 + CURRENT_NOISE * noise.standard_normal(len(seconds)))
        # The first row's current stands for the interval before it (DOMAIN A1); the rest is linear between
        # points.
        passed = current[0] * seconds[0] + np.trapezoid(current, seconds)
        current *= leg.charge * 3600 / passed
        times.append(now + seconds)
        currents.append((1 if leg.direction == "charge" else -1) * current)
        voltages.append(drawn.voltage_v)
        constant_rows = len(seconds) - drawn.held_rows
        numbers += [f"{leg.element}_{leg.repeat}"] * constant_rows
        numbers += [f"{leg.element + 1}_{leg.repeat}"] * drawn.held_rows
        names += ["Constant Current"] * constant_rows + ["Constant Potential"] * drawn.held_rows
        now += float(seconds[-1])
    voltage_v = np.concatenate(voltages)
    return Trace(
        experiment=f"SIMULATED {cell.truth.name.replace(',', '')} cell {cell.replicate}",
        time_s=np.concatenate(times),
        voltage_v=voltage_v + VOLTAGE_NOISE_V * noise.standard_normal(len(voltage_v)),
        current_a=np.concatenate(currents) * AREA_CM2 / 1000,
        step_number=tuple(numbers),
        step_name=tuple(names),
        lower_limit_v=LOWER_LIMIT_V,
        upper_limit_v=cell.truth.upper_limit_v,
        truth=tuple(_cycle_truths(legs)),
    )


def _cycle_truths(legs: list[Leg]) -> Iterable[CycleTruth]:
    for number, (up, down) in enumerate(zip(legs[::2], legs[1::2], strict=True), start=1):
        yield CycleTruth(number, up.charge * AREA_CM2, down.charge * AREA_CM2)
