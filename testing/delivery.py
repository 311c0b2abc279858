"""Telling people of an alert by e-mail and webhook; a job for each, so that what fails is tried again."""

from __future__ import annotations

import json
import smtplib
import time
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from lims.jobs import JobRefused, Lease
from lims.models import Job
from testing.models import Alert, AlertDelivery, AlertWebhook
from testing.webhooks import WebhookRefused, post


def deliver(job: Job, lease: Lease) -> None:
    """Tell one person by one way; whatever the network says no to rises, and the job is tried again later."""
    delivery = (
        AlertDelivery.objects.select_related(
            "alert__project", "alert__test__identity", "alert__instrument__identity",
            "alert__channel__instrument__identity", "user",
        )
        .filter(pk=job.target_id)
        .first()
    )  # fmt: skip
    if delivery is None or delivery.state == AlertDelivery.State.SENT:
        return
    lease.renew(0.1, "telling")
    (_by_email if delivery.way == AlertDelivery.Way.EMAIL else _by_webhook)(delivery)
    # A worker that died between the sending and this tells twice; told twice is better than not at all.
    AlertDelivery.objects.filter(pk=delivery.pk).update(
        state=AlertDelivery.State.SENT, sent_at=timezone.now(), reason=""
    )


def _by_email(delivery: AlertDelivery) -> None:
    if not settings.EMAIL_HOST_STATED:
        raise JobRefused("This lab has no mail server: LIMS_EMAIL_URL is not set.")
    alert, user = delivery.alert, delivery.user
    subject = f"[{settings.LAB_NAME}] {alert.get_kind_display()}: {_what(alert)}".replace("\n", " ")
    lines = [alert.sentence, "", *evidence_lines(alert), "", _address(alert)]
    message = EmailMessage(subject[:200], "\n".join(lines).strip() + "\n", to=[user.email])
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise JobRefused(f"The mail server does not know {user.email}.") from error


def _by_webhook(delivery: AlertDelivery) -> None:
    hook = AlertWebhook.objects.filter(user=delivery.user).first()
    if hook is None:
        raise JobRefused(f"{delivery.user.display_name} has no webhook any more.")
    body = json.dumps(payload(delivery.alert), ensure_ascii=False, sort_keys=True).encode()
    try:
        post(
            hook.url,
            body,
            secret=hook.secret,
            at_s=int(time.time()),
            private_allowed=settings.WEBHOOK_PRIVATE,
        )
    except WebhookRefused as refusal:
        raise JobRefused(str(refusal)) from refusal


def payload(alert: Alert) -> dict[str, Any]:
    """Return what a webhook is told; ``id`` is the same in every attempt, so a receiver can drop repeats."""
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "sentence": alert.sentence,
        "evidence": alert.evidence,
        "project": alert.project.code,
        "simulated": alert.simulated,
        "test": alert.test.code if alert.test else None,
        "instrument": alert.instrument.code if alert.instrument else None,
        "channel": alert.channel.name if alert.channel else None,
        "raised_at": alert.raised_at.isoformat(),
        "url": _address(alert),
    }


def evidence_lines(alert: Alert) -> list[str]:
    return [f"{name}: {value}" for name, value in alert.evidence.items()]


def _what(alert: Alert) -> str:
    if alert.test:
        return alert.test.code
    return str(alert.channel or (alert.instrument.code if alert.instrument else alert.project.code))


def _address(alert: Alert) -> str:
    return f"{settings.PUBLIC_URL}{alert.get_absolute_url()}" if settings.PUBLIC_URL else ""


def give_up(job: Job, reason: str) -> None:
    """Say on the delivery that nobody could be told this way; called when the job is failed for good."""
    AlertDelivery.objects.filter(pk=job.target_id).exclude(state=AlertDelivery.State.SENT).update(
        state=AlertDelivery.State.FAILED, reason=reason
    )
