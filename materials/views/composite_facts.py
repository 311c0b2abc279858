"""What the page of a composite says of what was weighed and how it was mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lims.facts import Fact, fact, facts_of, record_fact
from lims.models import User
from lims.numbers import percent, plain
from lims.tables import Cell, Column, Table
from lims.units import mass_text
from materials.calc.composition import Mixture, mixture
from materials.mixtures import brought_by, mixture_of, part_names, parts_of, tolerance_text
from materials.models import CompositeBatch, MixComponent, Powder
from materials.views.yields import yield_fact


@dataclass(frozen=True)
class PartAsWeighed:
    """A part of a composite: what was meant, what was weighed, and whether that is within its tolerance."""

    name: str
    meant: float
    weighed: float
    tolerance: float | None
    by_volume: float | None

    @property
    def off(self) -> float:
        """Return how far it is off what was meant, as a fraction of that."""
        return self.weighed / self.meant - 1

    @property
    def verdict(self) -> str:
        if self.tolerance is None:
            return ""
        # A weighing at the very edge of its tolerance is within it, whatever the last binary digit says.
        return "within" if abs(self.off) <= self.tolerance + 1e-9 else "outside"


def components_of(batch: CompositeBatch) -> list[tuple[MixComponent, int]]:
    """Return what was weighed in, with its mass in ug, corrections included."""
    found = MixComponent.objects.filter(batch=batch).select_related(
        "part__material", "use__powder__identity", "use__powder__material"
    )
    return [
        (component, -sum(entry.change_ug for entry in component.use.entries.all()))
        for component in found.prefetch_related("use__entries")
    ]


def as_weighed(batch: CompositeBatch) -> tuple[list[PartAsWeighed], Mixture]:
    """Return the parts of a composite as they were weighed, and what they make as a whole."""
    parts = parts_of(batch.edition)
    names, meant = part_names(parts), mixture_of(parts)
    masses = dict.fromkeys(names.values(), 0.0)
    for component, mass_ug in components_of(batch):
        for name, fraction in brought_by(component, parts).items():
            masses[name] += mass_ug * fraction
    whole = mixture(masses, {names[part.pk]: part.material.density_g_cm3 for part in parts})
    by_volume = whole.volume_fractions or {}
    rows = [
        PartAsWeighed(
            name=names[part.pk],
            meant=meant.weight_fractions[names[part.pk]],
            weighed=whole.weight_fractions[names[part.pk]],
            tolerance=part.tolerance_fraction,
            by_volume=by_volume.get(names[part.pk]),
        )
        for part in parts
    ]
    return rows, whole


def component_facts(batch: CompositeBatch) -> list[Fact]:
    """Return what was made as a whole: the share of each part, premixes and the density."""
    rows, whole = as_weighed(batch)
    facts = [
        fact(row.name, percent(row.weighed, 2), "%", hint=f"meant {percent(row.meant, 2)} %") for row in rows
    ]
    facts += [
        record_fact("Premix", component.use.powder, hint=mass_text(mass_ug))
        for component, mass_ug in components_of(batch)
        if component.part is None
    ]
    if whole.density_g_cm3 is None:
        missing = " and ".join(whole.without_density)
        return [*facts, fact("Density without pores", None, hint=f"The density of {missing} is missing.")]
    return [*facts, fact("Density without pores", plain(whole.density_g_cm3, 2), "g/cm³")]


def mixing_facts(powder: Powder, batch: CompositeBatch) -> list[Fact]:
    """Return how it was mixed."""
    edition = batch.edition
    sheet = getattr(powder, "weighing_sheet", None)
    return [
        record_fact("Formulation", edition.formulation, hint=f"{edition.ratio()}, edition {edition.number}"),
        *([record_fact("Weighing sheet", sheet)] if sheet else []),
        *facts_of(batch, "method", "tool", "duration_min", "glovebox", "oxygen_ppm", "water_ppm"),
        yield_fact(powder, "recovered over weighed"),
    ]


def composition_of_composite(powder: Powder, _user: User) -> dict[str, Any]:
    """Add to a composite's page each part as meant and as weighed, by mass and by volume."""
    if powder.kind != Powder.Kind.COMPOSITE:
        return {}
    rows, _ = as_weighed(powder.composite)
    columns = [
        Column("Part", _part),
        Column("Meant, %", lambda r: percent(r.meant, 2), numeric=True),
        Column("Weighed, %", lambda r: percent(r.weighed, 2), numeric=True),
        Column("Off, %", _off, numeric=True),
        Column("Tolerance", _tolerance),
    ]
    return {
        "tables_below": [
            {
                "title": "Parts as meant and as weighed",
                "table": Table.of(columns, rows),
                "note": "Off is how far a part is off what was meant, in percent of that.",
            }
        ]
    }


def _part(row: PartAsWeighed) -> Cell:
    return Cell(row.name, hint="" if row.by_volume is None else f"{percent(row.by_volume, 1)} % by volume")


def _off(row: PartAsWeighed) -> str:
    off = percent(row.off, 2)
    return off if off.startswith("\u2212") or not float(off) else f"+{off}"


def _tolerance(row: PartAsWeighed) -> Cell:
    if row.tolerance is None:
        return Cell("none stated")
    state = "good" if row.verdict == "within" else "failed"
    return Cell(f"{row.verdict} ± {tolerance_text(row.tolerance)}", badge=state)
