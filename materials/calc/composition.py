"""What a mixture consists of: by mass and by volume."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

FRACTIONS_TOTAL_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Mixture:
    """What a mixture of these parts is: by mass, and by volume where every density is known."""

    weight_fractions: dict[str, float]
    volume_fractions: dict[str, float] | None
    density_g_cm3: float | None
    without_density: tuple[str, ...]


def weight_fractions(parts: Mapping[str, float]) -> dict[str, float]:
    """Return the mass fraction of each component; parts are relative and need not total 100.

    Raises ValueError if a part is negative or not finite, or if all are zero.

    >>> mixed = weight_fractions({"NMC": 70, "LPSC": 30, "PTFE": 5, "CNF": 5})
    >>> {name: round(100 * fraction, 3) for name, fraction in mixed.items()}
    {'NMC': 63.636, 'LPSC': 27.273, 'PTFE': 4.545, 'CNF': 4.545}
    """
    for name, part in parts.items():
        if not (math.isfinite(part) and part >= 0):
            raise ValueError(f"The part of {name} must be 0 or more, not {part:g}.")
    total = math.fsum(parts.values())
    if total == 0:
        raise ValueError("A mixture needs at least one part above 0.")
    return {name: part / total for name, part in parts.items()}


def theoretical_density_g_cm3(fractions: Mapping[str, float], densities: Mapping[str, float]) -> float:
    """Return the density in g/cm3 of a mixture without pores: 1 / sum(mass fraction / density).

    Raises ValueError if the mass fractions do not total 1 or a density is missing or not above zero.

    >>> mixed = weight_fractions({"NMC": 70, "LPSC": 30, "PTFE": 5, "CNF": 5})
    >>> round(theoretical_density_g_cm3(mixed, {"NMC": 4.75, "LPSC": 1.86, "PTFE": 2.2, "CNF": 1.95}), 2)
    3.08
    """
    return 1 / math.fsum(_specific_volumes_cm3_g(fractions, densities).values())


def volume_fractions(fractions: Mapping[str, float], densities: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each component in the volume of a mixture without pores.

    Errors as for ``theoretical_density_g_cm3``.

    >>> mixed = weight_fractions({"NMC": 70, "LPSC": 30, "PTFE": 5, "CNF": 5})
    >>> by_volume = volume_fractions(mixed, {"NMC": 4.75, "LPSC": 1.86, "PTFE": 2.2, "CNF": 1.95})
    >>> round(by_volume["NMC"], 2), round(by_volume["LPSC"], 2)
    (0.41, 0.45)
    """
    volumes = _specific_volumes_cm3_g(fractions, densities)
    total = math.fsum(volumes.values())
    return {name: volume / total for name, volume in volumes.items()}


def mixture(parts: Mapping[str, float], densities: Mapping[str, float | None]) -> Mixture:
    """Return the fractions and the pore-free density of a mixture; without volumes where a density is missing.

    >>> mixture({"NMC": 70, "LPSC": 30}, {"NMC": 4.75, "LPSC": None}).without_density
    ('LPSC',)
    """
    by_weight = weight_fractions(parts)
    missing = tuple(name for name in parts if densities.get(name) is None)
    if missing:
        return Mixture(by_weight, None, None, missing)
    known = {name: density for name, density in densities.items() if density is not None}
    return Mixture(
        by_weight, volume_fractions(by_weight, known), theoretical_density_g_cm3(by_weight, known), ()
    )


def _specific_volumes_cm3_g(
    fractions: Mapping[str, float], densities: Mapping[str, float]
) -> dict[str, float]:
    """Return how many cm3 each component takes in one gram of the mixture."""
    total = math.fsum(fractions.values())
    if abs(total - 1) > FRACTIONS_TOTAL_TOLERANCE:
        raise ValueError(f"Mass fractions must total 1, not {total:g}.")
    for name in fractions:
        if name not in densities:
            raise ValueError(f"The density of {name} is missing.")
        if not densities[name] > 0:
            raise ValueError(f"The density of {name} must be above 0 g/cm3, not {densities[name]:g}.")
    return {name: fraction / densities[name] for name, fraction in fractions.items()}
