"""What a mixture consists of: by mass, by volume, and on the balance's pan."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

FRACTIONS_TOTAL_TOLERANCE = 1e-6


@dataclass(frozen=True)
class WeighingTarget:
    """What to weigh of one component: the exact target, the one the balance can show, both in mg."""

    exact_mg: float
    target_mg: float


@dataclass(frozen=True)
class WeighingPlan:
    """The targets of a mixture, and the fractions that result if each of them is met."""

    targets: dict[str, WeighingTarget]
    total_mg: float
    fractions: dict[str, float]


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


def weighing_targets_mg(*, parts: Mapping[str, float], total_mg: float, increment_mg: float) -> WeighingPlan:
    """Return what to weigh for ``total_mg`` of a mixture, each target rounded to the balance's
    ``increment_mg``.

    Raises ValueError for a total or increment that is not above zero, for parts as in ``weight_fractions``,
    and if a wanted component would round to nothing.

    >>> plan = weighing_targets_mg(parts={"NMC": 70, "LPSC": 30, "PTFE": 5, "CNF": 5},
    ...                            total_mg=200, increment_mg=0.1)
    >>> plan.targets["NMC"].target_mg, plan.targets["PTFE"].target_mg, plan.total_mg
    (127.3, 9.1, 200.0)
    """
    if not total_mg > 0:
        raise ValueError(f"The total must be above 0 mg, not {total_mg:g}.")
    if not increment_mg > 0:
        raise ValueError(f"A balance's increment must be above 0 mg, not {increment_mg:g}.")
    targets: dict[str, WeighingTarget] = {}
    for name, fraction in weight_fractions(parts).items():
        exact_mg = fraction * total_mg
        # Rounded again in decimals, or 91 increments of 0.1 mg would read 9.100000000000001.
        steps = round(exact_mg / increment_mg)
        target_mg = round(steps * increment_mg, 9)
        if fraction > 0 and steps == 0:
            raise ValueError(
                f"{exact_mg:.4g} mg of {name} are less than the balance shows ({increment_mg:g} mg)."
            )
        targets[name] = WeighingTarget(exact_mg, target_mg)
    masses = {name: target.target_mg for name, target in targets.items()}
    return WeighingPlan(targets, round(math.fsum(masses.values()), 9), weight_fractions(masses))


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
