"""Samples and what was found in them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells.models import Cell
from lims import facts, registry
from lims.models import User
from lims.permissions import may, require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials.models import Powder
from testing import actions
from testing.filters_samples import SampleFilter
from testing.forms_samples import SampleForm
from testing.models import Sample
from testing.views import results


def _of(sample: Sample) -> Field:
    parent = sample.parent
    return Field(parent.code, url=registry.url_of(parent.identity)) if parent else Field("not known")


SAMPLE_COLUMNS = [
    Column("Code", lambda s: Field(s.code, simulated=s.simulated)),
    Column("What", lambda s: s.name),
    Column("Of", _of),
    Column("After", lambda s: s.after_test.code if s.after_test else s.history),
    Column("Opened", lambda s: s.get_state_display()),
]


@login_required
@require_GET
def samples(request: HttpRequest) -> HttpResponse:
    """List the samples."""
    listing = Listing(
        title="Samples",
        lead="Fragments and powders that were sent to be looked at, with all that was done to them before.",
        columns=SAMPLE_COLUMNS,
        empty_text="No sample yet. Open a cell or a powder and take one.",
        create=("Enter a sample of unknown origin", reverse("testing:create_sample")),
        actions=[
            {"label": "Without history", "url": reverse("testing:orphans"), "icon": "circle-question-mark"}
        ],
    )
    rows = Sample.objects.visible_to(person(request)).with_codes().with_parents()
    return list_screen(request, rows, listing, filterset=SampleFilter)


@login_required
@require_GET
def orphans(request: HttpRequest) -> HttpResponse:
    """List what has no history: samples without a test or a parent."""
    listing = Listing(
        title="Samples without history",
        lead="A cycled sample whose tests nobody can name, or one without cell and powder: what it shows cannot be "
        "traced. Enter the test, or say in its note why there is none.",
        columns=SAMPLE_COLUMNS,
        empty_text="Every sample can be followed back to its cell and its tests.",
    )
    rows = Sample.objects.visible_to(person(request)).orphans().with_codes().with_parents()
    return list_screen(request, rows, listing)


@login_required
@require_GET
def sample(request: HttpRequest, code: str) -> HttpResponse:
    """Show a sample: where it comes from, what was done to it, and what was found."""
    record: Sample = find(Sample.objects.with_parents(), code, person(request))
    result = {
        "label": "Enter a result",
        "url": reverse("testing:create_characterisation", args=[record.code]),
        "icon": "microscope",
        "primary": True,
    }
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[_where_from(record), results.treated(record), facts.origin(record)],
        actions=[result] if may(request.user, "record") else [],
        tables=[
            {"title": "Tests before it was opened", "table": results.tests_before(record),
             "empty_text": "No test of this lab is known before it."},
            {"title": "What was found", "table": results.results_table(record.characterisations.all()),
             "empty_text": "Nothing has been entered yet."},
        ],
        banners=_orphan_banner(record),
    )  # fmt: skip


def _orphan_banner(record: Sample) -> list[dict[str, Any]]:
    if not Sample.objects.orphans().filter(pk=record.pk).exists():
        return []
    told = f" It is said: {record.history}." if record.history else ""
    words = (
        "No test is known that this cell went through"
        if record.cell
        else "Neither its cell nor its powder is known"
    )
    return [{"level": "warning", "title": "A sample without a test", "lines": [f"{words}.{told}"]}]


def _where_from(record: Sample) -> dict[str, Any]:
    return {
        "title": "Where it comes from",
        "facts": [
            facts.fact("Kind", record.get_kind_display()),
            facts.record_fact("Cell", record.cell),
            facts.fact("Condition", record.cell.group if record.cell else None),
            facts.record_fact("Powder", record.powder),
            facts.record_fact("Last test before", record.after_test),
            facts.fact("Said of its past", record.history or None),
            facts.fact("When opened", record.get_state_display()),
            facts.percent_fact("State of charge", record.state_of_charge_fraction, 1),
            facts.fact("Opened at", record.opened_at_v, "V" if record.opened_at_v is not None else ""),
        ],
    }


@login_required
def new_sample(request: HttpRequest, code: str = "") -> HttpResponse:
    """Take a sample of a cell or a powder; without a code, of nothing that is known here."""
    user = require(request.user, "record")
    cell, powder = _parent(code, user) if code else (None, None)
    parent = cell or powder
    return form_screen(
        request,
        SampleForm(request.POST or None, user=user, cell=cell, powder=powder),
        actions.take_sample,
        title=f"Take a sample of {parent.code}" if parent else "Enter a sample of unknown origin",
        lead="" if parent else "Nothing here leads back to a cell: it is listed as a sample without history.",
        submit_label="Save the sample",
        cancel_url=registry.url_of(parent.identity) if parent else reverse("testing:samples"),
        done="{record.code} has been entered.",
        record=parent,
        **_known(cell=cell, powder=powder),
    )


def _known(**given: Any) -> Any:
    """Return what the action takes besides the form."""
    return {name: value for name, value in given.items() if value is not None}


def _parent(code: str, user: Any) -> tuple[Cell | None, Powder | None]:
    cell = Cell.objects.visible_to(user).with_codes().with_study().filter(identity__code=code.upper()).first()
    if cell is not None:
        return cell, None
    return None, find(Powder.objects.all(), code, user)


def of_parent(record: Any, user: User) -> dict[str, Any]:
    """Return what the page of a cell or powder shows of its samples and results."""
    taken = list(record.samples.visible_to(user).with_codes().with_parents().order_by("pk")[:20])
    take = {
        "label": "Take a sample",
        "url": reverse("testing:take_sample", args=[record.code]),
        "icon": "microscope",
    }
    own = record.characterisations.visible_to(user) if isinstance(record, Powder) else None
    tables = []
    if taken:
        columns = [
            Column("Sample", lambda s: Field(s.code, url=registry.url_of(s.identity))),
            *SAMPLE_COLUMNS[1:2],
            *SAMPLE_COLUMNS[3:],
            Column(
                "Results", lambda s: ", ".join(c.get_technique_display() for c in s.characterisations.all())
            ),
        ]
        tables.append({"title": "Samples", "table": Table.of(columns, taken)})
    if own is not None and own.exists():
        tables.append({"title": "Results", "table": results.results_table(own)})
    return {"tables_below": tables, "actions": [take] if may(user, "record") else []}
