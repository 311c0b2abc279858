"""What formulations ask for and what premixes bring, from records to the arithmetic of weighing and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lims.numbers import exact, percent
from materials.calc.composition import Mixture, mixture
from materials.calc.weighing_plan import Part
from materials.descent import parents_of
from materials.editions import Difference
from materials.models import FormulationEdition, FormulationPart, Material, MixComponent, Powder, Use


def parts_of(edition: FormulationEdition) -> list[FormulationPart]:
    """Return the parts of an edition in their order, with what they are of."""
    return list(edition.parts.select_related("material__identity", "edition__formulation__identity"))


def part_names(parts: Sequence[FormulationPart]) -> dict[int, str]:
    """Return what each part is called, by its id: its material, and its place where two parts are of the same."""
    counted = Counter(part.material_id for part in parts)
    return {
        part.pk: part.material.name
        if counted[part.material_id] == 1
        else f"{part.material.name} (part {part.order})"
        for part in parts
    }


def weighing_parts(parts: Sequence[FormulationPart]) -> list[Part]:
    """Return the parts as the arithmetic takes them."""
    names = part_names(parts)
    return [Part(names[part.pk], part.parts, part.tolerance_fraction) for part in parts]


def mixture_of(parts: Sequence[FormulationPart]) -> Mixture:
    """Return what a formulation is by mass and, where every density is known, by volume."""
    names = part_names(parts)
    return mixture(
        {names[part.pk]: part.parts for part in parts},
        {names[part.pk]: part.material.density_g_cm3 for part in parts},
    )


def wrong_powder(part: FormulationPart, powder: Powder) -> str:
    """Return why ``powder`` cannot be weighed for ``part``, or nothing."""
    if powder.material_id == part.material_id:
        return ""
    it_is = powder.material.name if powder.material else "a composite"
    return f"{powder.code} is {it_is}; this part is {part.material.name}."


def weighed_fractions(powder: Powder) -> dict[int, float]:
    """Return the mass fraction of each substance that was weighed into a powder, by the material's id.

    A coated powder counts whole as its core, as a formulation means it.
    """
    if powder.material_id is not None:
        return {powder.material_id: 1.0}
    if powder.kind == Powder.Kind.COMPOSITE:
        uses = Use.objects.filter(mix_component__batch=powder.pk).select_related("powder").with_mass()
        sources = [(use.powder, use.mass_ug) for use in uses]
    else:
        parents = parents_of(powder)
        uses = Use.objects.filter(consumer=powder.pk, powder__in=parents).select_related("powder").with_mass()
        sources = [(use.powder, use.mass_ug) for use in uses]
    total_ug = sum(mass_ug for _, mass_ug in sources)
    fractions: dict[int, float] = {}
    for source, mass_ug in sources:
        for material_id, fraction in weighed_fractions(source).items():
            fractions[material_id] = fractions.get(material_id, 0.0) + fraction * mass_ug / total_ug
    return fractions


def premix_fractions(powder: Powder, parts: Sequence[FormulationPart]) -> dict[str, float]:
    """Return what a premix brings of each part, by the part's name.

    Raises ValueError where ``powder`` is a single substance, holds something that the formulation lacks, or holds
    something of which the formulation has two parts.
    """
    if powder.material is not None:
        raise ValueError(f"{powder.code} is {powder.material.name} alone: weigh it for that part.")
    names = part_names(parts)
    by_material: dict[int, list[str]] = {}
    for part in parts:
        by_material.setdefault(part.material_id, []).append(names[part.pk])
    fractions = weighed_fractions(powder)
    foreign = Material.objects.filter(pk__in=set(fractions) - set(by_material)).values_list("name", flat=True)
    if foreign:
        lacking = " and ".join(sorted(foreign))
        raise ValueError(
            f"{powder.code} contains {lacking}, which {parts[0].edition.formulation.code} lacks."
        )
    for material_id in fractions:
        if len(by_material[material_id]) > 1:
            raise ValueError(
                f"{powder.code} brings {' or '.join(by_material[material_id])}: it cannot be told which."
            )
    return {by_material[material_id][0]: fraction for material_id, fraction in fractions.items()}


def brought_by(component: MixComponent, parts: Sequence[FormulationPart]) -> dict[str, float]:
    """Return the fractions of the parts in one component of a mixture."""
    if component.part is not None:
        return {part_names(parts)[component.part.pk]: 1.0}
    return premix_fractions(component.use.powder, parts)


def differences(old: FormulationEdition, new: FormulationEdition) -> list[Difference]:
    """Return in what ``new`` differs from ``old``, part by part."""
    before, after = _said(old), _said(new)
    return [
        Difference(name, before.get(name, ""), after.get(name, ""))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]


def _said(edition: FormulationEdition) -> dict[str, str]:
    parts = list(edition.parts.all())
    names = part_names(parts)
    return {names[part.pk]: part_words(part) for part in parts}


def part_words(part: FormulationPart) -> str:
    """Return what an edition says of one part: 70 parts, ± 2 %."""
    if part.tolerance_fraction is None:
        return f"{exact(part.parts)} parts"
    return f"{exact(part.parts)} parts, ± {tolerance_text(part.tolerance_fraction)}"


def tolerance_text(fraction: float) -> str:
    """Return a tolerance in percent without needless zeros.

    >>> tolerance_text(0.02), tolerance_text(0.005)
    ('2 %', '0.5 %')
    """
    return f"{percent(fraction, 4).rstrip('0').rstrip('.')} %"
