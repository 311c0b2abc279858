"""The layers of a design as they are entered: what is left out is looked up, and what follows is worked out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from django.core.exceptions import ValidationError

from cells.basis import electrode_inputs
from cells.calc.balance import (
    Quantity,
    composite_mass_mg,
    counter_composite_mass_mg,
    die_area_cm2,
)
from cells.models import Architecture, CellDesignEdition, DesignLayer, LayerRole
from lims.units import UG_PER_MG
from materials.mixtures import mixture_of, parts_of
from materials.models import FormulationEdition, Material

Kind, TargetFrom = DesignLayer.Kind, DesignLayer.TargetFrom
FROM_THE_NEGATIVE_UP = (LayerRole.NEGATIVE, LayerRole.ALLOYING, LayerRole.SEPARATOR, LayerRole.POSITIVE)
# A target that nobody entered as a mass is rounded to what a common balance shows.
DEFAULT_READABILITY_MG = 0.01


class LayerFacts(TypedDict):
    """What is entered of a layer. A powder has a mass, a capacity per area or, of the negative, neither: it then
    follows from the N/P target. A foil has a thickness and a number of discs or cm² (``count_milli``)."""

    role: str
    material: Material
    kind: NotRequired[str]
    formulation: NotRequired[FormulationEdition | None]
    active_fraction: NotRequired[float | None]
    mass_ug: NotRequired[int | None]
    areal_capacity_mah_cm2: NotRequired[float | None]
    specific_capacity_mah_g: NotRequired[float | None]
    capacity_reference: NotRequired[str]
    first_charge_capacity_mah_g: NotRequired[float | None]
    initial_coulombic_efficiency_fraction: NotRequired[float | None]
    theoretical_capacity_mah_g: NotRequired[float | None]
    density_g_cm3: NotRequired[float | None]
    density_source: NotRequired[str]
    thickness_um: NotRequired[float | None]
    diameter_mm: NotRequired[float | None]
    counted_in: NotRequired[str]
    count_milli: NotRequired[int | None]


P, F = Kind.POWDER, Kind.FOIL
# For each architecture: what each place may hold; a place with a dash may stay empty.
STACKS: dict[str, dict[str, tuple[str, ...]]] = {
    Architecture.FULL_CELL: {"positive": (P,), "separator": (P,), "negative": (P,)},
    Architecture.HALF_CELL: {"positive": (P,), "separator": (P,), "negative": (F,), "alloying": (F, "-")},
    Architecture.SYMMETRIC: {"positive": (P, F), "separator": (P,), "negative": (P, F)},
    Architecture.BLOCKING: {"positive": (F, "-"), "separator": (P,), "negative": (F, "-")},
}


def judge_stack(architecture: Architecture, layers: Sequence[LayerFacts]) -> None:
    """Raise ValidationError where these layers do not make a cell of this architecture."""
    kinds = {layer["role"]: layer.get("kind") or Kind.POWDER for layer in layers}
    problems = []
    if len(kinds) < len(layers):
        problems.append("Each place of the stack holds one layer.")
    called = architecture.label.lower()
    for role, allowed in STACKS[architecture].items():
        words = " or a ".join(kind for kind in allowed if kind != "-")
        if role not in kinds and "-" not in allowed:
            problems.append(f"A {called} needs its {LayerRole(role).value}: a {words}.")
        elif role in kinds and kinds[role] not in allowed:
            problems.append(f"The {LayerRole(role).value} of a {called} is a {words}, not a {kinds[role]}.")
    problems += [
        f"A {called} has no {LayerRole(role).label.lower()}."
        for role in kinds
        if role not in STACKS[architecture]
    ]
    ends = {layer["role"]: layer["material"] for layer in layers}
    if (
        architecture == Architecture.SYMMETRIC
        and len({ends[r].pk for r in ("positive", "negative") if r in ends}) > 1
    ):
        problems.append("A symmetric cell has the same material on both sides.")
    if problems:
        raise ValidationError({"layers": problems})


def write_layers(edition: CellDesignEdition, layers: Sequence[LayerFacts]) -> None:
    """Save the layers of an edition that is new, with what follows from each."""
    ordered = sorted(layers, key=lambda layer: FROM_THE_NEGATIVE_UP.index(LayerRole(layer["role"])))
    made = {facts["role"]: _made(edition, facts, order) for order, facts in enumerate(ordered, start=1)}
    # The positive first: the negative's mass may follow from it.
    for layer in sorted(made.values(), key=lambda layer: layer.role != LayerRole.POSITIVE):
        if not layer.is_foil:
            layer.mass_ug = _mass_ug(edition, layer, made.get(LayerRole.POSITIVE))
        _judge_electrode(edition, layer)
        layer.full_clean()
        layer.save(force_insert=True)


def _made(edition: CellDesignEdition, facts: LayerFacts, order: int) -> DesignLayer:
    told: dict[str, Any] = {name: value for name, value in facts.items() if value not in (None, "")}
    layer = DesignLayer(edition=edition, order=order, **told)
    if layer.is_foil:
        layer.mass_ug = None
    if layer.role in (LayerRole.POSITIVE, LayerRole.NEGATIVE) and layer.specific_capacity_mah_g is None:
        _pin_capacity(edition, layer)
    if layer.formulation is not None and layer.active_fraction is None:
        layer.active_fraction = _meant_fraction(layer)
    if layer.density_g_cm3 is None:
        _pin_density(layer)
    return layer


def _pin_capacity(edition: CellDesignEdition, layer: DesignLayer) -> None:
    """Take the capacity that the material's data sheet states for the design's cut-off, or for any."""
    stated = {row.upper_cut_off_v: row for row in layer.material.capacities.all()}
    cut_off = edition.upper_cut_off_v_vs_li if layer.role == LayerRole.POSITIVE else None
    row = stated.get(cut_off) or stated.get(None)
    if row is not None:
        layer.specific_capacity_mah_g, layer.capacity_reference = row.specific_capacity_mah_g, row.reference


def _meant_fraction(layer: DesignLayer) -> float:
    """Return the share of the active material in the formulation."""
    if layer.formulation is None:
        raise ValueError("A layer without a formulation has no share of anything.")
    parts = parts_of(layer.formulation)
    active = sum(part.parts for part in parts if part.material_id == layer.material_id)
    if not active:
        raise ValidationError(
            {
                "layers": f"{layer.formulation} has no {layer.material.name}, which this electrode is made with."
            }
        )
    return float(active / sum(part.parts for part in parts))


def _pin_density(layer: DesignLayer) -> None:
    """Take the density without pores: of the composite as it is meant, or of the material itself."""
    if layer.formulation is not None:
        parts = parts_of(layer.formulation)
        layer.density_g_cm3 = mixture_of(parts).density_g_cm3
        if layer.density_g_cm3 is not None:
            layer.density_source = (
                f"{layer.formulation} ({layer.formulation.ratio()}) and its materials' densities"
            )
    elif layer.is_foil or layer.role == LayerRole.SEPARATOR:
        layer.density_g_cm3, layer.density_source = (
            layer.material.density_g_cm3,
            layer.material.density_source,
        )
    if layer.density_g_cm3 is None:
        layer.density_source = ""


def _judge_electrode(edition: CellDesignEdition, layer: DesignLayer) -> None:
    """A weighed electrode counts in mAh: without a capacity there is no balance and no 1C."""
    if layer.is_foil or layer.role == LayerRole.SEPARATOR or layer.specific_capacity_mah_g is not None:
        return
    cut_off = edition.upper_cut_off_v_vs_li
    up_to = f" up to {cut_off:g} V" if cut_off is not None and layer.role == LayerRole.POSITIVE else ""
    raise ValidationError(
        {
            "layers": f"{layer.material.name} has no specific capacity{up_to} on its data sheet: "
            "enter the capacity that this design counts with."
        }
    )


def _mass_ug(edition: CellDesignEdition, layer: DesignLayer, positive: DesignLayer | None) -> int:
    """Return the target mass: as entered, for a capacity per area, or against the positive by the N/P target."""
    if layer.mass_ug is not None:
        layer.target_from = TargetFrom.MASS
        return layer.mass_ug
    if layer.areal_capacity_mah_cm2 is not None:
        layer.target_from = TargetFrom.AREAL_CAPACITY
        return _rounded_ug(edition, _by_area_mg(edition, layer))
    if layer.role == LayerRole.NEGATIVE and positive is not None and edition.np_target is not None:
        layer.target_from = TargetFrom.NP
        return _rounded_ug(edition, _by_np_mg(edition, layer, positive))
    raise ValidationError(
        {"layers": f"The {LayerRole(layer.role).value} needs a target: a mass or a capacity per area."}
    )


def _by_area_mg(edition: CellDesignEdition, layer: DesignLayer) -> float:
    if layer.active_fraction is None or layer.specific_capacity_mah_g is None:
        raise ValidationError(
            {
                "layers": f"A capacity per area becomes a mass by the share of {layer.material.name} in its composite "
                "and its specific capacity: choose a formulation and enter the capacity."
            }
        )
    return composite_mass_mg(
        areal_capacity_mah_cm2=layer.areal_capacity_mah_cm2 or 0,
        area_cm2=die_area_cm2(edition.die.diameter_mm or 0),
        active_fraction=layer.active_fraction,
        specific_capacity_mah_g=layer.specific_capacity_mah_g,
    )


def _by_np_mg(edition: CellDesignEdition, layer: DesignLayer, positive: DesignLayer) -> float:
    if positive.active_fraction is None or layer.active_fraction is None:
        raise ValidationError(
            {"layers": "A mass that follows from N/P needs the formulation of both electrodes."}
        )
    facing = electrode_inputs(
        positive, Quantity((positive.mass_ug or 0) / UG_PER_MG), Quantity(positive.active_fraction)
    )
    if facing is None or layer.specific_capacity_mah_g is None:
        raise ValidationError(
            {"layers": "A mass that follows from N/P needs the capacity of both electrodes."}
        )
    try:
        return counter_composite_mass_mg(
            np_ratio=edition.np_target or 0,
            positive=facing,
            negative_specific_capacity_mah_g=layer.specific_capacity_mah_g,
            negative_active_fraction=layer.active_fraction,
            np_basis=edition.np_basis,
            negative_theoretical_capacity_mah_g=layer.theoretical_capacity_mah_g,
        )
    except ValueError as problem:
        raise ValidationError({"layers": str(problem)}) from problem


def _rounded_ug(edition: CellDesignEdition, mass_mg: float) -> int:
    """Return a target as a balance can show it."""
    readability_mg = edition.balance.readability_mg if edition.balance else None
    step = Decimal(str(readability_mg or DEFAULT_READABILITY_MG))
    rounded_mg = (Decimal(mass_mg) / step).to_integral_value() * step
    return max(int(rounded_mg * UG_PER_MG), 1)
