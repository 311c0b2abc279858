"""Parsing and printing of lots, counts and fills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lims.api.serializers import CodeField, MassField, PerformedSerializer, ProjectField
from materials.actions.count import MAX_COUNT_MILLI
from materials.api.serializers import DespiteSerializer
from materials.models import CountUnit, Equipment, Material, Place, Powder, PowderLot, Supplier
from materials.models.counted import MILLI


@extend_schema_field(float)
class CountField(serializers.DecimalField):
    """A count in the lot's own unit outside, whole thousandths of it inside."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal("0.001"))
        largest = Decimal(MAX_COUNT_MILLI) / MILLI
        super().__init__(max_digits=10, decimal_places=3, max_value=largest, coerce_to_string=False, **kwargs)

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        return int(super().to_internal_value(data) * MILLI)

    def run_validators(self, value: int) -> None:
        # The limits are in the lot's own unit, as the count was sent.
        super().run_validators(Decimal(value) / MILLI)

    def to_representation(self, value: int | None) -> float | None:  # type: ignore[override]
        return None if value is None else value / MILLI


class ContainerSerializer(serializers.Serializer):
    """What stands on a container beside its lot number."""

    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    catalogue_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    container_tare_mg = MassField(source="container_tare_ug", required=False, allow_null=True)
    place = CodeField(queryset=Place.objects.all(), required=False, allow_null=True)
    purity_fraction = serializers.FloatField(required=False, allow_null=True)
    particle_size_min_um = serializers.FloatField(required=False, allow_null=True)
    particle_size_max_um = serializers.FloatField(required=False, allow_null=True)
    concentration_g_ml = serializers.FloatField(
        required=False, allow_null=True, help_text="Of a solution; 5 % w/v is 0.05 g/mL."
    )
    received_on = serializers.DateField(required=False, allow_null=True)
    opened_on = serializers.DateField(required=False, allow_null=True)
    expires_on = serializers.DateField(required=False, allow_null=True)


class ReceiveLotSerializer(ContainerSerializer, PerformedSerializer):
    """A bought container; how much came is a mass, a gross mass with the tare, or a count with its unit."""

    project = ProjectField()
    material = CodeField(queryset=Material.objects.all())
    supplier = CodeField(queryset=Supplier.objects.all())
    lot_number = serializers.CharField(max_length=60)
    container_number = serializers.IntegerField(
        min_value=1, max_value=9999, required=False, help_text="2 for a second container of the same lot."
    )
    mass_mg = MassField(source="mass_ug", required=False, allow_null=True)
    gross_mg = MassField(
        source="gross_ug", required=False, allow_null=True, help_text="The mass inside is this less the tare."
    )
    mass_basis = serializers.ChoiceField(PowderLot.MassBasis.choices, required=False)
    counted_in = serializers.ChoiceField(CountUnit.choices, required=False, allow_blank=True)
    count = CountField(source="count_milli", required=False, allow_null=True)
    hold_reason = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="Puts the lot on hold as it is received."
    )


class ChangeLotSerializer(ContainerSerializer):
    """What is to be changed of a lot, and why; what is left out stays."""

    name = serializers.CharField(max_length=120, required=False)
    lot_number = serializers.CharField(max_length=60, required=False)
    note = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    reason = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text="Needed where something that was there is replaced.",
    )


class UseCountSerializer(DespiteSerializer):
    """Some of a counted lot, taken for something."""

    count = CountField(source="count_milli")
    purpose = serializers.CharField(max_length=200)


class AdjustCountSerializer(serializers.Serializer):
    """How much of a counted lot there is, whatever the book says."""

    count = CountField(source="count_milli", min_value=Decimal(0))
    reason = serializers.CharField(max_length=500)


class FillSourceSerializer(DespiteSerializer):
    """A precursor put into a source of a reactor."""

    powder = CodeField(queryset=Powder.objects.all())
    reactor = CodeField(queryset=Equipment.objects.all())
    source = serializers.CharField(max_length=40)  # type: ignore[assignment]  # a field of the record has this name
    count = CountField(source="count_milli")
    filled_at = serializers.DateTimeField(required=False)
    pulses_before = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class EmptySourceSerializer(serializers.Serializer):
    """When a source was emptied; now where nothing is said."""

    emptied_at = serializers.DateTimeField(required=False)


class FillSerializer(serializers.Serializer):
    """A precursor fill, with its pulses so far."""

    id = serializers.IntegerField()
    powder = serializers.CharField(source="powder.code")
    material = serializers.CharField(source="powder.material.code")
    reactor = serializers.CharField(source="reactor.code")
    source = serializers.CharField()  # type: ignore[assignment]  # a field of the record has this name
    count = serializers.SerializerMethodField()
    counted_in = serializers.CharField(source="powder.counted_in")
    filled_at = serializers.DateTimeField()
    filled_by = serializers.CharField(source="filled_by.username")
    emptied_at = serializers.DateTimeField(allow_null=True)
    pulses_before = serializers.IntegerField()
    pulses = serializers.IntegerField(
        help_text="Those before, and cycles done times pulses of this per cycle."
    )
    some_uncounted = serializers.BooleanField(
        help_text="A run used it whose recipe does not name the material, or whose cycles are not recorded."
    )

    def get_count(self, fill: Any) -> float:
        taken: int = -sum(entry.change_milli for entry in fill.use.counts.all())
        return taken / MILLI
