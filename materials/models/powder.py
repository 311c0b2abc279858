"""Powders: one row each for whatever can be drawn from, coated, mixed or pressed, with a detail row per kind."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import BigIntegerField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from lims.models import Record, RecordQuerySet, SuspectFlag
from lims.units import mass_text
from materials.models.counted import CountEntry, CountUnit, count_text
from materials.models.holds import Hold
from materials.models.ledger import MassEntry
from materials.models.material import Material, Supplier
from materials.models.place import Place

if TYPE_CHECKING:
    from materials.models.made import CoatingBatch, CompositeBatch, Treatment


# What a solution is counted in.
SOLUTION_UNITS = (CountUnit.ML, CountUnit.LITRE, CountUnit.GRAM)

# What may not have been measured or recorded of the steps of a coating from solution.
STEPS_THAT_MAY_BE_BLANK = frozenset(
    {
        f"{kind}_{fact}"
        for kind in ("stir", "dry", "anneal")
        for fact in ("duration_h", "temperature_c", "atmosphere")
    }
    | {"dry_ramp_c_min", "anneal_ramp_c_min"}
)


class PowderQuerySet(RecordQuerySet):
    """Questions about powders."""

    def with_balance(self) -> Self:
        """Add ``balance_ug`` and ``balance_milli``: what is left, which is what the newest entry says."""
        mine = {"powder": OuterRef("pk")}
        mass = MassEntry.objects.filter(**mine).order_by("-seq").values("balance_after_ug")[:1]
        count = CountEntry.objects.filter(**mine).order_by("-seq").values("balance_after_milli")[:1]
        number = BigIntegerField()
        return self.annotate(
            balance_ug=Coalesce(Subquery(mass), Value(0), output_field=number),
            balance_milli=Coalesce(Subquery(count), Value(0), output_field=number),
        )

    def with_warnings(self, on: date) -> Self:
        """Add ``is_held``, ``is_expired`` and ``is_suspect``: what speaks against drawing from it on this day."""
        held = Hold.objects.filter(powder=OuterRef("pk"), released_at=None)
        expired = PowderLot.objects.filter(powder=OuterRef("pk"), expires_on__lt=on)
        suspect = SuspectFlag.objects.standing().filter(identity=OuterRef("pk"))
        return self.annotate(is_held=Exists(held), is_expired=Exists(expired), is_suspect=Exists(suspect))

    def weighed(self) -> Self:
        """Return the powders that the mass ledger keeps; the others are counted in a unit of their own."""
        return self.filter(counted_in="")

    def counted(self) -> Self:
        """Return foils, gases, solutions and precursors, which are counted and not weighed in."""
        return self.exclude(counted_in="")

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
        TREATMENT = "treatment", "Treated powder"
        ALIQUOT = "aliquot", "Aliquot"
        MERGE = "merge", "Merged powder"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        FINISHED = "finished", "Finished"

    PREFIXES = {
        Kind.LOT: "LOT", Kind.COATING: "ALD", Kind.COMPOSITE: "MIX", Kind.TREATMENT: "TRT", Kind.ALIQUOT: "ALQ",
        Kind.MERGE: "MRG",
    }  # fmt: skip
    MORE_BLANKS = frozenset({"recovered_mass_ug", "balance", "precursors"}) | STEPS_THAT_MAY_BE_BLANK
    # A powder coated from a solution is a coating batch too, but no ALD run.
    SOLUTION_PREFIX = "SOL"

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
    counted_in = models.CharField(
        max_length=6,
        choices=CountUnit,
        blank=True,
        default="",
        editable=False,
        help_text="The unit of a foil, gas, solution or precursor; empty for what is weighed.",
    )
    container_tare_ug = models.BigIntegerField(
        "container tare",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="The empty container with its lid: with it the jar can be weighed as it stands.",
    )
    place = models.ForeignKey(
        Place,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="powders",
        help_text="Where it stands.",
    )

    objects = PowderQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    # There after with_balance().
    balance_ug: int
    balance_milli: int
    # There after with_warnings().
    is_held: bool
    is_expired: bool
    is_suspect: bool

    # One-to-one details: which of them exists is what `kind` says.
    lot: PowderLot
    coating: CoatingBatch
    composite: CompositeBatch
    treatment: Treatment

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                name="composite_has_no_single_material",
                condition=Q(kind="composite", material=None)
                | Q(kind__in=["lot", "coating"], material__isnull=False)
                | Q(kind__in=["treatment", "aliquot", "merge"]),
                violation_error_message="A lot and a coated powder need a material; a composite has none of its own.",
            ),
            models.CheckConstraint(
                name="only_lots_are_counted",
                condition=Q(counted_in="") | Q(kind="lot"),
                violation_error_message="Only lots are counted in a unit of their own.",
            ),
        ]

    # Set before the code is given out, by the action that coats from a solution.
    coated_from_solution = False

    def code_prefix(self) -> str:
        return self.SOLUTION_PREFIX if self.coated_from_solution else self.PREFIXES[self.Kind(self.kind)]

    def left_text(self) -> str:
        """Return what is left, in the unit that it is kept in; asks for with_balance()."""
        if self.counted_in:
            return count_text(self.balance_milli, self.counted_in)
        return mass_text(self.balance_ug)

    @property
    def title(self) -> str:
        return self.name

    def balance_now_ug(self) -> int:
        """Return what is left, asked of the ledger now."""
        newest = self.entries.order_by("-seq").values_list("balance_after_ug", flat=True).first()
        return newest or 0

    def count_now_milli(self) -> int:
        """Return what is left of a counted lot, in thousandths of its unit, asked of its entries now."""
        newest = self.counts.order_by("-seq").values_list("balance_after_milli", flat=True).first()
        return newest or 0


class PowderLot(models.Model):
    """What came in a bought container."""

    class MassBasis(models.TextChoices):
        NOMINAL = "nominal", "As printed on the container"
        WEIGHED = "weighed", "Weighed on arrival"

    powder = models.OneToOneField(Powder, primary_key=True, on_delete=models.PROTECT, related_name="lot")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="lots")
    lot_number = models.CharField(max_length=60, help_text="As printed on the container.")
    catalogue_number = models.CharField(max_length=60, blank=True)
    container_number = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="2 for a second container of the same lot."
    )
    purity_fraction = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    particle_size_min_um = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.001)])
    particle_size_max_um = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.001)])
    received_on = models.DateField(null=True, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    mass_basis = models.CharField(max_length=8, choices=MassBasis, default=MassBasis.NOMINAL)
    concentration_g_ml = models.FloatField(
        "concentration, g/mL",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.000001), MaxValueValidator(5)],
        help_text="Of a solution: mass of the solute per volume; 5 % (w/v) is 0.05 g/mL.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="container_recorded_once",
                fields=["supplier", "catalogue_number", "lot_number", "container_number"],
                violation_error_message="This supplier's container with this lot number is recorded already; "
                "a further container of the lot has a container number of its own.",
            ),
            models.CheckConstraint(
                name="particle_sizes_in_order",
                condition=Q(particle_size_min_um=None)
                | Q(particle_size_max_um=None)
                | Q(particle_size_max_um__gte=models.F("particle_size_min_um")),
                violation_error_message="The largest particle size is below the smallest.",
            ),
            models.CheckConstraint(
                name="opened_after_it_came",
                condition=Q(opened_on=None) | Q(received_on=None) | Q(opened_on__gte=models.F("received_on")),
                violation_error_message="A container cannot have been opened before it was received.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier.name} {self.lot_number}"

    def clean(self) -> None:
        super().clean()
        for name in ("received_on", "opened_on"):
            day = getattr(self, name)
            if day is not None and day > timezone.localdate():
                raise ValidationError({name: f"{day:%Y-%m-%d} lies in the future; enter when it was."})
        if self.concentration_g_ml is not None and self.powder.counted_in not in SOLUTION_UNITS:
            raise ValidationError(
                {"concentration_g_ml": "Only a solution has a concentration: count the lot in mL, L or g."}
            )

    def mean_diameter_um(self) -> float | None:
        """Return the middle of the stated range, or the one size that is stated."""
        sizes = [s for s in (self.particle_size_min_um, self.particle_size_max_um) if s is not None]
        return sum(sizes) / len(sizes) if sizes else None
