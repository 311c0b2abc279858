"""What was found in samples and powders."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from lims import facts, registry
from lims.numbers import exact
from lims.permissions import require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from materials.models import Powder
from testing import actions
from testing.filters_samples import CharacterisationFilter
from testing.forms_samples import CharacterisationForm
from testing.models import CellTest, Characterisation, CharacterisedValue, Sample


def treated(record: Sample) -> dict[str, Any]:
    """Return what was done to a sample before anybody looked at it."""
    air = record.get_air_exposure_display()
    minutes = "" if record.air_exposure_min is None else f"{exact(record.air_exposure_min)} min"
    return {
        "title": "What was done to it",
        "facts": [
            *(
                facts.fact(f"Wash {number}", wash_text(wash))
                for number, wash in enumerate(record.washes, start=1)
            ),
            facts.fact("Air", air, hint=minutes),
            facts.fact("Container", record.container or None),
            facts.fact("Sent to", record.sent_to or None),
        ],
    }


def wash_text(wash: dict[str, Any]) -> str:
    """Return a washing step in words.

    >>> wash_text({"solvent": "ethanol", "minutes": 10.0, "sonicated": True, "times": 3})
    'ethanol, 10 min, sonicated, 3 times'
    """
    minutes = wash.get("minutes")
    parts = [str(wash["solvent"])]
    parts += [] if minutes is None else [f"{minutes:g} min"]
    parts += ["sonicated"] if wash.get("sonicated") else []
    parts += [f"{wash['times']} times"] if wash.get("times") else []
    return ", ".join(parts)


def tests_before(record: Sample) -> Table:
    """Return the tests that a sample's cell went through before it was opened."""
    tests: list[CellTest] = []
    if record.cell is not None and record.after_test is not None:
        before = record.cell.tests.filter(place__lte=record.after_test.place)
        tests = list(before.with_codes().with_cells().order_by("place"))
    columns = [
        Column("Test", lambda t: Field(t.code, url=registry.url_of(t.identity))),
        Column("Phase", lambda t: t.get_phase_display()),
        Column("Protocol", lambda t: t.protocol_edition.protocol.name if t.protocol_edition else ""),
        Column("Cycles", lambda t: str(t.cycles.count()), numeric=True),
        Column("State", lambda t: Field(t.get_state_display(), badge=t.state)),
    ]
    return Table.of(columns, tests)


def value_text(value: CharacterisedValue) -> str:
    """Return a number with its range or spread, unit and sites."""
    told = (
        exact(value.value) if value.value_to is None else f"{exact(value.value)} to {exact(value.value_to)}"
    )
    told += "" if value.spread is None else f" ± {exact(value.spread)}"
    told += f" {value.unit}" if value.unit else ""
    sites = "" if value.sites is None else f" ({value.sites} site{'s' if value.sites > 1 else ''})"
    return f"{value.quantity}: {told}{sites}"


def results_table(results: Any) -> Table:
    """Return characterisations as a table."""
    columns = [
        Column("Code", lambda c: Field(c.code, url=registry.url_of(c.identity))),
        Column("Technique", lambda c: c.get_technique_display()),
        Column("Numbers", lambda c: "; ".join(value_text(v) for v in c.values.all())),
        Column("In words", lambda c: c.findings),
        Column("Look out for", lambda c: ", ".join(c.flags)),
    ]
    return Table.of(columns, results.with_codes().prefetch_related("values"))


@login_required
def new_characterisation(request: HttpRequest, code: str) -> HttpResponse:
    """Enter what was found in a sample or a powder."""
    user = require(request.user, "record")
    found = (
        Sample.objects.visible_to(user)
        .with_codes()
        .with_parents()
        .filter(identity__code=code.upper())
        .first()
    )
    subject = found or find(Powder.objects.all(), code, user)
    return form_screen(
        request,
        CharacterisationForm(request.POST or None, user=user),
        actions.record_characterisation,
        title=f"Enter a result of {subject.code}",
        lead="Its files (micrographs, patterns) are added on the page of the result.",
        submit_label="Save the result",
        cancel_url=registry.url_of(subject.identity),
        record=subject,
        **_of(found, subject),
    )


def _of(sample: Sample | None, subject: Any) -> Any:
    """Return what the action takes besides the form."""
    return {"sample": sample} if sample is not None else {"powder": subject}


@login_required
@require_GET
def characterisations(request: HttpRequest) -> HttpResponse:
    """List what was found."""
    listing = Listing(
        title="Sample results",
        lead="What microscopes, diffractometers and spectrometers found in samples and powders.",
        columns=[
            Column("Code", lambda c: Field(c.code, simulated=c.simulated)),
            Column("Technique", lambda c: c.get_technique_display()),
            Column("Of", lambda c: Field(c.subject.code, url=registry.url_of(c.subject.identity))),
            Column("Numbers", lambda c: "; ".join(value_text(v) for v in c.values.all())),
        ],
        empty_text="No result yet. Open a sample and enter one.",
    )
    rows = Characterisation.objects.visible_to(person(request)).with_codes().with_subjects()
    return list_screen(request, rows, listing, filterset=CharacterisationFilter)


@login_required
@require_GET
def characterisation(request: HttpRequest, code: str) -> HttpResponse:
    """Show a result with what its sample went through."""
    record: Characterisation = find(Characterisation.objects.with_subjects(), code, person(request))
    values = [facts.fact(v.quantity, value_text(v).partition(": ")[2]) for v in record.values.all()]
    sections = [
        {
            "title": "What was found",
            "facts": [
                *values,
                facts.fact("In words", record.findings or None),
                facts.fact("Look out for", ", ".join(record.flags) or None),
            ],
        },
        {
            "title": "How",
            "facts": [
                facts.fact("Technique", record.get_technique_display()),
                facts.fact("Instrument", record.instrument),
                facts.fact("Conditions", record.conditions or None),
                facts.record_fact("Sample", record.sample),
                facts.record_fact("Powder", record.powder),
            ],
        },
        facts.origin(record),
    ]
    tables = []
    if record.sample is not None:
        sample = Sample.objects.with_parents().get(pk=record.sample.pk)
        tables = [
            {"title": "Tests before it was opened", "table": tests_before(sample),
             "empty_text": "No test of this lab is known before it."}
        ]  # fmt: skip
        sections.insert(2, treated(sample))
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        first=sections[:1],
        sections=sections[1:],
        tables=tables,
    )
