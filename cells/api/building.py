"""Parsing and printing of how cells are built: layers, presses, heights, stack pressure, exposure."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cells.exposure import exposure_of
from cells.limits import judged
from cells.models import Cell, Deviation, Exposure, Layer, PressStep, StackReading
from cells.models.design import LayerRole
from cells.passport import pellet_told
from cells.pellets import pellets_of
from cells.pressure import PressedAs, in_every_unit
from lims.api.serializers import CodeField, MassField, PersonField
from lims.models import Blank, User
from materials.api.serializers import BalanceChoiceMixin, DespiteSerializer
from materials.models import Equipment, Powder
from materials.models.counted import MILLI

WHY = "Needed once 15 minutes have passed since it was entered, or something rests on the cell."


def equipment(kind: str, **more: Any) -> CodeField:
    return CodeField(queryset=Equipment.objects.filter(kind=kind), required=False, allow_null=True, **more)


class LayerSerializer(serializers.Serializer):
    """A layer in the cell; its mass is what was dispensed less what was lost, a foil is counted."""

    role = serializers.CharField()
    powder = serializers.CharField(source="use.powder.code")
    dispensed_mg = MassField(source="dispensed_ug")
    lost_mg = MassField(source="lost_ug")
    mass_mg = MassField(source="mass_ug")
    boat_full_mg = MassField(source="boat_full_ug", allow_null=True)
    boat_after_mg = MassField(source="boat_after_ug", allow_null=True)
    count = serializers.SerializerMethodField(help_text="Of a foil, in the unit that its lot is counted in.")
    balance = serializers.CharField(source="use.balance.code", default=None, allow_null=True)
    reading = serializers.CharField(help_text="What the balance sent, as it sent it.")
    thickness_um = serializers.FloatField(allow_null=True)
    oxygen_ppm = serializers.FloatField(source="glovebox_reading.oxygen_ppm", default=None, allow_null=True)
    water_ppm = serializers.FloatField(source="glovebox_reading.water_ppm", default=None, allow_null=True)
    performed_at = serializers.DateTimeField()
    performed_by = serializers.CharField(source="performed_by.username")

    def get_count(self, layer: Layer) -> float | None:
        return layer.count_milli / MILLI if layer.use.powder.counted_in else None


class PressStepSerializer(serializers.Serializer):
    """A press in every unit; force and gauge reading are null where die or ram is not known."""

    number = serializers.IntegerField()
    role = serializers.CharField()
    presses = serializers.CharField()
    entered_unit = serializers.CharField()
    pressure_mpa = serializers.FloatField()
    pressure_end_mpa = serializers.FloatField(allow_null=True)
    force_kn = serializers.SerializerMethodField()
    force_tonnes = serializers.SerializerMethodField()
    gauge_bar = serializers.SerializerMethodField()
    hold_s = serializers.FloatField()
    hold_started_at = serializers.DateTimeField(allow_null=True)
    hold_ended_at = serializers.DateTimeField(allow_null=True)
    press = serializers.CharField(source="press.code", default=None, allow_null=True)
    performed_at = serializers.DateTimeField()
    performed_by = serializers.CharField(source="performed_by.username")

    def get_force_kn(self, step: PressStep) -> float | None:
        return self._known(step).force_kn

    def get_force_tonnes(self, step: PressStep) -> float | None:
        return self._known(step).force_tonnes

    def get_gauge_bar(self, step: PressStep) -> float | None:
        return self._known(step).gauge_bar

    def _known(self, step: PressStep) -> PressedAs:
        return in_every_unit(step.pressure_mpa, die=step.cell.die, press=step.press)


class DeviationSerializer(serializers.Serializer):
    """What was not as meant, in BattINFO's words."""

    category = serializers.ChoiceField(Deviation.Category.choices)
    impact = serializers.ChoiceField(Deviation.Impact.choices)
    text = serializers.CharField(max_length=1000)
    at = serializers.DateTimeField(required=False)


class StackReadingSerializer(serializers.Serializer):
    """The stack pressure at a moment; not the pressure that the pellet was pressed with."""

    moment = serializers.ChoiceField(StackReading.Moment.choices)
    pressure_mpa = serializers.FloatField()
    temperature_c = serializers.FloatField(required=False, allow_null=True)
    soak_h = serializers.FloatField(required=False, allow_null=True)
    frame = equipment("frame")
    load_cell = equipment("load_cell")
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)
    performed_at = serializers.DateTimeField(required=False)
    performed_by = PersonField(required=False)


class HeightSerializer(serializers.Serializer):
    """A height of the plungers: of the empty die (``after`` empty), or after a layer was pressed in."""

    after = serializers.ChoiceField([("", "empty die"), *LayerRole.choices], default="")
    loaded = serializers.BooleanField()
    height_mm = serializers.FloatField()
    uncertainty_um = serializers.FloatField(required=False, allow_null=True, help_text="Standard (k = 1).")
    performed_at = serializers.DateTimeField(required=False)
    performed_by = PersonField(required=False)


class BuiltMixin(serializers.Serializer):
    """What the detail of a cell tells of its building."""

    layers = serializers.SerializerMethodField()
    press_steps = serializers.SerializerMethodField()
    pellets = serializers.SerializerMethodField(
        help_text="Thickness, relative density and porosity (fractions)."
    )
    stack_readings = serializers.SerializerMethodField()
    deviations = serializers.SerializerMethodField()
    exposure = serializers.SerializerMethodField(
        help_text="Along the genealogy: open and sealed time, the most oxygen and water, the age of the composites; "
        "null is not recorded. No dose is computed."
    )
    assembly_flags = serializers.SerializerMethodField(
        help_text="Suspicions by the design's limits; none refuses."
    )
    supersedes = serializers.CharField(
        source="supersedes.code", default=None, allow_null=True, read_only=True
    )
    superseded_by = serializers.SerializerMethodField()
    glovebox = serializers.CharField(source="glovebox.code", default=None, allow_null=True, read_only=True)
    assembly_temperature_c = serializers.FloatField(read_only=True)

    def get_layers(self, cell: Cell) -> Any:
        layers = cell.layers.with_mass().select_related(
            "use__powder__identity", "use__balance__identity", "glovebox_reading", "performed_by"
        )
        return LayerSerializer(layers.order_by("pk"), many=True).data

    def get_press_steps(self, cell: Cell) -> Any:
        steps = cell.press_steps.select_related("press__identity", "cell__die", "performed_by")
        return PressStepSerializer(steps, many=True).data

    def get_pellets(self, cell: Cell) -> list[dict[str, Any]]:
        return [pellet_told(pellet) for pellet in pellets_of(cell)]

    def get_stack_readings(self, cell: Cell) -> Any:
        rows = cell.stack_readings.select_related("frame__identity", "load_cell__identity", "performed_by")
        return StackReadingSerializer(rows, many=True).data

    def get_deviations(self, cell: Cell) -> Any:
        return DeviationSerializer(cell.deviations.all(), many=True).data

    def get_exposure(self, cell: Cell) -> dict[str, Any]:
        story = exposure_of(cell, _caller(self))
        names = ("open_h", "sealed_h", "highest_oxygen_ppm", "highest_water_ppm", "oldest_composite_h")
        of_line = ("code", "open_h", "sealed_h", "oxygen_ppm", "water_ppm", "age_at_pressing_h")
        lines = [{name: getattr(line, name) for name in of_line} for line in story.lines if line.told]
        return {name: getattr(story, name) for name in names} | {"lines": lines}

    def get_assembly_flags(self, cell: Cell) -> list[str]:
        return judged(cell)

    def get_superseded_by(self, cell: Cell) -> str | None:
        after = Cell.objects.select_related("identity").filter(supersedes=cell.pk).first()
        return after.code if after else None


def _caller(serializer: serializers.Serializer) -> User:
    user: User = serializer.context["request"].user
    return user


class PressureMixin(serializers.Serializer):
    """A pressure in one of three units; the other two are computed from die and ram."""

    pressure_mpa = serializers.FloatField(required=False)
    force_tonnes = serializers.FloatField(required=False)
    gauge_bar = serializers.FloatField(required=False, help_text="Needs the press.")
    pressure_end = serializers.FloatField(
        required=False, help_text="At the end of the hold, in the same unit."
    )
    hold_s = serializers.FloatField(required=False)
    press = equipment("press")


class PressLayerSerializer(DespiteSerializer, BalanceChoiceMixin, PressureMixin):
    """A layer to be pressed into a cell: its mass, or the boat full and after."""

    role = serializers.ChoiceField(LayerRole.choices)
    powder = CodeField(queryset=Powder.objects.all())
    mass_mg = MassField(source="mass_ug", required=False)
    boat_full_mg = MassField(source="boat_full_ug", required=False)
    boat_after_mg = MassField(source="boat_after_ug", min_value=0, required=False)
    lost_mg = MassField(source="lost_ug", min_value=0, required=False)
    reading = serializers.CharField(required=False, allow_blank=True, max_length=120)
    count = serializers.DecimalField(
        max_digits=12, decimal_places=3, required=False, source="count_milli", help_text="Of a foil."
    )
    hold_started_at = serializers.DateTimeField(required=False)
    hold_ended_at = serializers.DateTimeField(required=False)
    performed_at = serializers.DateTimeField(required=False)
    performed_by = PersonField(
        required=False, help_text="User name of who pressed it; the caller where left out."
    )

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if "count_milli" in value:
            value["count_milli"] = int(value["count_milli"] * MILLI)
        return value


class FinishCellSerializer(serializers.Serializer):
    """What was measured on the finished pellet, or why it was not."""

    open_circuit_voltage_v = serializers.FloatField(required=False, allow_null=True)
    resistance_1khz_ohm = serializers.FloatField(required=False, allow_null=True)
    assembly_temperature_c = serializers.FloatField(required=False, allow_null=True)
    blank = serializers.DictField(
        child=serializers.ChoiceField(Blank.choices), required=False, help_text="Name and why: not_measured."
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class EndingSerializer(serializers.Serializer):
    """Why."""

    reason = serializers.CharField(max_length=500)


class LateReasonSerializer(serializers.Serializer):
    """Why, where it is late."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, help_text=WHY)


class CorrectLayerSerializer(LateReasonSerializer):
    """The mass that was really dispensed, or the boat's two, and why the first number was wrong."""

    role = serializers.ChoiceField(LayerRole.choices)
    mass_mg = MassField(source="mass_ug", required=False)
    boat_full_mg = MassField(source="boat_full_ug", required=False)
    boat_after_mg = MassField(source="boat_after_ug", min_value=0, required=False)
    lost_mg = MassField(source="lost_ug", min_value=0, required=False)


class CorrectPressSerializer(PressureMixin, LateReasonSerializer):
    """How hard and how long it was really pressed; what is left out stays."""

    number = serializers.IntegerField(min_value=1)


class ThicknessSerializer(LateReasonSerializer):
    """How thick a layer is, measured on the pellet."""

    role = serializers.ChoiceField(LayerRole.choices)
    thickness_um = serializers.FloatField()
    uncertainty_um = serializers.FloatField(required=False, allow_null=True, help_text="Standard (k = 1).")


class ChangeCellSerializer(LateReasonSerializer):
    """What is known of a cell itself; what is left out stays."""

    die = CodeField(queryset=Equipment.objects.filter(kind="die"), required=False)
    glovebox = equipment("glovebox")
    open_circuit_voltage_v = serializers.FloatField(
        required=False, allow_null=True, min_value=-1, max_value=6
    )
    resistance_1khz_ohm = serializers.FloatField(required=False, allow_null=True, min_value=0)
    assembly_temperature_c = serializers.FloatField(required=False, allow_null=True)
    blank = serializers.DictField(child=serializers.ChoiceField(Blank.choices), required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class ExposureSerializer(serializers.Serializer):
    """How long a record lay open or sealed, and the most oxygen and water around it."""

    how = serializers.ChoiceField(Exposure.How.choices)
    hours = serializers.FloatField(min_value=0)
    atmosphere = serializers.CharField(required=False, allow_blank=True, max_length=60)
    glovebox = equipment("glovebox")
    highest_oxygen_ppm = serializers.FloatField(required=False, allow_null=True, min_value=0)
    highest_water_ppm = serializers.FloatField(required=False, allow_null=True, min_value=0)
    ended_at = serializers.DateTimeField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)


class FailCellSerializer(EndingSerializer):
    """That a cell failed or shorted."""

    state = serializers.ChoiceField([Cell.State.FAILED, Cell.State.SHORTED])
