"""What the cells app lets claims be about: loadings, capacities, balance, currents, limits, shares of the composite."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cells.claims import Claimable, Values, register
from cells.models import Cell, CellDesignEdition, LayerRole
from materials.models import Material

OF_THE_BASIS = (
    ("composite_loading_mg_cm2", "Composite loading", "mg/cm2"),
    ("active_loading_mg_cm2", "Active loading", "mg/cm2"),
    ("negative_active_loading_mg_cm2", "Active loading of the negative", "mg/cm2"),
    ("separator_areal_mass_mg_cm2", "Areal mass of the separator", "mg/cm2"),
    ("areal_capacity_mah_cm2", "Areal capacity", "mAh/cm2"),
    ("negative_areal_capacity_mah_cm2", "Areal capacity of the negative", "mAh/cm2"),
    ("capacity_mah", "Design capacity", "mAh"),
    ("np_ratio", "N/P ratio on the design's basis", ""),
    ("np_ratio_reversible", "N/P ratio, reversible", ""),
    ("np_ratio_first_charge", "N/P ratio, first charge", ""),
    ("np_ratio_theoretical", "N/P ratio, theoretical", ""),
    ("one_c_current_ma", "1C current", "mA"),
    ("one_c_current_density_ma_cm2", "1C current density", "mA/cm2"),
    ("positive_composite_mass_mg", "Mass of the positive composite", "mg"),
    ("positive_active_mass_mg", "Mass of the positive active material", "mg"),
    ("negative_composite_mass_mg", "Mass of the negative composite", "mg"),
    ("separator_dense_thickness_um", "Dense thickness of the separator", "um"),
    ("positive_dense_thickness_um", "Dense thickness of the positive", "um"),
)  # fmt: skip
OF_THE_DESIGN: tuple[tuple[str, str, str, Callable[[CellDesignEdition], float | None]], ...] = (
    ("lower_cell_voltage_v", "Lower limit of the cell", "V", lambda e: e.lower_cell_voltage_v),
    ("upper_cell_voltage_v", "Upper limit of the cell", "V", lambda e: e.upper_cell_voltage_v),
    ("reference_offset_v", "Potential of the counter electrode vs Li", "V", lambda e: e.reference_offset_v),
    ("lower_cut_off_v_vs_li", "Lower cut-off vs Li", "V", lambda e: e.lower_cut_off_v_vs_li),
    ("upper_cut_off_v_vs_li", "Upper cut-off vs Li", "V", lambda e: e.upper_cut_off_v_vs_li),
    ("stack_pressure_mpa", "Stack pressure", "MPa", lambda e: e.stack_pressure_mpa),
)
SHARES = (
    (Material.Role.POSITIVE_ACTIVE, "Active material in the positive composite"),
    (Material.Role.ELECTROLYTE, "Electrolyte in the positive composite"),
    (Material.Role.BINDER, "Binder in the positive composite"),
    (Material.Role.CARBON, "Carbon in the positive composite"),
)


def register_all() -> None:
    """Let claims be about what a cell's design and masses give."""
    for name, label, unit in OF_THE_BASIS:
        register(Claimable(name, label, unit, _of_basis(name)))
    for name, label, unit, read in OF_THE_DESIGN:
        register(Claimable(name, label, unit, _of_design(read)))
    for role, label in SHARES:
        register(Claimable(f"positive_share_{role.value}", label, "%", _share(role.value)))


def _of_basis(name: str) -> Values:
    def values(cells: Sequence[Cell]) -> dict[int, float]:
        found = {}
        for cell in cells:
            # Brought along by whoever judges, so that many claims ask for it once.
            bases = getattr(cell, "current_bases", None)
            if bases is None:
                bases = cell.bases.filter(current=True)
            for basis in bases:
                value = getattr(basis, name)
                if value is not None:
                    found[cell.pk] = float(value)
        return found

    return values


def _of_design(read: Callable[[CellDesignEdition], float | None]) -> Values:
    def values(cells: Sequence[Cell]) -> dict[int, float]:
        return {cell.pk: value for cell in cells if (value := read(cell.edition)) is not None}

    return values


def _share(role: str) -> Values:
    """Return percent by weight of one component, by the design's formulation; what it is first counts."""

    def values(cells: Sequence[Cell]) -> dict[int, float]:
        found = {}
        for cell in cells:
            layer = cell.edition.layer(LayerRole.POSITIVE)
            if layer is None or layer.formulation is None:
                continue
            parts = list(layer.formulation.parts.all())
            own = sum(part.parts for part in parts if role in {r.role for r in part.material.roles.all()})
            if own:
                found[cell.pk] = 100 * own / sum(part.parts for part in parts)
        return found

    return values
