"""The set-up card of a test: one page beside the cycler that says what to enter, in mA and in volts at the cell."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from cells.models import CellBasis
from lims.models import User
from lims.numbers import plain
from lims.pdf import render_pdf
from lims.qr import qr_svg_data_uri
from testing.calc.protocol_outline import Row, outline
from testing.models import CellTest
from testing.naming import card_name
from testing.protocols import (
    currents_of,
    duration_of,
    duration_text,
    expected_end,
    setting_of,
    setting_of_cell,
    steps_of,
)

# A card whose applied 1C is another than the design's by more than this says so.
CURRENT_TOLERANCE = 0.005
MOST_LINES = 24


def setup_card_pdf(test: CellTest, user: User) -> bytes:
    """Return the card as a PDF of one A5 page; raises PdfUnavailable where this machine makes none."""
    return render_pdf("reports/setup_card.html", {"card": setup_card(test, user)})


def setup_card(test: CellTest, user: User) -> dict[str, Any]:
    """Return what the card prints."""
    cell, edition = test.cell, test.cell.edition
    basis = CellBasis.objects.filter(cell=cell, current=True).first()
    area_cm2 = basis.area_cm2 if basis else None
    rows = outline(steps_of(test.protocol_edition), setting_of(test))
    duration = duration_of(test)
    end = expected_end(test, test.performed_at)
    return {
        "lab_name": settings.LAB_NAME,
        "code": test.code,
        "file_name": card_name(test),
        "qr": qr_svg_data_uri(test.code),
        "simulated": test.simulated,
        "cell": cell.code,
        "condition": cell.group,
        "phase": test.get_phase_display(),
        "channel": str(test.channel) if test.channel else "",
        "protocol": str(test.protocol_edition) if test.protocol_edition else "",
        "protocol_name": test.protocol_edition.protocol.name if test.protocol_edition else "",
        "currents": [
            {
                "label": each.label,
                "current_ma": plain(each.current_ma, 4),
                "density": ""
                if each.current_density_ma_cm2 is None
                else plain(each.current_density_ma_cm2, 3),
                "main": each.label in ("C/10", "C/25"),
            }
            for each in currents_of(test, area_cm2)
        ],
        "one_c_note": one_c_note(test),
        "limits": [
            {
                "label": label,
                "cell_v": "" if cell_v is None else plain(cell_v, 3),
                "vs_li_v": "" if vs_li_v is None else plain(vs_li_v, 3),
            }
            for label, cell_v, vs_li_v in (
                ("Upper limit", edition.upper_cell_voltage_v, edition.upper_cut_off_v_vs_li),
                ("Lower limit", edition.lower_cell_voltage_v, edition.lower_cut_off_v_vs_li),
            )
        ],
        "area_cm2": "" if area_cm2 is None else plain(area_cm2, 4),
        "temperature_c": "" if test.temperature_c is None else f"{test.temperature_c:g}",
        "stack_pressure_mpa": "" if test.stack_pressure_mpa is None else f"{test.stack_pressure_mpa:g}",
        "lines": [_line(row) for row in rows[:MOST_LINES]],
        "more_lines": max(0, len(rows) - MOST_LINES),
        "takes": duration_text(duration) if duration else "",
        "ends": timezone.localtime(end) if end else None,
        "starts": timezone.localtime(test.performed_at),
        "printed_by": user.display_name,
        "printed_at": timezone.localtime(),
    }


def _line(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "depth": row.depth,
        "text": row.text,
        "current": "" if row.current_ma is None else f"{plain(row.current_ma, 4)} mA",
        "volts": ", ".join(f"{plain(volts, 3)} V" for volts in row.voltages_v),
        "problem": row.problem,
    }


def one_c_note(test: CellTest) -> str:
    """Say where the 1C current comes from, and that it is not the design's where it is not."""
    own, applied = setting_of_cell(test.cell).one_c_current_ma, test.one_c_current_ma
    if own is None and applied is None:
        return "No 1C current is known: weigh the layers or state the current of the test."
    if applied is None:
        return "1C is the design's, from the masses of this cell at its cut-off."
    if own is not None and abs(applied / own - 1) > CURRENT_TOLERANCE:
        return (
            f"1C is the {applied:.4g} mA that the test states; this cell's masses give {own:.4g} mA "
            f"({100 * (applied / own - 1):+.1f} %)."
        )
    return "1C is what the test states; it agrees with this cell's masses."
