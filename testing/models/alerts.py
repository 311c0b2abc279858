"""Alerts: what went wrong or is ready, raised once for each cause, and the ways by which people learn of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from lims.models import Project, User
from testing.models.files import Submission
from testing.models.instruments import Channel, Instrument
from testing.models.tests import CellTest


class AlertKind(models.TextChoices):
    """What an alert can be about; people choose by these."""

    WRONG_CURRENT = "wrong_current", "Wrong current"
    WRONG_LIMITS = "wrong_limits", "Outside its voltage limits"
    WRONG_DIRECTION = "wrong_direction", "Wrong direction"
    WRONG_TEMPERATURE = "wrong_temperature", "Wrong temperature"
    REVERSED_LEADS = "reversed_leads", "Reversed leads"
    SHORT = "short", "Short circuit suspected"
    LOST_HEARTBEAT = "lost_heartbeat", "Lost heartbeat"
    FINISHED = "finished", "Test finished"
    CHANNEL_FREE = "channel_free", "Channel free"
    PARKED_FILE = "parked_file", "File needs a person"


URGENT = (
    AlertKind.WRONG_CURRENT,
    AlertKind.WRONG_LIMITS,
    AlertKind.WRONG_DIRECTION,
    AlertKind.WRONG_TEMPERATURE,
    AlertKind.REVERSED_LEADS,
    AlertKind.SHORT,
    AlertKind.LOST_HEARTBEAT,
)


class AlertQuerySet(models.QuerySet["Alert"]):
    """Questions about alerts."""

    def visible_to(self, user: User) -> AlertQuerySet:
        """Return the alerts of the user's projects; an instrument reads none."""
        if user.is_superuser:
            return self
        if user.is_instrument:
            return self.none()
        return self.filter(project__in=Project.objects.visible_to(user).values("pk"))

    def chosen_by(self, user: User) -> AlertQuerySet:
        """Leave out the kinds that ``user`` does not want on the page."""
        unwanted = AlertChoice.objects.filter(user=user, on_page=False).values("kind")
        return self.exclude(kind__in=unwanted)

    def open(self) -> AlertQuerySet:
        return self.filter(acknowledged_at=None)

    def with_names(self) -> AlertQuerySet:
        return self.select_related(
            "project", "test__identity", "channel__instrument__identity", "instrument__identity",
            "submission", "acknowledged_by",
        )  # fmt: skip


class Alert(models.Model):
    """Something that a person should know, with its evidence."""

    kind = models.CharField(max_length=20, choices=AlertKind)
    cause = models.CharField(max_length=200, help_text="Tells this cause from every other of its kind.")
    sentence = models.TextField()
    evidence = models.JSONField(default=dict)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    test = models.ForeignKey(CellTest, null=True, on_delete=models.PROTECT, related_name="alerts")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, null=True, on_delete=models.PROTECT, related_name="+")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(auto_now_add=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    acknowledged_note = models.CharField(max_length=500, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project"], name="open_alerts", condition=Q(acknowledged_at=None))]
        constraints = [
            models.UniqueConstraint(name="one_alert_for_a_cause", fields=["kind", "cause"]),
            models.CheckConstraint(
                name="acknowledged_by_someone",
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                violation_error_message="An alert is acknowledged by somebody.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.sentence[:80]}"

    @property
    def simulated(self) -> bool:
        return self.project.simulated

    @property
    def urgent(self) -> bool:
        return self.kind in URGENT

    def get_absolute_url(self) -> str:
        return reverse("testing:alert", args=[self.pk])


class AlertChoice(models.Model):
    """By which ways a person wants one kind of alert; without a row it is on the page alone."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="alert_choices")
    kind = models.CharField(max_length=20, choices=AlertKind)
    on_page = models.BooleanField(default=True)
    by_email = models.BooleanField(default=False)
    by_webhook = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_choice_for_a_kind", fields=["user", "kind"])]

    def __str__(self) -> str:
        return f"{self.user} on {self.kind}"


class AlertWebhook(models.Model):
    """Where a person's alerts are posted, and the secret that signs them."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="alert_webhook"
    )
    url = models.URLField(max_length=500)
    # Signing needs the secret itself, so unlike a token it cannot be kept as a digest.
    secret = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.url


class AlertDelivery(models.Model):
    """That one person is told of one alert by one way; a job carries it out and tries again."""

    class Way(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=8, choices=Way)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "alert deliveries"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="told_once_by_each_way", fields=["alert", "user", "way"])]

    def __str__(self) -> str:
        return f"{self.alert_id} to {self.user} by {self.way}"
