"""The lab's own pages: home, log, health."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lims import registry, triggers
from lims.facts import told_changes
from lims.models import Identity, LogEntry
from lims.pdf import pdf_problem
from lims.tables import Cell, Column
from lims.views.screens import Listing, list_screen, person

# A log line is for finding; the record's own page tells the whole change.
MOST_CHANGES_LETTERS = 200
# A SHA-256 has no place to break and would push the columns after it off the page.
HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


@login_required
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Show the log, newest first, as far as this person may see its records."""
    user = person(request)
    entries = LogEntry.objects.select_related("identity__project")
    if not user.is_superuser:
        entries = entries.filter(identity__in=Identity.objects.visible_to(user))
    columns = [
        Column("No.", lambda e: Cell(str(e.seq), numeric=True), numeric=True),
        Column("When", lambda e: f"{timezone.localtime(e.at):%Y-%m-%d %H:%M:%S}", value=lambda e: e.at),
        Column("Who", lambda e: f"{e.actor_name} ({e.actor_role})"),
        Column("What", lambda e: e.verb),
        Column("Record", lambda e: Cell(e.subject, url=registry.url_of(e.identity) if e.identity else "")),
        Column("Changes", _changes, value=_all_changes),
        Column("Why", lambda e: e.reason),
    ]
    listing = Listing(
        title="Log",
        lead="Every write, in order. Entries are chained by their hashes and cannot be changed.",
        columns=columns,
        empty_text="Nothing has been written yet.",
    )
    return list_screen(request, entries, listing)


def _changes(entry: LogEntry) -> str:
    return HASH.sub(r"\1…", _all_changes(entry))[:MOST_CHANGES_LETTERS]


def _all_changes(entry: LogEntry) -> str:
    told = (
        f"{c['field']} {c['new']}" if c["old"] in (None, "") else f"{c['field']} {c['old']} \u2192 {c['new']}"
        for c in told_changes(entry.changes)
    )
    return "; ".join(told)


@require_GET
def live(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - every view is given the request
    """Say that the server answers."""
    return JsonResponse({"status": "live", "version": settings.VERSION})


@require_GET
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - every view is given the request
    """Say whether the lab can work, or what is missing."""
    missing = []
    try:
        missing += [f"triggers on {table}" for table in triggers.missing(connection)]
    except DatabaseError as error:
        missing.append(f"database: {error}")
    cache.set("health", "1", 5)
    if cache.get("health") != "1":
        missing.append("cache")
    if not settings.DATA_DIR.is_dir():
        missing.append(f"data folder {settings.DATA_DIR.name}")
    notes = [problem] if (problem := pdf_problem()) else []
    status = 503 if missing else 200
    return JsonResponse(
        {"status": "unready" if missing else "ready", "missing": missing, "notes": notes}, status=status
    )


def admin_login(request: HttpRequest) -> HttpResponse:
    """Send the admin's own log-in page to the one that counts wrong passwords."""
    return redirect_to_login(request.GET.get("next", "/admin/"))
