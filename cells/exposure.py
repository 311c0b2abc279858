"""How long a cell and all that it was made of lay open or sealed, and in what: told, and not added up to a dose.

Whether doses add is not proven. Open time, sealed time, the most oxygen and water, and the age of the composites at
pressing stand side by side, and people choose which of them they compare.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cells.models import Cell, Exposure, Layer
from lims import registry
from lims.models import Identity, User
from lims.trace import ancestors_of
from materials.models import CompositeBatch, Powder

S_PER_H = 3600


@dataclass(frozen=True)
class ExposureLine:
    """One record of the genealogy; None where nothing was recorded, which is not 0."""

    code: str
    label: str
    kind: str
    open_h: float | None = None
    sealed_h: float | None = None
    oxygen_ppm: float | None = None
    water_ppm: float | None = None
    age_at_pressing_h: float | None = None

    @property
    def told(self) -> bool:
        return any(
            value is not None
            for value in (self.open_h, self.sealed_h, self.oxygen_ppm, self.water_ppm, self.age_at_pressing_h)
        )


@dataclass(frozen=True)
class ExposureStory:
    """The lines of a cell, itself first, and what a study may compare; ``hidden`` records are somebody else's."""

    lines: list[ExposureLine]
    open_h: float | None
    sealed_h: float | None
    highest_oxygen_ppm: float | None
    highest_water_ppm: float | None
    oldest_composite_h: float | None
    not_recorded: list[str]
    hidden: int = 0


def exposure_of(cell: Cell, user: User) -> ExposureStory:
    """Return what is known of a cell's exposure along its genealogy, as far as ``user`` may see it."""
    above = {source for source, _, _ in ancestors_of([cell.pk])}
    visible = list(Identity.objects.visible_to(user).filter(pk__in=above).order_by("-pk"))
    keys = [cell.pk, *(identity.pk for identity in visible)]
    lines = [
        _line(identity, facts)
        for identity, facts in zip([cell.identity, *visible], _facts(cell, keys), strict=True)
    ]
    return ExposureStory(
        lines=lines,
        open_h=_sum(line.open_h for line in lines),
        sealed_h=_sum(line.sealed_h for line in lines),
        highest_oxygen_ppm=_most(line.oxygen_ppm for line in lines),
        highest_water_ppm=_most(line.water_ppm for line in lines),
        oldest_composite_h=_most(line.age_at_pressing_h for line in lines),
        not_recorded=[line.code for line in lines if line.open_h is None and line.sealed_h is None],
        hidden=len(above) - len(visible),
    )


@dataclass
class _Facts:
    label: str = ""
    open_h: float | None = None
    sealed_h: float | None = None
    oxygen_ppm: float | None = None
    water_ppm: float | None = None
    age_h: float | None = None

    def see(self, oxygen_ppm: float | None, water_ppm: float | None) -> None:
        self.oxygen_ppm = _most([self.oxygen_ppm, oxygen_ppm])
        self.water_ppm = _most([self.water_ppm, water_ppm])


def _facts(cell: Cell, keys: list[int]) -> list[_Facts]:
    found = {key: _Facts() for key in keys}
    for key, name in registry.titles_of(Identity.objects.filter(pk__in=keys)).items():
        found[key].label = name
    for one in Exposure.objects.filter(identity__in=keys):
        facts = found[one.identity_id]
        if one.how == Exposure.How.OPEN:
            facts.open_h = (facts.open_h or 0.0) + one.hours
        else:
            facts.sealed_h = (facts.sealed_h or 0.0) + one.hours
        facts.see(one.highest_oxygen_ppm, one.highest_water_ppm)
    for batch in CompositeBatch.objects.filter(pk__in=keys):
        found[batch.pk].see(batch.oxygen_ppm, batch.water_ppm)
    layers = list(Layer.objects.filter(cell=cell).select_related("glovebox_reading", "use__powder"))
    for layer in layers:
        if layer.glovebox_reading is not None:
            found[cell.pk].see(layer.glovebox_reading.oxygen_ppm, layer.glovebox_reading.water_ppm)
    for key, age_h in _ages(layers).items():
        if key in found:
            found[key].age_h = age_h
    return [found[key] for key in keys]


def _ages(layers: Iterable[Layer]) -> dict[int, float]:
    """Return how old each composite was when it was pressed, in h, by the moment that it was mixed."""
    ages: dict[int, float] = {}
    for layer in layers:
        mixed = _mixed_above(layer.use.powder)
        for key, made_at in mixed.items():
            age_h = (layer.performed_at - made_at).total_seconds() / S_PER_H
            ages[key] = max(age_h, ages.get(key, age_h))
    return ages


def _mixed_above(powder: Powder) -> dict[int, datetime]:
    """Return when a composite was mixed; of an aliquot, a treated or a merged one, when those that it is of were."""
    above = {powder.pk} | {source for source, _, _ in ancestors_of([powder.pk])}
    mixed = Powder.objects.filter(pk__in=above, kind=Powder.Kind.COMPOSITE)
    return dict(mixed.values_list("pk", "performed_at"))


def _line(identity: Identity, facts: _Facts) -> ExposureLine:
    return ExposureLine(
        code=identity.code, label=facts.label, kind=registry.kinds[identity.kind].label, open_h=facts.open_h,
        sealed_h=facts.sealed_h, oxygen_ppm=facts.oxygen_ppm, water_ppm=facts.water_ppm, age_at_pressing_h=facts.age_h,
    )  # fmt: skip


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _most(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) if known else None
