"""What people do with alerts: acknowledge them, and choose how they are told."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from lims.audit import action, log
from lims.models import User
from testing.models import Alert, AlertChoice, AlertKind, AlertWebhook
from testing.webhooks import WebhookFailed, WebhookRefused, look_up


@action
def acknowledge_alert(*, alert: Alert, by: User, note: str = "") -> Alert:
    """Say that somebody has seen to it; the first one to say so is kept."""
    locked = Alert.objects.select_for_update(of=("self",)).with_names().get(pk=alert.pk)
    if locked.acknowledged_at is not None:
        return locked
    locked.acknowledged_at, locked.acknowledged_by = timezone.now(), by
    locked.acknowledged_note = note.strip()[:500]
    locked.save(update_fields=["acknowledged_at", "acknowledged_by", "acknowledged_note"])
    log(
        by, "acknowledged an alert", locked.test or locked.instrument or locked.cause, reason=note.strip(),
        kind=locked.kind, alert=locked.sentence,
    )  # fmt: skip
    return locked


def choose_alerts(
    *, by: User, choices: Mapping[str, Iterable[str]], webhook_url: str = "", email: str | None = None
) -> User:
    """Keep by which ways ``by`` wants each kind: names of ``on_page``, ``by_email``, ``by_webhook``."""
    # Before the transaction: nobody waits for a name server while holding the database.
    _judge_webhook(webhook_url)
    return _choose(by=by, choices=choices, webhook_url=webhook_url, email=email)


def _judge_webhook(url: str) -> None:
    if not url:
        return
    try:
        look_up(url, private_allowed=settings.WEBHOOK_PRIVATE)
    except (WebhookRefused, WebhookFailed) as error:
        raise ValidationError({"webhook_url": str(error)}) from error


@action
def _choose(*, by: User, choices: Mapping[str, Iterable[str]], webhook_url: str, email: str | None) -> User:
    unknown = set(choices) - set(AlertKind.values)
    if unknown:
        raise ValidationError(f"There is no kind of alert {', '.join(sorted(unknown))}.")
    ways = {kind: set(choices.get(kind, ())) for kind in AlertKind.values}
    wanted = set().union(*ways.values())
    if "by_webhook" in wanted and not webhook_url:
        raise ValidationError({"webhook_url": "Say where alerts are posted to."})
    if email is not None and email != by.email:
        log(by, "changed the address for alerts", by.username, email=[by.email, email])
        User.objects.filter(pk=by.pk).update(email=email)
        by.email = email
    if "by_email" in wanted and not by.email:
        raise ValidationError({"email": "Say which address alerts are sent to."})
    _keep_webhook(by, webhook_url)
    for kind, chosen in ways.items():
        AlertChoice.objects.update_or_create(
            user=by,
            kind=kind,
            defaults={way: way in chosen for way in ("on_page", "by_email", "by_webhook")},
        )
    told = "; ".join(f"{kind} {', '.join(sorted(chosen)) or 'not at all'}" for kind, chosen in ways.items())
    log(by, "chose alerts", by.username, choices=told, webhook=webhook_url)
    return by


def _keep_webhook(by: User, url: str) -> None:
    hook = AlertWebhook.objects.filter(user=by).first()
    if not url:
        if hook is not None:
            hook.delete()
        return
    if hook is not None and hook.url == url:
        return
    # A new address gets a new secret: whoever held the old one knows nothing of what goes to the new one.
    AlertWebhook.objects.update_or_create(user=by, defaults={"url": url, "secret": secrets.token_urlsafe(32)})
