"""What people type about a cell: presses, heights, stack pressure, exposure, corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from cells.models import Cell, Exposure, Layer, PlungerHeight, PressStep, StackReading
from cells.models.design import LayerRole
from lims.change_forms import ChangeMixin
from lims.form_parts import choose, model_fields
from lims.forms import ActionForm, MassField, RecordChoiceField, unit
from lims.late_changes import why_asked
from lims.models import Record, User
from materials.forms import put_last
from materials.models import Equipment


def equipment_field(label: str, help_text: str = "") -> RecordChoiceField:
    return RecordChoiceField(Equipment.objects.none(), required=False, label=label, help_text=help_text)


def offer_equipment(form: forms.Form, name: str, kind: str, user: User) -> None:
    """Offer the lab's equipment of a kind; the only one is taken."""
    choose(form, name, Equipment.objects.filter(kind=kind), user)


class LateChangeMixin(ChangeMixin):
    """A change whose reason is asked for only once it is late; put it before an ActionForm."""

    def ask(self, record: Record, entered_at: datetime | None) -> None:
        """Begin with the record's version, and ask for the reason where `late_changes` needs one."""
        self.read(record)
        why = why_asked(record, entered_at)
        self.fields["reason"].required = bool(why)
        self.fields["reason"].help_text = (
            f"Needed, since {why}. Kept in the history, beside old and new."
            if why
            else "Not needed within 15 minutes, unless something rests on it. The change is logged either way."
        )


class PressureMixin(forms.Form):
    """A pressure in one of three units; put it before an ActionForm."""

    pressure_value = forms.FloatField(min_value=0.001, label="Pressed to")
    pressure_unit = forms.ChoiceField(choices=PressStep.Unit.choices, initial=PressStep.Unit.MPA, label="in")
    pressure_end = forms.FloatField(
        required=False, min_value=0, label="At the end of the hold", help_text="In the same unit, if it fell."
    )
    press = equipment_field("Press", "Its ram turns a gauge's bar into a pressure.")

    def arguments(self) -> dict[str, Any]:
        given: dict[str, Any] = super().arguments()  # type: ignore[misc]  # the other parent is an ActionForm
        names = {"MPa": "pressure_mpa", "t": "force_tonnes", "bar": "gauge_bar"}
        value, typed_in = given.pop("pressure_value", None), given.pop("pressure_unit", "")
        if value is None:
            return given
        return {**given, names[typed_in]: value}


class CorrectForm(LateChangeMixin, ActionForm):
    """What a layer was really pressed from."""

    mass_ug = MassField(label="Mass dispensed")
    lost_ug = MassField(label="Mass lost while spreading", allow_zero=True)

    def __init__(self, *args: Any, user: User, cell: Cell, layer: Layer, **kwargs: Any) -> None:
        kwargs["initial"] = {"mass_ug": layer.dispensed_ug, "lost_ug": layer.lost_ug}
        super().__init__(*args, user=user, **kwargs)
        self.ask(cell, layer.recorded_at)
        put_last(self, "reason")


class CorrectPressForm(LateChangeMixin, PressureMixin, ActionForm):
    """How hard and how long it was really pressed."""

    hold_s = unit(forms.FloatField(min_value=0, label="Hold"), "s")

    def __init__(self, *args: Any, user: User, cell: Cell, step: PressStep, **kwargs: Any) -> None:
        said = {
            "pressure_value": f"{step.pressure_mpa:g}", "pressure_end": step.pressure_end_mpa,
            "hold_s": f"{step.hold_s:g}", "press": step.press,
        }  # fmt: skip
        super().__init__(*args, user=user, initial=said, **kwargs)
        offer_equipment(self, "press", Equipment.Kind.PRESS, user)
        self.ask(cell, step.recorded_at)
        put_last(self, "reason")


class ChangeCellForm(LateChangeMixin, ActionForm):
    """What is known of a cell itself."""

    die = RecordChoiceField(
        Equipment.objects.none(), help_text="Its bore is the area of everything on this page."
    )
    glovebox = equipment_field("Glovebox")
    open_circuit_voltage_v = unit(
        forms.FloatField(min_value=-1, max_value=6, required=False, label="Open-circuit voltage"), "V"
    )
    resistance_1khz_ohm = unit(
        forms.FloatField(min_value=0, required=False, label="Resistance at 1 kHz"), "Ω"
    )
    assembly_temperature_c = unit(forms.FloatField(required=False, label="Measured at"), "°C")
    note = forms.CharField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, user: User, cell: Cell, **kwargs: Any) -> None:
        names = (
            "die",
            "glovebox",
            "open_circuit_voltage_v",
            "resistance_1khz_ohm",
            "assembly_temperature_c",
            "note",
        )
        super().__init__(*args, user=user, initial={name: getattr(cell, name) for name in names}, **kwargs)
        offer_equipment(self, "die", Equipment.Kind.DIE, user)
        offer_equipment(self, "glovebox", Equipment.Kind.GLOVEBOX, user)
        self.fields["die"].initial = cell.die
        self.ask(cell, cell.assembled_at or cell.recorded_at)
        # Filling in what was empty needs none, and only the action knows what is replaced.
        self.fields["reason"].required = False
        put_last(self, "reason")


class HeightForm(ActionForm):
    """A height of the plungers in the die."""

    after = forms.ChoiceField(required=False, label="Measured")
    loaded = forms.TypedChoiceField(
        choices=[("no", "After the load was taken off"), ("yes", "Under the press's load")],
        coerce=lambda word: word == "yes", label="Load",
        help_text="With and without pellet alike, or they cannot be compared.",
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, cell: Cell, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(PlungerHeight, "height_mm", "uncertainty_um"))
        choice = self.fields["after"]
        if isinstance(choice, forms.ChoiceField):
            layers = [
                (role, f"after the {LayerRole(role).label.lower()}")
                for role in cell.layers.order_by("pk").values_list("role", flat=True)
            ]
            choice.choices = [("", "the empty die"), *layers]


class ThicknessForm(LateChangeMixin, ActionForm):
    """How thick a layer is, measured on the pellet."""

    role = forms.ChoiceField(label="Layer")
    thickness_um = unit(forms.FloatField(min_value=0.1, label="Thickness"), "µm")
    uncertainty_um = unit(
        forms.FloatField(min_value=0, required=False, label="Standard uncertainty", help_text="k = 1."), "µm"
    )

    def __init__(self, *args: Any, user: User, cell: Cell, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        choice = self.fields["role"]
        if isinstance(choice, forms.ChoiceField):
            roles = cell.layers.order_by("pk").values_list("role", flat=True)
            choice.choices = [(role, LayerRole(role).label) for role in roles]
        self.read(cell)
        self.fields["reason"].required = False
        put_last(self, "reason")


class StackForm(ActionForm):
    """The stack pressure in the frame."""

    frame = equipment_field("Frame")
    load_cell = equipment_field("Load cell", "Leave empty where torque or a spring told it; say which below.")
    performed_at = forms.DateTimeField(
        label="When", required=False, help_text="Leave empty for now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, cell: Cell, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(
            model_fields(StackReading, "moment", "pressure_mpa", "temperature_c", "soak_h", "note")
        )
        offer_equipment(self, "frame", Equipment.Kind.FRAME, user)
        offer_equipment(self, "load_cell", "load_cell", user)
        self.fields["moment"].initial = self._next(cell)
        last = cell.stack_readings.select_related("frame__identity", "load_cell__identity").last()
        if last is not None:
            self.fields["frame"].initial, self.fields["load_cell"].initial = last.frame, last.load_cell
        else:
            self.fields["pressure_mpa"].initial = cell.edition.stack_pressure_mpa
        self.order_fields(
            [
                "moment",
                "pressure_mpa",
                "temperature_c",
                "soak_h",
                "frame",
                "load_cell",
                "performed_at",
                "note",
            ]
        )

    @staticmethod
    def _next(cell: Cell) -> str:
        known = set(cell.stack_readings.values_list("moment", flat=True))
        order = (StackReading.Moment.SET, StackReading.Moment.HOT, StackReading.Moment.END)
        return next((moment for moment in order if moment not in known), StackReading.Moment.RETIGHTENED)


class ExposureForm(ActionForm):
    """How long a powder or a cell lay open or sealed."""

    glovebox = equipment_field("Glovebox")
    ended_at = forms.DateTimeField(
        label="Until", required=False, help_text="Leave empty for now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        names = ("how", "hours", "atmosphere", "highest_oxygen_ppm", "highest_water_ppm", "note")
        self.fields.update(model_fields(Exposure, *names))
        unit(self.fields["hours"], "h")
        offer_equipment(self, "glovebox", Equipment.Kind.GLOVEBOX, user)
        self.fields["glovebox"].required = False
        self.order_fields(
            [
                "how",
                "hours",
                "atmosphere",
                "glovebox",
                "highest_oxygen_ppm",
                "highest_water_ppm",
                "ended_at",
                "note",
            ]
        )


class WhyForm(ChangeMixin, ActionForm):
    """One reason, for what cannot be taken back: dismantled, built anew."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        del self.fields["expected_version"]
