"""The ledger: every microgram that enters, moves or leaves, as signed entries that never change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import BigIntegerField, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from lims.models import ChecksTogether, Identity, User
from lims.units import mg_from_ug
from materials.models.equipment import Equipment

if TYPE_CHECKING:
    from materials.models.powder import Powder


class UseQuerySet(models.QuerySet["Use"]):
    """Questions about what was taken and for what."""

    def with_mass(self) -> UseQuerySet:
        """Add ``mass_ug``: what was drawn for it, corrections included."""
        drawn = Coalesce(Sum("entries__change_ug"), Value(0), output_field=BigIntegerField())
        return self.annotate(mass_ug=-1 * drawn)

    def drawn_as(self, powder: Powder, seq: int) -> UseQuerySet:
        """Return the use that a powder's entry ``seq`` drew for, if that entry is a draw."""
        return self.filter(entries__powder=powder, entries__seq=seq, entries__kind=MassEntry.Kind.DRAWN)


class Use(models.Model):
    """That some of a powder went into something: a draw and its corrections, and an edge of the genealogy."""

    class Purpose(models.TextChoices):
        COATED = "coated", "coated"
        MIXED = "mixed", "mixed"
        PRESSED = "pressed", "pressed"
        PRECURSOR = "precursor", "precursor, counted in pulses"
        TREATED = "treated", "treated"
        PARTED = "parted", "parted off"
        MERGED = "merged", "merged"
        FILLED = "filled", "filled into a source"
        OTHER = "other", "other"

    # What was made of it is the same substance: nothing was added.
    SAME_SUBSTANCE = (Purpose.TREATED, Purpose.PARTED, Purpose.MERGED)

    powder = models.ForeignKey("materials.Powder", on_delete=models.PROTECT, related_name="uses")
    consumer = models.ForeignKey(
        Identity,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="made_from",
        help_text="What it went into; empty for a plain draw.",
    )
    purpose = models.CharField(max_length=10, choices=Purpose)
    purpose_text = models.CharField(max_length=200, blank=True)
    balance = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": "balance"},
    )

    objects = UseQuerySet.as_manager()

    mass_ug: int  # there after with_mass()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["consumer", "powder"], name="use_upward"),
            models.Index(fields=["powder", "consumer"], name="use_downward"),
        ]

    def __str__(self) -> str:
        return f"{self.powder_id} {self.purpose}"


class MassEntry(ChecksTogether):
    """One signed change of a powder's mass, with the balance after it.

    A gain or loss without a reason belongs to the process that made the powder; any other says why.
    """

    class Kind(models.TextChoices):
        RECEIVED = "received", "Received"
        MADE = "made", "Made"
        GAINED = "gained", "Gained"
        DRAWN = "drawn", "Drawn"
        LOST = "lost", "Lost"
        RETURNED = "returned", "Returned"
        CORRECTED = "corrected", "Corrected"
        REBALANCED = "rebalanced", "Gain or loss corrected"
        ADJUSTED = "adjusted", "Adjusted"
        DISPOSED = "disposed", "Disposed"

    powder = models.ForeignKey("materials.Powder", on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    change_ug = models.BigIntegerField()
    balance_after_ug = models.BigIntegerField()
    use = models.ForeignKey(Use, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["powder", "seq"]
        verbose_name_plural = "mass entries"
        constraints = [
            models.UniqueConstraint(name="ledger_order", fields=["powder", "seq"]),
            models.CheckConstraint(
                name="balance_never_below_zero",
                condition=Q(balance_after_ug__gte=0),
                violation_error_message="A powder cannot hold less than nothing.",
            ),
            models.CheckConstraint(
                name="entry_moves_something",
                condition=~Q(change_ug=0),
                violation_error_message="An entry moves at least 0.001 mg.",
            ),
            models.CheckConstraint(
                name="entry_has_the_sign_of_its_kind",
                condition=Q(kind__in=["received", "made", "gained", "returned"], change_ug__gt=0)
                | Q(kind__in=["drawn", "lost", "disposed"], change_ug__lt=0)
                | Q(kind__in=["corrected", "rebalanced", "adjusted"]),
                violation_error_message="What enters is above 0 and what leaves is below 0.",
            ),
            models.CheckConstraint(
                name="correction_has_a_reason",
                condition=~Q(kind__in=["corrected", "rebalanced", "adjusted", "disposed"]) | ~Q(reason=""),
                violation_error_message="A correction needs its reason.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {mg_from_ug(self.change_ug)} mg"

    @property
    def record(self) -> Powder:
        """Return the record that this row belongs to."""
        return self.powder
