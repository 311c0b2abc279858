"""Parsing and printing of powders and what they are made with."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lims.api.serializers import CodeField, MassField, PerformedSerializer, ProjectField, RecordSerializer
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    Equipment,
    Formulation,
    FormulationEdition,
    Material,
    Powder,
    Supplier,
)


class CapacitySerializer(serializers.Serializer):
    """A specific capacity, up to one cut-off."""

    upper_cut_off_v = serializers.FloatField(allow_null=True, required=False)
    specific_capacity_mah_g = serializers.FloatField()
    reference = serializers.CharField(max_length=200)


class MaterialSerializer(RecordSerializer):
    """A substance."""

    name = serializers.CharField(max_length=120)
    formula = serializers.CharField(max_length=80, required=False, allow_blank=True)
    role = serializers.ChoiceField(Material.Role.choices)
    density_g_cm3 = serializers.FloatField(required=False, allow_null=True)
    density_source = serializers.CharField(max_length=200, required=False, allow_blank=True)
    potential_v_vs_li = serializers.FloatField(required=False, allow_null=True)
    capacities = CapacitySerializer(many=True, required=False)


class SupplierSerializer(RecordSerializer):
    """Who sells it."""

    name = serializers.CharField(max_length=120)
    website = serializers.URLField(required=False, allow_blank=True)


class EquipmentSerializer(RecordSerializer):
    """A balance, a die, a press, …"""

    kind = serializers.ChoiceField(Equipment.Kind.choices)
    name = serializers.CharField(max_length=120)
    serial_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    readability_mg = serializers.FloatField(required=False, allow_null=True)
    repeatability_mg = serializers.FloatField(required=False, allow_null=True)
    diameter_mm = serializers.FloatField(required=False, allow_null=True)
    tolerance_mm = serializers.FloatField(required=False, allow_null=True)


class StepSerializer(serializers.Serializer):
    """A pulse or purge of one ALD cycle."""

    kind = serializers.ChoiceField(["pulse", "purge"])
    substance = serializers.CharField(max_length=80, required=False, allow_blank=True)
    duration_s = serializers.FloatField()
    source_temperature_c = serializers.FloatField(required=False, allow_null=True)


class RecipeSerializer(RecordSerializer):
    """An ALD recipe; ``edition`` is its newest."""

    name = serializers.CharField(max_length=120)
    coating = CodeField(queryset=Material.objects.all())
    steps = StepSerializer(many=True, write_only=True)
    cycles = serializers.IntegerField(min_value=1, write_only=True)
    substrate_temperature_c = serializers.FloatField(write_only=True)
    rotation_rpm = serializers.FloatField(write_only=True, required=False)
    carrier_gas = serializers.CharField(write_only=True, required=False)
    carrier_flow_sccm = serializers.FloatField(write_only=True, required=False)
    base_pressure_mtorr = serializers.FloatField(write_only=True, required=False)
    base_pressure_at_flow_sccm = serializers.FloatField(write_only=True, required=False)
    editions = serializers.SerializerMethodField()

    def get_editions(self, recipe: CoatingRecipe) -> list[dict[str, Any]]:
        return [
            {
                "number": edition.number,
                "cycles": edition.cycles,
                "substrate_temperature_c": edition.substrate_temperature_c,
                "rotation_rpm": edition.rotation_rpm,
                "steps": StepSerializer(edition.steps.all(), many=True).data,
            }
            for edition in recipe.editions.all()
        ]


class PartSerializer(serializers.Serializer):
    """A component of a formulation and its parts by weight."""

    material = CodeField(queryset=Material.objects.all())
    parts = serializers.FloatField(min_value=0.0001)


class FormulationSerializer(RecordSerializer):
    """A formulation; ``editions`` newest first."""

    name = serializers.CharField(max_length=120)
    parts = PartSerializer(many=True, write_only=True)
    editions = serializers.SerializerMethodField()

    def get_editions(self, formulation: Formulation) -> list[dict[str, Any]]:
        return [
            {
                "number": edition.number,
                "parts": [
                    {"order": p.order, "material": p.material.code, "name": p.material.name, "parts": p.parts}
                    for p in edition.parts.all()
                ],
            }
            for edition in formulation.editions.all()
        ]


class PowderSerializer(RecordSerializer):
    """A powder of any kind, with what is left of it."""

    name = serializers.CharField(read_only=True)
    kind = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)
    material = serializers.CharField(source="material.code", read_only=True, default=None, allow_null=True)
    balance_mg = MassField(source="balance_ug", read_only=True)
    detail = serializers.SerializerMethodField()

    def get_detail(self, powder: Powder) -> dict[str, Any]:
        return {
            Powder.Kind.LOT: _lot,
            Powder.Kind.COATING: _coating,
            Powder.Kind.COMPOSITE: _composite,
        }[Powder.Kind(powder.kind)](powder)


def _lot(powder: Powder) -> dict[str, Any]:
    lot = powder.lot
    return {
        "supplier": lot.supplier.code,
        "lot_number": lot.lot_number,
        "catalogue_number": lot.catalogue_number,
        "purity_fraction": lot.purity_fraction,
        "particle_size_min_um": lot.particle_size_min_um,
        "particle_size_max_um": lot.particle_size_max_um,
        "received_on": lot.received_on,
        "expires_on": lot.expires_on,
        "place": lot.place,
    }


def _coating(powder: Powder) -> dict[str, Any]:
    batch = powder.coating
    return {
        "recipe": batch.edition.recipe.code,
        "edition": batch.edition.number,
        "parent": batch.load.powder.code,
        "cycles_done": batch.cycles_done,
        "thickness_measured_nm": batch.thickness_measured_nm,
        "thickness_method": batch.thickness_method,
        "thickness_sites": batch.thickness_sites,
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


class EntrySerializer(serializers.Serializer):
    """A ledger entry."""

    seq = serializers.IntegerField()
    kind = serializers.CharField()
    change_mg = MassField(source="change_ug")
    balance_after_mg = MassField(source="balance_after_ug")
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.username")


class BalanceChoiceMixin(serializers.Serializer):
    """Which balance weighed it; without one a mass has no uncertainty."""

    balance = CodeField(queryset=Equipment.objects.filter(kind="balance"), required=False, allow_null=True)


class ReceiveLotSerializer(PerformedSerializer):
    """A bought container."""

    project = ProjectField()
    material = CodeField(queryset=Material.objects.all())
    supplier = CodeField(queryset=Supplier.objects.all())
    lot_number = serializers.CharField(max_length=60)
    mass_mg = MassField(source="mass_ug")
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    catalogue_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    purity_fraction = serializers.FloatField(required=False, allow_null=True)
    particle_size_min_um = serializers.FloatField(required=False, allow_null=True)
    particle_size_max_um = serializers.FloatField(required=False, allow_null=True)
    received_on = serializers.DateField(required=False, allow_null=True)
    expires_on = serializers.DateField(required=False, allow_null=True)
    place = serializers.CharField(max_length=120, required=False, allow_blank=True)


class DrawSerializer(BalanceChoiceMixin):
    """Some of a powder, taken out for something."""

    mass_mg = MassField(source="mass_ug")
    purpose = serializers.CharField(max_length=200)


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


class RunCoatingSerializer(PerformedSerializer, EditionField, BalanceChoiceMixin):
    """One ALD run."""

    project = ProjectField()
    recipe = CodeField(queryset=CoatingRecipe.objects.all())
    parent = CodeField(queryset=Powder.objects.all())  # type: ignore[assignment]
    load_mass_mg = MassField(source="load_mass_ug")
    recovered_mass_mg = MassField(source="recovered_mass_ug")
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    cycles_done = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    precursors = CodeField(queryset=Powder.objects.all(), many=True, required=False)
    reactor = CodeField(
        queryset=Equipment.objects.filter(kind="ald_reactor"), required=False, allow_null=True
    )
    thickness_measured_nm = serializers.FloatField(required=False, allow_null=True)
    thickness_method = serializers.CharField(max_length=80, required=False, allow_blank=True)
    thickness_sites = serializers.IntegerField(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        edition: CoatingRecipeEdition = pick_edition(value.pop("recipe"), value.pop("edition", None))
        return {**value, "edition": edition}


class ComponentSerializer(serializers.Serializer):
    """What was weighed for one part: ``order`` is the part's place in the formulation."""

    order = serializers.IntegerField(min_value=1)
    powder = CodeField(queryset=Powder.objects.all())
    mass_mg = MassField(source="mass_ug")


class MixSerializer(PerformedSerializer, EditionField, BalanceChoiceMixin):
    """A mixture of weighed powders."""

    project = ProjectField()
    formulation = CodeField(queryset=Formulation.objects.all())
    components = ComponentSerializer(many=True)
    recovered_mass_mg = MassField(source="recovered_mass_ug", required=False, allow_null=True)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    method = serializers.CharField(max_length=120, required=False, allow_blank=True)
    duration_min = serializers.FloatField(required=False, allow_null=True)
    oxygen_ppm = serializers.FloatField(required=False, allow_null=True)
    water_ppm = serializers.FloatField(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        edition: FormulationEdition = pick_edition(value.pop("formulation"), value.pop("edition", None))
        return {**value, "edition": edition}


class PlanMixSerializer(EditionField):
    """What to weigh for a total mass."""

    formulation = CodeField(queryset=Formulation.objects.all())
    total_mass_mg = MassField(source="total_mass_ug")
    balance = CodeField(queryset=Equipment.objects.filter(kind="balance"))
