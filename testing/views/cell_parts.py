"""What the testing app adds to the pages of cells."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse

from cells.models import Cell
from lims import registry
from lims.models import User
from lims.permissions import may
from testing import printed
from testing.models import CellTest, Report
from testing.pictures.subject import BY_CELL
from testing.report_forms import ReportForm
from testing.views import parts
from testing.views.gallery import gallery

TESTABLE = (Cell.State.BUILT, Cell.State.TESTING, Cell.State.FINISHED)
# What a person looks for first; the other quantities stand in a table of their own.
READOUT = (
    "areal_capacity_mah_cm2", "active_loading_mg_cm2", "composite_loading_mg_cm2", "np_ratio",
    "one_c_current_ma", "area_cm2",
)  # fmt: skip


def of_cell(cell: Cell, user: User) -> dict[str, Any]:
    """Return what was measured on a cell and what it means."""
    basis = cell.bases.filter(current=True).first()
    found = printed.quantities(basis)
    first = [row for name in READOUT for row in found if row["name"] == name]
    rest = [row for row in found if row["name"] not in READOUT]
    tests = list(cell.tests.with_cells().with_codes().order_by("place"))
    area_cm2 = basis.area_cm2 if basis else None
    new_test = {
        "label": "Set up a test",
        "url": reverse("testing:create_test", args=[cell.code]),
        "icon": "activity",
    }
    may_test = cell.state in TESTABLE and may(user, "record")
    return {
        "quantities": parts.quantity_rows(first, cell.edition.np_target),
        "more_quantities": parts.quantity_rows(rest, cell.edition.np_target),
        "actions": [{**new_test, "primary": not tests}] if may_test else [],
        "tests": [_test_line(test) for test in tests],
        "gallery": _gallery(cell),
        "cycles_table": parts.cycles_table(tests[0], area_cm2) if tests else None,
        "cycles_of": tests[0].title if tests else "",
        "cycles_note": parts.cycles_note(tests[0]) if tests else "",
        "metrics": parts.metric_rows(printed.metric_rows(cell)),
        "report_url": reverse("testing:request_report", args=[cell.code]) if may(user, "report") else "",
        "report_form": ReportForm(user=user),
        "reports": _reports(cell, user),
    }


def _test_line(test: CellTest) -> dict[str, Any]:
    return {
        "code": test.code,
        "url": registry.url_of(test.identity),
        "phase": test.get_phase_display(),
        "state": test.state,
        "state_label": test.get_state_display(),
        "files": parts.file_lines(test.submissions.with_names()),
    }


# What one cell alone can show.
PICTURES = (
    "first-cycle",
    "formation",
    "rate-cycles",
    "long-term",
    "dqdv",
    "dqdv-rates",
    "nyquist",
    "bode",
    "gitt",
    "cv",
)


def _gallery(cell: Cell) -> dict[str, Any] | None:
    """Return the pictures of a cell once something has been measured on it."""
    measured = CellTest.objects.filter(cell=cell).filter(Q(cycles__isnull=False) | Q(spectra__isnull=False))
    if not measured.exists():
        return None
    return gallery({"cells": cell.code}, [cell.pk], {}, colour=BY_CELL, only=PICTURES)


def _reports(cell: Cell, user: User) -> list[dict[str, Any]]:
    reports = Report.objects.visible_to(user).filter(subject=cell.pk).with_codes()[:5]
    return [
        {
            "code": report.code,
            "url": registry.url_of(report.identity),
            "state": "stale" if report.stale else report.state,
            "state_label": "Out of date" if report.stale else report.get_state_display(),
        }
        for report in reports
    ]
