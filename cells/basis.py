"""From weighed masses to a cell's basis: computed for many cells at once, stored as a new version when it changes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from uncertainties import UFloat, nominal_value, std_dev

from cells.calc.balance import CellBalance, ElectrodeInputs, Quantity, cell_balance, die_uncertainty_mm
from cells.models import Cell, CellBasis, CellDesignEdition, Layer
from cells.models.design import LayerRole
from lims.models import Identity
from lims.trace import descendants_of
from materials.genealogy import Composition, compositions, share_of, weighed_mg
from materials.models import Material

METHOD, METHOD_VERSION = "areal_balance", "1"


@dataclass(frozen=True)
class _Electrode:
    """What the balance takes for one electrode, with uncertainties that may be unknown (NaN)."""

    mass_mg: UFloat | float
    active_fraction: UFloat | float
    specific_capacity_mah_g: float

    def inputs(self) -> ElectrodeInputs:
        return ElectrodeInputs(
            composite_mass_mg=_quantity(self.mass_mg),
            active_fraction=_quantity(self.active_fraction),
            specific_capacity_mah_g=self.specific_capacity_mah_g,
        )

    @property
    def certain(self) -> bool:
        return not (math.isnan(std_dev(self.mass_mg)) or math.isnan(std_dev(self.active_fraction)))


def _quantity(measured: UFloat | float) -> Quantity:
    """Return value and uncertainty; an unknown one enters as 0 and is left out of the result again."""
    uncertainty = std_dev(measured)
    return Quantity(nominal_value(measured), 0.0 if math.isnan(uncertainty) else uncertainty)


def refresh(cells: Iterable[Cell]) -> int:
    """Recompute the basis of these cells and store it where it changed; return how many changed."""
    wanted = sorted(cells, key=lambda cell: cell.pk)
    # Two corrections that meet in one cell must see each other's masses: one waits, and reads after the other.
    list(Identity.objects.select_for_update(no_key=True).filter(pk__in=[c.pk for c in wanted]).order_by("pk"))
    layers = Layer.objects.filter(cell__in=[c.pk for c in wanted]).with_mass()
    layers = layers.select_related("use__balance", "use__powder__identity", "use__powder__material")
    by_cell: dict[int, dict[str, Layer]] = {}
    for layer in layers:
        by_cell.setdefault(layer.cell_id, {})[layer.role] = layer
    known = compositions(layer.use.powder for layer in layers)
    current = {b.cell_id: b for b in CellBasis.objects.filter(cell__in=[c.pk for c in wanted], current=True)}
    fresh = []
    for cell in wanted:
        basis = _basis_of(cell, by_cell.get(cell.pk, {}), known)
        if basis is not None and not _same(current.get(cell.pk), basis):
            before = current.get(cell.pk)
            basis.version = before.version + 1 if before else 1
            fresh.append(basis)
    CellBasis.objects.filter(cell__in=[b.cell_id for b in fresh], current=True).update(current=False)
    CellBasis.objects.bulk_create(fresh)
    return len(fresh)


def _same(before: CellBasis | None, after: CellBasis) -> bool:
    if before is None:
        return False
    names = (*CellBasis.QUANTITIES, "uncertainties", "np_basis", "method_version")
    return all(getattr(before, name) == getattr(after, name) for name in names)


def _basis_of(cell: Cell, layers: dict[str, Layer], known: dict[int, Composition]) -> CellBasis | None:
    """Return what can be computed from the layers that are in the cell; None before the positive one is."""
    if LayerRole.POSITIVE not in layers:
        return None
    edition = cell.edition
    positive = _electrode(layers[LayerRole.POSITIVE], known, edition)
    negative = (
        _electrode(layers[LayerRole.NEGATIVE], known, edition) if LayerRole.NEGATIVE in layers else None
    )
    if cell.die.diameter_mm is None or cell.die.tolerance_mm is None or positive is None:
        return None
    balance = cell_balance(
        die_diameter_mm=Quantity(cell.die.diameter_mm, die_uncertainty_mm(cell.die.tolerance_mm)),
        positive=positive.inputs(),
        negative=negative.inputs() if negative else None,
    )
    certain = positive.certain and (negative is None or negative.certain)
    return _row(cell, balance, certain=certain)


def _row(cell: Cell, balance: CellBalance, *, certain: bool) -> CellBasis:
    basis = CellBasis(
        cell=cell,
        method=METHOD,
        method_version=METHOD_VERSION,
        np_basis=cell.edition.np_basis,
        uncertainties={},
    )
    for name in CellBasis.QUANTITIES:
        quantity = getattr(balance, name)
        setattr(basis, name, None if quantity is None else quantity.value)
        if quantity is not None and (certain or name == "area_cm2"):
            basis.uncertainties[name] = quantity.uncertainty
    return basis


def active_fraction(composition: Composition, active: Material, edition: CellDesignEdition) -> UFloat | float:
    """Return the share of the active material, with its coating where the design counts that as active."""
    counted: list[Material] = [active]
    if edition.coating_counted_as_active:
        keys = set(composition) - {active.pk}
        counted += list(Material.objects.filter(pk__in=keys, role=Material.Role.COATING))
    return share_of(composition, counted)


def _electrode(layer: Layer, known: dict[int, Composition], edition: CellDesignEdition) -> _Electrode | None:
    """Return the electrode that a layer makes, or None where its powder holds none of the design's active material."""
    positive = layer.role == LayerRole.POSITIVE
    active = edition.positive_material if positive else edition.negative_material
    fraction = active_fraction(known[layer.use.powder_id], active, edition)
    if nominal_value(fraction) <= 0:
        return None
    capacity = (
        edition.positive_specific_capacity_mah_g if positive else edition.negative_specific_capacity_mah_g
    )
    mass_mg = weighed_mg(layer.mass_ug, layer.use.balance)
    return _Electrode(mass_mg=mass_mg, active_fraction=fraction, specific_capacity_mah_g=capacity)


def refresh_below(identities: frozenset[int]) -> None:
    """Recompute every cell that rests on these records; what a corrected mass calls."""
    below = {target for _, target, _ in descendants_of(identities)} | identities
    refresh(
        Cell.objects.filter(pk__in=below).select_related(
            "edition__positive_material", "edition__negative_material", "die"
        )
    )
