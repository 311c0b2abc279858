"""System checks that tell a misconfigured lab what to do."""

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name
from django.db import connections

from lims import triggers
from lims.logo import logo_problem
from lims.pdf import pdf_problem


@register(Tags.database)
def check_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Ledger and log must be protected by their triggers."""
    return [
        Error(
            f"Table {table} has lost the triggers that keep its rows from being changed.",
            hint="Run `./lab manage migrate`: it installs them again. Then find out who dropped them.",
            id="lims.E001",
        )
        for alias in databases or []
        for table in triggers.missing(connections[alias])
    ]


@register()
def check_data_directory(**_: Any) -> list[CheckMessage]:
    """Files must have somewhere to go."""
    if os.access(settings.DATA_DIR, os.W_OK):
        return []
    return [
        Error(
            f"The data folder {settings.DATA_DIR} cannot be written.",
            hint="Set LIMS_DATA to a folder that the server's account may write, or mend its permissions.",
            id="lims.E002",
        )
    ]


@register()
def check_pdf(**_: Any) -> list[CheckMessage]:
    """Without its libraries the product runs, but prints no PDF."""
    problem = pdf_problem()
    if problem is None:
        return []
    return [Warning(problem, hint="Reports wait until the libraries are there.", id="lims.W001")]


@register()
def check_logo(**_: Any) -> list[CheckMessage]:
    """A logo that cannot be printed is told of before the first report."""
    problem = logo_problem()
    if not problem:
        return []
    return [Error(problem, hint="Mend LIMS_LAB_LOGO, or leave it empty.", id="lims.E003")]


@register(Tags.security, deploy=True)
def check_production(**_: Any) -> list[CheckMessage]:
    """A lab on several machines needs what one machine does without."""
    messages: list[CheckMessage] = []
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        messages.append(
            Warning(
                "The lab runs on SQLite, which serves one machine.",
                hint="Set LIMS_DATABASE_URL=postgresql://user:password@host/name for more than one.",
                id="lims.W002",
            )
        )
    if settings.EMBEDDED:
        messages.append(
            Warning(
                "The lab runs without Redis, so its workers must stand on this machine.",
                hint="Set LIMS_REDIS_URL=redis://host:6379/0 for workers on other machines.",
                id="lims.W003",
            )
        )
    return messages
