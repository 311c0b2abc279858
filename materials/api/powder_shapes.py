"""Parsing and printing of what is done with a powder."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lims.api.serializers import CodeField, MassField, PerformedSerializer
from materials.actions import Portion
from materials.api.serializers import BalanceChoiceMixin, DespiteSerializer
from materials.models import CountEntry, DrawReview, Equipment, MassEntry, Place, Powder, Treatment
from materials.models.counted import MILLI

MOST_ALIQUOTS = 50


def _mg(entry: Any, name: str) -> float | None:
    value: int | None = getattr(entry, name, None)
    return MassField().to_representation(value)


class EntrySerializer(serializers.Serializer):
    """An entry of a powder's book: a mass, or a count in the unit that the lot is counted in."""

    seq = serializers.IntegerField()
    kind = serializers.CharField()
    change_mg = serializers.SerializerMethodField()
    balance_after_mg = serializers.SerializerMethodField()
    change_count = serializers.SerializerMethodField()
    balance_after_count = serializers.SerializerMethodField()
    purpose = serializers.SerializerMethodField()
    consumer = serializers.SerializerMethodField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.username")

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_change_mg(self, entry: MassEntry | CountEntry) -> float | None:
        return _mg(entry, "change_ug")

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_balance_after_mg(self, entry: MassEntry | CountEntry) -> float | None:
        return _mg(entry, "balance_after_ug")

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_change_count(self, entry: MassEntry | CountEntry) -> float | None:
        return entry.change_milli / MILLI if isinstance(entry, CountEntry) else None

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_balance_after_count(self, entry: MassEntry | CountEntry) -> float | None:
        return entry.balance_after_milli / MILLI if isinstance(entry, CountEntry) else None

    def get_purpose(self, entry: Any) -> str:
        """What a plain draw was for, or how its consumer used it."""
        return (entry.use.purpose_text or entry.use.purpose) if entry.use else ""

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_consumer(self, entry: Any) -> str | None:
        return entry.use.consumer.code if entry.use and entry.consumer_is_seen else None


class InputSerializer(serializers.Serializer):
    """What went into a process; the code is empty for a powder that the caller may not see."""

    powder = serializers.CharField(allow_null=True)
    mass_mg = MassField(source="mass_ug")


class MassBalanceSerializer(serializers.Serializer):
    """A process: ``inputs_mg + gain_mg == outputs_mg + loss_mg``, to the microgram."""

    inputs = InputSerializer(many=True)
    inputs_mg = serializers.FloatField()
    gain_mg = serializers.FloatField()
    outputs_mg = serializers.FloatField()
    loss_mg = serializers.FloatField()


class DrawSerializer(DespiteSerializer, BalanceChoiceMixin):
    """Some of a powder, taken out for something."""

    mass_mg = MassField(source="mass_ug")
    purpose = serializers.CharField(max_length=200)


class ReturnSerializer(serializers.Serializer):
    """Some of a draw, put back; ``entry`` is the draw's ``seq`` in the ledger."""

    entry = serializers.IntegerField(min_value=1)
    mass_mg = MassField(source="mass_ug")
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class CorrectSerializer(serializers.Serializer):
    """What a draw really took; ``entry`` is the draw's ``seq`` in the ledger."""

    entry = serializers.IntegerField(min_value=1)
    mass_mg = MassField(source="mass_ug")
    reason = serializers.CharField(max_length=500)


class ChangeSerializer(serializers.Serializer):
    """A gain or loss in the jar."""

    mass_mg = MassField(source="mass_ug")
    reason = serializers.CharField(max_length=500)


class AdjustSerializer(serializers.Serializer):
    """What the jar holds, whatever the book says."""

    mass_mg = MassField(source="mass_ug", min_value=0)
    reason = serializers.CharField(max_length=500)


class WeighSerializer(BalanceChoiceMixin):
    """The jar as it stands on the balance; without a tare the known one counts."""

    gross_mg = MassField(source="gross_ug")
    tare_mg = MassField(source="tare_ug", required=False, allow_null=True)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class ReasonSerializer(serializers.Serializer):
    """That something is done with the whole jar, and why."""

    reason = serializers.CharField(max_length=500)


class NewJarSerializer(DespiteSerializer, PerformedSerializer, BalanceChoiceMixin):
    """What every new jar may say of itself."""

    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    place = CodeField(queryset=Place.objects.all(), required=False, allow_null=True)
    container_tare_mg = MassField(source="container_tare_ug", required=False, allow_null=True)


class AliquotsSerializer(NewJarSerializer):
    """``count`` aliquots of ``each_mg``, or one for each of ``masses_mg``."""

    count = serializers.IntegerField(min_value=1, max_value=MOST_ALIQUOTS, required=False)
    each_mg = MassField(source="each_ug", required=False)
    masses_mg = serializers.ListField(
        source="masses_ug", child=MassField(), required=False, allow_empty=False, max_length=MOST_ALIQUOTS
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        count, each_ug = attrs.pop("count", None), attrs.pop("each_ug", None)
        if (count is None) != (each_ug is None) or (count is None) == ("masses_ug" not in attrs):
            raise serializers.ValidationError({"masses_mg": ["Either count and each_mg, or masses_mg."]})
        return attrs if count is None else {**attrs, "masses_ug": [each_ug] * count}


class PortionSerializer(serializers.Serializer):
    """Some of another powder; all of it without a mass."""

    powder = CodeField(queryset=Powder.objects.all())
    mass_mg = MassField(source="mass_ug", required=False, allow_null=True)


class MergeSerializer(NewJarSerializer):
    """What is poured together with this powder; ``mass_mg`` is of this one, all of it where it is left out."""

    portions = PortionSerializer(many=True, allow_empty=False)
    mass_mg = MassField(source="mass_ug", required=False, allow_null=True)
    recovered_mass_mg = MassField(source="recovered_mass_ug", required=False, allow_null=True)

    def validate_portions(self, value: list[dict[str, Any]]) -> list[Portion]:
        return [Portion(row["powder"], row.get("mass_ug")) for row in value]


class TreatSerializer(NewJarSerializer):
    """A treatment: dried, sieved, milled, annealed, dried again."""

    kind = serializers.ChoiceField(Treatment.Kind.choices)
    load_mass_mg = MassField(source="load_mass_ug")
    recovered_mass_mg = MassField(source="recovered_mass_ug")
    temperature_c = serializers.FloatField(required=False, allow_null=True)
    duration_h = serializers.FloatField(required=False, allow_null=True)
    ramp_c_min = serializers.FloatField(required=False, allow_null=True)
    pressure_mbar = serializers.FloatField(required=False, allow_null=True)
    atmosphere = serializers.CharField(max_length=60, required=False, allow_blank=True)
    container = serializers.CharField(max_length=120, required=False, allow_blank=True)
    mesh_um = serializers.FloatField(required=False, allow_null=True)
    speed_rpm = serializers.FloatField(required=False, allow_null=True)
    equipment = CodeField(queryset=Equipment.objects.all(), required=False, allow_null=True)


class DrawReviewSerializer(serializers.ModelSerializer):
    """A draw that needed a reason, and what a manager made of it."""

    powder = serializers.CharField(source="use.powder.code")
    consumer = serializers.SerializerMethodField()
    purpose = serializers.SerializerMethodField()
    by = serializers.CharField(source="by.username")
    reviewed_by = serializers.CharField(source="reviewed_by.username", default=None, allow_null=True)

    class Meta:
        model = DrawReview
        fields = [
            "id", "powder", "consumer", "purpose", "why", "reason", "at", "by", "reviewed_at", "reviewed_by", "verdict",
        ]  # fmt: skip

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_consumer(self, review: DrawReview) -> str | None:
        # The record of another project that a shared powder went into is not told.
        consumer = review.use.consumer
        return consumer.code if consumer is not None and review.consumer_is_seen else None

    def get_purpose(self, review: DrawReview) -> str:
        return review.use.purpose_text or review.use.purpose


class VerdictSerializer(serializers.Serializer):
    """What a manager makes of it."""

    verdict = serializers.CharField(max_length=500)
