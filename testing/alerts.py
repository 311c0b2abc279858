"""Raising alerts: once for each cause, and told to whoever wants to know of that kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from lims import jobs
from lims.audit import action, log
from lims.models import Project, Role, User
from testing.models import (
    Alert,
    AlertChoice,
    AlertDelivery,
    AlertWebhook,
    CellTest,
    Channel,
    Instrument,
    Submission,
)

DELIVER = "deliver_alert"


@action
def raise_alert(
    *,
    kind: str,
    cause: str,
    sentence: str,
    project: Project,
    evidence: Mapping[str, Any] | None = None,
    test: CellTest | None = None,
    channel: Channel | None = None,
    instrument: Instrument | None = None,
    submission: Submission | None = None,
) -> Alert | None:
    """Raise an alert and ask for it to be told, or return None where this cause has had one already."""
    if Alert.objects.filter(kind=kind, cause=cause).exists():
        return None
    alert = Alert(
        kind=kind, cause=cause, sentence=sentence, evidence=dict(evidence or {}), project=project, test=test,
        channel=channel or (test.channel if test else None), instrument=instrument, submission=submission,
    )  # fmt: skip
    if alert.channel is not None and alert.instrument is None:
        alert.instrument = alert.channel.instrument
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
    except IntegrityError:
        # Two workers saw the same thing at the same moment; the other one has told it.
        return None
    for delivery in _deliveries(alert):
        delivery.save(force_insert=True)
        jobs.enqueue(DELIVER, delivery.pk, by=None)
    log(None, "raised an alert", test or instrument or cause, kind=kind, alert=sentence)
    return alert


def _deliveries(alert: Alert) -> list[AlertDelivery]:
    """Return one row for each way by which each person of the project wants this kind."""
    choices = AlertChoice.objects.filter(kind=alert.kind, user__in=people_of(alert.project))
    hooked = set(AlertWebhook.objects.values_list("user", flat=True))
    rows = []
    for choice in choices.select_related("user"):
        if choice.by_email and choice.user.email:
            rows.append(AlertDelivery(alert=alert, user=choice.user, way=AlertDelivery.Way.EMAIL))
        if choice.by_webhook and choice.user_id in hooked:
            rows.append(AlertDelivery(alert=alert, user=choice.user, way=AlertDelivery.Way.WEBHOOK))
    return rows


def people_of(project: Project) -> QuerySet[User]:
    """Return who may learn of what happens in ``project``: its members who can still log in."""
    return User.objects.filter(projects=project, is_active=True).exclude(role=Role.INSTRUMENT)
