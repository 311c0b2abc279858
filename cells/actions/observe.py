"""What is seen and measured on a cell besides its layers: deviations, plunger heights, stack pressure, exposure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.actions.locks import lock
from cells.models import Cell, Deviation, Exposure, Layer, PlungerHeight, StackReading
from cells.models.design import LayerRole
from lims import registry
from lims.audit import action, log
from lims.late_changes import judge_reason
from lims.models import Record, User
from lims.records import touch
from materials.models import Equipment


@action
def record_deviation(
    *, cell: Cell, category: str, impact: str, text: str, by: User, at: datetime | None = None
) -> Cell:
    """Note that something was not as meant."""
    locked = lock(cell)
    deviation = Deviation(
        cell=locked, category=category, impact=impact, text=text, by=by, at=at or timezone.now()
    )
    deviation.full_clean()
    deviation.save(force_insert=True)
    touch(locked)
    log(by, "noted a deviation", locked, category=category, impact=impact, text=text)
    registry.facts_changed({locked.pk})
    return locked


@action
def measure_height(
    *,
    cell: Cell,
    height_mm: float,
    loaded: bool,
    by: User,
    after: str = "",
    uncertainty_um: float | None = None,
    performed_at: datetime | None = None,
    performed_by: User | None = None,
) -> Cell:
    """Write down a height of the plungers: of the empty die, or after a layer was pressed in; several are averaged."""
    locked = lock(cell)
    if after and not locked.layers.filter(role=after).exists():
        raise ValidationError({"after": f"{locked.code} has no {LayerRole(after).label.lower()} yet."})
    height = PlungerHeight(
        cell=locked, after=after, loaded=loaded, height_mm=height_mm, uncertainty_um=uncertainty_um,
        performed_at=performed_at or timezone.now(), performed_by=performed_by or by, recorded_by=by,
    )  # fmt: skip
    height.full_clean()
    height.save(force_insert=True)
    touch(locked)
    log(
        by, "measured a height", locked, after=LayerRole(after).label if after else "empty die",
        loaded="under load" if loaded else "unloaded", height_mm=height_mm, uncertainty_um=uncertainty_um,
    )  # fmt: skip
    registry.facts_changed({locked.pk})
    return locked


@action
def withdraw_height(*, cell: Cell, height: int, by: User, reason: str = "") -> Cell:
    """Take back a height that was read wrongly; the log keeps it."""
    locked = lock(cell)
    row = locked.heights.filter(pk=height).first()
    if row is None:
        raise ValidationError({"height": f"{locked.code} has no such height."})
    why = judge_reason(locked, entered_at=row.recorded_at, reason=reason)
    row.delete()
    touch(locked)
    log(by, "corrected a height", locked, reason=why, height_mm=[row.height_mm, None])
    registry.facts_changed({locked.pk})
    return locked


@action
def measure_thickness(
    *,
    cell: Cell,
    role: str,
    thickness_um: float,
    by: User,
    uncertainty_um: float | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> Cell:
    """Write down how thick a layer is, measured on the pellet itself."""
    locked = lock(cell, expected_version)
    layer: Layer | None = locked.layers.filter(role=role).first()
    if layer is None:
        raise ValidationError({"role": f"{locked.code} has no {LayerRole(role).label.lower()} yet."})
    before = layer.thickness_um
    why = judge_reason(locked, entered_at=layer.recorded_at, reason=reason) if before is not None else reason
    layer.thickness_um, layer.thickness_uncertainty_um = thickness_um, uncertainty_um
    layer.full_clean()
    layer.save()
    touch(locked)
    verb = "measured a thickness" if before is None else "corrected a thickness"
    log(by, verb, locked, reason=why, layer=layer.get_role_display(), thickness_um=[before, thickness_um])
    registry.facts_changed({locked.pk})
    return locked


@action
def read_stack(
    *,
    cell: Cell,
    moment: str,
    pressure_mpa: float,
    by: User,
    temperature_c: float | None = None,
    soak_h: float | None = None,
    frame: Equipment | None = None,
    load_cell: Equipment | None = None,
    note: str = "",
    performed_at: datetime | None = None,
    performed_by: User | None = None,
) -> Cell:
    """Write down the stack pressure in the frame: when it was set, once it was hot, re-tightened, at the end."""
    locked = lock(cell)
    reading = StackReading(
        cell=locked, moment=moment, pressure_mpa=pressure_mpa, temperature_c=temperature_c, soak_h=soak_h, frame=frame,
        load_cell=load_cell, note=note, performed_at=performed_at or timezone.now(), performed_by=performed_by or by,
        recorded_by=by,
    )  # fmt: skip
    reading.full_clean()
    if not locked.stack_readings.filter(moment=StackReading.Moment.SET).exists() and moment != "set":
        raise ValidationError({"moment": f"The stack pressure of {locked.code} has not been set yet."})
    reading.save(force_insert=True)
    touch(locked)
    told: dict[str, Any] = {
        "temperature_c": temperature_c, "soak_h": soak_h, "frame": frame, "load_cell": load_cell, "text": note,
    }  # fmt: skip
    log(
        by, "read the stack pressure", locked, moment=reading.get_moment_display(), pressure_mpa=pressure_mpa,
        **{name: value for name, value in told.items() if value not in (None, "")},
    )  # fmt: skip
    registry.facts_changed({locked.pk})
    return locked


@action
def record_exposure(
    *,
    subject: Record,
    how: str,
    hours: float,
    by: User,
    atmosphere: str = "",
    glovebox: Equipment | None = None,
    highest_oxygen_ppm: float | None = None,
    highest_water_ppm: float | None = None,
    ended_at: datetime | None = None,
    note: str = "",
) -> Record:
    """Write down that a powder or a cell lay open or sealed, for how long and in what; no dose is computed."""
    exposure = Exposure(
        identity=subject.identity, how=how, hours=hours, atmosphere=atmosphere, glovebox=glovebox,
        highest_oxygen_ppm=highest_oxygen_ppm, highest_water_ppm=highest_water_ppm,
        ended_at=ended_at or timezone.now(), note=note, recorded_by=by,
    )  # fmt: skip
    exposure.full_clean()
    exposure.save(force_insert=True)
    touch(subject)
    told: dict[str, Any] = {
        "atmosphere": atmosphere, "glovebox": glovebox, "highest_oxygen_ppm": highest_oxygen_ppm,
        "highest_water_ppm": highest_water_ppm, "text": note,
    }  # fmt: skip
    log(
        by, "recorded an exposure", subject, how=exposure.get_how_display().lower(), hours=hours,
        **{name: value for name, value in told.items() if value not in (None, "")},
    )  # fmt: skip
    registry.facts_changed({subject.pk})
    return subject
