"""In what two editions of a design differ, in words."""

from __future__ import annotations

from typing import Any

from cells.models import CellDesignEdition, DesignLayer, LayerRole
from lims.models import Record
from lims.names import named
from lims.numbers import exact
from lims.units import mass_text
from materials.editions import Difference

OF_THE_EDITION = (
    "architecture", "die", "balance", "upper_cut_off_v_vs_li", "lower_cut_off_v_vs_li", "reference_offset_v",
    "reference_offset_source", "np_target", "np_basis", "coating_counted_as_active", "stack_pressure_mpa",
    "temperature_c",
)  # fmt: skip
OF_A_LAYER = (
    "kind", "material", "formulation", "mass_ug", "target_from", "areal_capacity_mah_cm2", "active_fraction",
    "specific_capacity_mah_g", "capacity_reference", "first_charge_capacity_mah_g",
    "initial_coulombic_efficiency_fraction", "theoretical_capacity_mah_g", "density_g_cm3", "density_source",
    "thickness_um", "diameter_mm", "counted_in", "count_milli",
)  # fmt: skip


def differences(old: CellDesignEdition, new: CellDesignEdition) -> list[Difference]:
    """Return in what ``new`` differs from ``old``: the edition first, then its layers, then the press schedule."""
    found = [
        Difference(named(name).label, says(old, name), says(new, name))
        for name in OF_THE_EDITION
        if getattr(old, name) != getattr(new, name)
    ]
    for role in LayerRole:
        found += _of_layer(role, old.layer(role), new.layer(role))
    steps = [[str(step) for step in edition.press_schedule.all()] for edition in (old, new)]
    if steps[0] != steps[1]:
        found.append(Difference("Press schedule", "; ".join(steps[0]), "; ".join(steps[1])))
    return found


def _of_layer(role: LayerRole, old: DesignLayer | None, new: DesignLayer | None) -> list[Difference]:
    if old is None and new is None:
        return []
    if old is None or new is None:
        return [Difference(role.label, str(old or ""), str(new or ""))]
    return [
        Difference(f"{role.label}: {_label(name)}", says(old, name), says(new, name))
        for name in OF_A_LAYER
        if getattr(old, name) != getattr(new, name)
    ]


def _label(name: str) -> str:
    words = named(name.removesuffix("_ug").removesuffix("_milli").removesuffix("_fraction")).label
    return words[:1].lower() + words[1:]


def says(row: Any, name: str) -> str:
    """Return what an edition or a layer says in one field, with its unit; empty where it says nothing."""
    value: Any = getattr(row, name)
    if value in (None, ""):
        return ""
    if name == "mass_ug":
        return mass_text(value)
    if name == "count_milli":
        return exact(value / 1000)
    display = getattr(row, f"get_{name}_display", None)
    if display is not None:
        return str(display())
    if isinstance(value, Record):
        return f"{value.code} {value.title}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{exact(value)} {named(name).unit}".strip()
    return str(value)
