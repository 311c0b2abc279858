"""The tables of a cell's page: layers and presses, what they became, what was measured and what was corrected."""

from __future__ import annotations

import math
from typing import Any

from django.urls import reverse
from django.utils import timezone

from cells.exposure import ExposureStory, exposure_of
from cells.models import Cell, Layer
from cells.passport import corrections_of, in_percent
from cells.pellets import Pellet, pellets_of
from cells.pressure import in_every_unit
from lims import facts, registry
from lims.models import User
from lims.numbers import exact, plain
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.templatetags.numbers import number_parts
from lims.units import mass_text, mg_from_ug
from materials.genealogy import weighed_mg
from materials.models import MassEntry, count_text

MEASURED = {True: "under load", False: "unloaded", None: "on the pellet"}


def layers_table(record: Cell, layers: list[Layer], *, correctable: bool) -> Table:
    """Return the layers with their masses; what a mass was before stands beside it."""
    before = _masses_before(layers)

    def mass(layer: Any) -> Field:
        if layer.use.powder.counted_in:
            return Field(count_text(layer.count_milli, layer.use.powder.counted_in), numeric=True)
        weighed = weighed_mg(layer.mass_ug, layer.use.balance)
        unknown = math.isnan(weighed.std_dev)
        parts = number_parts(
            {"value": weighed.nominal_value, "uncertainty": None if unknown else weighed.std_dev}
        )
        return Field(str(parts) if parts.uncertainty else str(mg_from_ug(layer.mass_ug)), numeric=True)

    def dispensed(layer: Any) -> Field:
        if layer.use.powder.counted_in:
            return Field("")
        boat = ""
        if layer.boat_full_ug is not None:
            boat = f"boat {mass_text(layer.boat_full_ug)}, after {mass_text(layer.boat_after_ug)}"
        hint = "; ".join(word for word in (before.get(layer.pk, ""), boat) if word)
        return Field(exact(float(mg_from_ug(layer.dispensed_ug))), numeric=True, hint=hint)

    columns = [
        Column("Layer", lambda x: Field(x.get_role_display(), hint=_done(x))),
        Column("Powder", lambda x: Field(x.use.powder.code, url=registry.url_of(x.use.powder.identity))),
        Column("In the cell, mg", mass, numeric=True),
        Column("Dispensed, mg", dispensed, numeric=True),
        Column("Lost, mg", lambda x: exact(float(mg_from_ug(x.lost_ug))) if x.mass_ug else "", numeric=True),
    ]
    if correctable:
        columns.append(
            Column("", lambda x: Field("Correct", url=_correct_url(record, x)) if x.mass_ug else Field(""))
        )
    return Table.of(columns, layers)


def _correct_url(record: Cell, layer: Layer) -> str:
    return reverse("cells:correct", args=[record.code, layer.role])


def _done(layer: Layer) -> str:
    """Return who put a layer in and when, and what the glovebox showed."""
    told = f"{layer.performed_by.display_name}, {facts.spelled(layer.performed_at)}"
    reading = layer.glovebox_reading
    if reading is None:
        return told
    ppm = [
        f"{name} {exact(value)} ppm"
        for name, value in (("O₂", reading.oxygen_ppm), ("H₂O", reading.water_ppm))
        if value is not None
    ]
    return f"{told}; {', '.join(ppm)}"


def _masses_before(layers: list[Layer]) -> dict[int, str]:
    """Return for each layer whose mass was corrected what the book said before, and when and why it was corrected."""
    entries = MassEntry.objects.filter(
        use__in=[layer.use_id for layer in layers], kind__in=[MassEntry.Kind.DRAWN, MassEntry.Kind.CORRECTED]
    ).order_by("seq")
    by_use: dict[int | None, list[MassEntry]] = {}
    for entry in entries:
        by_use.setdefault(entry.use_id, []).append(entry)
    told = {}
    for layer in layers:
        drawn_ug, words = 0, []
        for entry in by_use.get(layer.use_id, []):
            if entry.kind == MassEntry.Kind.CORRECTED:
                day = timezone.localtime(entry.at)
                words.append(f"was {mass_text(drawn_ug)} until {day.day} {day:%b %Y, %H:%M} ({entry.reason})")
            drawn_ug -= entry.change_ug
        told[layer.pk] = "; ".join(words)
    return told


def presses_table(record: Cell, *, correctable: bool) -> Table:
    """Return every press in MPa, kN, tonnes and gauge bar, with its hold from start to end."""
    steps = list(record.press_steps.select_related("press__identity", "performed_by"))
    known = {step.pk: in_every_unit(step.pressure_mpa, die=record.die, press=step.press) for step in steps}

    def number(value: float | None, digits: int) -> str:
        return "" if value is None else plain(value, digits)

    def pressure(step: Any) -> Field:
        end = "" if step.pressure_end_mpa is None else f"at the end {exact(round(step.pressure_end_mpa, 2))}"
        return Field(exact(round(step.pressure_mpa, 2)), numeric=True, hint=end)

    def hold(step: Any) -> Field:
        hint = ""
        if step.hold_started_at is not None:
            start = timezone.localtime(step.hold_started_at)
            end = timezone.localtime(step.hold_ended_at) if step.hold_ended_at else None
            hint = f"{start:%H:%M:%S} to {end:%H:%M:%S}" if end else f"from {start:%H:%M:%S}"
        return Field(exact(round(step.hold_s, 1)), numeric=True, hint=hint)

    columns = [
        Column("Presses", lambda s: Field(s.presses, hint=s.press.code if s.press else "")),
        Column("MPa", pressure, numeric=True),
        Column("kN", lambda s: number(known[s.pk].force_kn, 2), numeric=True),
        Column("t", lambda s: number(known[s.pk].force_tonnes, 2), numeric=True),
        Column("gauge bar", lambda s: number(known[s.pk].gauge_bar, 1), numeric=True),
        Column("Hold, s", hold, numeric=True),
    ]
    if correctable:
        url = "cells:correct_press"
        columns.append(Column("", lambda s: Field("Correct", url=reverse(url, args=[record.code, s.number]))))
    return Table.of(columns, steps)


def pellets_table(record: Cell) -> Table:
    """Return how thick and dense each layer became; above 100 % is told, not hidden."""

    def thick(pellet: Pellet) -> str:
        if pellet.thickness is None:
            return ""
        spread = pellet.thickness.uncertainty_um
        value = f"{pellet.thickness.thickness_um:.0f}"
        return value if spread is None else f"{value} ± {spread:.0f}"

    def dense(pellet: Pellet) -> Field:
        found = pellet.pressed
        if found is None:
            return Field(pellet.reason)
        told = in_percent(found.relative_density, found.uncertainty)
        return Field(
            told,
            numeric=True,
            hint="above 100 %: look at thickness, die and density" * found.above_full_density,
        )

    def pores(pellet: Pellet) -> str:
        found = pellet.pressed
        return in_percent(found.porosity, found.uncertainty) if found else ""

    columns = [
        Column("What", lambda p: Field(p.name, hint=MEASURED[p.loaded])),
        Column("Thickness, µm", thick, numeric=True),
        Column("Relative density, %", dense, numeric=True),
        Column("Porosity, %", pores, numeric=True),
    ]
    return Table.of(columns, pellets_of(record))


def stack_table(record: Cell) -> Table:
    """Return the stack pressure over the cell's life."""
    columns = [
        Column("When", lambda r: Field(str(facts.spelled(r.performed_at)), hint=r.performed_by.display_name)),
        Column("Moment", lambda r: r.get_moment_display()),
        Column("Stack pressure, MPa", lambda r: exact(r.pressure_mpa), numeric=True),
        Column("°C", lambda r: "" if r.temperature_c is None else exact(r.temperature_c), numeric=True),
        Column("Soak, h", lambda r: "" if r.soak_h is None else exact(r.soak_h), numeric=True),
        Column("Frame", lambda r: Field(r.frame.code if r.frame else "", hint=_read_by(r))),
    ]
    rows = record.stack_readings.select_related("frame__identity", "load_cell__identity", "performed_by")
    return Table.of(columns, rows)


def _read_by(reading: Any) -> str:
    told = f"read by {reading.load_cell.code}" if reading.load_cell else ""
    return "; ".join(word for word in (told, reading.note) if word)


def exposure_panel(record: Cell, user: User) -> dict[str, Any] | None:
    """Return what is known of the exposure along the genealogy; nothing where nothing is."""
    story = exposure_of(record, user)
    lines = [line for line in story.lines if line.told]
    if not lines:
        return None

    def number(value: float | None, digits: int) -> str:
        return "" if value is None else plain(value, digits)

    columns = [
        Column("Record", lambda x: Field(x.code, hint=x.label)),
        Column("Open, h", lambda x: number(x.open_h, 1), numeric=True),
        Column("Sealed, h", lambda x: number(x.sealed_h, 1), numeric=True),
        Column("O₂, ppm", lambda x: number(x.oxygen_ppm, 2), numeric=True),
        Column("H₂O, ppm", lambda x: number(x.water_ppm, 2), numeric=True),
        Column("Age at pressing, h", lambda x: number(x.age_at_pressing_h, 1), numeric=True),
    ]
    return {"title": "Exposure", "table": Table.of(columns, lines), "note": _in_words(story)}


def _in_words(story: ExposureStory) -> str:
    """Return what a study may compare, each by itself, and how much nobody wrote down."""
    told = [
        ("open", story.open_h, "h in all"),
        ("sealed", story.sealed_h, "h in all"),
        ("at most", story.highest_oxygen_ppm, "ppm O₂"),
        ("at most", story.highest_water_ppm, "ppm H₂O"),
        ("oldest composite", story.oldest_composite_h, "h at pressing"),
    ]
    words = [f"{name} {exact(round(value, 2))} {unit}" for name, value, unit in told if value is not None]
    without = len(story.not_recorded)
    rest = f" Of {without} record{'s' * (without != 1)} no time is recorded." if without else ""
    hidden = f" {story.hidden} more are in projects that you do not see." if story.hidden else ""
    return f"{'; '.join(words)}. As recorded: no dose is computed from it.{rest}{hidden}".capitalize()


def corrections_table(record: Cell) -> Table:
    """Return what has been said anew of a cell: old and new, who, when and why."""

    def changed(entry: Any) -> str:
        pairs = facts.told_changes({n: v for n, v in entry.changes.items() if isinstance(v, list)})
        return "; ".join(f"{c['field']}: {c['old'] or 'empty'} → {c['new'] or 'empty'}" for c in pairs)

    columns = [
        Column("When", lambda e: str(facts.spelled(e.at))),
        Column("Who", lambda e: e.actor_name),
        Column("Old and new", changed),
        Column("Why", lambda e: e.reason),
    ]
    return Table.of(columns, corrections_of(record))


def deviations_table(record: Cell) -> Table:
    """Return what was not as meant."""
    columns = [
        Column("When", lambda d: facts.spelled(d.at)),
        Column("Impact", lambda d: d.get_impact_display()),
        Column("What", lambda d: f"{d.get_category_display()}: {d.text}"),
        Column("Who", lambda d: d.by.display_name),
    ]
    return Table.of(columns, record.deviations.select_related("by"))
