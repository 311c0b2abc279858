"""Powders: one row each for whatever can be drawn from, coated, mixed or pressed, with a detail row per kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import BigIntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from lims.models import Record, RecordQuerySet
from materials.models.ledger import MassEntry
from materials.models.material import Material, Supplier

if TYPE_CHECKING:
    from materials.models.made import CoatingBatch, CompositeBatch


class PowderQuerySet(RecordQuerySet):
    """Questions about powders."""

    def with_balance(self) -> Self:
        """Add ``balance_ug``: what is left, which is what the newest ledger entry says."""
        newest = (
            MassEntry.objects.filter(powder=OuterRef("pk")).order_by("-seq").values("balance_after_ug")[:1]
        )
        return self.annotate(balance_ug=Coalesce(Subquery(newest), Value(0), output_field=BigIntegerField()))

    def open(self) -> Self:
        """Return the powders that can still be drawn from."""
        return self.filter(state=Powder.State.OPEN)

    def of_kind(self, *kinds: str) -> Self:
        return self.filter(kind__in=kinds)


class Powder(Record):
    """A jar of something that is weighed: a bought lot, or what was made from others."""

    class Kind(models.TextChoices):
        LOT = "lot", "Lot"
        COATING = "coating", "Coated powder"
        COMPOSITE = "composite", "Composite"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        FINISHED = "finished", "Finished"

    PREFIXES = {Kind.LOT: "LOT", Kind.COATING: "ALD", Kind.COMPOSITE: "MIX"}

    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN, editable=False)
    name = models.CharField(max_length=120)
    material = models.ForeignKey(
        Material,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="powders",
        help_text="What it is; a composite is described by its components instead.",
    )

    objects = PowderQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    balance_ug: int  # there after with_balance()

    # One-to-one details: which of them exists is what `kind` says.
    lot: PowderLot
    coating: CoatingBatch
    composite: CompositeBatch

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                name="composite_has_no_single_material",
                condition=Q(kind="composite", material=None)
                | (~Q(kind="composite") & Q(material__isnull=False)),
                violation_error_message="A lot and a coated powder need a material; a composite has none of its own.",
            ),
        ]

    def code_prefix(self) -> str:
        return self.PREFIXES[self.Kind(self.kind)]

    @property
    def title(self) -> str:
        return self.name

    def balance_now_ug(self) -> int:
        """Return what is left, asked of the ledger now."""
        newest = self.entries.order_by("-seq").values_list("balance_after_ug", flat=True).first()
        return newest or 0


class PowderLot(models.Model):
    """What came in a bought container."""

    powder = models.OneToOneField(Powder, primary_key=True, on_delete=models.PROTECT, related_name="lot")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="lots")
    lot_number = models.CharField(max_length=60, help_text="As printed on the container.")
    catalogue_number = models.CharField(max_length=60, blank=True)
    purity_fraction = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    particle_size_min_um = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.001)])
    particle_size_max_um = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.001)])
    received_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    place = models.CharField(max_length=120, blank=True, help_text="Room > glovebox > shelf.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="container_recorded_once",
                fields=["supplier", "catalogue_number", "lot_number"],
                violation_error_message="This supplier's container with this lot number is recorded already.",
            ),
            models.CheckConstraint(
                name="particle_sizes_in_order",
                condition=Q(particle_size_min_um=None)
                | Q(particle_size_max_um=None)
                | Q(particle_size_max_um__gte=models.F("particle_size_min_um")),
                violation_error_message="The largest particle size is below the smallest.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier.name} {self.lot_number}"

    def mean_diameter_um(self) -> float | None:
        """Return the middle of the stated range, or the one size that is stated."""
        sizes = [s for s in (self.particle_size_min_um, self.particle_size_max_um) if s is not None]
        return sum(sizes) / len(sizes) if sizes else None
