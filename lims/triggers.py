"""Triggers that refuse UPDATE, DELETE and TRUNCATE on what must never change, on SQLite and PostgreSQL.

SQLite drops a table's triggers without a word when a migration rebuilds it, so they are installed after every
migrate, and a system check looks for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from lims import registry


def install(connection: BaseDatabaseWrapper, tables: Iterable[str] | None = None) -> None:
    """Put the triggers on every immutable table that exists; doing it again changes nothing."""
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in registry.immutable_tables() if tables is None else tables:
            if table in existing:
                for statement in _statements(connection.vendor, table):
                    cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away; only tests that must empty tables do this."""
    with connection.cursor() as cursor:
        for table in registry.immutable_tables():
            for name in (f"{table}_no_update", f"{table}_no_delete", f"{table}_no_truncate"):
                on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the immutable tables that exist without all of their triggers."""
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
            verbs = ["update", "delete", "truncate"]
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            verbs = ["update", "delete"]
        names = {row[0] for row in cursor.fetchall()}
    return [
        table
        for table in registry.immutable_tables()
        if table in existing and any(f"{table}_no_{verb}" not in names for verb in verbs)
    ]


def _statements(vendor: str, table: str) -> list[str]:
    sentence = f"{table} is append-only: a correction is a new entry."
    if vendor == "sqlite":
        return [
            (
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
            for verb in ("update", "delete")
        ]
    function = (
        "CREATE OR REPLACE FUNCTION lims_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only: a correction is a new entry.', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    triggers = []
    for verb in ("update", "delete", "truncate"):
        level = "STATEMENT" if verb == "truncate" else "ROW"
        triggers += [
            f"DROP TRIGGER IF EXISTS {table}_no_{verb} ON {table}",
            (
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                f"FOR EACH {level} EXECUTE FUNCTION lims_refuse_change()"
            ),
        ]
    return [function, *triggers]


def install_after_migrate(sender: AppConfig, using: str, **_: Any) -> None:
    """Receive ``post_migrate``: a migration may have rebuilt a table and lost its triggers."""
    install(connections[using], [m._meta.db_table for m in registry.immutable if _of(m, sender)])


def _of(model: type[models.Model], app: AppConfig) -> bool:
    return model._meta.app_label == app.label
