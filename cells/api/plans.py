"""Plans of studies, pairs of films and claims as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cells.actions import Meant
from cells.claims import standing, verdicts
from cells.models import BuildPlan, CellDesign, Claim, Condition, LayerRole, Study
from cells.plan_forms import MOST_FILMS
from lims.api.serializers import CodeField
from materials.api.serializers import EditionField, pick_edition
from materials.models import Equipment, Powder


def condition_of(study: Study, name: str, field: str) -> Condition:
    """Return the study's condition of this name, or say which there are."""
    found = study.conditions.filter(name=name).first()
    if found is None:
        names = ", ".join(condition.name for condition in study.conditions.all())
        raise serializers.ValidationError(
            {field: [f"{study.code} has no condition {name!r}; it has: {names}."]}
        )
    return found


class MeantSerializer(EditionField):
    """A condition and the design that its cells are built by."""

    group = serializers.CharField()
    design = CodeField(queryset=CellDesign.objects.all())


class PlanStudySerializer(serializers.Serializer):
    """All conditions at once, over days and dies, drawn by lot where wished."""

    conditions = MeantSerializer(many=True, allow_empty=False)
    replicates = serializers.IntegerField(min_value=1, max_value=200)
    first_day = serializers.DateField()
    days = serializers.IntegerField(min_value=1, max_value=60, default=1)
    dies = serializers.ListField(
        child=CodeField(queryset=Equipment.objects.filter(kind="die")), required=False, default=list
    )
    randomise = serializers.BooleanField(default=True)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, allow_null=True)

    def arguments(self, study: Study) -> dict[str, Any]:
        """Return what the action takes."""
        told = dict(self.validated_data)
        rows = told.pop("conditions")
        told["meant"] = [
            Meant(
                condition_of(study, row["group"], "conditions"),
                pick_edition(row["design"], row.get("edition")),
            )
            for row in rows
        ]
        return told


class PlannedCellSerializer(serializers.Serializer):
    """A planned cell: when it is to be built, and in which die."""

    code = serializers.CharField()
    group = serializers.CharField()
    planned_on = serializers.DateField()
    turn = serializers.IntegerField(source="plan_turn")
    die = serializers.CharField(source="die.code")


class BuildPlanSerializer(serializers.ModelSerializer):
    """A plan with its cells in order."""

    cells = serializers.SerializerMethodField()

    class Meta:
        model = BuildPlan
        fields = ("id", "seed", "first_day", "days", "made_at", "cells")

    @extend_schema_field(PlannedCellSerializer(many=True))
    def get_cells(self, plan: BuildPlan) -> Any:
        rows = plan.cells.select_related("identity", "condition", "die__identity").order_by(
            "planned_on", "plan_turn"
        )
        return PlannedCellSerializer(rows, many=True).data


class PairSerializer(EditionField):
    """Films that are punched and weighed already."""

    positive_masses_mg = serializers.ListField(
        child=serializers.FloatField(min_value=0.001), min_length=1, max_length=MOST_FILMS
    )
    negative_masses_mg = serializers.ListField(
        child=serializers.FloatField(min_value=0.001), min_length=1, max_length=MOST_FILMS
    )
    positive_collector_mg = serializers.FloatField(min_value=0, default=0)
    negative_collector_mg = serializers.FloatField(min_value=0, default=0)
    positive_powder = CodeField(queryset=Powder.objects.all(), required=False, allow_null=True)
    negative_powder = CodeField(queryset=Powder.objects.all(), required=False, allow_null=True)

    def lots(self) -> dict[str, Powder | None]:
        """Return the lots by the role of their layer."""
        return {
            role.value: self.validated_data.get(f"{role.value}_powder")
            for role in (LayerRole.POSITIVE, LayerRole.NEGATIVE)
        }


class ClaimVerdictSerializer(serializers.Serializer):
    """What the records say to a claim."""

    agrees = serializers.BooleanField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    cells = serializers.IntegerField()
    sentence = serializers.CharField()
    would_agree = serializers.ListField(child=serializers.DictField())


class ClaimSerializer(serializers.Serializer):
    """A number that a text states; ``verdict`` is computed."""

    id = serializers.IntegerField(read_only=True)
    text = serializers.CharField(max_length=500)
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=200, required=False, allow_blank=True
    )
    quantity = serializers.CharField(
        max_length=80, help_text="Its name as in a cell's `derived` or among its metrics."
    )
    stated = serializers.CharField(
        max_length=30, help_text="With the digits that it is printed with: 3.0, not 3."
    )
    group = serializers.CharField(source="condition.name", required=False, allow_null=True, default=None)
    compared_to = serializers.CharField(
        source="compared_to.name", required=False, allow_null=True, default=None,
        help_text="For a ratio: the condition below the line.",
    )  # fmt: skip

    def arguments(self, study: Study) -> dict[str, Any]:
        """Return what the action takes."""
        told = dict(self.validated_data)
        for name, field in (("condition", "group"), ("compared_to", "compared_to")):
            given = told.pop(name, None)
            said = given["name"] if isinstance(given, dict) else None
            told[name] = condition_of(study, said, field) if said else None
        return told


class JudgedClaimSerializer(serializers.Serializer):
    """A claim with its verdict."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    quantity = serializers.CharField()
    stated = serializers.CharField()
    group = serializers.CharField(allow_null=True)
    compared_to = serializers.CharField(allow_null=True)
    verdict = ClaimVerdictSerializer()


def judged(study: Study, claims: list[Claim] | None = None) -> list[dict[str, Any]]:
    """Return a study's claims with their verdicts as the API prints them."""
    rows = standing(study) if claims is None else claims
    found = verdicts(study, rows)
    return [
        {
            "id": claim.pk,
            "text": claim.text,
            "source": claim.source,
            "quantity": claim.quantity,
            "stated": claim.stated,
            "group": claim.condition.name if claim.condition else None,
            "compared_to": claim.compared_to.name if claim.compared_to else None,
            "verdict": _printed(found[claim.pk]),
        }
        for claim in rows
    ]


def _printed(verdict: Any) -> dict[str, Any]:
    others = [{"label": other.label, "value": other.value} for other in verdict.would_agree]
    names = ("agrees", "value", "unit", "label", "cells", "sentence")
    return {**{name: getattr(verdict, name) for name in names}, "would_agree": others}
