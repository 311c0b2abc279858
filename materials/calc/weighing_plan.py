"""What to weigh for a mixture: premixes netted off, targets rounded to the balance, tolerances beside them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from materials.calc.composition import weight_fractions

# A share smaller than this is what is left of rounding, not of powder.
NOTHING_LEFT = 1e-9


@dataclass(frozen=True)
class Part:
    """A component of a formulation: its parts by weight, and how far a weighing may be off its target."""

    name: str
    parts: float
    tolerance_fraction: float | None = None


@dataclass(frozen=True)
class Premix:
    """A composite that brings several parts at once.

    fractions  The mass fraction of each part in it.
    wanted_ug  How much of it to take; None: as much as fits.
    holds_ug   How much of it there is; None: it does not matter.
    """

    name: str
    fractions: Mapping[str, float]
    wanted_ug: int | None = None
    holds_ug: int | None = None


@dataclass(frozen=True)
class Scale:
    """What a balance can show: its step, and the least that can be trusted to it."""

    step_ug: int = 1
    minimum_ug: int | None = None


@dataclass(frozen=True)
class Target:
    """What to weigh of a part or a premix: exactly, and as the balance can show it."""

    name: str
    is_premix: bool
    exact_ug: float
    target_ug: int
    tolerance_ug: int | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The targets of a mixture, what results if each is met, and the parts that premixes bring whole."""

    targets: tuple[Target, ...]
    total_ug: int
    fractions: Mapping[str, float]
    brought_whole: tuple[str, ...]


@dataclass(frozen=True)
class Scarcest:
    """The most that the chosen powders allow, and the names of those that allow no more."""

    total_ug: int
    limited_by: tuple[str, ...]


def tolerance_ug(*, fraction: float, target_ug: int, step_ug: int) -> int:
    """Return how far a weighing may be off, in whole steps of the balance as far as it has any.

    >>> tolerance_ug(fraction=0.02, target_ug=138_600, step_ug=100)
    2700
    >>> tolerance_ug(fraction=0.02, target_ug=3000, step_ug=100)
    60
    """
    exact_ug = fraction * target_ug
    # The grain keeps 2 % of 140 mg from becoming 2.7999.
    steps = math.floor(exact_ug / step_ug + NOTHING_LEFT)
    return steps * step_ug if steps else round(exact_ug)


def pellets_total_ug(*, count: int, pellet_ug: int, excess_fraction: float = 0.0) -> int:
    """Return what ``count`` pellets need, with an excess for what stays in the mortar.

    >>> pellets_total_ug(count=24, pellet_ug=8100, excess_fraction=0.1)
    213840
    """
    if count < 1 or pellet_ug < 1:
        raise ValueError(f"{count} pellets of {pellet_ug / 1000:g} mg are nothing to weigh.")
    if not 0 <= excess_fraction <= 10:
        raise ValueError(f"An excess is 0 to 1000 %, not {100 * excess_fraction:g} %.")
    # Rounded before it is rounded up, or 213840.00000000003 would become 213841.
    return math.ceil(round(count * pellet_ug * (1 + excess_fraction), 3))


def plan_weighing(
    *, parts: Sequence[Part], total_ug: int, scale: Scale | None = None, premixes: Sequence[Premix] = ()
) -> Plan:
    """Return what to weigh for ``total_ug`` of a mixture.

    A premix contributes its parts and the targets of the others shrink by them. Premixes are taken in their
    order, each as much as fits unless it says how much.

    Raises ValueError for a total that is not above zero, a premix with something that the formulation lacks or of
    which more is wanted than fits, and a part that would round to nothing on this balance.

    >>> cathode = [Part("NMC", 70, 0.02), Part("LPSC", 30), Part("PTFE", 5), Part("CNF", 5)]
    >>> plan = plan_weighing(parts=cathode, total_ug=200_000, scale=Scale(100))
    >>> [target.target_ug for target in plan.targets], plan.total_ug, plan.targets[0].tolerance_ug
    ([127300, 54500, 9100, 9100], 200000, 2500)
    >>> carbon = Premix("SE+CNF", {"LPSC": 0.8, "CNF": 0.2})
    >>> plan = plan_weighing(parts=cathode, total_ug=220_000, scale=Scale(100), premixes=[carbon])
    >>> [(target.name, target.target_ug) for target in plan.targets], plan.brought_whole
    ([('SE+CNF', 50000), ('NMC', 140000), ('LPSC', 20000), ('PTFE', 10000)], ('CNF',))
    """
    scale = scale or Scale()
    if not total_ug > 0:
        raise ValueError(f"The total must be above 0 mg, not {total_ug / 1000:g} mg.")
    if scale.step_ug < 1:
        raise ValueError(f"A balance's step must be at least 0.001 mg, not {scale.step_ug / 1000:g} mg.")
    shares = weight_fractions({part.name: part.parts for part in parts})
    for premix in premixes:
        _judge(premix, shares)
    netted = _netted({name: share * total_ug for name, share in shares.items()}, premixes, scale.step_ug)
    for premix, taken in zip(premixes, netted.taken, strict=True):
        if taken.mass_ug < scale.step_ug or (premix.wanted_ug or 0) > taken.fits_ug + scale.step_ug:
            wanted = "None" if premix.wanted_ug is None else f"{premix.wanted_ug / 1000:g} mg"
            raise ValueError(
                f"{wanted} of {premix.name} can be taken: in {total_ug / 1000:g} mg of the mix there is room for "
                f"{taken.fits_ug / 1000:.4g} mg of it"
                + (f", and there are {premix.holds_ug / 1000:g} mg." if premix.holds_ug is not None else ".")
            )
    brought = {name for premix in premixes for name in premix.fractions}
    targets = [
        _target(premix.name, taken.mass_ug, scale, tolerance=_strictest(premix, parts), is_premix=True)
        for premix, taken in zip(premixes, netted.taken, strict=True)
    ]
    brought_whole = []
    for part in parts:
        need_ug = netted.need_ug[part.name]
        if round(need_ug / scale.step_ug) > 0:
            targets.append(_target(part.name, need_ug, scale, tolerance=part.tolerance_fraction))
        elif part.name in brought:
            brought_whole.append(part.name)
        elif part.parts > 0:
            raise ValueError(
                f"{need_ug / 1000:.4g} mg of {part.name} are less than the balance shows "
                f"({scale.step_ug / 1000:g} mg)."
            )
    fractions = _fractions(targets, {premix.name: premix.fractions for premix in premixes}, list(shares))
    total = sum(target.target_ug for target in targets)
    return Plan(tuple(targets), total, fractions, tuple(brought_whole))


def largest_total(
    *,
    parts: Sequence[Part],
    holdings_ug: Mapping[str, int],
    scale: Scale | None = None,
    premixes: Sequence[Premix] = (),
) -> Scarcest:
    """Return the largest total whose rounded targets the chosen powders hold; a part not named has enough.

    >>> cathode = [Part("NMC", 70), Part("LPSC", 30), Part("PTFE", 5), Part("CNF", 5)]
    >>> largest_total(parts=cathode, holdings_ug={"NMC": 10_000_000, "LPSC": 60_000}, scale=Scale(100))
    Scarcest(total_ug=220100, limited_by=('LPSC',))
    """
    scale = scale or Scale()
    shares = weight_fractions({part.name: part.parts for part in parts})
    for premix in premixes:
        _judge(premix, shares)

    def short(total_ug: int) -> tuple[str, ...]:
        need = _netted({n: share * total_ug for n, share in shares.items()}, premixes, scale.step_ug).need_ug
        return tuple(
            name
            for name, held_ug in holdings_ug.items()
            if shares[name] > 0 and round(need[name] / scale.step_ug) * scale.step_ug > held_ug
        )

    limited = [name for name in holdings_ug if shares.get(name, 0) > 0]
    if not limited:
        raise ValueError("Choose the powders first: without them nothing says which is the scarcest.")
    low, high = 0, _more_than_enough(shares, holdings_ug, limited, premixes, scale.step_ug)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if short(middle) else (middle, high)
    return Scarcest(low // scale.step_ug * scale.step_ug, short(high))


@dataclass(frozen=True)
class _Taken:
    mass_ug: int
    fits_ug: float


@dataclass(frozen=True)
class _Netted:
    taken: list[_Taken]
    need_ug: dict[str, float]


def _judge(premix: Premix, shares: Mapping[str, float]) -> None:
    for name, fraction in premix.fractions.items():
        if fraction > NOTHING_LEFT and not shares.get(name):
            raise ValueError(f"{premix.name} contains {name}, which the formulation lacks.")
    total = math.fsum(premix.fractions.values())
    if abs(total - 1) > 1e-6:
        raise ValueError(f"The fractions of {premix.name} must total 1, not {total:g}.")


def _netted(need_ug: dict[str, float], premixes: Sequence[Premix], step_ug: int) -> _Netted:
    """Return how much of each premix is taken, in whole steps, and what of each part is left to weigh."""
    need_ug = dict(need_ug)
    taken = []
    for premix in premixes:
        fits_ug = min(
            need_ug[name] / fraction for name, fraction in premix.fractions.items() if fraction > NOTHING_LEFT
        )
        bounds = [fits_ug, *(bound for bound in (premix.wanted_ug, premix.holds_ug) if bound is not None)]
        # Rounded down, so that no part is brought beyond its share; the grain keeps 50000 from being 49999.99.
        mass_ug = math.floor(min(bounds) / step_ug + NOTHING_LEFT) * step_ug
        for name, fraction in premix.fractions.items():
            if name in need_ug:
                need_ug[name] = max(0.0, need_ug[name] - mass_ug * fraction)
        taken.append(_Taken(mass_ug, fits_ug))
    return _Netted(taken, need_ug)


def _strictest(premix: Premix, parts: Sequence[Part]) -> float | None:
    """Return the smallest tolerance of the parts that a premix brings: its weighing decides for all of them."""
    stated = [p.tolerance_fraction for p in parts if premix.fractions.get(p.name) and p.tolerance_fraction]
    return min(stated, default=None)


def _target(
    name: str, exact_ug: float, scale: Scale, *, tolerance: float | None, is_premix: bool = False
) -> Target:
    target_ug = round(exact_ug / scale.step_ug) * scale.step_ug
    allowed_ug = (
        None
        if tolerance is None
        else tolerance_ug(fraction=tolerance, target_ug=target_ug, step_ug=scale.step_ug)
    )
    warnings = []
    if scale.minimum_ug is not None and target_ug < scale.minimum_ug:
        warnings.append(
            f"{target_ug / 1000:g} mg of {name} are below the balance's minimum weight of "
            f"{scale.minimum_ug / 1000:g} mg: mix more at once, or take it in a premix."
        )
    if allowed_ug is not None and allowed_ug < scale.step_ug:
        warnings.append(
            f"The tolerance of {name}, {allowed_ug / 1000:g} mg, is finer than the balance shows "
            f"({scale.step_ug / 1000:g} mg)."
        )
    return Target(name, is_premix, exact_ug, target_ug, allowed_ug, tuple(warnings))


def _fractions(
    targets: Sequence[Target], premixes: Mapping[str, Mapping[str, float]], names: Sequence[str]
) -> dict[str, float]:
    total_ug = math.fsum(target.target_ug for target in targets)
    brought = dict.fromkeys(names, 0.0)
    for target in targets:
        for name, fraction in (premixes[target.name] if target.is_premix else {target.name: 1.0}).items():
            brought[name] += target.target_ug * fraction / total_ug
    return brought


def _more_than_enough(
    shares: Mapping[str, float],
    holdings_ug: Mapping[str, int],
    limited: Sequence[str],
    premixes: Sequence[Premix],
    step_ug: int,
) -> int:
    """Return a total that the chosen powders surely do not hold."""
    bounds = []
    for name in limited:
        brought = [
            (p.fractions.get(name, 0.0), p.holds_ug if p.wanted_ug is None else p.wanted_ug) for p in premixes
        ]
        if any(fraction > 0 and most_ug is None for fraction, most_ug in brought):
            continue
        extra_ug = math.fsum(fraction * (most_ug or 0) for fraction, most_ug in brought)
        bounds.append((holdings_ug[name] + extra_ug + step_ug) / shares[name])
    if not bounds:
        raise ValueError("How much there is of each premix must be known to find the scarcest powder.")
    return math.ceil(min(bounds)) + 1
