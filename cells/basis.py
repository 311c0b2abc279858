"""From weighed masses to a cell's basis: computed for many cells at once, stored as a new version when it changes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from uncertainties import UFloat, nominal_value, std_dev

from cells.calc.balance import (
    CellBalance,
    ElectrodeInputs,
    FoilInputs,
    PelletInputs,
    Quantity,
    cell_balance,
    die_uncertainty_mm,
)
from cells.models import Cell, CellBasis, CellDesignEdition, DesignLayer, Layer, LayerRole
from lims.models import Identity
from lims.trace import descendants_of
from materials.genealogy import Composition, compositions, share_of, weighed_mg
from materials.models import Material

METHOD, METHOD_VERSION = "areal_balance", "2"
REVERSIBLE = "reversible"
# Whose weighing each quantity rests on; what is not here needs the die alone.
RESTS_ON: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "positive_composite_mass_mg", "positive_active_mass_mg", "composite_loading_mg_cm2",
            "active_loading_mg_cm2", "areal_capacity_mah_cm2", "capacity_mah", "one_c_current_ma",
            "one_c_current_density_ma_cm2", "first_charge_areal_capacity_mah_cm2", "positive_dense_thickness_um",
        ),
        (LayerRole.POSITIVE,),
    ),
    **dict.fromkeys(
        (
            "negative_composite_mass_mg", "negative_active_loading_mg_cm2", "negative_areal_capacity_mah_cm2",
            "negative_dense_thickness_um",
        ),
        (LayerRole.NEGATIVE,),
    ),
    **dict.fromkeys(
        ("np_ratio", "np_ratio_reversible", "np_ratio_first_charge", "np_ratio_theoretical", "counter_excess"),
        (LayerRole.POSITIVE, LayerRole.NEGATIVE),
    ),
    **dict.fromkeys(
        ("separator_areal_mass_mg_cm2", "separator_dense_thickness_um"), (LayerRole.SEPARATOR,)
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """A number and whether its uncertainty is known."""

    quantity: Quantity
    certain: bool


@dataclass
class Known:
    """What many cells share and is looked up once: compositions of powders, their active fractions, coatings."""

    compositions: dict[int, Composition]
    coatings: frozenset[int]
    fractions: dict[tuple[int, int, bool], Measured] = field(default_factory=dict)

    @classmethod
    def of(cls, layers: Iterable[Layer]) -> Known:
        """Look up what these layers were pressed from."""
        powders = {
            layer.use.powder_id: layer.use.powder for layer in layers if not layer.use.powder.counted_in
        }
        coatings = Material.objects.in_role(Material.Role.COATING).values_list("pk", flat=True)
        return cls(compositions(powders.values()), frozenset(coatings))

    def active_fraction(self, powder_id: int, active_id: int, *, coating_counted: bool) -> Measured:
        """Return the share of an active material in a powder, with its coating where that is counted."""
        key = (powder_id, active_id, coating_counted)
        if key not in self.fractions:
            fraction = fraction_in(
                self.compositions[powder_id], active_id, self.coatings if coating_counted else frozenset()
            )
            self.fractions[key] = _measured(fraction)
        return self.fractions[key]


def fraction_in(composition: Composition, active_id: int, coatings: frozenset[int]) -> UFloat | float:
    """Return the summed share of an active material and of these coatings."""
    counted = {active_id, *(coatings & set(composition))}
    return sum(composition[key] for key in counted if key in composition)


def active_fraction(composition: Composition, active: Material, edition: CellDesignEdition) -> UFloat | float:
    """Return the share of the active material, with its coating where the design counts that as active."""
    counted: list[Material] = [active]
    if edition.coating_counted_as_active:
        keys = set(composition) - {active.pk}
        counted += list(Material.objects.in_role(Material.Role.COATING).filter(pk__in=keys))
    return share_of(composition, counted)


def _measured(number: UFloat | float) -> Measured:
    """Return value and uncertainty; an unknown one enters as 0 and is left out of the result again."""
    uncertainty = std_dev(number)
    certain = not math.isnan(uncertainty)
    return Measured(Quantity(nominal_value(number), uncertainty if certain else 0.0), certain)


def refresh(cells: Iterable[Cell]) -> int:
    """Recompute the basis of these cells and store it where it changed; return how many changed."""
    wanted = sorted(cells, key=lambda cell: cell.pk)
    keys = [cell.pk for cell in wanted]
    # Two corrections that meet in one cell must see each other's masses: one waits, and reads after the other.
    list(Identity.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    layers = Layer.objects.filter(cell__in=keys).with_mass()
    rows = list(layers.select_related("use__balance", "use__powder__identity", "use__powder__material"))
    by_cell: dict[int, dict[str, Layer]] = {}
    for layer in rows:
        by_cell.setdefault(layer.cell_id, {})[layer.role] = layer
    designed = _designed(wanted)
    known = Known.of(rows)
    current = {b.cell_id: b for b in CellBasis.objects.filter(cell__in=keys, current=True)}
    fresh = []
    for cell in wanted:
        basis = _basis_of(cell, designed[cell.edition_id], by_cell.get(cell.pk, {}), known)
        before = current.get(cell.pk)
        if basis is not None and not _same(before, basis):
            basis.version = before.version + 1 if before else 1
            fresh.append(basis)
    CellBasis.objects.filter(cell__in=[b.cell_id for b in fresh], current=True).update(current=False)
    CellBasis.objects.bulk_create(fresh, batch_size=500)
    return len(fresh)


def _designed(cells: list[Cell]) -> dict[int, dict[str, DesignLayer]]:
    """Return what each of these cells' editions puts in each place of the stack."""
    found: dict[int, dict[str, DesignLayer]] = {cell.edition_id: {} for cell in cells}
    for layer in DesignLayer.objects.filter(edition__in=found):
        found[layer.edition_id][layer.role] = layer
    return found


def _same(before: CellBasis | None, after: CellBasis) -> bool:
    if before is None:
        return False
    names = (*CellBasis.QUANTITIES, "uncertainties", "np_basis", "method_version", "missing")
    return all(getattr(before, name) == getattr(after, name) for name in names)


def _basis_of(
    cell: Cell, design: dict[str, DesignLayer], layers: dict[str, Layer], known: Known
) -> CellBasis | None:
    """Return what can be computed from the layers that are in the cell; None before the one that defines it is."""
    weighed_positive = LayerRole.POSITIVE in design and not design[LayerRole.POSITIVE].is_foil
    if (LayerRole.POSITIVE if weighed_positive else LayerRole.SEPARATOR) not in layers:
        return None
    if cell.die.diameter_mm is None or cell.die.tolerance_mm is None:
        return None
    stack = _Stack(cell, design, layers, known)
    positive = stack.electrode(LayerRole.POSITIVE) if weighed_positive else None
    if weighed_positive and positive is None:
        return None
    balance = cell_balance(
        die_diameter_mm=Quantity(cell.die.diameter_mm, die_uncertainty_mm(cell.die.tolerance_mm)),
        positive=positive,
        negative=stack.negative(),
        separator=stack.separator(),
        np_basis=cell.edition.np_basis or REVERSIBLE,
    )
    return _row(cell, balance, stack.uncertain)


class _Stack:
    """The layers of one cell as the balance takes them; `uncertain` names those whose weighing is not known."""

    def __init__(
        self, cell: Cell, design: dict[str, DesignLayer], layers: dict[str, Layer], known: Known
    ) -> None:
        self.edition, self.design, self.layers, self.known = cell.edition, design, layers, known
        self.uncertain: set[str] = set()

    def electrode(self, role: LayerRole) -> ElectrodeInputs | None:
        """Return a weighed electrode, or None where its powder holds none of the design's active material."""
        layer, meant = self.layers.get(role), self.design.get(role)
        if layer is None or meant is None or meant.specific_capacity_mah_g is None:
            return None
        fraction = self.known.active_fraction(
            layer.use.powder_id, meant.material_id, coating_counted=self.edition.coating_counted_as_active
        )
        if fraction.quantity.value <= 0:
            return None
        mass = _measured(weighed_mg(layer.mass_ug, layer.use.balance))
        if not (mass.certain and fraction.certain):
            self.uncertain.add(role)
        return electrode_inputs(meant, mass.quantity, fraction.quantity)

    def negative(self) -> ElectrodeInputs | FoilInputs | None:
        meant = self.design.get(LayerRole.NEGATIVE)
        if meant is None or LayerRole.NEGATIVE not in self.layers:
            return None
        if not meant.is_foil:
            return self.electrode(LayerRole.NEGATIVE)
        thickness_um = self.layers[LayerRole.NEGATIVE].thickness_um
        return foil_inputs(meant, thickness_um)

    def separator(self) -> PelletInputs | None:
        layer, meant = self.layers.get(LayerRole.SEPARATOR), self.design.get(LayerRole.SEPARATOR)
        if layer is None or meant is None:
            return None
        mass = _measured(weighed_mg(layer.mass_ug, layer.use.balance))
        if not mass.certain:
            self.uncertain.add(LayerRole.SEPARATOR)
        return PelletInputs(mass.quantity, meant.density_g_cm3)


def electrode_inputs(
    meant: DesignLayer, mass_mg: Quantity, active_fraction: Quantity
) -> ElectrodeInputs | None:
    """Return a weighed electrode with the capacities and the density that its design pins."""
    if meant.specific_capacity_mah_g is None:
        return None
    return ElectrodeInputs(
        composite_mass_mg=mass_mg,
        active_fraction=active_fraction,
        specific_capacity_mah_g=meant.specific_capacity_mah_g,
        first_charge_capacity_mah_g=meant.first_charge_capacity_mah_g,
        initial_efficiency=meant.initial_coulombic_efficiency_fraction,
        theoretical_capacity_mah_g=meant.theoretical_capacity_mah_g,
        density_g_cm3=meant.density_g_cm3,
    )


def foil_inputs(meant: DesignLayer, thickness_um: float | None = None) -> FoilInputs | None:
    """Return a foil as its design pins it, with the thickness measured where there is one."""
    thickness = meant.thickness_um if thickness_um is None else thickness_um
    if thickness is None or meant.density_g_cm3 is None or meant.specific_capacity_mah_g is None:
        return None
    return FoilInputs(Quantity(thickness), meant.density_g_cm3, meant.specific_capacity_mah_g)


def _row(cell: Cell, balance: CellBalance, uncertain: set[str]) -> CellBasis:
    basis = CellBasis(
        cell=cell,
        method=METHOD,
        method_version=METHOD_VERSION,
        np_basis=cell.edition.np_basis,
        uncertainties={},
        missing=balance.missing,
    )
    for name in CellBasis.QUANTITIES:
        quantity = getattr(balance, name)
        setattr(basis, name, None if quantity is None else quantity.value)
        if quantity is not None and not uncertain & set(RESTS_ON.get(name, ())):
            basis.uncertainties[name] = quantity.uncertainty
    return basis


def refresh_below(identities: frozenset[int]) -> None:
    """Recompute every cell that rests on these records; what a corrected mass calls."""
    below = {target for _, target, _ in descendants_of(identities)} | identities
    refresh(Cell.objects.filter(pk__in=below).select_related("edition", "die"))
