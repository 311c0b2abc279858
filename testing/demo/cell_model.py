"""The simulated cell: how its voltage answers a prescribed charge."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from testing.demo.truth import (
    ACTIVE_LOADING_MG_CM2,
    AREA_CM2,
    FORMATION_SURPLUS,
    LOWER_LIMIT_V,
    LTO_POTENTIAL_V,
    Truth,
)

# scipy carries no types.
_interpolate: Callable[..., Any] = PchipInterpolator
_find_root: Callable[..., float] = brentq

# Charge taken out of NMC532 (mAh/g): its potential (V vs Li).
_NMC_POTENTIAL_V = {
    0: 3.02,
    2: 3.30,
    5: 3.50,
    10: 3.60,
    18: 3.655,
    28: 3.69,
    40: 3.715,
    52: 3.735,
    64: 3.757,
    78: 3.795,
} | {94: 3.86, 110: 3.93, 128: 4.01, 146: 4.095, 164: 4.195, 181: 4.295, 203: 4.495, 222: 4.695, 245: 4.95}
nmc_potential_v = _interpolate(list(_NMC_POTENTIAL_V), list(_NMC_POTENTIAL_V.values()))

SERIES_OHM_CM2 = 20.0
REACTION_V = 0.15
REACTION_TIME_S = 8.0
BEND_V = 0.06
BEND_EXPONENT = 8
HOLD_POINTS = 200
FIRST_POINT_S = 0.1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Leg:
    """One half cycle to be drawn: areal charge (mAh/cm2), current density (mA/cm2), state of the cathode.

    position   Charge standing out of the cathode (mAh/cm2) at its start and end; charge that moves neither is
               parasitic.
    held       Charge that passes at constant voltage, until cut_off (mA/cm2) or for held_h hours.
    """

    element: int
    repeat: int
    direction: Literal["charge", "discharge"]
    charge: float
    current: float
    position: tuple[float, float]
    points: int
    held: float = 0.0
    cut_off: float | None = None
    held_h: float | None = None
    hold_points: int = HOLD_POINTS


@dataclass(frozen=True)
class Cell:
    """A replicate of a condition: its numbers scaled so that every replicate meets the same limits."""

    truth: Truth
    replicate: int

    @property
    def factor(self) -> float:
        """What this replicate's capacities are multiplied by."""
        return self.truth.capacity_factor(self.replicate)

    @property
    def formation_mah_cm2(self) -> tuple[float, float]:
        """First charge and first discharge."""
        discharge = FORMATION_SURPLUS * self.truth.capacity_mah_cm2 * self.factor
        return discharge / self.truth.initial_efficiency(self.replicate), discharge

    @property
    def floor(self) -> float:
        """What the first discharge at C/10 leaves out of the cathode (mAh/cm2)."""
        charge, discharge = self.formation_mah_cm2
        return charge - discharge

    def equilibrium_v(self, position: Floats | float) -> Floats:
        """Return the voltage at rest with ``position`` mAh/cm2 out of the cathode."""
        spread = self.factor * self.truth.ice_mean / self.truth.initial_efficiency(self.replicate)
        grams = ACTIVE_LOADING_MG_CM2 / 1000 * self.truth.connected_fraction * spread
        return np.asarray(nmc_potential_v(np.asarray(position) / grams), dtype=np.float64) - LTO_POTENTIAL_V

    def overpotential_v(self, current: float, seconds: Floats | float) -> Floats:
        """Return what ``current`` (mA/cm2) adds after ``seconds``; small and settled, it is a resistance."""
        reaction = current / 1000 * self.truth.interfacial_resistance_ohm * AREA_CM2
        settled = 1 - np.exp(-np.asarray(seconds, dtype=np.float64) / REACTION_TIME_S)
        return current / 1000 * SERIES_OHM_CM2 + REACTION_V * math.asinh(reaction / REACTION_V) * settled


@dataclass(frozen=True)
class Drawn:
    """One half cycle without noise: seconds since its start, mA/cm2 (magnitude), V, and how many rows are
    held."""

    seconds: Floats
    current: Floats
    voltage_v: Floats
    held_rows: int


def draw_leg(cell: Cell, leg: Leg) -> Drawn:
    """Draw the constant-current part up to the limit, and the hold if the leg has one."""
    limit_v = cell.truth.upper_limit_v if leg.direction == "charge" else LOWER_LIMIT_V
    sign = 1 if leg.direction == "charge" else -1
    constant = leg.charge - leg.held
    end_s = 3600 * constant / leg.current
    seconds = np.linspace(min(FIRST_POINT_S, end_s / leg.points), end_s, leg.points)
    start, stop = leg.position
    passed = seconds / end_s
    position = start + (stop - start) * passed * constant / leg.charge
    base = cell.equilibrium_v(position) + sign * cell.overpotential_v(leg.current, seconds)
    # The bend is 0 at first and takes up exactly the room that is left to the limit at the end.
    room = sign * (limit_v - float(base[-1]))
    bend = -BEND_V * np.log1p(math.expm1(-room / BEND_V) * passed**BEND_EXPONENT)
    voltage = base + sign * bend
    current = np.full_like(seconds, leg.current)
    if not leg.held:
        return Drawn(seconds, current, voltage, 0)
    hold = _hold(leg)
    held_s = hold.duration_s
    since = np.linspace(min(FIRST_POINT_S, held_s / leg.hold_points), held_s, leg.hold_points)
    return Drawn(
        seconds=np.concatenate([seconds, end_s + since]),
        current=np.concatenate([current, leg.current * np.exp(-since / hold.decay_s)]),
        voltage_v=np.concatenate([voltage, np.full_like(since, limit_v)]),
        held_rows=leg.hold_points,
    )


@dataclass(frozen=True)
class _Hold:
    decay_s: float
    duration_s: float


def _hold(leg: Leg) -> _Hold:
    """Return the exponential decay of current that moves the held charge in the way the leg asks for."""
    if leg.cut_off is not None:
        decay_s = 3600 * leg.held / (leg.current - leg.cut_off)
        return _Hold(decay_s, decay_s * math.log(leg.current / leg.cut_off))
    if leg.held_h is None or not 0 < leg.held < leg.current * leg.held_h:
        raise ValueError(f"{leg.held:.4g} mAh/cm2 cannot pass in the time that the hold leaves.")
    duration_s, charge = 3600 * leg.held_h, 3600 * leg.held

    def surplus(decay_s: float) -> float:
        return float(-leg.current * decay_s * math.expm1(-duration_s / decay_s)) - charge

    return _Hold(float(_find_root(surplus, 1e-6 * duration_s, 1e6 * duration_s, xtol=1e-9)), duration_s)
