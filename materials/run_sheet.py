"""The run sheet of a weighing: paper beside the balance, with codes to scan and boxes to fill and sign."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from lims.models import User
from lims.numbers import exact
from lims.pdf import render_pdf
from lims.qr import qr_svg_data_uri
from materials.models import WeighingSheet
from materials.weighings import RowStanding, ratio_text, rounded_mg, shown_mg, stand


def run_sheet_pdf(sheet: WeighingSheet, user: User) -> bytes:
    """Return the run sheet as an A4 PDF: blank while the sheet is open, filled in once it has been mixed."""
    return render_pdf("materials/run_sheet.html", {"sheet": run_sheet_context(sheet, user)})


def run_sheet_context(sheet: WeighingSheet, user: User) -> dict[str, Any]:
    """Return what the run sheet prints."""
    standing = stand(sheet)
    filled = sheet.state == WeighingSheet.State.MIXED
    running = ratio_text(standing)
    return {
        "lab_name": settings.LAB_NAME,
        "code": sheet.code,
        "title": sheet.title,
        "simulated": sheet.simulated,
        "qr": qr_svg_data_uri(sheet.code),
        "filled": filled,
        "state": sheet.get_state_display(),
        "formulation": f"{sheet.edition} · {sheet.edition.formulation.name}",
        "ratio": " : ".join(sheet.edition.ratio().split(":")),
        "running": running if any(one.row.mass_ug for one in standing.rows) else "",
        "total_mg": rounded_mg(sheet.total_ug, standing.step_ug),
        "planned_for": sheet.planned_for,
        "balance": f"{sheet.balance.code} {sheet.balance.name}" if sheet.balance else "",
        "batch": sheet.batch.code if sheet.batch else "",
        "batch_qr": qr_svg_data_uri(sheet.batch.code) if sheet.batch else "",
        "planned_by": sheet.performed_by.display_name,
        "planned_at": timezone.localtime(sheet.performed_at),
        "printed_by": user.display_name,
        "printed_at": timezone.localtime(),
        "rows": [_row(one, standing.step_ug) for one in standing.rows],
        "mixing": _mixing(sheet) if filled else [],
    }


def _row(one: RowStanding, step: int) -> dict[str, Any]:
    row = one.row
    powder = row.powder
    return {
        "order": row.order,
        "name": one.name,
        "powder": powder.code if powder else "",
        "powder_name": powder.name if powder else "",
        "qr": qr_svg_data_uri(powder.code) if powder else "",
        "target_mg": shown_mg(row.target_ug, step),
        "tolerance_mg": "" if row.tolerance_ug is None else shown_mg(row.tolerance_ug, step),
        "weighed_mg": "" if row.mass_ug is None else shown_mg(row.mass_ug, step),
        "standing": "" if row.mass_ug is None else one.standing,
        "reading": row.reading,
        "weighed_by": row.weighed_by.display_name if row.weighed_by else "",
        "weighed_at": timezone.localtime(row.weighed_at) if row.weighed_at else None,
    }


def _mixing(sheet: WeighingSheet) -> list[tuple[str, str]]:
    """Return how it was mixed, as label and value."""
    if sheet.batch is None:
        return []
    batch = sheet.batch.composite
    ppm = [
        f"{name} {exact(value)} ppm"
        for name, value in (("oxygen", batch.oxygen_ppm), ("water", batch.water_ppm))
        if value is not None
    ]
    told = [
        ("Method", batch.method),
        ("Tool", f"{batch.tool.code} {batch.tool.name}" if batch.tool else ""),
        ("Time", "" if batch.duration_min is None else f"{exact(batch.duration_min)} min"),
        ("Glovebox", f"{batch.glovebox.code} {batch.glovebox.name}" if batch.glovebox else ""),
        ("Sensors", ", ".join(ppm)),
    ]
    return [(label, value or "not recorded") for label, value in told]
