"""What this app shows elsewhere: kinds, jobs, lineage, home cards, what turns stale."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from cells.models import Cell, Study
from lims import registry
from lims.models import Record, User
from testing import ingest, reporting
from testing.models import CellTest, Instrument, Protocol, ProtocolEdition, Report, Submission
from testing.views import cell_parts


def register() -> None:
    """Tell lims about the testing app."""
    kinds: list[tuple[type[Record], str, str, str, str, str, registry.Describer]] = [
        (CellTest, "Test", "Tests", "testing:test", "testing:tests", "activity", _describe_tests),
        (
            Instrument,
            "Instrument",
            "Instruments",
            "testing:instrument",
            "testing:instruments",
            "gauge",
            _describe_instruments,
        ),
        (
            Protocol,
            "Protocol",
            "Protocols",
            "testing:protocol",
            "testing:protocols",
            "list-ordered",
            _describe_protocols,
        ),
        (Report, "Report", "Reports", "testing:report", "testing:reports", "file-text", _describe_reports),
    ]
    for kind in kinds:
        registry.register(registry.Kind(*kind))
    registry.navigation += [
        registry.NavigationItem("Tests", "testing:tests", "activity", 30),
        registry.NavigationItem("Files", "testing:files", "inbox", 31),
        registry.NavigationItem("Reports", "testing:reports", "file-text", 40),
        registry.NavigationItem("Instruments", "testing:instruments", "gauge", 65),
        registry.NavigationItem("Protocols", "testing:protocols", "list-ordered", 66),
    ]
    registry.immutable.append(ProtocolEdition)
    registry.job_handlers |= {ingest.KIND: ingest.read_file, reporting.KIND: reporting.print_report}
    registry.job_failures |= {ingest.KIND: ingest.give_up, reporting.KIND: reporting.give_up}
    registry.lineage_edges.append(edges)
    registry.dependents.append(reporting.mark_stale)
    registry.home_cards += [files_card, tests_card]
    registry.add_detail_part(Cell, cell_parts.of_cell)
    registry.add_detail_part(Study, cell_parts.of_study)


def edges(identities: Iterable[int], up: bool) -> list[tuple[int, int, int | None]]:  # noqa: FBT001 - the registry's shape
    """Return the tests of cells: (cell, test, no mass)."""
    keys = list(identities)
    tests = CellTest.objects.filter(pk__in=keys) if up else CellTest.objects.filter(cell__in=keys)
    return [(cell, test, None) for cell, test in tests.order_by().values_list("cell_id", "pk")]


def _describe_tests(keys: Iterable[int]) -> dict[int, str]:
    return {t.pk: t.title for t in CellTest.objects.with_cells().filter(pk__in=keys)}


def _describe_instruments(keys: Iterable[int]) -> dict[int, str]:
    return dict(Instrument.objects.filter(pk__in=keys).values_list("pk", "name"))


def _describe_protocols(keys: Iterable[int]) -> dict[int, str]:
    return dict(Protocol.objects.filter(pk__in=keys).values_list("pk", "name"))


def _describe_reports(keys: Iterable[int]) -> dict[int, str]:
    return {r.pk: r.title for r in Report.objects.select_related("subject").filter(pk__in=keys)}


def files_card(user: User) -> registry.Card:
    """Show the files that need a person, then the newest."""
    files = Submission.objects.visible_to(user).with_names()
    needy = [
        Submission.State.PARKED,
        Submission.State.CONFLICT,
        Submission.State.UNASSIGNED,
        Submission.State.FAILED,
    ]
    shown = list(files.filter(state__in=needy)[:5]) or list(files[:5])
    return registry.Card(
        title="Files",
        icon="inbox",
        lines=[
            {
                "text": f.name,
                "url": f.get_absolute_url(),
                "badge": {"state": f.state, "label": f.get_state_display()},
            }
            for f in shown
        ],
        empty="No file has been posted yet.",
        action=("All files", reverse("testing:files")),
    )


def tests_card(user: User) -> registry.Card:
    """Show what runs."""
    running = (
        CellTest.objects.visible_to(user).with_codes().with_cells().filter(state=CellTest.State.RUNNING)[:6]
    )
    return registry.Card(
        title="Running tests",
        icon="activity",
        lines=[
            {
                "text": f"{t.code} · {t.title}",
                "url": registry.url_of(t.identity),
                "badge": t.get_state_display(),
            }
            for t in running
        ],
        empty="No test is running.",
        action=("All tests", reverse("testing:tests")),
    )
