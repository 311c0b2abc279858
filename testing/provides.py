"""What this app shows elsewhere: kinds, jobs, lineage, home cards, what turns stale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from cells import passport
from cells.models import Cell, Study
from lims import registry
from lims.models import Record
from materials.models import Powder
from testing import (
    analyse,
    delivery,
    half_hour,
    home,
    ingest,
    replay,
    sealing,
    suspected,
    watch,
)
from testing.alerts import DELIVER
from testing.models import (
    CellTest,
    ColumnMapping,
    Comparison,
    Instrument,
    Protocol,
    ProtocolEdition,
    Report,
    ReportDependency,
    ReportLayout,
    ReportPrint,
    Signature,
)
from testing.passport_parts import sections_of
from testing.reporting import printing
from testing.views import alerts, cell_parts, polarity, report_new, study_parts

REPORTED_KINDS = (Cell._meta.label_lower, CellTest._meta.label_lower)


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
        (
            Comparison,
            "Comparison",
            "Comparisons",
            "testing:comparison",
            "testing:comparisons",
            "git-compare",
            _describe_comparisons,
        ),
        (
            ColumnMapping,
            "Column mapping",
            "Column mappings",
            "testing:mapping",
            "testing:mappings",
            "table-properties",
            _describe_mappings,
        ),
        (Report, "Report", "Reports", "testing:report", "testing:reports", "file-text", _describe_reports),
        (
            ReportLayout,
            "Report layout",
            "Report layouts",
            "testing:report_layout",
            "testing:report_layouts",
            "layout-list",
            _describe_layouts,
        ),
    ]
    for kind in kinds:
        registry.register(registry.Kind(*kind))
    registry.navigation += [
        registry.NavigationItem("Tests", "testing:tests", "activity", 30),
        registry.NavigationItem("Files", "testing:files", "inbox", 31),
        registry.NavigationItem("Compare", "testing:compare", "git-compare", 35),
        registry.NavigationItem("Board", "testing:board", "layout-grid", 29),
        registry.NavigationItem("Reports", "testing:reports", "file-text", 40),
        registry.NavigationItem("Control charts", "testing:control", "chart-line", 68),
        registry.NavigationItem("Instruments", "testing:instruments", "gauge", 65),
        registry.NavigationItem("Column mappings", "testing:mappings", "table-properties", 67),
        registry.NavigationItem("Report layouts", "testing:report_layouts", "layout-list", 69),
        registry.NavigationItem("Protocols", "testing:protocols", "list-ordered", 66),
    ]
    registry.immutable += [ProtocolEdition, Signature, ReportPrint]
    registry.job_handlers |= {
        ingest.KIND: ingest.read_file,
        analyse.KIND: analyse.compute_metrics,
        replay.KIND: replay.replay,
        printing.KIND: printing.print_report,
    }
    registry.job_failures |= {ingest.KIND: ingest.give_up, printing.KIND: printing.give_up}
    registry.job_handlers |= {
        ingest.REMAKE: ingest.remake,
        half_hour.KIND: half_hour.check_live,
        sealing.KIND: sealing.seal,
        DELIVER: delivery.deliver,
    }
    registry.job_failures |= {DELIVER: delivery.give_up}
    registry.periodic.append(watch.look)
    registry.header_parts.append(alerts.bell)
    registry.lineage_edges.append(edges)
    registry.on_threads |= {CellTest._meta.label_lower, Report._meta.label_lower}
    registry.dependents += [analyse.request_below, printing.mark_stale]
    registry.number_finders.append(_instruments_by_number)
    registry.name_finders.append(_instruments_by_name)
    registry.home_cards += [home.wrong_card, home.files_card, home.finished_card, home.tests_card]
    registry.suspect_parts.append(suspected.parts)
    registry.list_actions.setdefault(Cell._meta.label_lower, []).append(_compare_chosen)
    registry.add_detail_part(Cell, cell_parts.of_cell)
    registry.add_detail_part(CellTest, polarity.beside_test)
    passport.parts.append(sections_of)
    registry.add_detail_part(Study, study_parts.of_study)
    for model in (Study, CellTest, Instrument, Powder):
        registry.add_detail_part(model, report_new.offer)


def edges(identities: Iterable[int], up: bool) -> list[tuple[int, int, int | None]]:  # noqa: FBT001 - the registry's shape
    """Return the tests of cells, and the reports that rest on cells and tests: (source, target, no mass)."""
    keys = list(identities)
    tests = CellTest.objects.filter(pk__in=keys) if up else CellTest.objects.filter(cell__in=keys)
    # A report rests on everything above its cell too; those are reached by way of the cell.
    rests = ReportDependency.objects.filter(identity__kind__in=REPORTED_KINDS)
    rests = rests.filter(report__in=keys) if up else rests.filter(identity__in=keys)
    found = [
        *tests.order_by().values_list("cell_id", "pk"),
        *rests.order_by().values_list("identity_id", "report_id"),
    ]
    return [(source, target, None) for source, target in found]


def _instruments_by_number(word: str) -> QuerySet[Any]:
    return Instrument.objects.filter(serial_number__iexact=word).order_by().values("pk")


def _instruments_by_name(word: str) -> QuerySet[Any]:
    return Instrument.objects.filter(name__icontains=word).order_by().values("pk")


def _describe_tests(keys: Iterable[int]) -> dict[int, str]:
    return {t.pk: t.title for t in CellTest.objects.with_cells().filter(pk__in=keys)}


def _describe_instruments(keys: Iterable[int]) -> dict[int, str]:
    return dict(Instrument.objects.filter(pk__in=keys).values_list("pk", "name"))


def _describe_protocols(keys: Iterable[int]) -> dict[int, str]:
    return dict(Protocol.objects.filter(pk__in=keys).values_list("pk", "name"))


def _describe_comparisons(keys: Iterable[int]) -> dict[int, str]:
    return dict(Comparison.objects.filter(pk__in=keys).values_list("pk", "name"))


def _compare_chosen() -> dict[str, str]:
    return {"label": "Compare the chosen", "url": reverse("testing:compare"), "icon": "git-compare"}


def _describe_mappings(keys: Iterable[int]) -> dict[int, str]:
    return dict(ColumnMapping.objects.filter(pk__in=keys).values_list("pk", "name"))


def _describe_reports(keys: Iterable[int]) -> dict[int, str]:
    rows = Report.objects.select_related("subject", "identity__project").filter(pk__in=keys)
    return {row.pk: row.title for row in rows}


def _describe_layouts(keys: Iterable[int]) -> dict[int, str]:
    return {row.pk: row.title for row in ReportLayout.objects.filter(pk__in=keys)}
