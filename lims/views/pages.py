"""The lab's own pages: home, scanning, attachments, health."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lims import registry, triggers
from lims.context_processors import SETUP_FROM_ORDER
from lims.facts import told_changes
from lims.models import Identity, Job, LogEntry, Project, User
from lims.pdf import pdf_problem
from lims.permissions import may
from lims.tables import Cell, Column
from lims.views.screens import Listing, list_screen, person

# A log line is for finding; the record's own page tells the whole change.
MOST_CHANGES_LETTERS = 200
# A SHA-256 has no place to break and would push the columns after it off the page.
HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what needs this person today."""
    user = person(request)
    projects = list(Project.objects.visible_to(user))
    cards = [card(user) for card in registry.home_cards]
    return render(
        request,
        "home.html",
        {
            "cards": cards,
            "counts": _counts(user),
            "hero": _first_step(user, cards),
            "open_jobs": Job.objects.open().count(),
            "projects": projects,
            "simulated": any(project.simulated for project in projects),
            "pdf_problem": pdf_problem(),
        },
    )


def _counts(user: User) -> list[dict[str, Any]]:
    """Return how many records of each kind in the navigation this person may see, in one query."""
    rows = (
        Identity.objects.visible_to(user).order_by().values_list("kind").annotate(Count("pk", distinct=True))
    )
    counted = dict(rows)
    listed = {item.url_name for item in registry.navigation if item.order < SETUP_FROM_ORDER}
    kinds = [kind for kind in registry.kinds.values() if kind.list_url in listed]
    return [
        {
            "label": kind.plural.lower(),
            "value": counted.get(kind.model._meta.label_lower, 0),
            "url": reverse(kind.list_url),
        }
        for kind in kinds
    ]


def _first_step(user: User, cards: list[registry.Card]) -> dict[str, str]:
    """Return what an empty lab begins with; nothing once there is work on the cards."""
    first = next((card.action for card in cards if card.action), None)
    if first is None or any(card.lines for card in cards) or not may(user, "record"):
        return {}
    return {
        "text": "Nothing is in the lab yet. Begin with what came in a container.",
        "label": first[0],
        "url": first[1],
    }


@login_required
@require_GET
def scan(request: HttpRequest) -> HttpResponse:
    """Go to the record that a scanned or typed code names."""
    code = request.GET.get("code", "").strip().upper().rsplit("/", 1)[-1]
    identity = Identity.objects.visible_to(person(request)).filter(code=code).first()
    if identity is None:
        messages.warning(request, f"No record that you may see has the code {code or '(empty)'}.")
        return redirect("lims:home")
    return redirect(registry.url_of(identity))


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
        Column("When", lambda e: f"{timezone.localtime(e.at):%Y-%m-%d %H:%M:%S}"),
        Column("Who", lambda e: f"{e.actor_name} ({e.actor_role})"),
        Column("What", lambda e: e.verb),
        Column("Record", lambda e: Cell(e.subject, url=registry.url_of(e.identity) if e.identity else "")),
        Column("Changes", _changes),
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
    told = (
        f"{c['field']} {c['new']}" if c["old"] in (None, "") else f"{c['field']} {c['old']} \u2192 {c['new']}"
        for c in told_changes(entry.changes)
    )
    return HASH.sub(r"\1…", "; ".join(told))[:MOST_CHANGES_LETTERS]


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
