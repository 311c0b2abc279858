"""Rows that never change: refused by the database itself, whoever asks and however."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from operator import attrgetter

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.state import ProjectState
from django.db.utils import DatabaseError
from django.test import Client

from cells.models import CellDesignEdition, DesignLayer, DesignPress
from lims import registry, triggers
from lims.blobs import store
from lims.models import LogEntry, NoteEdition, Project, User
from lims.notebook import write_note
from materials.actions import create_equipment, record_calibration
from materials.models import (
    Calibration,
    CalibrationPoint,
    CoatingRecipeEdition,
    CoatingStep,
    CountEntry,
    FormulationEdition,
    FormulationPart,
    GloveboxReading,
    MassEntry,
    QualityResult,
)
from testing.actions import create_protocol, request_report
from testing.models import ProtocolEdition, ReportPrint, Signature
from tests.factories import make_design, make_lot, make_shelf

IMMUTABLE = [
    LogEntry, MassEntry, CoatingRecipeEdition, CoatingStep, FormulationEdition, FormulationPart,
    CellDesignEdition, DesignLayer, DesignPress, ProtocolEdition, CountEntry, GloveboxReading, QualityResult,
    Calibration,
    CalibrationPoint, NoteEdition, Signature, ReportPrint,
]  # fmt: skip

# What a person's numbers rest on: ledger, counts, log, an edition, results and readings.
REBUILT = [MassEntry, CountEntry, LogEntry, FormulationPart, QualityResult, GloveboxReading]


def test_ledger_log_and_every_edition_are_registered() -> None:
    assert set(registry.immutable) == set(IMMUTABLE)


def refused(change: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change()


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def _rows(ada: User, project: Project) -> None:
    shelf = make_shelf(ada, project)
    make_design(shelf)
    create_protocol(by=ada, name="Formation", text="rest 1 h")
    foil = make_lot(ada, project, received_mg=None, counted_in="disc", count_milli=20_000)
    glovebox = create_equipment(by=ada, kind="glovebox", name="Glovebox 1")
    record_calibration(
        equipment=shelf.balance, by=ada, done_on=date(2024, 1, 8), done_by="The maker", result="passed",
        points=[{"what": "20 mg", "reference": 20, "found": 20.01, "allowed": 0.05, "unit": "mg"}],
    )  # fmt: skip
    GloveboxReading.objects.create(glovebox=glovebox, oxygen_ppm=0.3, by=ada)
    QualityResult.objects.create(
        powder=foil,
        quantity="moisture_ppm",
        value=20,
        method="Karl Fischer",
        measured_by=ada,
        recorded_by=ada,
    )
    write_note(by=ada, project=project, heading="Dry", body="2 ppm of water.")
    report = request_report(kind="lot", subject=foil.identity, by=ada)
    pdf = store([b"%PDF-1.7"])
    Signature.objects.create(
        report=report,
        round=1,
        meaning="author",
        by=ada,
        name="Ada",
        role="researcher",
        inputs_sha256="0" * 64,
    )
    ReportPrint.objects.create(report=report, blob=pdf, sha256=pdf.sha256, released=False)


def every_change_is_refused(model: type[models.Model]) -> None:
    """Try to change and to remove a row by the ORM and by SQL."""
    row, table = model._default_manager.first(), model._meta.db_table
    assert row is not None
    refused(row.save)
    refused(lambda: model._default_manager.filter(pk=row.pk).update(**{model._meta.pk.attname: row.pk}))
    refused(lambda: model._default_manager.filter(pk=row.pk)._raw_delete("default"))
    refused(lambda: run(f"UPDATE {table} SET id = id"))
    refused(lambda: run(f"DELETE FROM {table}"))
    if connection.vendor == "postgresql":
        refused(lambda: run(f"TRUNCATE {table} CASCADE"))
    assert model._default_manager.filter(pk=row.pk).exists()


def the_admin_refuses(model: type[models.Model]) -> None:
    """Try to change and to remove a row in the admin, as its administrator."""
    row = model._default_manager.first()
    assert row is not None
    client = Client()
    admin = User.objects.filter(username="admin").first()
    client.force_login(admin or User.objects.create_superuser("admin", password="demo-lab"))
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}"
    assert client.post(f"{base}/change/", {"reason": "x"}).status_code in (403, 404)
    assert client.post(f"{base}/delete/", {"post": "yes"}).status_code in (403, 404)
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize("model", IMMUTABLE, ids=attrgetter("__name__"))
def test_no_row_is_changed_or_removed_by_orm_or_sql(model: type[models.Model]) -> None:
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
    every_change_is_refused(model)


@pytest.mark.usefixtures("_rows")
def test_the_ledger_is_not_replaced_either() -> None:
    """SQLite's REPLACE removes a row without asking its DELETE trigger, unless told to ask."""
    entry = MassEntry.objects.first()
    assert entry is not None
    columns = "id, powder_id, seq, kind, change_ug, balance_after_ug, reason, at, by_id"
    if connection.vendor == "sqlite":
        refused(
            lambda: run(
                f"INSERT OR REPLACE INTO materials_massentry ({columns}) "
                f"SELECT id, powder_id, seq, kind, change_ug + 1, balance_after_ug, reason, at, by_id "
                f"FROM materials_massentry WHERE id = {entry.pk}"
            )
        )
    else:
        refused(
            lambda: run(
                f"INSERT INTO materials_massentry ({columns}) "
                f"SELECT {columns} FROM materials_massentry WHERE id = {entry.pk} "
                "ON CONFLICT (id) DO UPDATE SET change_ug = 1"
            )
        )
    assert MassEntry.objects.get(pk=entry.pk).change_ug == entry.change_ug


@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize("model", IMMUTABLE, ids=attrgetter("__name__"))
def test_the_admin_offers_no_change_and_no_removal(model: type[models.Model]) -> None:
    the_admin_refuses(model)


def loosened(model: type[models.Model]) -> migrations.AlterField:
    """Return a change of one column that SQLite can only make by building the table anew."""
    name, field = next(
        (f.name, f.clone())
        for f in model._meta.concrete_fields
        if not (f.primary_key or f.null or f.is_relation or f.unique)
    )
    field.null = True
    return migrations.AlterField(str(model._meta.model_name), name, field)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", REBUILT, ids=attrgetter("__name__"))
def test_after_a_migration_that_rebuilds_the_table_every_change_is_refused(
    model: type[models.Model], _rows: None
) -> None:
    """SQLite copies the rows into a new table and drops the old one with its triggers."""
    operation, table = loosened(model), model._meta.db_table
    before = ProjectState.from_apps(apps)
    after = before.clone()
    operation.state_forwards(model._meta.app_label, after)
    try:
        with connection.schema_editor() as editor:
            operation.database_forwards(model._meta.app_label, editor, before, after)
        if connection.vendor == "sqlite":
            assert triggers.missing(connection) == [table], (
                "the table was not built anew: the test tests nothing"
            )
            with pytest.raises(SystemCheckError, match=r"lims\.E001"):
                call_command("check", databases=["default"])
        call_command("migrate", verbosity=0)
        assert triggers.missing(connection) == []
        every_change_is_refused(model)
        the_admin_refuses(model)
    finally:
        with connection.schema_editor() as editor:
            operation.database_backwards(model._meta.app_label, editor, after, before)
        call_command("migrate", verbosity=0)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_dropped_trigger_comes_back_with_the_next_migration(ada: User, project: Project) -> None:
    make_lot(ada, project)
    run("DROP TRIGGER materials_massentry_no_truncate ON materials_massentry")
    assert triggers.missing(connection) == ["materials_massentry"]
    call_command("migrate", verbosity=0)
    every_change_is_refused(MassEntry)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_system_check_names_the_table_that_lost_a_trigger(verb: str) -> None:
    on_table = " ON lims_logentry" if connection.vendor == "postgresql" else ""
    call_command("check", databases=["default"])
    run(f"DROP TRIGGER lims_logentry_no_{verb}{on_table}")
    with pytest.raises(SystemCheckError, match=r"lims_logentry has lost the triggers"):
        call_command("check", databases=["default"])
    triggers.install(connection)


@pytest.mark.django_db
def test_installing_twice_changes_nothing() -> None:
    triggers.install(connection)
    triggers.install(connection)
    assert triggers.missing(connection) == []


@pytest.mark.django_db
def test_a_failed_change_says_why() -> None:
    with transaction.atomic():
        LogEntry.objects.create(
            seq=1,
            at="2026-01-01T00:00Z",
            actor_name="x",
            actor_role="x",
            verb="x",
            subject="x",
            hash="a" * 64,
        )
    with pytest.raises(DatabaseError, match="lims_logentry is append-only: a correction is a new entry"):
        LogEntry.objects.update(verb="y")
