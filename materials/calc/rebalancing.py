"""How a weighing stands: each part against its target, all of them as a ratio, and what restores it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from materials.calc.composition import weight_fractions
from materials.calc.weighing_plan import NOTHING_LEFT, Part

Standing = Literal["nothing", "below", "within", "over"]


@dataclass(frozen=True)
class Portion:
    """One row of a weighing sheet: what it brings of each part, its target, and what was weighed of it, if it was."""

    fractions: Mapping[str, float]
    target_ug: int
    weighed_ug: int | None
    is_premix: bool = False


@dataclass(frozen=True)
class Rebalanced:
    """Targets that restore the ratio.

    total_ug    What all of it weighs then.
    targets_ug  The new target of each portion but the premixes, by its place; 0 where none of it is needed any more.
    top_ups_ug  What is to be weighed on top of parts that have been weighed already, by their names.
    """

    total_ug: int
    targets_ug: dict[int, int]
    top_ups_ug: dict[str, int]


def standing(*, weighed_ug: int | None, target_ug: int, tolerance_ug: int) -> Standing:
    """Return where a weighing stands: within means at most the tolerance off, both ends included.

    >>> [standing(weighed_ug=mass, target_ug=1000, tolerance_ug=20) for mass in (None, 979, 980, 1020, 1021)]
    ['nothing', 'below', 'within', 'within', 'over']
    """
    if weighed_ug is None:
        return "nothing"
    if weighed_ug < target_ug - tolerance_ug:
        return "below"
    return "over" if weighed_ug > target_ug + tolerance_ug else "within"


def brought_ug(portions: Sequence[Portion], names: Sequence[str]) -> dict[str, float]:
    """Return how much of each part has been weighed so far, premixes counted by what they bring."""
    brought = dict.fromkeys(names, 0.0)
    for portion in portions:
        for name, fraction in portion.fractions.items():
            brought[name] += (portion.weighed_ug or 0) * fraction
    return brought


def running_parts(*, parts: Sequence[Part], portions: Sequence[Portion], total_ug: int) -> dict[str, float]:
    """Return what has been weighed so far in parts, as people say a ratio: 70.1 : 29.9 : 0 : 0.

    >>> cathode = [Part("NMC", 70), Part("LPSC", 30)]
    >>> weighed = [Portion({"NMC": 1.0}, 70_000, 70_500), Portion({"LPSC": 1.0}, 30_000, None)]
    >>> running_parts(parts=cathode, portions=weighed, total_ug=100_000)
    {'NMC': 70.5, 'LPSC': 0.0}
    """
    all_parts = math.fsum(part.parts for part in parts)
    brought = brought_ug(portions, [part.name for part in parts])
    return {name: mass_ug * all_parts / total_ug for name, mass_ug in brought.items()}


def rebalance(
    *, parts: Sequence[Part], portions: Sequence[Portion], total_ug: int, step_ug: int = 1
) -> Rebalanced | None:
    """Return the targets that restore the ratio after too much was weighed of a part; None where nothing is over.

    Nothing that was weighed is taken out again: the whole mixture grows until its largest share fits. A premix that is
    still to be weighed keeps its target, and the parts fill what it does not bring.

    >>> cathode = [Part("NMC", 70), Part("LPSC", 30)]
    >>> weighed = [Portion({"NMC": 1.0}, 70_000, 77_000), Portion({"LPSC": 1.0}, 30_000, None)]
    >>> rebalance(parts=cathode, portions=weighed, total_ug=100_000, step_ug=100)
    Rebalanced(total_ug=110000, targets_ug={0: 77000, 1: 33000}, top_ups_ug={})
    """
    shares = weight_fractions({part.name: part.parts for part in parts})
    planned = [
        Portion(p.fractions, p.target_ug, p.target_ug) if p.is_premix and p.weighed_ug is None else p
        for p in portions
    ]
    brought = brought_ug(planned, list(shares))
    grown_ug = max(brought[name] / share for name, share in shares.items() if share > 0)
    if grown_ug <= total_ug * (1 + NOTHING_LEFT):
        return None
    need_ug = {name: max(0.0, share * grown_ug - brought[name]) for name, share in shares.items()}
    targets: dict[int, int] = {}
    for place, portion in enumerate(portions):
        if portion.weighed_ug is None and not portion.is_premix:
            (name,) = portion.fractions
            targets[place] = round(need_ug.pop(name, 0.0) / step_ug) * step_ug
    tolerances = {part.name: part.tolerance_fraction or 0.0 for part in parts}
    top_ups = {
        name: round(missing_ug / step_ug) * step_ug
        for name, missing_ug in need_ug.items()
        # What is within its tolerance is left as it is.
        if missing_ug >= step_ug and missing_ug > tolerances[name] * shares[name] * grown_ug
    }
    for place, portion in enumerate(portions):
        if portion.weighed_ug is not None and not portion.is_premix:
            (name,) = portion.fractions
            missing_ug = 0 if name in top_ups else need_ug.get(name, 0.0)
            targets[place] = round(portion.weighed_ug + missing_ug)
    return Rebalanced(round(grown_ug), dict(sorted(targets.items())), top_ups)
