"""How thick and how dense what was pressed into a cell is, from its masses, its die and the heights of the plungers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from uncertainties import nominal_value, std_dev

from cells.calc.balance import die_uncertainty_mm
from cells.calc.heights import (
    Height,
    PressedPellet,
    Thickness,
    density_without_pores_g_cm3,
    mean_height,
    pressed_pellet,
    thickness,
)
from cells.models import Cell, Layer, PlungerHeight
from cells.models.design import LayerRole
from materials.genealogy import compositions, weighed_mg
from materials.models import Material, Powder

WHOLE = "whole stack"


@dataclass(frozen=True)
class Pellet:
    """A layer or the whole stack: how thick and dense it is, or the reason why that is not known.

    loaded  Measured under the press's load, or after it was taken off; None for a thickness measured on the pellet.
    """

    name: str
    loaded: bool | None
    pressed: PressedPellet | None
    thickness: Thickness | None = None
    reason: str = ""


def pellets_of(cell: Cell) -> list[Pellet]:
    """Return what is known of each layer at the time it was pressed, and of the stack as it was in the end.

    A later press makes the layers below thinner: a layer's numbers hold for its own press, the stack's for the last.
    """
    layers = list(
        Layer.objects.filter(cell=cell)
        .with_mass()
        .select_related("use__powder__identity", "use__balance")
        .order_by("pk")
    )
    readings = list(cell.heights.all())
    found = []
    for loaded in (True, False):
        heights = _means([one for one in readings if one.loaded is loaded])
        if heights:
            found += _by_heights(cell, layers, heights, loaded=loaded)
    for layer in layers:
        if layer.thickness_um is not None:
            measured = Thickness(layer.thickness_um, layer.thickness_uncertainty_um)
            found.append(_pellet(cell, [layer], measured, layer.get_role_display(), loaded=None))
    return found


def _means(readings: Sequence[PlungerHeight]) -> dict[str, Height]:
    by_place: dict[str, list[Height]] = {}
    for one in readings:
        by_place.setdefault(one.after, []).append(Height(one.height_mm, one.uncertainty_um))
    return {after: mean_height(several) for after, several in by_place.items()}


def _by_heights(cell: Cell, layers: list[Layer], heights: dict[str, Height], *, loaded: bool) -> list[Pellet]:
    """Return each layer by how far it raised the plunger, and the stack by how far all of them did."""
    found, below, last = [], heights.get(""), None
    without = [] if below is not None else [Pellet(WHOLE, loaded, None, reason=_no_empty(loaded=loaded))]
    lies_below: list[Layer] = []
    for layer in layers:
        lies_below.append(layer)
        above = heights.get(layer.role)
        if above is not None and below is not None:
            found.append(_risen(cell, [layer], above, below, layer.get_role_display(), loaded=loaded))
        last = (list(lies_below), above) if above is not None else last
        # Without a height after this layer the next one's rise would be both.
        below = above
    empty = heights.get("")
    if last is not None and last[1] is not None and empty is not None and len(last[0]) > 1:
        name = WHOLE if len(last[0]) == len(layers) else " + ".join(one.get_role_display() for one in last[0])
        found.append(_risen(cell, last[0], last[1], empty, name, loaded=loaded))
    return [*found, *without]


def _no_empty(*, loaded: bool) -> str:
    return f"The height of the empty die {'under load' if loaded else 'without load'} was not measured."


def _risen(
    cell: Cell, layers: list[Layer], above: Height, below: Height, name: str, *, loaded: bool
) -> Pellet:
    try:
        measured = thickness(above=above, below=below)
    except ValueError as problem:
        return Pellet(name, loaded, None, reason=str(problem))
    return _pellet(cell, layers, measured, name, loaded=loaded)


def _pellet(
    cell: Cell, layers: list[Layer], measured: Thickness, name: str, *, loaded: bool | None
) -> Pellet:
    die = cell.die
    if any(layer.use.powder.counted_in for layer in layers):
        return Pellet(
            name, loaded, None, measured, "A foil in it is counted, not weighed: no density follows."
        )
    masses = [weighed_mg(layer.mass_ug, layer.use.balance) for layer in layers]
    densities, reason = _densities([layer.use.powder for layer in layers])
    if reason or die.diameter_mm is None:
        return Pellet(name, loaded, None, measured, reason or f"{die.code} has no diameter.")
    total = sum(masses)
    unknown = math.isnan(std_dev(total))
    parts = [(float(nominal_value(mass)), density) for mass, density in zip(masses, densities, strict=True)]
    pressed = pressed_pellet(
        mass_mg=float(nominal_value(total)),
        mass_uncertainty_mg=None if unknown else float(std_dev(total)),
        diameter_mm=die.diameter_mm,
        diameter_uncertainty_mm=None if die.tolerance_mm is None else die_uncertainty_mm(die.tolerance_mm),
        measured=measured,
        theoretical_density_g_cm3=density_without_pores_g_cm3(parts),
    )
    return Pellet(name, loaded, pressed, measured)


def _densities(powders: Sequence[Powder]) -> tuple[list[float], str]:
    """Return the density of each powder without pores, or why it is not known."""
    known = compositions(powders)
    materials = Material.objects.in_bulk({key for one in known.values() for key in one})
    lacking = sorted({m.name for m in materials.values() if m.density_g_cm3 is None})
    if lacking:
        return [], f"The density of {', '.join(lacking)} is not known: enter it with its source."
    return [
        density_without_pores_g_cm3(
            [
                (float(nominal_value(share)), materials[key].density_g_cm3 or 0.0)
                for key, share in known[powder.pk].items()
                if nominal_value(share) > 0
            ]
        )
        for powder in powders
    ], ""


def place_label(after: str) -> str:
    """Return where a height was measured, in words."""
    return LayerRole(after).label if after else "Empty die"
