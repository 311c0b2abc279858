"""What to weigh for cells of a design: the counter electrode for the cathode at hand, and whether the lots suffice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils import timezone
from uncertainties import nominal_value

from cells.basis import active_fraction, electrode_inputs
from cells.calc.balance import (
    ElectrodeInputs,
    Quantity,
    composite_mass_mg,
    counter_composite_mass_mg,
    die_area_cm2,
)
from cells.models import CellDesignEdition, DesignLayer, LayerRole
from lims.units import UG_PER_MG
from materials.genealogy import compositions
from materials.models import Equipment, Powder
from materials.models.counted import MILLI


@dataclass(frozen=True)
class LayerSheet:
    """What one layer takes, for one cell and for all, and how far its lot goes.

    A powder has masses in mg, a foil counts in its own unit; `cells_good_for` is None where no lot was named.
    """

    role: str
    label: str
    kind: str
    lot: str | None
    mass_mg: float | None
    total_mass_mg: float | None
    available_mg: float | None
    count: float | None
    total_count: float | None
    available_count: float | None
    counted_in: str
    active_fraction: float | None
    cells_good_for: int | None
    suffices: bool | None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class WeighingSheet:
    """Masses for one cell in mg, what all cells take, and which lot is scarcest."""

    replicates: int
    positive_mass_mg: float | None
    negative_mass_mg: float | None
    separator_mass_mg: float | None
    np_target: float | None
    np_basis: str
    positive_active_fraction: float | None
    negative_active_fraction: float | None
    positive_suffices: bool | None
    negative_suffices: bool | None
    layers: list[LayerSheet]
    cells_good_for: int | None
    scarcest: str | None
    suffices: bool | None


def weighing_sheet(
    edition: CellDesignEdition,
    *,
    lots: Mapping[str, Powder | None],
    positive_mass_ug: int | None = None,
    replicates: int = 1,
) -> WeighingSheet:
    """Return what to weigh so that the targets are met by these lots and this cathode mass; nothing is saved.

    lots   By role; a layer without a lot is planned as the design means it.

    Raises ValueError where a powder holds none of the design's active material, or a basis lacks its capacity.
    """
    chosen = {role: lot for role, lot in lots.items() if lot is not None}
    fractions = fractions_of(edition, chosen)
    masses_mg = masses_for(edition, fractions, positive_mass_ug=positive_mass_ug)
    rows = [
        _layer_sheet(edition, layer, chosen.get(layer.role), masses_mg, fractions, replicates)
        for layer in edition.layers.all()
    ]
    return _sheet(edition, rows, replicates)


def fractions_of(edition: CellDesignEdition, lots: Mapping[str, Powder]) -> dict[str, float]:
    """Return the active fraction of each weighed electrode: of its lot, or as the design means it."""
    fractions: dict[str, float] = {}
    electrodes = [
        layer
        for layer in edition.layers.all()
        if not layer.is_foil and layer.role in (LayerRole.POSITIVE, LayerRole.NEGATIVE)
    ]
    known = compositions(
        lots[layer.role] for layer in electrodes if layer.role in lots and not lots[layer.role].counted_in
    )
    for layer in electrodes:
        lot = lots.get(layer.role)
        if lot is None:
            if layer.active_fraction is not None:
                fractions[layer.role] = layer.active_fraction
            continue
        composition = known.get(lot.pk, {})
        fraction = nominal_value(active_fraction(composition, layer.material, edition))
        if fraction <= 0:
            raise ValueError(
                f"{lot.code} holds no {layer.material.name}, which this design's electrode is made with."
            )
        fractions[layer.role] = float(fraction)
    return fractions


def masses_for(
    edition: CellDesignEdition, fractions: Mapping[str, float], *, positive_mass_ug: int | None = None
) -> dict[str, float]:
    """Return the mass in mg of each powder layer: the cathode as weighed or designed, the anode against it."""
    masses = {
        layer.role: _target_mg(edition, layer, fractions)
        for layer in edition.layers.all()
        if not layer.is_foil
    }
    positive, negative = edition.layer(LayerRole.POSITIVE), edition.layer(LayerRole.NEGATIVE)
    if positive_mass_ug is not None and LayerRole.POSITIVE in masses:
        masses[LayerRole.POSITIVE] = positive_mass_ug / UG_PER_MG
    if positive is None or negative is None or positive.is_foil or negative.is_foil:
        return masses
    if edition.np_target is not None and {LayerRole.POSITIVE, LayerRole.NEGATIVE} <= set(fractions):
        facing = electrode_inputs(
            positive, Quantity(masses[LayerRole.POSITIVE]), Quantity(fractions[LayerRole.POSITIVE])
        )
        masses[LayerRole.NEGATIVE] = counter_mass_mg(edition, facing, negative, fractions[LayerRole.NEGATIVE])
    return masses


def counter_mass_mg(
    edition: CellDesignEdition, positive: ElectrodeInputs | None, negative: DesignLayer, fraction: float
) -> float:
    """Return the mass in mg of the negative that meets the design's N/P target against this positive."""
    if positive is None or negative.specific_capacity_mah_g is None or edition.np_target is None:
        raise ValueError(f"{edition} states no capacities to balance.")
    return counter_composite_mass_mg(
        np_ratio=edition.np_target,
        positive=positive,
        negative_specific_capacity_mah_g=negative.specific_capacity_mah_g,
        negative_active_fraction=fraction,
        np_basis=edition.np_basis,
        negative_theoretical_capacity_mah_g=negative.theoretical_capacity_mah_g,
    )


def _target_mg(edition: CellDesignEdition, layer: DesignLayer, fractions: Mapping[str, float]) -> float:
    """Return a layer's target; a capacity per area is met with the fraction of the lot at hand."""
    per_area, capacity = layer.areal_capacity_mah_cm2, layer.specific_capacity_mah_g
    if layer.target_from == DesignLayer.TargetFrom.AREAL_CAPACITY and per_area and capacity:
        fraction = fractions.get(layer.role, layer.active_fraction)
        if fraction is not None:
            return composite_mass_mg(
                areal_capacity_mah_cm2=per_area,
                area_cm2=die_area_cm2(edition.die.diameter_mm or 0),
                active_fraction=fraction,
                specific_capacity_mah_g=capacity,
            )
    return (layer.mass_ug or 0) / UG_PER_MG


def _layer_sheet(
    edition: CellDesignEdition,
    layer: DesignLayer,
    lot: Powder | None,
    masses_mg: Mapping[str, float],
    fractions: Mapping[str, float],
    replicates: int,
) -> LayerSheet:
    mass_mg = masses_mg.get(layer.role)
    count = None if layer.count_milli is None else layer.count_milli / MILLI
    available_mg = available_count = good_for = None
    if lot is not None and mass_mg is not None and not lot.counted_in:
        available_mg = lot.balance_now_ug() / UG_PER_MG
        good_for = int((lot.balance_now_ug() + 1e-6) // (mass_mg * UG_PER_MG)) if mass_mg else None
    elif lot is not None and count is not None and lot.counted_in == layer.counted_in:
        available_count = lot.count_now_milli() / MILLI
        good_for = lot.count_now_milli() // (layer.count_milli or 1)
    return LayerSheet(
        role=layer.role,
        label=layer.label,
        kind=layer.kind,
        lot=lot.code if lot else None,
        mass_mg=mass_mg,
        total_mass_mg=None if mass_mg is None else mass_mg * replicates,
        available_mg=available_mg,
        count=count,
        total_count=None if count is None else count * replicates,
        available_count=available_count,
        counted_in=layer.counted_in,
        active_fraction=fractions.get(layer.role),
        cells_good_for=good_for,
        suffices=None if good_for is None else good_for >= replicates,
        warnings=_warnings(edition.balance, layer, lot, mass_mg),
    )


def _warnings(
    balance: Equipment | None, layer: DesignLayer, lot: Powder | None, mass_mg: float | None
) -> list[str]:
    """Return what speaks against weighing this layer as planned."""
    said = []
    if lot is not None and layer.is_foil != bool(lot.counted_in):
        said.append(f"{lot.code} is {'counted' if lot.counted_in else 'weighed'}, and this layer is not.")
    elif lot is not None and layer.is_foil and lot.counted_in != layer.counted_in:
        said.append(f"{lot.code} is counted in {lot.get_counted_in_display()}, the design counts in "
                    f"{layer.get_counted_in_display()}.")  # fmt: skip
    least = balance.minimum_weight_mg if balance else None
    if balance is not None and least is not None and mass_mg is not None and mass_mg < least:
        said.append(f"{mass_mg:.3g} mg lies below the minimum weight of {balance.code}, {least:g} mg.")
    if lot is not None:
        warned = Powder.objects.with_codes().with_warnings(timezone.localdate()).get(pk=lot.pk)
        for flag, words in (
            ("is_held", "is on hold"),
            ("is_expired", "has expired"),
            ("is_suspect", "is suspect"),
        ):
            if getattr(warned, flag):
                said.append(f"{lot.code} {words}.")
    return said


def _sheet(edition: CellDesignEdition, rows: list[LayerSheet], replicates: int) -> WeighingSheet:
    by_role = {row.role: row for row in rows}
    positive, negative = by_role.get(LayerRole.POSITIVE), by_role.get(LayerRole.NEGATIVE)
    separator = by_role.get(LayerRole.SEPARATOR)
    asked = [row for row in rows if row.cells_good_for is not None]
    scarcest = min(asked, key=lambda row: row.cells_good_for or 0, default=None)
    return WeighingSheet(
        replicates=replicates,
        positive_mass_mg=positive.mass_mg if positive else None,
        negative_mass_mg=negative.mass_mg if negative else None,
        separator_mass_mg=separator.mass_mg if separator else None,
        np_target=edition.np_target,
        np_basis=edition.np_basis,
        positive_active_fraction=positive.active_fraction if positive else None,
        negative_active_fraction=negative.active_fraction if negative else None,
        positive_suffices=positive.suffices if positive else None,
        negative_suffices=negative.suffices if negative else None,
        layers=rows,
        cells_good_for=scarcest.cells_good_for if scarcest else None,
        scarcest=scarcest.lot if scarcest else None,
        suffices=all(row.suffices for row in asked) if asked else None,
    )
