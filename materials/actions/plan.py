"""Planning a mixture: what to weigh for a total, for pellets or for the scarcest powder. Nothing is saved here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims.units import UG_PER_MG, mass_text
from materials.actions.ledger import what_speaks_against
from materials.calc import weighing_plan as calc
from materials.mixtures import part_names, parts_of, premix_fractions, weighing_parts, wrong_powder
from materials.models import Equipment, FormulationEdition, FormulationPart, Powder


@dataclass(frozen=True)
class Amount:
    """How much is to be mixed: a total, pellets with an excess or, all empty, what the scarcest powder allows."""

    total_ug: int | None = None
    pellets: int | None = None
    pellet_ug: int | None = None
    excess_fraction: float = 0.0

    def words(self) -> str:
        """Return how the total came about."""
        if self.total_ug is not None:
            return ""
        if self.pellets is not None and self.pellet_ug is not None:
            excess = f", {100 * self.excess_fraction:g} % more" if self.excess_fraction else ""
            return f"{self.pellets} pellets of {mass_text(self.pellet_ug)}{excess}"
        return "as much as the chosen powders allow"


@dataclass(frozen=True)
class PremixChoice:
    """A premix to take, and how much of it; as much as fits where no mass is given."""

    powder: Powder
    mass_ug: int | None = None


@dataclass(frozen=True)
class PlannedRow:
    """What to weigh: of a part or, without one, of a premix, from a powder where one has been chosen."""

    part: FormulationPart | None
    name: str
    powder: Powder | None
    target: calc.Target
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class MixPlan:
    """What to weigh for a mixture, and what results if every target is met."""

    edition: FormulationEdition
    parts: tuple[FormulationPart, ...]
    rows: tuple[PlannedRow, ...]
    total_ug: int
    planned_for: str
    fractions: Mapping[str, float]
    brought_whole: tuple[str, ...]


def scale_of(balance: Equipment | None) -> calc.Scale:
    """Return what a balance can show; without one, what the ledger keeps."""
    if balance is None or balance.readability_mg is None:
        return calc.Scale()
    minimum_mg = balance.minimum_weight_mg
    return calc.Scale(
        step_ug=max(1, round(balance.readability_mg * UG_PER_MG)),
        minimum_ug=None if minimum_mg is None else round(minimum_mg * UG_PER_MG),
    )


def plan_mix(
    *,
    edition: FormulationEdition,
    amount: Amount,
    balance: Equipment | None = None,
    powders: Mapping[int, Powder] | None = None,
    premixes: Sequence[PremixChoice] = (),
) -> MixPlan:
    """Return what to weigh, or raise ValidationError; ``powders`` are the chosen ones by the part's order."""
    parts = parts_of(edition)
    chosen = _chosen(parts, powders or {})
    scale, asked = scale_of(balance), weighing_parts(parts)
    brought = _premixes(premixes, parts)
    names = part_names(parts)
    try:
        total_ug, limited_by = _total(
            amount, asked, brought, scale, {names[pk]: p for pk, p in chosen.items()}
        )
        plan = calc.plan_weighing(parts=asked, total_ug=total_ug, scale=scale, premixes=brought)
    except ValueError as problem:
        raise ValidationError({_field(amount): str(problem)}) from problem
    by_name = {name: next(part for part in parts if part.pk == pk) for pk, name in names.items()}
    premix_of = {choice.powder.code: choice.powder for choice in premixes}
    rows = []
    for target in plan.targets:
        part = None if target.is_premix else by_name[target.name]
        powder = premix_of[target.name] if part is None else chosen.get(part.pk)
        name = f"Premix {target.name}" if part is None else target.name
        rows.append(
            PlannedRow(part, name, powder, target, (*target.warnings, *_against(powder, target.target_ug)))
        )
    words = amount.words() + (f": {', '.join(limited_by)}" if limited_by else "")
    return MixPlan(
        edition, tuple(parts), tuple(rows), plan.total_ug, words[:120], plan.fractions, plan.brought_whole
    )


def _field(amount: Amount) -> str:
    return (
        "total_mass_ug" if amount.total_ug is not None else "pellet_mass_ug" if amount.pellets else "powders"
    )


def _chosen(parts: Sequence[FormulationPart], powders: Mapping[int, Powder]) -> dict[int, Powder]:
    """Return the chosen powders by the id of their part, each judged to be of its material."""
    by_order = {part.order: part for part in parts}
    problems: dict[str, str] = {}
    for order, powder in powders.items():
        if order not in by_order:
            known = ", ".join(map(str, by_order))
            problems["powders"] = f"The formulation has no part {order}; it has {known}."
        elif problem := wrong_powder(by_order[order], powder):
            problems[f"powder_{order}"] = problem
        elif powder.counted_in:
            problems[f"powder_{order}"] = f"{powder.code} is counted and has no mass."
    if problems:
        raise ValidationError(problems)
    return {by_order[order].pk: powder for order, powder in powders.items()}


def _premixes(choices: Sequence[PremixChoice], parts: Sequence[FormulationPart]) -> list[calc.Premix]:
    if len({choice.powder.pk for choice in choices}) < len(choices):
        raise ValidationError({"premixes": "Each premix is chosen once."})
    try:
        return [
            calc.Premix(
                choice.powder.code,
                premix_fractions(choice.powder, parts),
                wanted_ug=choice.mass_ug,
                # What is wanted goes on even where the book is short: it is corrected when it is drawn.
                holds_ug=choice.powder.balance_now_ug() if choice.mass_ug is None else None,
            )
            for choice in choices
        ]
    except ValueError as problem:
        raise ValidationError({"premixes": str(problem)}) from problem


def _total(
    amount: Amount,
    parts: Sequence[calc.Part],
    premixes: Sequence[calc.Premix],
    scale: calc.Scale,
    chosen: Mapping[str, Powder],
) -> tuple[int, list[str]]:
    """Return the total, and the codes of the powders that allow no more where they decide it."""
    if amount.total_ug is not None:
        return amount.total_ug, []
    if amount.pellets is not None and amount.pellet_ug is not None:
        return calc.pellets_total_ug(
            count=amount.pellets, pellet_ug=amount.pellet_ug, excess_fraction=amount.excess_fraction
        ), []
    holdings = {name: powder.balance_now_ug() for name, powder in chosen.items()}
    found = calc.largest_total(parts=parts, holdings_ug=holdings, scale=scale, premixes=premixes)
    return found.total_ug, [chosen[name].code for name in found.limited_by]


def _against(powder: Powder | None, target_ug: int) -> list[str]:
    """Return what speaks against taking this much of a powder, as sentences."""
    if powder is None:
        return []
    warnings = list(what_speaks_against(powder, timezone.localdate()).values())
    held_ug = powder.balance_now_ug()
    if held_ug < target_ug:
        warnings.append(f"{powder.code} holds only {mass_text(held_ug)} of the {mass_text(target_ug)}.")
    return warnings
