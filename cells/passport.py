"""A cell's passport: everything that is known of how it was built, and what was not recorded, as plain data."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone

from cells.exposure import exposure_of
from cells.limits import judged
from cells.models import Cell, CellBasis, Layer, PressStep
from cells.pellets import Pellet, pellets_of
from cells.pressure import in_every_unit
from cells.unrecorded import not_recorded
from lims import registry
from lims.labels import public_address
from lims.models import Attachment, LogEntry, User
from lims.names import named
from lims.pdf import render_pdf
from lims.qr import qr_svg_data_uri
from lims.templatetags.numbers import number_parts
from lims.trace import trace
from lims.units import mg_from_ug
from materials.genealogy import weighed_mg
from materials.models import count_text

PassportPart = Callable[[Cell, User], list[dict[str, Any]]]
# What an app above knows of a cell: each returns sections [{title, columns [text], rows [[text]], note}].
parts: list[PassportPart] = []


def passport_pdf(cell: Cell, user: User) -> bytes:
    """Return the passport as it is now, as an A4 PDF."""
    context = {
        "passport": passport_of(cell, user),
        "qr": qr_svg_data_uri(public_address(cell.code)),
        "lab_name": settings.LAB_NAME,
        "printed_by": user.display_name,
        "printed_at": timezone.localtime(),
    }
    return render_pdf("cells/passport.html", context)


def passport_of(cell: Cell, user: User) -> dict[str, Any]:
    """Return what a passport says, as far as ``user`` may see it; moments are told as text."""
    layers = list(
        Layer.objects.filter(cell=cell)
        .with_mass()
        .select_related("use__powder__identity", "use__balance__identity", "glovebox_reading", "performed_by")
        .order_by("pk")
    )
    presses = list(cell.press_steps.select_related("press__identity", "performed_by"))
    pellets = pellets_of(cell)
    told: dict[str, Any] = {
        "cell": _identity(cell),
        "simulated": cell.simulated,
        "numbers": _numbers(cell),
        "layers": [_layer(layer) for layer in layers],
        "presses": [_press(cell, step) for step in presses],
        "pellets": [pellet_told(pellet) for pellet in pellets],
        "assembly": _assembly(cell),
        "stack": [
            _stack(reading)
            for reading in cell.stack_readings.select_related("frame__identity", "load_cell__identity")
        ],
        "deviations": [
            {"at": _moment(d.at), "category": d.get_category_display(), "impact": d.get_impact_display(),
             "text": d.text, "by": d.by.display_name}
            for d in cell.deviations.select_related("by")
        ],
        "exposure": _exposure(cell, user),
        "lineage": _lineage(cell, user),
        "corrections": _corrections(cell),
        "photos": list(
            Attachment.objects.filter(identity=cell.pk, withdrawn_at=None).order_by("pk").values_list("name", flat=True)
        ),
        "sections": [section for part in parts for section in part(cell, user)],
    }  # fmt: skip
    told["not_recorded"] = not_recorded(cell, layers, presses, pellets=bool(pellets), told=told)
    return told


def _moment(value: Any) -> str:
    return "" if value is None else f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"


def _identity(cell: Cell) -> dict[str, Any]:
    edition = cell.edition
    after = Cell.objects.select_related("identity").filter(supersedes=cell.pk).first()
    return {
        "code": cell.code,
        "state": cell.get_state_display(),
        "project": str(cell.project or "shared"),
        "study": cell.study.code,
        "study_name": cell.study.name,
        "condition": cell.group,
        "design": edition.design.code,
        "design_name": edition.design.name,
        "edition": edition.number,
        "die": cell.die.code,
        "die_diameter_mm": cell.die.diameter_mm,
        "die_tolerance_mm": cell.die.tolerance_mm,
        "glovebox": cell.glovebox.code if cell.glovebox else None,
        "planned_at": _moment(cell.performed_at),
        "planned_by": cell.performed_by.display_name,
        "built_at": _moment(cell.assembled_at),
        "source": cell.get_source_display(),
        "supersedes": cell.supersedes.code if cell.supersedes else None,
        "superseded_by": after.code if after else None,
        "note": cell.note,
        "version": cell.version,
    }


def _numbers(cell: Cell) -> list[dict[str, Any]]:
    basis = CellBasis.objects.filter(cell=cell, current=True).first()
    if basis is None:
        return []
    rows = []
    for name in CellBasis.QUANTITIES:
        found = basis.quantity(name)
        if found is not None:
            words = named(name)
            rows.append(
                {
                    "name": name,
                    "label": words.label,
                    "unit": words.unit,
                    "value": found[0],
                    "uncertainty": found[1],
                }
            )
    return rows


def _layer(layer: Layer) -> dict[str, Any]:
    weighed = weighed_mg(layer.mass_ug, layer.use.balance)
    unknown = math.isnan(weighed.std_dev)
    reading, counted_in = layer.glovebox_reading, layer.use.powder.counted_in
    return {
        "role": layer.role,
        "label": layer.get_role_display(),
        "powder": layer.use.powder.code,
        "powder_name": layer.use.powder.name,
        "counted": count_text(layer.count_milli, counted_in) if counted_in else "",
        "mass_mg": float(mg_from_ug(layer.mass_ug)),
        "uncertainty_mg": None if unknown else weighed.std_dev,
        "mass_text": _mass_text(layer, weighed, unknown=unknown),
        "dispensed_mg": float(mg_from_ug(layer.dispensed_ug)),
        "lost_mg": float(mg_from_ug(layer.lost_ug)),
        "boat_full_mg": None if layer.boat_full_ug is None else float(mg_from_ug(layer.boat_full_ug)),
        "boat_after_mg": None if layer.boat_after_ug is None else float(mg_from_ug(layer.boat_after_ug)),
        "balance": layer.use.balance.code if layer.use.balance else None,
        "oxygen_ppm": reading.oxygen_ppm if reading else None,
        "water_ppm": reading.water_ppm if reading else None,
        "performed_at": _moment(layer.performed_at),
        "performed_by": layer.performed_by.display_name,
    }


def _mass_text(layer: Layer, weighed: Any, *, unknown: bool) -> str:
    if layer.use.powder.counted_in:
        return count_text(layer.count_milli, layer.use.powder.counted_in)
    if unknown:
        return f"{float(mg_from_ug(layer.mass_ug)):g}"
    return str(number_parts({"value": weighed.nominal_value, "uncertainty": weighed.std_dev}))


def _press(cell: Cell, step: PressStep) -> dict[str, Any]:
    known = in_every_unit(step.pressure_mpa, die=cell.die, press=step.press)
    return {
        "number": step.number,
        "presses": step.presses,
        "pressure_mpa": step.pressure_mpa,
        "pressure_end_mpa": step.pressure_end_mpa,
        "typed_in": step.entered_unit,
        "force_kn": known.force_kn,
        "force_tonnes": known.force_tonnes,
        "gauge_bar": known.gauge_bar,
        "hold_s": step.hold_s,
        "hold_started_at": _moment(step.hold_started_at),
        "hold_ended_at": _moment(step.hold_ended_at),
        "press": step.press.code if step.press else None,
        "performed_by": step.performed_by.display_name,
    }


def pellet_told(pellet: Pellet) -> dict[str, Any]:
    found = pellet.pressed
    return {
        "name": pellet.name,
        "measured": {True: "under load", False: "unloaded", None: "on the pellet"}[pellet.loaded],
        "thickness_um": pellet.thickness.thickness_um if pellet.thickness else None,
        "thickness_uncertainty_um": pellet.thickness.uncertainty_um if pellet.thickness else None,
        "relative_density": found.relative_density if found else None,
        "porosity": found.porosity if found else None,
        "uncertainty": found.uncertainty if found else None,
        "relative_density_percent": in_percent(found.relative_density, found.uncertainty) if found else "",
        "porosity_percent": in_percent(found.porosity, found.uncertainty) if found else "",
        "above_full_density": bool(found and found.above_full_density),
        "reason": pellet.reason,
    }


def in_percent(fraction: float, uncertainty: float | None) -> str:
    """Return a fraction in percent, whole ones: no plunger height supports more.

    >>> in_percent(0.9303, 0.0932), in_percent(0.5, None)
    ('93 ± 9', '50')
    """
    value = f"{100 * fraction:.0f}"
    return value if uncertainty is None else f"{value} ± {100 * uncertainty:.0f}"


def _assembly(cell: Cell) -> dict[str, Any]:
    return {
        "open_circuit_voltage_v": cell.open_circuit_voltage_v,
        "resistance_1khz_ohm": cell.resistance_1khz_ohm,
        "temperature_c": cell.assembly_temperature_c,
        "flags": judged(cell),
    }


def _stack(reading: Any) -> dict[str, Any]:
    return {
        "moment": reading.get_moment_display(),
        "at": _moment(reading.performed_at),
        "pressure_mpa": reading.pressure_mpa,
        "temperature_c": reading.temperature_c,
        "soak_h": reading.soak_h,
        "frame": reading.frame.code if reading.frame else None,
        "load_cell": reading.load_cell.code if reading.load_cell else None,
        "note": reading.note,
    }


def _exposure(cell: Cell, user: User) -> dict[str, Any]:
    story = exposure_of(cell, user)
    return {
        "open_h": story.open_h,
        "sealed_h": story.sealed_h,
        "highest_oxygen_ppm": story.highest_oxygen_ppm,
        "highest_water_ppm": story.highest_water_ppm,
        "oldest_composite_h": story.oldest_composite_h,
        "lines": [
            {"code": line.code, "label": line.label, "open_h": line.open_h, "sealed_h": line.sealed_h,
             "oxygen_ppm": line.oxygen_ppm, "water_ppm": line.water_ppm, "age_at_pressing_h": line.age_at_pressing_h}
            for line in story.lines
            if line.told
        ],
    }  # fmt: skip


def _lineage(cell: Cell, user: User) -> list[dict[str, Any]]:
    """Return what it was made of, nearest first, with what of each went into what."""
    found = trace(cell.identity, direction="up", user=user)
    into: dict[str, list[str]] = {}
    for edge in found.edges:
        mass = "" if edge.mass_ug is None else f"{float(mg_from_ug(edge.mass_ug)):g} mg into "
        into.setdefault(edge.source, []).append(f"{mass}{edge.target}")
    return [
        {"code": node.code, "kind": registry.kinds[node.kind].label, "label": node.label, "steps": node.steps,
         "went": "; ".join(into.get(node.code, [])), "suspect": node.suspect}
        for node in sorted(found.nodes, key=lambda node: (node.steps, node.code))
        if node.code != cell.code
    ]  # fmt: skip


def corrections_of(cell: Cell) -> list[LogEntry]:
    """Return what has been said anew of a cell, newest first."""
    entries = LogEntry.objects.filter(identity=cell.pk, verb__startswith="corrected").order_by("-seq")
    return list(entries.select_related("actor")[:50])


def _corrections(cell: Cell) -> list[dict[str, Any]]:
    return [
        {
            "at": _moment(entry.at),
            "who": entry.actor_name,
            "what": entry.verb,
            "changes": [
                {"name": name, "old": str(value[0]), "new": str(value[1])}
                for name, value in entry.changes.items()
                if isinstance(value, list) and len(value) == 2
            ],
            "reason": entry.reason,
        }
        for entry in corrections_of(cell)
    ]
