"""The run sheet of cells: paper beside the press, with what to weigh and press, boxes to fill, and codes to scan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.models import Cell, DesignPress, Layer
from cells.models.design import LayerRole
from cells.pressure import in_every_unit
from lims.labels import public_address
from lims.models import User
from lims.numbers import exact, plain
from lims.pdf import render_pdf
from lims.qr import qr_svg_data_uri
from lims.units import mass_text
from materials.models import count_text

Layout = Literal["pages", "table"]
LAYOUTS: tuple[Layout, ...] = ("pages", "table")
MOST_CELLS = 36


def run_sheets_pdf(cells: Sequence[Cell], user: User, *, layout: Layout = "pages") -> bytes:
    """Return the run sheets of these cells: an A4 page for each, or one table with a row for each.

    Raises ValidationError without a cell, with too many, or for a layout that there is not.
    """
    if not cells:
        raise ValidationError({"code": "Choose at least one cell."})
    if len(cells) > MOST_CELLS:
        raise ValidationError({"code": f"At most {MOST_CELLS} cells at once; these are {len(cells)}."})
    if layout not in LAYOUTS:
        raise ValidationError({"layout": f"There is {' and '.join(LAYOUTS)}, not {layout!r}."})
    context = {
        "lab_name": settings.LAB_NAME,
        "layout": layout,
        "sheets": [sheet_of(cell) for cell in cells],
        "heads": heads_of(cells),
        "printed_by": user.display_name,
        "printed_at": timezone.localtime(),
        "simulated": any(cell.simulated for cell in cells),
        "codes": f"{cells[0].code}" if len(cells) == 1 else f"{cells[0].code} to {cells[-1].code}",
        "study": f"{cells[0].study.code} {cells[0].study.name}",
    }
    return render_pdf("cells/run_sheet.html", context)


def sheet_of(cell: Cell) -> dict[str, Any]:
    """Return what a cell's sheet prints: targets, what has been done already, and blanks for the rest."""
    edition = cell.edition
    layers = {
        layer.role: layer
        for layer in Layer.objects.filter(cell=cell).with_mass().select_related("use__powder__identity")
    }
    return {
        "code": cell.code,
        "qr": qr_svg_data_uri(public_address(cell.code)),
        "study": f"{cell.study.code} {cell.study.name}",
        "condition": cell.group,
        "design": f"{edition} {edition.design.name}",
        "die": f"{cell.die.code} {cell.die.name}",
        "diameter": "" if cell.die.diameter_mm is None else f"{cell.die.diameter_mm:g} mm",
        "supersedes": cell.supersedes.code if cell.supersedes else "",
        "planned_by": cell.performed_by.display_name,
        "steps": [_step(cell, step, layers.get(step.role)) for step in edition.press_schedule.all()],
        "stack": f"{edition.stack_pressure_mpa:g} MPa at {edition.temperature_c:g} °C",
        "simulated": cell.simulated,
    }


def _step(cell: Cell, step: DesignPress, layer: Layer | None) -> dict[str, Any]:
    """Return a step of the schedule with its target, its pressure in MPa and tonnes, and what was weighed already."""
    meant = cell.edition.layer(step.role) if step.role else None
    told: dict[str, Any] = {
        "order": step.order,
        "name": meant.label if meant else "Press once more",
        "target": meant.target_text() if meant else "",
        "pressure": "",
        "tonnes": "",
        "hold": "" if step.hold_s is None else f"{exact(step.hold_s)} s",
        "powder": "",
        "powder_qr": "",
        "mass": "",
    }
    if step.pressure_mpa is not None:
        known = in_every_unit(step.pressure_mpa, die=cell.die, press=None)
        told["pressure"] = exact(step.pressure_mpa)
        told["tonnes"] = "" if known.force_tonnes is None else plain(known.force_tonnes, 2)
    if layer is not None:
        powder = layer.use.powder
        told |= {
            "powder": powder.code,
            "powder_qr": qr_svg_data_uri(public_address(powder.code)),
            "mass": amount_text(layer),
        }
    return told


def amount_text(layer: Layer) -> str:
    """Return what lies in the cell: a mass, or discs or area of a foil."""
    counted_in = layer.use.powder.counted_in
    return count_text(layer.count_milli, counted_in) if counted_in else mass_text(layer.mass_ug)


def heads_of(cells: Sequence[Cell]) -> list[dict[str, str]]:
    """Return the layers whose masses the table asks for, in the order in which the first cell takes them."""
    return [
        {"role": step.role, "name": (layer.label if layer else LayerRole(step.role).label)}
        for step in cells[0].edition.press_schedule.all()
        for layer in [cells[0].edition.layer(step.role)]
        if step.role
    ]
