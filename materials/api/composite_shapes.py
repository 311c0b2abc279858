"""Parsing and printing of formulations, plans and mixtures."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lims.api.serializers import CodeField, MassField, PerformedSerializer, ProjectField, RecordSerializer
from lims.units import mg_from_ug
from materials import actions
from materials.actions import Amount, MixPlan, PartFacts, PremixChoice
from materials.api.serializers import BalanceChoiceMixin, DespiteSerializer, EditionField, pick_edition
from materials.mixtures import differences, mixture_of, part_names
from materials.models import (
    Equipment,
    Formulation,
    FormulationEdition,
    Material,
    Powder,
)


class PartSerializer(serializers.Serializer):
    """A component of a formulation, its parts by weight, and how far a weighing may be off its target."""

    material = CodeField(queryset=Material.objects.all())
    parts = serializers.FloatField(min_value=0.0001)
    tolerance_fraction = serializers.FloatField(
        min_value=0.0001,
        max_value=0.5,
        required=False,
        allow_null=True,
        help_text="0.02 is ± 2 % of the target.",
    )


def part_facts(rows: list[dict[str, Any]]) -> list[PartFacts]:
    """Return the parts as an action takes them."""
    return [PartFacts(row["material"], row["parts"], row.get("tolerance_fraction")) for row in rows]


class FormulationSerializer(RecordSerializer):
    """A formulation; ``editions`` newest first."""

    name = serializers.CharField(max_length=120)
    parts = PartSerializer(many=True, write_only=True)
    editions = serializers.SerializerMethodField()

    def get_editions(self, formulation: Formulation) -> list[dict[str, Any]]:
        editions = list(formulation.editions.all())
        return [
            _edition(edition, editions[place + 1] if place + 1 < len(editions) else None)
            for place, edition in enumerate(editions)
        ]


def _edition(edition: FormulationEdition, before: FormulationEdition | None) -> dict[str, Any]:
    parts = list(edition.parts.all())
    names, whole = part_names(parts), mixture_of(parts)
    by_volume: dict[str, float] = whole.volume_fractions or {}
    return {
        "number": edition.number,
        "ratio": edition.ratio(),
        "density_g_cm3": whole.density_g_cm3,
        "without_density": list(whole.without_density),
        "parts": [
            {
                "order": part.order,
                "material": part.material.code,
                "name": names[part.pk],
                "parts": part.parts,
                "tolerance_fraction": part.tolerance_fraction,
                "weight_fraction": whole.weight_fractions[names[part.pk]],
                "volume_fraction": by_volume.get(names[part.pk]),
            }
            for part in parts
        ],
        "differences": [
            {"part": one.label, "old": one.old, "new": one.new}
            for one in (differences(before, edition) if before else [])
        ],
    }


class WriteEditionSerializer(serializers.Serializer):
    """The next edition; ``based_on`` is the newest that the caller has seen."""

    parts = PartSerializer(many=True)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)
    based_on = serializers.IntegerField(required=False, min_value=1)


class ComponentSerializer(serializers.Serializer):
    """What was weighed from one jar; ``order`` is its part's place in the formulation, and null for a premix.

    A part that comes from several jars has a component for each.
    """

    order = serializers.IntegerField(min_value=1, allow_null=True, required=False, default=None)
    powder = CodeField(queryset=Powder.objects.all())
    mass_mg = MassField(source="mass_ug")


class MixingSerializer(DespiteSerializer, PerformedSerializer):
    """How it was mixed and what came out."""

    recovered_mass_mg = MassField(source="recovered_mass_ug", required=False, allow_null=True)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    method = serializers.CharField(max_length=120, required=False, allow_blank=True)
    tool = CodeField(queryset=Equipment.objects.filter(kind="mixer"), required=False, allow_null=True)
    glovebox = CodeField(queryset=Equipment.objects.filter(kind="glovebox"), required=False, allow_null=True)
    duration_min = serializers.FloatField(required=False, allow_null=True)
    oxygen_ppm = serializers.FloatField(required=False, allow_null=True)
    water_ppm = serializers.FloatField(required=False, allow_null=True)


class MixSerializer(MixingSerializer, EditionField, BalanceChoiceMixin):
    """A mixture of weighed powders."""

    project = ProjectField()
    formulation = CodeField(queryset=Formulation.objects.all())
    components = ComponentSerializer(many=True)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        edition: FormulationEdition = pick_edition(value.pop("formulation"), value.pop("edition", None))
        return {**value, "edition": edition}


class ChosenPowderSerializer(serializers.Serializer):
    """The powder for one part; ``order`` is its place in the formulation."""

    order = serializers.IntegerField(min_value=1)
    powder = CodeField(queryset=Powder.objects.all())


class ChosenPremixSerializer(serializers.Serializer):
    """A premix to take, and how much of it; as much as fits without a mass."""

    powder = CodeField(queryset=Powder.objects.all())
    mass_mg = MassField(source="mass_ug", required=False, allow_null=True)


class PlanMixSerializer(EditionField, BalanceChoiceMixin):
    """How much to mix, in one of three ways: a total, so many pellets, or what the scarcest powder allows."""

    formulation = CodeField(queryset=Formulation.objects.all())
    total_mass_mg = MassField(source="total_mass_ug", required=False)
    pellets = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    pellet_mass_mg = MassField(source="pellet_mass_ug", required=False)
    excess_fraction = serializers.FloatField(min_value=0, max_value=10, required=False, default=0.0)
    scarcest = serializers.BooleanField(required=False, default=False)
    powders = ChosenPowderSerializer(many=True, required=False)
    premixes = ChosenPremixSerializer(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        ways = [attrs.get("total_mass_ug") is not None, attrs.get("pellets") is not None, attrs["scarcest"]]
        if sum(ways) != 1:
            raise serializers.ValidationError(
                {"total_mass_mg": ["Say how much in one way: total_mass_mg, pellets or scarcest."]}
            )
        if attrs.get("pellets") is not None and attrs.get("pellet_mass_ug") is None:
            raise serializers.ValidationError({"pellet_mass_mg": ["Say what one pellet weighs."]})
        return attrs

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        edition: FormulationEdition = pick_edition(value.pop("formulation"), value.pop("edition", None))
        return {**value, "edition": edition}


def plan_arguments(given: dict[str, Any]) -> dict[str, Any]:
    """Return what the plan is made of, out of what a caller has sent."""
    return {
        "edition": given.pop("edition"),
        "amount": Amount(
            total_ug=given.pop("total_mass_ug", None),
            pellets=given.pop("pellets", None),
            pellet_ug=given.pop("pellet_mass_ug", None),
            excess_fraction=given.pop("excess_fraction"),
        ),
        "balance": given.pop("balance", None),
        "powders": {row["order"]: row["powder"] for row in given.pop("powders", [])},
        "premixes": [PremixChoice(row["powder"], row.get("mass_ug")) for row in given.pop("premixes", [])],
    }


def planned(plan: MixPlan) -> dict[str, Any]:
    """Return a plan as the API prints it: every part, whether it is weighed or comes whole with a premix."""
    names = part_names(plan.parts)
    by_part = {row.part.pk: row for row in plan.rows if row.part is not None}
    return {
        "total_mass_mg": float(mg_from_ug(plan.total_ug)),
        "planned_for": plan.planned_for,
        "components": [
            {
                "order": part.order,
                "material": part.material.code,
                "name": names[part.pk],
                "parts": part.parts,
                "weight_fraction": plan.fractions[names[part.pk]],
                **_target(by_part.get(part.pk)),
            }
            for part in plan.parts
        ],
        "premixes": [_target(row) for row in plan.rows if row.part is None],
        "brought_whole": list(plan.brought_whole),
    }


def _target(row: actions.PlannedRow | None) -> dict[str, Any]:
    if row is None:
        return {"powder": None, "target_mg": 0.0, "tolerance_mg": None, "warnings": []}
    tolerance_ug = row.target.tolerance_ug
    return {
        "powder": row.powder.code if row.powder else None,
        "target_mg": float(mg_from_ug(row.target.target_ug)),
        "tolerance_mg": None if tolerance_ug is None else float(mg_from_ug(tolerance_ug)),
        "warnings": list(row.warnings),
    }
