"""What an electrode is made of, as the balance takes it: a weighed composite or a foil."""

from dataclasses import dataclass
from typing import Any

from cells.calc.quantity import Quantity, variable

UM_PER_CM = 1e4


@dataclass(frozen=True)
class ElectrodeInputs:
    """What was pressed as one electrode.

    composite_mass_mg            All of it: active material, solid electrolyte, binder, carbon.
    active_fraction              Mass of active material per mass of composite (fraction).
    specific_capacity_mah_g      Reversible design capacity per gram of active material, for the cut-off of the test.
    first_charge_capacity_mah_g  What the first charge passes, where it is stated.
    initial_efficiency           First discharge per first charge (fraction): gives the first charge where that is
                                 not stated.
    theoretical_capacity_mah_g   By the formula, where it is stated.
    density_g_cm3                Of the composite without pores.
    """

    composite_mass_mg: Quantity
    active_fraction: Quantity
    specific_capacity_mah_g: float
    first_charge_capacity_mah_g: float | None = None
    initial_efficiency: float | None = None
    theoretical_capacity_mah_g: float | None = None
    density_g_cm3: float | None = None

    def first_charge_mah_g(self) -> float | None:
        """Return the capacity of the first charge, stated or by the efficiency, or None where neither is known."""
        if self.first_charge_capacity_mah_g is not None:
            return self.first_charge_capacity_mah_g
        return (
            None
            if self.initial_efficiency is None
            else self.specific_capacity_mah_g / self.initial_efficiency
        )


@dataclass(frozen=True)
class FoilInputs:
    """What was laid in as an electrode: a foil whose thickness, density and specific capacity give its capacity."""

    thickness_um: Quantity
    density_g_cm3: float
    specific_capacity_mah_g: float


@dataclass(frozen=True)
class PelletInputs:
    """What was pressed as the separator."""

    mass_mg: Quantity
    density_g_cm3: float | None = None


def foil_capacity_mah_cm2(
    *, thickness_um: float, density_g_cm3: float, specific_capacity_mah_g: float
) -> float:
    """Return how much a foil holds per area in mAh/cm2.

    Raises ValueError for what is not above zero. docs/science/foil-capacity.md.

    >>> round(foil_capacity_mah_cm2(thickness_um=100, density_g_cm3=0.534, specific_capacity_mah_g=3861), 1)
    20.6
    """
    foil = FoilInputs(Quantity(thickness_um), density_g_cm3, specific_capacity_mah_g)
    require_foil("foil", foil)
    return float(foil_capacity(foil))


def foil_capacity(foil: FoilInputs) -> Any:
    """Return a foil's capacity per area in mAh/cm2, with the uncertainty of its thickness."""
    grams_cm2 = variable(foil.thickness_um) / UM_PER_CM * foil.density_g_cm3
    return grams_cm2 * foil.specific_capacity_mah_g


def require_electrode(name: str, electrode: ElectrodeInputs) -> None:
    """Raise ValueError where a number of an electrode cannot be."""
    if not electrode.composite_mass_mg.value > 0:
        raise ValueError(f"The {name}'s mass must be above 0 mg, not {electrode.composite_mass_mg.value:g}.")
    fraction = electrode.active_fraction.value
    if not 0 < fraction <= 1:
        raise ValueError(f"The {name}'s active fraction lies above 0 and up to 1, not at {fraction:g}.")
    for what, capacity in (
        ("specific capacity", electrode.specific_capacity_mah_g),
        ("first-charge capacity", electrode.first_charge_capacity_mah_g),
        ("theoretical capacity", electrode.theoretical_capacity_mah_g),
    ):
        if capacity is not None and not capacity > 0:
            raise ValueError(f"The {name}'s {what} must be above 0 mAh/g, not {capacity:g}.")
    efficiency = electrode.initial_efficiency
    if efficiency is not None and not 0 < efficiency <= 1:
        raise ValueError(f"The {name}'s initial efficiency lies above 0 and up to 1, not at {efficiency:g}.")


def require_foil(name: str, foil: FoilInputs) -> None:
    """Raise ValueError where a number of a foil cannot be."""
    for what, value in (
        ("thickness in um", foil.thickness_um.value),
        ("density in g/cm3", foil.density_g_cm3),
        ("specific capacity in mAh/g", foil.specific_capacity_mah_g),
    ):
        if not value > 0:
            raise ValueError(f"The {name}'s {what} must be above 0, not {value:g}.")
