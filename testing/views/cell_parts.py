"""What the testing app adds to the pages of cells and studies."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cells.models import Cell, Study
from lims import registry
from lims.models import User
from lims.numbers import percent
from lims.permissions import may
from lims.templatetags.numbers import number_parts
from testing import printed
from testing.analyse import ICE
from testing.forms import ReportForm
from testing.models import CellTest, Report
from testing.statistics import Group, by_condition
from testing.views import parts

TESTABLE = (Cell.State.BUILT, Cell.State.TESTING, Cell.State.FINISHED)
# What a person looks for first; the other quantities stand in a table of their own.
READOUT = (
    "areal_capacity_mah_cm2", "active_loading_mg_cm2", "composite_loading_mg_cm2", "np_ratio",
    "one_c_current_ma", "area_cm2",
)  # fmt: skip
MOST_PLOTS = 4


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
        "plots": _plots(cell, tests),
        "cycles_table": parts.cycles_table(tests[0], area_cm2) if tests else None,
        "cycles_of": tests[0].title if tests else "",
        "cycles_note": parts.cycles_note(tests[0]) if tests else "",
        "metrics": parts.metric_rows(cell),
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


def _plots(cell: Cell, tests: list[CellTest]) -> list[dict[str, str]]:
    """Return a plot of cycles for each test that has some, and the voltage of the first."""
    measured = set(CellTest.objects.filter(cell=cell, cycles__isnull=False).values_list("pk", flat=True))
    shown = [test for test in tests if test.pk in measured][:MOST_PLOTS]
    url = reverse("testing:cycles_data", args=[cell.code])
    plots = [
        {
            "title": f"{t.code} {t.get_phase_display()}: capacity",
            "url": f"{url}?test={t.code}",
            "kind": "cycles",
        }
        for t in shown
    ]
    voltage = [
        {
            "title": f"{t.code} {t.get_phase_display()}: voltage",
            "url": reverse("testing:voltage_data", args=[t.code]),
            "kind": "voltage",
        }
        for t in shown[:1]
    ]
    return voltage + plots


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


def of_study(study: Study, user: User) -> dict[str, Any]:  # noqa: ARG001 - every part is given who looks
    """Return the initial coulombic efficiency of each condition."""
    groups = by_condition(study, ICE)
    measured = any(group.values for group in groups)
    return {
        "conditions": [_condition(group) for group in groups],
        "ice_image_url": reverse("testing:ice_figure", args=[study.code]) if measured else "",
        "warnings": _warnings(groups),
    }


def _condition(group: Group) -> dict[str, Any]:
    summary = group.summary
    mean = sd = None
    if summary is not None and summary.sd:
        written = number_parts({"value": summary.mean, "uncertainty": summary.sd, "unit": "fraction"})
        mean, sd = written.value, written.uncertainty
    elif summary is not None:
        mean = percent(summary.mean, 1)
    return {
        "name": group.name,
        "counted": group.counted(),
        "mean": mean,
        "sd": sd,
        "cells": [
            {
                "code": c.code,
                "url": registry.url_of(c.identity),
                "state": c.state,
                "label": c.get_state_display(),
            }
            for c in group.cells
        ],
        "excluded": [{"code": item.cell, "reason": item.reason} for item in group.excluded],
    }


def _warnings(groups: list[Group]) -> list[str]:
    """Return what keeps a reader from taking cells for replicates."""
    single = [group.name for group in groups if len(group.values) > 1 and len(group.mixes) == 1]
    if not single:
        return []
    which = "Each condition" if len(single) == len(groups) else ", ".join(single)
    sentence = (
        f"{which} rests on one mix: its cells repeat the pressing and the test, not the mixing or the coating. "
        "A difference between conditions is one between these batches."
    )
    return [sentence]
