"""Parsing and printing of coating recipes and coating batches."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from lims.api.serializers import CodeField, MassField, PerformedSerializer, ProjectField, RecordSerializer
from materials import coated, coating_mass
from materials.actions import Interruption, StepDone
from materials.api.serializers import (
    BalanceChoiceMixin,
    DespiteSerializer,
    EditionField,
    PowderSerializer,
    pick_edition,
)
from materials.calc.growth import expected_thickness_nm
from materials.editions import ALD_ONLY, SOLUTION_ONLY, STEP_FACTS
from materials.genealogy import coating_share
from materials.models import (
    CoatingBatch,
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    Equipment,
    Material,
    Powder,
    PrecursorFill,
)

CONDITIONS = (
    "substrate_temperature_c", "base_pressure_mtorr", "base_pressure_at_flow_sccm", "carrier_flow_sccm",
    "rotation_rpm", "bed_preheat_min",
)  # fmt: skip


def _number(**more: Any) -> serializers.FloatField:
    return serializers.FloatField(required=False, allow_null=True, **more)


class StepSerializer(serializers.Serializer):
    """A pulse, exposure or purge of one ALD cycle, or a step of a coating from solution."""

    kind = serializers.ChoiceField(CoatingStep.Kind.choices)
    substance = serializers.CharField(max_length=80, required=False, allow_blank=True)
    material = CodeField(
        queryset=Material.objects.all(),
        required=False,
        allow_null=True,
        help_text="The precursor of a pulse: its fills count their pulses by it.",
    )
    duration_s = serializers.FloatField()
    source_temperature_c = _number()
    flow_sccm = _number()
    temperature_c = _number()
    atmosphere = serializers.CharField(max_length=60, required=False, allow_blank=True)
    ramp_c_min = _number()


class EditionFactsSerializer(serializers.Serializer):
    """What an edition says: the first part belongs to ALD, the last two fields to a coating from solution."""

    steps = StepSerializer(many=True, write_only=True)
    cycles = serializers.IntegerField(min_value=1, required=False, allow_null=True, write_only=True)
    substrate_temperature_c = _number(write_only=True)
    bed_preheat_min = _number(write_only=True)
    rotation_rpm = _number(write_only=True)
    carrier_gas = serializers.CharField(max_length=60, required=False, allow_blank=True, write_only=True)
    carrier_flow_sccm = _number(write_only=True)
    base_pressure_mtorr = _number(write_only=True)
    base_pressure_at_flow_sccm = _number(write_only=True)
    growth_expected_angstrom = _number(write_only=True)
    growth_source = serializers.CharField(max_length=200, required=False, allow_blank=True, write_only=True)
    target_mass_fraction = _number(write_only=True)
    target_basis = serializers.ChoiceField(
        CoatingRecipeEdition.TargetBasis.choices, required=False, allow_blank=True, write_only=True
    )


class RecipeSerializer(EditionFactsSerializer, RecordSerializer):
    """A coating recipe; ``editions`` newest first, each with what follows from it."""

    name = serializers.CharField(max_length=120)
    coating = CodeField(queryset=Material.objects.all())
    method = serializers.ChoiceField(
        CoatingRecipeEdition.Method.choices, write_only=True, default=CoatingRecipeEdition.Method.ALD
    )
    growth_lower_angstrom = serializers.FloatField(read_only=True)
    growth_upper_angstrom = serializers.FloatField(read_only=True)
    growth_limits_citation = serializers.CharField(read_only=True)
    editions = serializers.SerializerMethodField()

    def get_editions(self, recipe: CoatingRecipe) -> list[dict[str, Any]]:
        return [_edition(edition) for edition in recipe.editions.all()]


def _edition(edition: CoatingRecipeEdition) -> dict[str, Any]:
    return {
        "number": edition.number,
        "method": edition.method,
        **{name: getattr(edition, name) for name in (*ALD_ONLY, *SOLUTION_ONLY)},
        "steps": StepSerializer(edition.steps.all(), many=True).data,
        "derived": _follows(edition, edition.cycles, edition.rotation_rpm),
    }


def _follows(edition: CoatingRecipeEdition, cycles: int | None, rpm: float | None) -> dict[str, Any]:
    """Return cycle time, run time, turns and expected thickness; null where they do not apply."""
    run = coated.run_of(edition, cycles=cycles, rotation_rpm=rpm)
    growth = edition.growth_expected_angstrom
    expected = growth and cycles and expected_thickness_nm(growth_angstrom=growth, cycles=cycles)
    return {
        "cycle_time_s": run and run.cycle_time_s,
        "run_time_s": run and run.run_time_s,
        "bed_turns": run and run.bed_turns,
        "expected_thickness_nm": expected,
    }


class NewEditionSerializer(EditionFactsSerializer):
    """The next edition of a recipe."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class GrowthLimitsSerializer(serializers.Serializer):
    """Within which growth per cycle a run is ordinary; both null: no limits."""

    lower_angstrom = serializers.FloatField(min_value=0, allow_null=True)
    upper_angstrom = serializers.FloatField(min_value=0, allow_null=True)
    citation = serializers.CharField(max_length=200, allow_blank=True)
    reason = serializers.CharField(max_length=500)


# --- batches ------------------------------------------------------------------------------------------------


class MeasuredSerializer(serializers.Serializer):
    """What is measured on a coating."""

    thickness_measured_nm = _number()
    thickness_method = serializers.CharField(max_length=80, required=False, allow_blank=True)
    thickness_sites = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    thickness_standard_deviation_nm = _number(min_value=0)
    witness_thickness_nm = _number()
    witness_sites = serializers.IntegerField(min_value=1, required=False, allow_null=True)


class MeasuredLaterSerializer(MeasuredSerializer):
    """What was measured after the run; what is left out stays as it is."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class CoatingWriteSerializer(
    DespiteSerializer, MeasuredSerializer, PerformedSerializer, EditionField, BalanceChoiceMixin
):
    """What an ALD run and a coating from solution have in common."""

    project = ProjectField()
    recipe = CodeField(queryset=CoatingRecipe.objects.all())
    parent = CodeField(queryset=Powder.objects.all())  # type: ignore[assignment]
    load_mass_mg = MassField(source="load_mass_ug")
    recovered_mass_mg = MassField(source="recovered_mass_ug")
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        edition: CoatingRecipeEdition = pick_edition(value.pop("recipe"), value.pop("edition", None))
        return {**value, "edition": edition}


class InterruptionSerializer(serializers.Serializer):
    """That a run stood still."""

    after_cycle = serializers.IntegerField(min_value=0)
    minutes = _number(min_value=0)
    reason = serializers.CharField(max_length=200)


class FillsField(serializers.PrimaryKeyRelatedField):
    """A precursor fill by its number, among those the caller may see."""

    def get_queryset(self) -> Any:
        return PrecursorFill.objects.visible_to(self.context["request"].user).select_related(
            "reactor__identity", "powder__identity", "powder__material"
        )


class RunCoatingSerializer(CoatingWriteSerializer):
    """One ALD run."""

    cycles_done = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    interruptions = InterruptionSerializer(many=True, required=False)
    fills = FillsField(many=True, required=False, queryset=PrecursorFill.objects.all())
    precursors = CodeField(queryset=Powder.objects.all(), many=True, required=False)
    reactor = CodeField(
        queryset=Equipment.objects.filter(kind="ald_reactor"), required=False, allow_null=True
    )
    substrate_temperature_c = _number()
    base_pressure_mtorr = _number()
    base_pressure_at_flow_sccm = _number()
    carrier_flow_sccm = _number()
    rotation_rpm = _number()
    bed_preheat_min = _number()

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        return {**value, "interruptions": [Interruption(**one) for one in value.pop("interruptions", [])]}


class StepDoneSerializer(serializers.Serializer):
    """A step as it was done, by its place in the recipe; what is left out was not said to differ from it."""

    order = serializers.IntegerField(min_value=1)
    duration_s = _number(min_value=0.001)
    temperature_c = _number()
    atmosphere = serializers.CharField(max_length=60, required=False, allow_blank=True)
    ramp_c_min = _number(min_value=0)


class CoatFromSolutionSerializer(CoatingWriteSerializer):
    """One coating from solution."""

    solution = CodeField(queryset=Powder.objects.all())
    solution_volume_ml = serializers.DecimalField(max_digits=9, decimal_places=3, min_value=Decimal("0.001"))
    furnace = CodeField(
        queryset=Equipment.objects.filter(kind__in=["furnace", "oven"]), required=False, allow_null=True
    )
    steps_done = StepDoneSerializer(many=True, required=False)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        steps = {step.order: step for step in value["edition"].steps.all()}
        done = []
        for one in value.pop("steps_done", []):
            step = steps.get(one.pop("order"))
            if step is None:
                raise serializers.ValidationError(
                    {"steps_done": [f"{value['edition']} has {len(steps)} steps."]}
                )
            done.append(StepDone(step=step, **one))
        return {**value, "steps_done": done}


class PlanSolutionSerializer(EditionField):
    """For what the volume of a solution is worked out."""

    recipe = CodeField(queryset=CoatingRecipe.objects.all())
    solution = CodeField(queryset=Powder.objects.filter(counted_in="ml"))
    load_mass_mg = MassField(source="load_mass_ug")


class DoseSerializer(serializers.Serializer):
    """What a powder load takes."""

    coating_mass_mg = serializers.FloatField()
    precursor_mass_mg = serializers.FloatField()
    volume_ml = serializers.FloatField()


class CoatingBatchSerializer(PowderSerializer):
    """A coated powder with its run and what follows of it."""

    run = serializers.SerializerMethodField(help_text="What the run did; null where it is as in the recipe.")
    derived = serializers.SerializerMethodField(help_text="Growth, coating mass and their bases.")

    def get_run(self, powder: Powder) -> dict[str, Any]:
        batch = powder.coating
        return {
            "method": batch.edition.method,
            "reactor": batch.reactor and batch.reactor.code,
            "cycles_planned": batch.edition.cycles,
            "cycles_done": batch.cycles_done,
            "steps": _steps(batch),
            "interruptions": InterruptionSerializer(batch.interruptions.all(), many=True).data,
            "fills": [fill.pk for fill in batch.fills.all()],
            **{name: getattr(batch, name) for name in CONDITIONS},
        }

    def get_derived(self, powder: Powder) -> dict[str, Any]:
        return derived_of(powder.coating)


def _steps(batch: CoatingBatch) -> list[dict[str, Any]]:
    """Return the steps of a coating from solution, each as meant and as done; none of an ALD run."""
    if batch.edition.method != CoatingRecipeEdition.Method.SOLUTION:
        return []
    done = {row.step_id: row for row in batch.steps_done.all()}
    return [
        {
            "order": step.order,
            "kind": step.kind,
            "planned": {name: getattr(step, name) for name in STEP_FACTS},
            "done": {name: getattr(done[step.pk], name) for name in STEP_FACTS} if step.pk in done else None,
        }
        for step in batch.edition.steps.all()
    ]


def derived_of(batch: CoatingBatch) -> dict[str, Any]:
    """Return everything that follows of a batch, each number with its basis."""
    share = coating_share(batch)
    put_in, dose = coating_mass.put_in(batch), coated.dose_of(batch)
    rpm = batch.rotation_rpm if batch.rotation_rpm is not None else batch.edition.rotation_rpm
    return {
        **_follows(batch.edition, batch.cycles_done, rpm),
        "growth": [asdict(growth) for growth in coated.growths(batch)],
        "coating_fraction_of_product": share and share.value,
        "coating_fraction_uncertainty": share and share.uncertainty,
        "coating_fraction_basis": share and share.basis,
        "coating_gain_on_load": share and share.value / (1 - share.value),
        "amounts": [asdict(amount) for amount in coated.amounts(batch)],
        "solution_volume_expected_ml": dose and dose.volume_ml,
        "coating_put_in_mg": put_in and put_in.coating_mg,
        "equivalent_thickness": [asdict(one) for one in coated.equivalents(batch)],
    }
