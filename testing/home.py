"""The testing app's cards of the home page: files that wait, what runs, what finished, what went wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from cells.models import Cell
from lims import registry
from lims.models import User
from lims.registry import Section
from testing.models import CellTest, Report, Submission

NEEDY = (
    Submission.State.PARKED,
    Submission.State.CONFLICT,
    Submission.State.UNASSIGNED,
    Submission.State.FAILED,
)
CARD_LINES = 6
# What is older than this is history and not news.
NEWS_DAYS = 14


def files_card(user: User) -> registry.Card:
    """Show the files that need a person, or else the newest."""
    files = Submission.objects.visible_to(user).with_names()
    needy = list(files.filter(state__in=NEEDY)[:CARD_LINES])
    return registry.Card(
        title="Files that wait for somebody" if needy else "Files",
        icon="inbox",
        lines=[
            {
                "text": f.name,
                "url": f.get_absolute_url(),
                "hint": f.reason[:120],
                "badge": {"state": f.state, "label": f.get_state_display()},
            }
            for f in (needy or files[:CARD_LINES])
        ],
        empty="No file has been posted yet.",
        action=("All files", reverse("testing:files")),
        section=Section.TODAY if needy else Section.OVERVIEW,
    )


def tests_card(user: User) -> registry.Card:
    """Show what runs."""
    running = CellTest.objects.visible_to(user).with_codes().with_cells().filter(state=CellTest.State.RUNNING)
    return registry.Card(
        title="Running tests",
        icon="activity",
        lines=[_test_line(test) for test in running[:CARD_LINES]],
        empty="No test is running.",
        action=("All tests", reverse("testing:tests")),
    )


def _test_line(test: CellTest) -> dict[str, Any]:
    return {
        "text": f"{test.code} · {test.title}",
        "url": registry.url_of(test.identity),
        "badge": {"state": test.state, "label": test.get_state_display()},
    }


def finished_card(user: User) -> registry.Card:
    """Show the tests that ended and the reports that are ready, the newest first."""
    tests = CellTest.objects.visible_to(user).with_codes().with_cells().filter(state=CellTest.State.COMPLETED)
    reports = Report.objects.visible_to(user).with_codes().select_related("subject").filter(pdf__isnull=False)
    lines = [_test_line(test) for test in tests.order_by("-performed_at", "-pk")[:CARD_LINES]]
    printed = [
        {
            "text": f"{report.code} · {report.title}",
            "url": registry.url_of(report.identity),
            "badge": {
                "state": "stale" if report.stale else "ready",
                "label": "Out of date" if report.stale else "Ready",
            },
        }
        for report in reports.order_by("-pk")[: CARD_LINES // 2]
    ]
    return registry.Card(
        title="Tests and reports",
        icon="circle-check",
        lines=[*printed, *lines][:CARD_LINES],
        empty="No test has ended and no report is printed yet.",
        action=("All reports", reverse("testing:reports")),
        section=Section.FINISHED,
    )


def wrong_card(user: User) -> registry.Card | None:
    """Show the cells that shorted or failed and the tests that were aborted of late; no card where there are none."""
    since = timezone.now() - timedelta(days=NEWS_DAYS)
    cells = Cell.objects.visible_to(user).with_codes().with_study().filter(recorded_at__gte=since)
    lost = cells.filter(state__in=[Cell.State.SHORTED, Cell.State.FAILED]).order_by("-pk")
    aborted = CellTest.objects.visible_to(user).with_codes().with_cells()
    aborted = aborted.filter(recorded_at__gte=since, state=CellTest.State.ABORTED).order_by("-pk")
    lines = [
        {
            "text": f"{cell.code} · {cell.condition.name}",
            "url": registry.url_of(cell.identity),
            "badge": {"state": cell.state, "label": cell.get_state_display()},
        }
        for cell in lost[:CARD_LINES]
    ]
    lines += [_test_line(test) for test in aborted[:CARD_LINES]]
    if not lines:
        return None
    return registry.Card(
        title="Cells and tests",
        icon="triangle-alert",
        lines=lines[:CARD_LINES],
        empty="",
        action=("All cells", reverse("cells:cells")),
        section=Section.WRONG,
    )
