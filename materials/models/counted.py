"""Foils, gases, solutions and precursors: counted in their own unit, outside the mass balance."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from lims.models import ChecksTogether, Identity, User
from materials.models.equipment import Equipment
from materials.models.ledger import Use
from materials.models.recipe import CoatingStep

if TYPE_CHECKING:
    from materials.models.powder import Powder

MILLI = 1000


class CountUnit(models.TextChoices):
    """What a counted lot is counted in."""

    DISC = "disc", "discs"
    CM2 = "cm2", "cm²"
    GRAM = "g", "g"
    ML = "ml", "mL"
    LITRE = "l", "L"
    BAR = "bar", "bar"
    PIECE = "piece", "pieces"


# A disc is whole; the others are read off a scale.
WHOLE_UNITS = (CountUnit.DISC, CountUnit.PIECE)


def count_text(milli: int, counted_in: str) -> str:
    """Return a count as people write it.

    >>> count_text(12_000, "disc"), count_text(2_500, "ml")
    ('12 discs', '2.5 mL')
    """
    number = format((Decimal(milli) / MILLI).normalize(), "f")
    return f"{number} {CountUnit(counted_in).label}"


class CountEntry(ChecksTogether):
    """One signed change of a counted lot, in thousandths of its unit, with the balance after it; never changed."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "Received"
        USED = "used", "Used"
        RETURNED = "returned", "Returned"
        ADJUSTED = "adjusted", "Adjusted"
        DISPOSED = "disposed", "Disposed"

    powder = models.ForeignKey("materials.Powder", on_delete=models.PROTECT, related_name="counts")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    change_milli = models.BigIntegerField()
    balance_after_milli = models.BigIntegerField()
    use = models.ForeignKey(Use, null=True, blank=True, on_delete=models.PROTECT, related_name="counts")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["powder", "seq"]
        verbose_name_plural = "count entries"
        constraints = [
            models.UniqueConstraint(name="count_order", fields=["powder", "seq"]),
            models.CheckConstraint(
                name="count_never_below_zero",
                condition=Q(balance_after_milli__gte=0),
                violation_error_message="A lot cannot hold less than nothing.",
            ),
            models.CheckConstraint(
                name="count_moves_something",
                condition=~Q(change_milli=0),
                violation_error_message="An entry moves something.",
            ),
            models.CheckConstraint(
                name="count_has_the_sign_of_its_kind",
                condition=Q(kind__in=["received", "returned"], change_milli__gt=0)
                | Q(kind__in=["used", "disposed"], change_milli__lt=0)
                | Q(kind="adjusted"),
                violation_error_message="What enters is above 0 and what leaves is below 0.",
            ),
            models.CheckConstraint(
                name="count_adjusted_with_a_reason",
                condition=~Q(kind__in=["adjusted", "disposed"]) | ~Q(reason=""),
                violation_error_message="A correction needs its reason.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.change_milli / MILLI:g}"

    @property
    def record(self) -> Powder:
        """Return the record that this row belongs to."""
        return self.powder


class PrecursorFillQuerySet(models.QuerySet["PrecursorFill"]):
    """Questions about fills."""

    def visible_to(self, user: User) -> PrecursorFillQuerySet:
        """Return the fills from lots that ``user`` may see."""
        return self.filter(powder__in=Identity.objects.visible_to(user).values("pk"))

    def in_use(self) -> PrecursorFillQuerySet:
        """Return the fills that have not been emptied."""
        return self.filter(emptied_at=None)

    def with_pulses(self) -> PrecursorFillQuerySet:
        """Add ``pulses`` and ``some_uncounted``.

        The pulses so far are those before the lab kept count, and for every run that used the fill its cycles
        done times the pulses of this precursor in one cycle. A pulse step counts by the material that it names;
        a run whose steps name the precursor in words only leaves ``some_uncounted`` true.
        """
        runs = PrecursorFill.batches.through.objects.filter(precursorfill=OuterRef("pk"))
        pulsed = runs.filter(
            coatingbatch__edition__steps__kind=CoatingStep.Kind.PULSE,
            coatingbatch__edition__steps__material=OuterRef("powder__material"),
        )
        cycles = pulsed.order_by().values("precursorfill").values_list(Sum("coatingbatch__cycles_done"))
        named = CoatingStep.objects.filter(
            kind=CoatingStep.Kind.PULSE,
            edition=OuterRef("coatingbatch__edition"),
            material=OuterRef(OuterRef("powder__material")),
        )
        return self.annotate(
            pulses=F("pulses_before") + Coalesce(Subquery(cycles), Value(0), output_field=BigIntegerField()),
            some_uncounted=Exists(runs.filter(Q(coatingbatch__cycles_done=None) | ~Exists(named))),
        )


class PrecursorFill(models.Model):
    """What was filled into a source of a reactor; its pulses so far follow from the runs that used it."""

    powder = models.ForeignKey(
        "materials.Powder", on_delete=models.PROTECT, related_name="fills", help_text="The precursor's lot."
    )
    use = models.OneToOneField(Use, on_delete=models.PROTECT, related_name="fill")
    reactor = models.ForeignKey(
        Equipment,
        on_delete=models.PROTECT,
        related_name="fills",
        limit_choices_to={"kind": Equipment.Kind.ALD_REACTOR},
    )
    source = models.CharField(max_length=40, help_text="The reactor's source or valve: source 1.")
    filled_at = models.DateTimeField(default=timezone.now)
    filled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    emptied_at = models.DateTimeField(null=True, blank=True)
    pulses_before = models.PositiveIntegerField(
        default=0,
        validators=[MinValueValidator(0)],
        help_text="Pulses on this fill before the lab kept count.",
    )

    objects = PrecursorFillQuerySet.as_manager()

    # There after with_pulses().
    pulses: int
    some_uncounted: bool

    class Meta:
        ordering = ["-filled_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_fill_in_a_source",
                fields=["reactor", "source"],
                condition=Q(emptied_at=None),
                violation_error_message="This source holds a fill already: empty it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} of {self.reactor_id}"

    @property
    def record(self) -> Powder:
        """Return the record that this row belongs to."""
        return self.powder
