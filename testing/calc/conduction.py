"""What a pellet conducts: from its resistance and size, and over temperature."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

METHOD = "ionic_conductivity"
VERSION = "1"

GAS_CONSTANT_J_MOL_K = 8.314462618
ELEMENTARY_EV_PER_K = 8.617333262e-5
ZERO_CELSIUS_K = 273.15


@dataclass(frozen=True)
class Conductivity:
    """In mS/cm with its standard uncertainty, at the temperature and pressure stated beside it."""

    value_ms_cm: float
    uncertainty_ms_cm: float
    resistance_ohm: float
    thickness_cm: float
    area_cm2: float
    method: str = METHOD
    method_version: str = VERSION


@dataclass(frozen=True)
class Activation:
    """The slope of ln(sigma T) over 1 / T.

    energy_ev           Activation energy, with its standard uncertainty from the scatter about the line.
    prefactor_s_k_cm    exp(intercept), S K/cm.
    largest_residual    Of ln(sigma T); 0.1 is about 10 % of the conductivity.
    """

    energy_ev: float
    uncertainty_ev: float
    energy_kj_mol: float
    prefactor_s_k_cm: float
    r_squared: float
    largest_residual: float
    n: int
    method: str = "activation_energy"
    method_version: str = VERSION


def conductivity(
    *,
    resistance_ohm: float,
    thickness_um: float,
    area_cm2: float,
    resistance_uncertainty_ohm: float = 0.0,
    thickness_uncertainty_um: float = 0.0,
    area_uncertainty_cm2: float = 0.0,
) -> Conductivity:
    """Return thickness / (resistance x area) of a pellet in mS/cm.

    resistance_ohm  Of bulk and grain boundaries together: ``testing.calc.circuit_fit.electrolyte_resistance``.
    thickness_um    Under the pressure of the measurement, not after taking the pellet out.

    Raises ValueError for a value that is not above zero. Method "ionic_conductivity", version "1":
    docs/science/ionic-conductivity.md.

    >>> round(conductivity(resistance_ohm=182, thickness_um=1030, area_cm2=0.282743).value_ms_cm, 2)
    2.0
    """
    for name, value in (
        ("resistance", resistance_ohm),
        ("thickness", thickness_um),
        ("area", area_cm2),
    ):
        if not value > 0:
            raise ValueError(f"Conductivity not computed: a {name} of {value:g} is not above zero.")
    value = 1000 * thickness_um / 1e4 / (resistance_ohm * area_cm2)
    relative = math.hypot(
        resistance_uncertainty_ohm / resistance_ohm,
        thickness_uncertainty_um / thickness_um,
        area_uncertainty_cm2 / area_cm2,
    )
    return Conductivity(value, value * relative, resistance_ohm, thickness_um / 1e4, area_cm2)


def activation_energy(temperature_c: Sequence[float], conductivity_ms_cm: Sequence[float]) -> Activation:
    """Return the activation energy of conduction from its values at three temperatures or more.

    temperature_c, conductivity_ms_cm  Shape (n,), above absolute zero and above zero.

    The straight line is that of ln(sigma T) over 1 / T, not of ln(sigma): the two differ by about k T. Raises
    ValueError for fewer than three temperatures. Method "activation_energy", version "1":
    docs/science/ionic-conductivity.md.

    >>> t = [-25.0, 0.0, 25.0, 60.0]
    >>> s = [1e9 / (x + 273.15) * np.exp(-0.35 / (8.617333262e-5 * (x + 273.15))) for x in t]
    >>> round(activation_energy(t, s).energy_ev, 6)
    0.35
    """
    kelvin = np.asarray(temperature_c, dtype=np.float64) + ZERO_CELSIUS_K
    sigma = np.asarray(conductivity_ms_cm, dtype=np.float64) / 1000
    if len(set(kelvin.tolist())) < 3:
        raise ValueError(
            f"Activation energy not computed: {len(set(kelvin.tolist()))} temperatures are too few; three are needed."
        )
    if kelvin.min() <= 0 or sigma.min() <= 0:
        raise ValueError("Activation energy not computed: a temperature or conductivity is not above zero.")
    inverse, height = 1 / kelvin, np.log(sigma * kelvin)
    away = inverse - inverse.mean()
    slope = float((away * height).sum() / (away**2).sum())
    residual = height - height.mean() - slope * away
    left = float((residual**2).sum())
    scatter = math.sqrt(left / (len(kelvin) - 2) / float((away**2).sum()))
    spread = float(((height - height.mean()) ** 2).sum())
    energy = -slope * ELEMENTARY_EV_PER_K
    return Activation(
        energy_ev=energy,
        uncertainty_ev=scatter * ELEMENTARY_EV_PER_K,
        energy_kj_mol=-slope * GAS_CONSTANT_J_MOL_K / 1000,
        prefactor_s_k_cm=float(np.exp(height.mean() - slope * inverse.mean())),
        r_squared=1 - left / spread if spread else 1.0,
        largest_residual=float(np.abs(residual).max()),
        n=len(kelvin),
    )
