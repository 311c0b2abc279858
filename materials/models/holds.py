"""What speaks against using a powder, and the draws that went on all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from lims.models import Identity, User
from materials.models.ledger import Use

if TYPE_CHECKING:
    from materials.models.powder import Powder


class Hold(models.Model):
    """That a powder was put on hold, why, and who released it."""

    powder = models.ForeignKey("materials.Powder", on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=500)
    placed_at = models.DateTimeField(default=timezone.now)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    release_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_hold_at_a_time",
                fields=["powder"],
                condition=Q(released_at=None),
                violation_error_message="This powder is on hold already.",
            ),
            models.CheckConstraint(
                name="hold_released_by_someone",
                condition=Q(released_at=None, released_by=None)
                | Q(released_at__isnull=False, released_by__isnull=False),
                violation_error_message="A release names who released it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.powder_id} on hold"

    @property
    def record(self) -> Powder:
        """Return the record that this row belongs to."""
        return self.powder


class DrawReviewQuerySet(models.QuerySet["DrawReview"]):
    """Questions about draws that needed a reason."""

    def visible_to(self, user: User) -> DrawReviewQuerySet:
        """Return those of powders that ``user`` may see."""
        return self.filter(use__powder__identity__in=Identity.objects.visible_to(user))

    def with_draws(self, user: User) -> DrawReviewQuerySet:
        """Bring along what a row prints: the powder, the people, and what it went into if ``user`` may know."""
        seen = Identity.objects.visible_to(user).filter(pk=OuterRef("use__consumer"))
        rows = self.select_related("use__powder__identity__project", "use__consumer", "by", "reviewed_by")
        return rows.annotate(consumer_is_seen=Exists(seen))

    def waiting(self) -> DrawReviewQuerySet:
        """Return those that no manager has looked at."""
        return self.filter(reviewed_at=None)


class DrawReview(models.Model):
    """A draw that went on although something spoke against it, for a manager to look at."""

    class Why(models.TextChoices):
        EXPIRED = "expired", "expired"
        ON_HOLD = "on_hold", "on hold"
        SUSPECT = "suspect", "suspect"

    use = models.ForeignKey(Use, on_delete=models.PROTECT, related_name="reviews")
    why = models.CharField(max_length=8, choices=Why)
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=500, blank=True)

    objects = DrawReviewQuerySet.as_manager()

    consumer_is_seen: bool  # there after with_draws()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="each_reason_reviewed_once", fields=["use", "why"]),
            models.CheckConstraint(
                name="review_names_its_reviewer",
                condition=Q(reviewed_at=None, reviewed_by=None)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                violation_error_message="A review names who reviewed it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.use_id} although {self.get_why_display()}"

    def get_absolute_url(self) -> str:
        return reverse("materials:draw_review", args=[self.pk])

    @property
    def record(self) -> Powder:
        """Return the record that this row belongs to."""
        return self.use.powder
