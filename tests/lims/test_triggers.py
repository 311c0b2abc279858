"""Rows that never change: refused by the database itself, whoever asks and however."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, models, transaction
from django.db.utils import DatabaseError
from django.test import Client

from cells.models import CellDesignEdition, DesignPress
from lims import registry, triggers
from lims.models import LogEntry, Project, User
from materials.models import CoatingRecipeEdition, CoatingStep, FormulationEdition, FormulationPart, MassEntry
from testing.actions import create_protocol
from testing.models import ProtocolEdition
from tests.factories import make_design, make_lot, make_shelf

IMMUTABLE = [
    LogEntry, MassEntry, CoatingRecipeEdition, CoatingStep, FormulationEdition, FormulationPart,
    CellDesignEdition, DesignPress, ProtocolEdition,
]  # fmt: skip


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
    make_design(make_shelf(ada, project))
    create_protocol(by=ada, name="Formation", steps=[])


@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize("model", IMMUTABLE, ids=attrgetter("__name__"))
def test_no_row_is_changed_or_removed_by_orm_or_sql(model: type[models.Model]) -> None:
    row, table = model._default_manager.first(), model._meta.db_table
    assert row is not None
    refused(row.save)
    refused(lambda: model._default_manager.filter(pk=row.pk).update(**{model._meta.pk.attname: row.pk}))
    refused(lambda: model._default_manager.filter(pk=row.pk)._raw_delete("default"))
    refused(lambda: run(f"UPDATE {table} SET id = id"))
    refused(lambda: run(f"DELETE FROM {table}"))
    assert model._default_manager.filter(pk=row.pk).exists()


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


@pytest.mark.postgresql
@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize("model", [LogEntry, MassEntry], ids=attrgetter("__name__"))
def test_a_table_is_not_emptied(model: type[models.Model]) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")
    refused(lambda: run(f"TRUNCATE {model._meta.db_table} CASCADE"))


@pytest.mark.parametrize("model", IMMUTABLE, ids=attrgetter("__name__"))
def test_the_admin_offers_no_change_and_no_removal(
    model: type[models.Model], project: Project, _rows: None, client: Client
) -> None:
    row = model._default_manager.first()
    assert row is not None
    client.force_login(User.objects.create_superuser("admin", password="demo-lab"))
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}"
    assert client.post(f"{base}/change/", {"reason": "x"}).status_code in (403, 404)
    assert client.post(f"{base}/delete/", {"post": "yes"}).status_code in (403, 404)
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_rebuilds_the_table_gets_its_triggers_back(ada: User, project: Project) -> None:
    make_lot(ada, project)
    old = MassEntry._meta.get_field("reason")
    new = models.CharField(max_length=600, blank=True)
    new.set_attributes_from_name("reason")
    new.model = MassEntry
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            editor._remake_table(MassEntry, alter_fields=[(old, new)])
        else:
            run("DROP TRIGGER materials_massentry_no_update ON materials_massentry")
    assert triggers.missing(connection) == ["materials_massentry"]
    with pytest.raises(SystemCheckError, match=r"lims\.E001"):
        call_command("check", databases=["default"])
    call_command("migrate", verbosity=0)
    assert triggers.missing(connection) == []
    refused(lambda: run("UPDATE materials_massentry SET change_ug = 1"))


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
