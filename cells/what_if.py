"""What follows from a design or a cell, and what would follow if a mass, the die or the cut-off were another.

The one home of what the stack panel, the what-if panel and the API's balance say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from cells.basis import Known, electrode_inputs, foil_inputs
from cells.calc.balance import (
    CellBalance,
    ElectrodeInputs,
    FoilInputs,
    PelletInputs,
    area_specific_resistance_ohm_cm2,
    cell_balance,
    counter_composite_mass,
    die_uncertainty_mm,
)
from cells.calc.currents import RateCurrent, rate_currents
from cells.calc.pressing import PressForce, press_force
from cells.calc.quantity import Quantity
from cells.models import Cell, CellDesignEdition, DesignLayer, Layer, LayerRole
from materials.genealogy import weighed_mg
from materials.models import Equipment

REVERSIBLE = "reversible"
ELECTRODES = (LayerRole.POSITIVE, LayerRole.NEGATIVE)


@dataclass(frozen=True)
class Start:
    """What is balanced before anything is changed: masses and fractions by role, die and balance."""

    edition: CellDesignEdition
    layers: Mapping[str, DesignLayer]
    masses_mg: Mapping[str, Quantity]
    fractions: Mapping[str, Quantity]
    foil_um: Mapping[str, float | None]
    die: Equipment
    balance: Equipment | None
    resistance_ohm: float | None = None


@dataclass(frozen=True)
class Change:
    """What is supposed to be another; what is None stays as it is."""

    positive_mass_mg: float | None = None
    negative_mass_mg: float | None = None
    separator_mass_mg: float | None = None
    die_diameter_mm: float | None = None
    np_target: float | None = None
    positive_specific_capacity_mah_g: float | None = None
    negative_specific_capacity_mah_g: float | None = None
    positive_active_fraction: float | None = None
    negative_active_fraction: float | None = None
    foil_thickness_um: float | None = None
    resistance_ohm: float | None = None


@dataclass(frozen=True)
class CutOff:
    """The numbers of one upper cut-off that the positive's data sheet or the design states a capacity for."""

    upper_cut_off_v_vs_li: float | None
    upper_cell_voltage_v: float | None
    specific_capacity_mah_g: float
    areal_capacity_mah_cm2: Quantity
    one_c_current_ma: Quantity
    scale: float
    counter_mass_mg: Quantity | None
    is_the_designs: bool


@dataclass(frozen=True)
class CounterMass:
    """What to weigh against the cathode, or why that cannot be said."""

    mass_mg: Quantity | None = None
    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """What follows."""

    balance: CellBalance
    np_basis: str
    np_target: float | None
    counter_mass_mg: Quantity | None
    counter_reason: str
    currents: list[RateCurrent]
    cut_offs: list[CutOff]
    forces: list[PressForce]
    area_specific_resistance_ohm_cm2: Quantity | None
    masses_mg: dict[str, Quantity]
    start: Start = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as the API prints it: numbers with their uncertainties, and why some are missing."""
        told = {
            row.name: _plain(getattr(self, row.name))
            for row in fields(self)
            if row.name not in ("start", "balance")
        }
        return {**asdict(self.balance), **told}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [asdict(row) for row in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return asdict(value) if isinstance(value, Quantity) else value


def start_of_design(edition: CellDesignEdition) -> Start:
    """Begin with what a design asks for, weighed on the balance that it names."""
    layers = {layer.role: layer for layer in edition.layers.all()}
    masses = {
        role: _weighed(layer.mass_ug, edition.balance)
        for role, layer in layers.items()
        if layer.mass_ug is not None
    }
    fractions = {
        role: Quantity(layer.active_fraction)
        for role, layer in layers.items()
        if layer.active_fraction is not None
    }
    return Start(
        edition,
        layers,
        masses,
        fractions,
        {r: x.thickness_um for r, x in layers.items()},
        edition.die,
        edition.balance,
    )


def start_of_cell(cell: Cell) -> Start:
    """Begin with what was pressed into a cell; a layer that is not in yet is taken as the design means it."""
    meant = start_of_design(cell.edition)
    rows = list(
        Layer.objects.filter(cell=cell)
        .with_mass()
        .select_related("use__balance", "use__powder__identity", "use__powder__material")
    )
    known = Known.of(rows)
    masses, fractions, foils = dict(meant.masses_mg), dict(meant.fractions), dict(meant.foil_um)
    balance = meant.balance
    for row in rows:
        layer = meant.layers.get(row.role)
        if layer is None:
            continue
        if layer.is_foil:
            foils[row.role] = row.thickness_um or layer.thickness_um
            continue
        masses[row.role] = _weighed(row.mass_ug, row.use.balance)
        balance = row.use.balance or balance
        if row.role in ELECTRODES:
            fractions[row.role] = known.active_fraction(
                row.use.powder_id, layer.material_id, coating_counted=cell.edition.coating_counted_as_active
            ).quantity
    return Start(
        cell.edition, meant.layers, masses, fractions, foils, cell.die, balance, cell.resistance_1khz_ohm
    )


def _weighed(mass_ug: int | None, balance: Equipment | None) -> Quantity:
    measured = weighed_mg(mass_ug or 0, balance)
    unknown = measured.std_dev != measured.std_dev
    return Quantity(measured.nominal_value, 0.0 if unknown else measured.std_dev)


def answer(start: Start, change: Change) -> Answer:
    """Return what follows from a start with some of it changed.

    Raises ValueError where a number cannot be, in words.
    """
    changed = _changed(start, change)
    die = _die(changed.die, change.die_diameter_mm)
    positive = _electrode(changed, LayerRole.POSITIVE, change.positive_specific_capacity_mah_g)
    negative = _negative(changed, change)
    np_basis = changed.edition.np_basis or REVERSIBLE
    found = cell_balance(
        die_diameter_mm=die,
        positive=positive,
        negative=negative,
        separator=_separator(changed),
        np_basis=np_basis,
    )
    target = change.np_target if change.np_target is not None else changed.edition.np_target
    counter = _counter(positive, negative, target, np_basis)
    one_c = found.one_c_current_ma
    resistance = change.resistance_ohm if change.resistance_ohm is not None else changed.resistance_ohm
    return Answer(
        balance=found,
        np_basis=np_basis,
        np_target=target,
        counter_mass_mg=counter.mass_mg,
        counter_reason=counter.reason,
        currents=rate_currents(one_c, found.area_cm2) if one_c is not None else [],
        cut_offs=_cut_offs(changed, die, positive, negative, target, np_basis),
        forces=_forces(changed.edition, die),
        area_specific_resistance_ohm_cm2=_asr(resistance, found.area_cm2),
        masses_mg=dict(changed.masses_mg),
        start=changed,
    )


def _changed(start: Start, change: Change) -> Start:
    masses, fractions, foils = dict(start.masses_mg), dict(start.fractions), dict(start.foil_um)
    for role in (*ELECTRODES, LayerRole.SEPARATOR):
        mass_mg = getattr(change, f"{role.value}_mass_mg")
        if mass_mg is not None:
            # Weighed on the same balance, so as uncertain as before.
            masses[role] = Quantity(mass_mg, _weighed(1, start.balance).uncertainty)
    for role in ELECTRODES:
        fraction = getattr(change, f"{role.value}_active_fraction")
        if fraction is not None:
            fractions[role] = Quantity(fraction)
    if change.foil_thickness_um is not None:
        foils[LayerRole.NEGATIVE] = change.foil_thickness_um
    return replace(start, masses_mg=masses, fractions=fractions, foil_um=foils)


def _die(die: Equipment, diameter_mm: float | None) -> Quantity:
    if die.diameter_mm is None or die.tolerance_mm is None:
        raise ValueError(f"{die.code} has no diameter and tolerance.")
    return Quantity(
        die.diameter_mm if diameter_mm is None else diameter_mm, die_uncertainty_mm(die.tolerance_mm)
    )


def _electrode(start: Start, role: LayerRole, capacity_mah_g: float | None) -> ElectrodeInputs | None:
    layer = start.layers.get(role)
    if layer is None or layer.is_foil or role not in start.masses_mg or role not in start.fractions:
        return None
    made = electrode_inputs(layer, start.masses_mg[role], start.fractions[role])
    if made is None or capacity_mah_g is None:
        return made
    return replace(made, specific_capacity_mah_g=capacity_mah_g)


def _negative(start: Start, change: Change) -> ElectrodeInputs | FoilInputs | None:
    layer = start.layers.get(LayerRole.NEGATIVE)
    if layer is not None and layer.is_foil:
        return foil_inputs(layer, start.foil_um.get(LayerRole.NEGATIVE))
    return _electrode(start, LayerRole.NEGATIVE, change.negative_specific_capacity_mah_g)


def _separator(start: Start) -> PelletInputs | None:
    layer, mass = start.layers.get(LayerRole.SEPARATOR), start.masses_mg.get(LayerRole.SEPARATOR)
    return None if layer is None or mass is None else PelletInputs(mass, layer.density_g_cm3)


def _counter(
    positive: ElectrodeInputs | None,
    negative: ElectrodeInputs | FoilInputs | None,
    target: float | None,
    np_basis: str,
) -> CounterMass:
    """Return the mass of negative composite for this cathode, or why there is none."""
    if target is None or positive is None or not isinstance(negative, ElectrodeInputs):
        return CounterMass()
    try:
        return CounterMass(
            counter_composite_mass(
                np_ratio=target,
                positive=positive,
                negative_specific_capacity_mah_g=negative.specific_capacity_mah_g,
                negative_active_fraction=negative.active_fraction,
                np_basis=np_basis,
                negative_theoretical_capacity_mah_g=negative.theoretical_capacity_mah_g,
            )
        )
    except ValueError as problem:
        return CounterMass(reason=str(problem))


def _cut_offs(
    start: Start,
    die: Quantity,
    positive: ElectrodeInputs | None,
    negative: ElectrodeInputs | FoilInputs | None,
    target: float | None,
    np_basis: str,
) -> list[CutOff]:
    """Return the cell at each cut-off that has a capacity; the lowest is what the others are scaled to."""
    layer = start.layers.get(LayerRole.POSITIVE)
    if positive is None or layer is None:
        return []
    own = start.edition.upper_cut_off_v_vs_li
    stated: dict[float, float] = {
        row.upper_cut_off_v: row.specific_capacity_mah_g
        for row in layer.material.capacities.all()
        if row.upper_cut_off_v is not None
    }
    if own is not None:
        stated[own] = positive.specific_capacity_mah_g
    rows = []
    lowest = stated[min(stated)] if stated else positive.specific_capacity_mah_g
    for cut_off in sorted(stated):
        side = replace(positive, specific_capacity_mah_g=stated[cut_off])
        at = cell_balance(die_diameter_mm=die, positive=side, negative=None)
        if at.areal_capacity_mah_cm2 is None or at.one_c_current_ma is None:
            continue
        offset = start.edition.reference_offset_v
        # A first charge that is stated is that of the design's own cut-off.
        against = side if np_basis == REVERSIBLE or cut_off == own else None
        rows.append(
            CutOff(
                upper_cut_off_v_vs_li=cut_off,
                upper_cell_voltage_v=None if offset is None else round(cut_off - offset, 6),
                specific_capacity_mah_g=stated[cut_off],
                areal_capacity_mah_cm2=at.areal_capacity_mah_cm2,
                one_c_current_ma=at.one_c_current_ma,
                scale=stated[cut_off] / lowest,
                counter_mass_mg=_counter(against, negative, target, np_basis).mass_mg,
                is_the_designs=cut_off == own,
            )
        )
    return rows


def _forces(edition: CellDesignEdition, die: Quantity) -> list[PressForce]:
    steps = [
        (step.presses_text(), step.pressure_mpa)
        for step in edition.press_schedule.all()
        if step.pressure_mpa is not None
    ]
    return [
        press_force(what, mpa, die) for what, mpa in [*steps, ("Stack pressure", edition.stack_pressure_mpa)]
    ]


def _asr(resistance_ohm: float | None, area_cm2: Quantity) -> Quantity | None:
    if resistance_ohm is None:
        return None
    value = area_specific_resistance_ohm_cm2(resistance_ohm=resistance_ohm, area_cm2=area_cm2.value)
    return Quantity(value, value * area_cm2.uncertainty / area_cm2.value)
