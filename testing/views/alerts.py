"""Alerts: the bell of every page, the list, one with its evidence, and how a person wants to be told."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from lims import facts, registry
from lims.models import User
from lims.permissions import may, require
from lims.tables import Cell as Field
from lims.tables import Column
from lims.views.screens import Listing, list_screen, person
from testing import actions
from testing.filters import AlertFilter
from testing.forms_intake import AcknowledgeForm, AlertChoiceForm
from testing.models import Alert, AlertWebhook

COLUMNS = [
    Column("Raised", lambda a: facts.spelled(a.raised_at), value=lambda a: a.raised_at),
    Column("What", lambda a: Field(a.get_kind_display(), badge="bad" if a.urgent else "info")),
    Column("Sentence", lambda a: Field(a.sentence, simulated=a.simulated)),
    Column("Test", lambda a: Field(a.test.code, url=registry.url_of(a.test.identity)) if a.test else ""),
    Column("Seen to by", lambda a: a.acknowledged_by.display_name if a.acknowledged_by else "nobody yet"),
]


def bell(user: User) -> registry.HeaderPart:
    """Return the bell: how many alerts nobody has seen to, of the kinds that this person wants."""
    waiting = Alert.objects.visible_to(user).chosen_by(user).open().count()
    label = "No open alert" if not waiting else f"{waiting} open alert{'' if waiting == 1 else 's'}"
    return registry.HeaderPart(label, reverse("testing:alerts"), "bell", waiting, urgent=waiting > 0)


@login_required
@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """List the alerts, those that nobody has seen to first."""
    listing = Listing(
        title="Alerts",
        lead="What went wrong or is ready. Each cause is told once; whoever sees to it says so here.",
        columns=COLUMNS,
        empty_text="No alert. The first half hour of every running test is held against its card, and what does "
        "not fit is told here.",
        links=[{"label": "How I am told", "url": reverse("testing:choose_alerts"), "icon": "bell-ring"}],
    )
    user = person(request)
    rows = Alert.objects.visible_to(user).chosen_by(user).with_names()
    return list_screen(request, rows, listing, filterset=AlertFilter)


def _find(pk: int, user: User) -> Alert:
    found = Alert.objects.visible_to(user).with_names().filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no alert {pk} that you may see.")
    return found


@login_required
@require_GET
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one alert with its evidence, and what to do."""
    user = person(request)
    found = _find(pk, user)
    told = [
        facts.record_fact("Test", found.test),
        facts.record_fact(
            "Instrument", found.instrument, hint=f"channel {found.channel.name}" if found.channel else ""
        ),
        facts.fact("File", found.submission.name, url=found.submission.get_absolute_url())
        if found.submission
        else facts.fact("Project", found.project.code),
        facts.fact("Raised", found.raised_at),
        facts.fact("Seen to", found.acknowledged_at, hint=_who(found)),
    ]
    evidence = [facts.fact(name.replace("_", " "), value) for name, value in found.evidence.items()]
    sections = [{"title": "Alert", "facts": told}]
    if evidence:
        sections.append({"title": "Evidence", "facts": evidence})
    open_now = found.acknowledged_at is None
    return render(
        request,
        "testing/alert_detail.html",
        {
            "alert": found,
            "sections": sections,
            "simulated": found.simulated,
            "form": AcknowledgeForm(user=user) if open_now and may(user, "record") else None,
        },
    )


def _who(found: Alert) -> str:
    if found.acknowledged_by is None:
        return ""
    note = f": {found.acknowledged_note}" if found.acknowledged_note else ""
    return f"by {found.acknowledged_by.display_name}{note}"


@login_required
@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that somebody has seen to it; a second tap finds it done."""
    user = require(request.user, "record")
    found = _find(pk, user)
    form = AcknowledgeForm(request.POST, user=user)
    if form.is_valid():
        actions.acknowledge_alert(alert=found, by=user, note=form.cleaned_data["note"])
        messages.success(request, "Kept: you have seen to it.")
        return redirect("testing:alerts")
    messages.error(request, "A note has at most 500 characters.")
    return redirect(found)


@login_required
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """Choose how one is told of each kind of alert."""
    user = person(request)
    form = AlertChoiceForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_alerts(by=user, **form.arguments())
        except ValidationError as error:
            form.show(error)
        else:
            messages.success(request, "Kept. From now on you are told this way.")
            return redirect("testing:choose_alerts")
    context: dict[str, Any] = {
        "form": form,
        "kinds": [
            form[name] for name in form.fields if name not in ("idempotency_key", "email", "webhook_url")
        ],
        "ways": form.WAYS,
        "mail_problem": ""
        if settings.EMAIL_HOST_STATED
        else "This lab has no mail server yet (LIMS_EMAIL_URL).",
        "hook": AlertWebhook.objects.filter(user=user).first(),
    }
    return render(request, "testing/alert_choices.html", context, status=400 if form.errors else 200)
