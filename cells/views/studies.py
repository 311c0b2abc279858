"""Studies: the list, and the page that gathers the cells of each condition."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells import actions
from cells.forms import StudyForm
from cells.models import Cell, Study
from lims import facts
from lims.permissions import require
from lims.tables import Cell as Field
from lims.tables import Column
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person


@login_required
@require_GET
def studies(request: HttpRequest) -> HttpResponse:
    """List the studies."""
    listing = Listing(
        title="Studies",
        lead="A study compares conditions with several cells each.",
        columns=[
            Column("Code", lambda s: Field(s.code, simulated=s.simulated)),
            Column("Name", lambda s: s.name),
            Column("Conditions", lambda s: str(s.condition_count), numeric=True),
            Column("Cells", lambda s: str(s.cell_count), numeric=True),
            Column("Project", lambda s: str(s.project)),
        ],
        empty_text="No study yet. Name what you want to compare; the cells follow.",
        create=("Start a study", reverse("cells:create_study")),
    )
    rows = Study.objects.visible_to(person(request)).with_codes()
    counted = rows.annotate(
        condition_count=Count("conditions", distinct=True),
        cell_count=Count("conditions__cells", distinct=True),
    )
    return list_screen(request, counted.order_by("-pk"), listing)


@login_required
@require_GET
def study(request: HttpRequest, code: str) -> HttpResponse:
    """Show a study; the app above adds each condition's results."""
    record: Study = find(Study.objects.all(), code, person(request))
    plan_url = f"{reverse('cells:plan')}?study={record.code}"
    return detail_screen(
        request,
        record,
        template="cells/study_detail.html",
        sections=[facts.origin(record)],
        actions=[
            {"label": "Plan cells", "url": plan_url, "icon": "plus", "primary": True},
            *_to_build(record),
            {
                "label": "Plan the study",
                "url": reverse("cells:plan_study", args=[record.code]),
                "icon": "shuffle",
            },
        ],
        question=record.question,
    )


def _to_build(record: Study) -> list[dict[str, Any]]:
    """Return what is done with the cells of a study that wait to be built, where there are any."""
    waiting = Cell.objects.of_study(record.code).filter(state__in=[Cell.State.PLANNED, Cell.State.BUILDING])
    if not waiting.exists():
        return []
    grid, sheets = reverse("materials:import_grid", args=["cells"]), reverse("cells:run_sheets")
    return [
        {"label": "Build at the bench", "url": reverse("cells:bench_start"), "icon": "scan-barcode"},
        {"label": "Enter in a grid", "url": f"{grid}?study={record.code}", "icon": "table-2"},
        {"label": "Run sheets", "url": f"{sheets}?study={record.code}", "icon": "printer"},
    ]


@login_required
def new_study(request: HttpRequest) -> HttpResponse:
    """Start a study."""
    user = require(request.user, "record")
    return form_screen(
        request,
        StudyForm(request.POST or None, user=user),
        actions.create_study,
        title="Start a study",
        submit_label="Start it",
        cancel_url=reverse("cells:studies"),
    )
