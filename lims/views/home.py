"""The home page: what needs this person today, what went wrong, what finished, in the order that suits their role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lims import registry
from lims.context_processors import SETUP_FROM_ORDER
from lims.models import Identity, Job, Project, Role, SavedView, User
from lims.pdf import pdf_problem
from lims.permissions import may
from lims.registry import Section
from lims.views.screens import person

TITLES = {
    Section.TODAY: "Needs you today",
    Section.WRONG: "Went wrong",
    Section.FINISHED: "Finished",
    Section.OVERVIEW: "Around the lab",
}
# Who makes cells begins with their hands' work; who answers for the lab with what went wrong.
ORDER = {
    Role.RESEARCHER: (Section.TODAY, Section.WRONG, Section.FINISHED, Section.OVERVIEW),
    Role.MANAGER: (Section.WRONG, Section.TODAY, Section.FINISHED, Section.OVERVIEW),
    Role.READER: (Section.FINISHED, Section.OVERVIEW, Section.WRONG, Section.TODAY),
}
GREETINGS = {
    Role.RESEARCHER: "here is your bench",
    Role.MANAGER: "here is your lab",
    Role.READER: "here is what was found",
}
JOBS_OF_DAYS = 7
CARD_LINES = 6


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what needs this person, and what has happened around them."""
    user = person(request)
    projects = list(Project.objects.visible_to(user))
    cards = [card for make in registry.home_cards if (card := make(user)) is not None]
    return render(
        request,
        "home.html",
        {
            "greeting": "here is how the lab runs" if user.is_superuser else GREETINGS[Role(user.role)],
            "sections": _sections(user, cards),
            "counts": _counts(user),
            "hero": _first_step(user, cards),
            "saved_views": SavedView.objects.filter(user=user),
            "open_jobs": Job.objects.open().count(),
            "projects": projects,
            "simulated": any(project.simulated for project in projects),
            "pdf_problem": pdf_problem(),
        },
    )


def _sections(user: User, cards: list[registry.Card]) -> list[dict[str, Any]]:
    """Return the cards by section; within one, those that have something to say come first."""
    order = ORDER[Role.MANAGER if user.is_superuser else Role(user.role)]
    sections = [
        {
            "title": TITLES[section],
            "name": section.value,
            "cards": sorted((c for c in cards if c.section == section), key=lambda card: not card.lines),
        }
        for section in order
    ]
    return [section for section in sections if section["cards"]]


def jobs_card(user: User) -> registry.Card | None:
    """Show an administrator the work that failed, with its reason."""
    if not user.is_superuser:
        return None
    since = timezone.now() - timedelta(days=JOBS_OF_DAYS)
    failed = Job.objects.filter(state=Job.State.FAILED, created_at__gte=since).select_related("identity")
    return registry.Card(
        title="Work that failed",
        icon="server-crash",
        lines=[
            {
                "text": f"{job.kind.replace('_', ' ')}{f' of {job.identity.code}' if job.identity else ''}",
                "url": registry.url_of(job.identity) if job.identity else "",
                "hint": job.reason[:160],
                "badge": "failed",
            }
            for job in failed[:CARD_LINES]
        ],
        empty=f"No work has failed in {JOBS_OF_DAYS} days.",
        section=Section.WRONG,
    )


def people_card(user: User) -> registry.Card | None:
    """Show an administrator who can see nothing yet: people who belong to no project."""
    if not user.is_superuser:
        return None
    people = User.objects.filter(is_active=True, is_superuser=False, membership=None).exclude(
        role=Role.INSTRUMENT
    )
    return registry.Card(
        title="People without a project",
        icon="users",
        lines=[
            {
                "text": one.display_name,
                "url": reverse("admin:lims_user_change", args=[one.pk]),
                "hint": one.get_role_display(),
            }
            for one in people[:CARD_LINES]
        ],
        empty="Everybody belongs to a project.",
        action=("Projects and members", reverse("admin:lims_project_changelist")),
        section=Section.TODAY,
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
