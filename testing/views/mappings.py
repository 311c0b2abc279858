"""Pages on which people say what the columns of a table are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import facts, registry
from lims.forms import perform
from lims.permissions import require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from testing import actions
from testing.mapping_forms import MappingForm, RetireMappingForm
from testing.models import ColumnMapping, Submission
from testing.readers.base import UnreadableFile
from testing.readers.mapped import Tried
from testing.readers.mapping import TARGETS, TIME_FORMATS
from testing.replay import preview_of_file, try_on

COLUMNS = [
    Column("Code", lambda m: Field(m.code, simulated=m.simulated)),
    Column("Name", lambda m: m.name),
    Column("What it is for", lambda m: m.get_kind_display()),
    Column("Instrument", lambda m: m.instrument.name if m.instrument else "any"),
    Column("Columns", lambda m: ", ".join(m.header) or f"{m.width} without names"),
    Column("State", lambda m: "retired" if m.retired else "in use"),
]


@login_required
@require_GET
def mappings(request: HttpRequest) -> HttpResponse:
    """List what has been said of tables that no reader knows."""
    listing = Listing(
        title="Column mappings",
        lead="What the columns of files are that no reader knows: said once, used for every file with the same header.",
        columns=COLUMNS,
        empty_text="None yet. Open a parked file and choose “Map its columns”.",
    )
    rows = (
        ColumnMapping.objects.visible_to(person(request)).with_codes().select_related("instrument__identity")
    )
    return list_screen(request, rows, listing)


@login_required
@require_GET
def mapping(request: HttpRequest, code: str) -> HttpResponse:
    """Show one mapping."""
    record: ColumnMapping = find(
        ColumnMapping.objects.select_related("instrument__identity"), code, person(request)
    )
    retire = {
        "label": "Retire it",
        "url": reverse("testing:retire_mapping", args=[record.code]),
        "icon": "archive",
    }
    read = Submission.objects.visible_to(person(request)).filter(reader=f"mapped {record.code}").count()
    told = [
        facts.fact("What it is for", record.get_kind_display()),
        facts.record_fact("Instrument", record.instrument),
        facts.fact("Written time", TIME_FORMATS.get(record.time_format, "")),
        facts.fact("State", "retired" if record.retired else "in use"),
        facts.fact("Files read by it", read),
    ]
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[{"title": "Mapping", "facts": told}, facts.origin(record)],
        actions=[] if record.retired else [retire],
        tables=[{"title": "Columns", "table": _columns_of(record)}],
    )


def _columns_of(record: ColumnMapping) -> Table:
    said = {column["place"]: column for column in record.columns}
    names = record.header or [f"column {place + 1}" for place in range(record.width)]
    columns = [
        Column("In the file", lambda row: row[1] or "–"),
        Column(
            "What it is", lambda row: TARGETS[said[row[0]]["target"]].label if row[0] in said else "not read"
        ),
        Column("Unit", lambda row: said.get(row[0], {}).get("unit", "")),
        Column("Sign", lambda row: "turned round" if said.get(row[0], {}).get("negative") else ""),
    ]
    return Table.of(columns, list(enumerate(names)))


@login_required
def map_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the columns of a parked file are, with its first rows in view."""
    user = require(request.user, "record")
    found = Submission.objects.visible_to(user).with_names().filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no file {pk} that you may see.")
    try:
        shown = preview_of_file(found)
    except UnreadableFile as reason:
        messages.warning(request, f"The columns of {found.name} cannot be named here: {reason}")
        return redirect(found.get_absolute_url())
    form = MappingForm(request.POST or None, user=user, submission=found, shown=shown)
    tried: Tried | None = None
    if request.method == "POST" and "try" in request.POST:
        if form.is_valid():
            tried = try_on(found, form.column_map())
    elif request.method == "POST":
        made = perform(form, actions.save_mapping, submission=found)
        if made is not None:
            messages.success(request, f"{made.code} is kept. Files with these columns are being read.")
            return redirect(registry.url_of(made.identity))
    context: dict[str, Any] = {
        "title": "Map its columns",
        "lead": f"{found.name}: say what each column is and in which unit. What is not said is not read.",
        "form": form,
        "tried": tried,
        "tried_table": _tried_table(tried) if tried else None,
        "submit_label": "Keep it and read the files",
        "cancel_url": found.get_absolute_url(),
        "simulated": found.simulated,
    }
    return render(request, "testing/map_file.html", context, status=400 if form.errors else 200)


def _tried_table(tried: Tried) -> Table:
    columns = [
        Column(name, lambda row, place=place: row[place], numeric=True)  # type: ignore[misc]
        for place, name in enumerate(tried.columns)
    ]
    return Table.of(columns, tried.rows)


@login_required
def retire_mapping(request: HttpRequest, code: str) -> HttpResponse:
    """Stop reading files by a mapping."""
    user = require(request.user, "record")
    record: ColumnMapping = find(ColumnMapping.objects.all(), code, user)
    return form_screen(
        request,
        RetireMappingForm(request.POST or None, user=user),
        actions.retire_mapping,
        title="Retire the mapping",
        lead="No more files are read by it. Those that were stay, and name it.",
        submit_label="Retire it",
        cancel_url=registry.url_of(record.identity),
        record=record,
        mapping=record,
    )
