"""Parsing and printing of powders and what they are made with."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lims.api.serializers import CodeField, MassField, RecordSerializer
from materials.actions import Despite
from materials.api.lot_detail import lot_detail
from materials.models import (
    Equipment,
    Powder,
)
from materials.models.counted import MILLI


class PowderSerializer(RecordSerializer):
    """A powder of any kind, with what is left of it."""

    name = serializers.CharField(read_only=True)
    kind = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)
    material = serializers.CharField(source="material.code", read_only=True, default=None, allow_null=True)
    balance_mg = serializers.SerializerMethodField(help_text="What is left; null for what is counted.")
    counted_in = serializers.CharField(read_only=True, help_text="The unit of a counted lot; empty: weighed.")
    count = serializers.SerializerMethodField(help_text="What is left of a counted lot, in its unit.")
    place = serializers.CharField(source="place.code", read_only=True, default=None, allow_null=True)
    holds = serializers.SerializerMethodField(help_text="Why it is on hold; usually nothing.")
    detail = serializers.SerializerMethodField()

    def get_balance_mg(self, powder: Powder) -> float | None:
        return None if powder.counted_in else MassField().to_representation(powder.balance_ug)

    def get_count(self, powder: Powder) -> float | None:
        return powder.balance_milli / MILLI if powder.counted_in else None

    def get_holds(self, powder: Powder) -> list[dict[str, Any]]:
        standing: Any = getattr(powder, "standing_holds", None)
        if standing is None:
            standing = powder.holds.filter(released_at=None).select_related("placed_by")
        return [
            {"reason": hold.reason, "placed_by": hold.placed_by.username, "placed_at": hold.placed_at}
            for hold in standing
        ]

    def get_detail(self, powder: Powder) -> dict[str, Any]:
        tellers = {
            Powder.Kind.LOT: lot_detail,
            Powder.Kind.COATING: _coating,
            Powder.Kind.COMPOSITE: _composite,
            Powder.Kind.TREATMENT: _treatment,
        }
        tell = tellers.get(Powder.Kind(powder.kind))
        return tell(powder) if tell else {}


def _coating(powder: Powder) -> dict[str, Any]:
    batch = powder.coating
    return {
        "recipe": batch.edition.recipe.code,
        "edition": batch.edition.number,
        "parent": batch.load.powder.code,
        "method": batch.edition.method,
        "cycles_done": batch.cycles_done,
        "thickness_measured_nm": batch.thickness_measured_nm,
        "thickness_method": batch.thickness_method,
        "thickness_sites": batch.thickness_sites,
        "thickness_standard_deviation_nm": batch.thickness_standard_deviation_nm,
        "witness_thickness_nm": batch.witness_thickness_nm,
        "witness_sites": batch.witness_sites,
        "solution_volume_ml": batch.solution_volume_ml,
    }


def _treatment(powder: Powder) -> dict[str, Any]:
    done = powder.treatment
    names = (
        "kind", "temperature_c", "duration_h", "ramp_c_min", "pressure_mbar", "atmosphere", "container", "mesh_um",
        "speed_rpm",
    )  # fmt: skip
    return {
        "parent": done.load.powder.code,
        **{name: getattr(done, name) for name in names},
        "equipment": done.equipment and done.equipment.code,
    }


def _composite(powder: Powder) -> dict[str, Any]:
    batch = powder.composite
    return {
        "formulation": batch.edition.formulation.code,
        "edition": batch.edition.number,
        "method": batch.method,
        "duration_min": batch.duration_min,
        "oxygen_ppm": batch.oxygen_ppm,
        "water_ppm": batch.water_ppm,
    }


class DespiteSerializer(serializers.Serializer):
    """Why a draw goes on although something speaks against it."""

    lot_reason = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text="The powder is on hold, expired or suspect.",
    )
    book_reason = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="The book says that less is left."
    )

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        # Taken out first: what is spread before it is taken out would still be there.
        despite = Despite(value.pop("lot_reason", ""), value.pop("book_reason", ""))
        return {**value, "despite": despite}


class BalanceChoiceMixin(serializers.Serializer):
    """Which balance weighed it; without one a mass has no uncertainty."""

    balance = CodeField(queryset=Equipment.objects.filter(kind="balance"), required=False, allow_null=True)


class EditionField(serializers.Serializer):
    """An edition is named by its record's code and, where it is not the newest, its number."""

    edition = serializers.IntegerField(required=False, min_value=1)


def pick_edition(record: Any, number: int | None) -> Any:
    """Return the named edition of a recipe, formulation, design or protocol, or the newest."""
    editions = record.editions.order_by("-number")
    found = editions.first() if number is None else editions.filter(number=number).first()
    if found is None:
        raise serializers.ValidationError({"edition": [f"{record.code} has no edition {number}."]})
    return found
