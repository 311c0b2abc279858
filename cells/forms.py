"""What people type about studies, designs and cells; actions judge it."""

from __future__ import annotations

from typing import Any

from django import forms

from cells.actions.plan import MOST_REPLICATES
from cells.models import Cell, CellDesign, CellDesignEdition, Condition, DesignPress, Deviation, Study
from cells.models.design import LayerRole
from lims.form_parts import LinesField, RowsForm, choose, model_fields, say_none_yet
from lims.forms import ActionForm, MassField, PerformedMixin, ProjectField, RecordChoiceField, unit
from lims.models import User
from lims.units import mass_text
from materials.forms import (
    SHARED_HELP,
    EditionField,
    PowderChoiceField,
    balance_field,
    offer_balances,
    offer_powders,
    offer_project,
    put_last,
)
from materials.models import Equipment, Material, Powder


class StudyForm(ActionForm):
    """A study and what it compares."""

    conditions = LinesField(help_text="One on each line, in the order of the report.")
    project = ProjectField()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(Study, "name", "question", "note"))
        offer_project(self, user)
        self.order_fields(["name", "question", "conditions", "project", "note"])


class ConditionField(forms.ModelChoiceField):
    """A choice of a study's condition."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.study.code} · {obj.name}"


class PlanForm(PerformedMixin, ActionForm):
    """Which condition, by which design, how many."""

    condition = ConditionField(Condition.objects.none())
    edition = EditionField(CellDesignEdition.objects.none(), label="Design")
    replicates = forms.IntegerField(
        min_value=1,
        max_value=MOST_REPLICATES,
        initial=3,
        help_text=f"1 to {MOST_REPLICATES} cells, all alike.",
    )

    def __init__(self, *args: Any, user: User, study: Study | None = None, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        conditions = Condition.objects.filter(study__in=Study.objects.visible_to(user))
        if study is not None:
            conditions = conditions.filter(study=study)
        designs = CellDesignEdition.objects.filter(design__in=CellDesign.objects.visible_to(user))
        condition, edition = self.fields["condition"], self.fields["edition"]
        if isinstance(condition, ConditionField) and isinstance(edition, EditionField):
            condition.queryset = conditions.select_related("study__identity").order_by("-study", "order")
            edition.queryset = designs.select_related("design__identity").order_by("-pk")
            if not conditions.exists():
                say_none_yet(condition, Study)
            if not designs.exists():
                say_none_yet(edition, CellDesign)
        put_last(self, "performed_at", "note")


class PressForm(ActionForm):
    """The next layer of a cell: what, how much, how hard."""

    role = forms.CharField(widget=forms.HiddenInput)
    powder = PowderChoiceField(Powder.objects.none())
    mass_ug = MassField(label="Mass dispensed")
    lost_ug = MassField(label="Mass lost while spreading", allow_zero=True, initial=0)
    balance = balance_field()
    pressure_mpa = unit(forms.FloatField(min_value=0.1, max_value=2000, label="Pressure"), "MPa")
    hold_s = unit(forms.FloatField(min_value=0, label="Hold"), "s")

    def __init__(self, *args: Any, user: User, cell: Cell, step: DesignPress, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_powders(self, "powder", user, **fitting(cell.edition, step.role))
        offer_balances(self, user)
        target = mass_text(cell.edition.target_mass_ug(step.role))
        self.fields["mass_ug"].help_text = f"The design asks for {target} of {step.get_role_display()}."
        self.fields["pressure_mpa"].initial = f"{step.pressure_mpa:g}"
        self.fields["hold_s"].initial = f"{step.hold_s:g}"
        self.fields["role"].initial = step.role
        self.step = step

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if role != self.step.role:
            raise forms.ValidationError(
                f"The layer of this form is in the cell already; next is the {self.step.get_role_display()}."
            )
        return role


def fitting(edition: CellDesignEdition, role: str) -> dict[str, Any]:
    """Return which powders fit a layer: the design's electrolyte, or composites with its active material."""
    if role == LayerRole.SEPARATOR:
        return {"material": edition.separator_material_id}
    positive = role == LayerRole.POSITIVE
    active = edition.positive_material_id if positive else edition.negative_material_id
    return {"kind": Powder.Kind.COMPOSITE, "composite__edition__parts__material": active}


class FinishForm(ActionForm):
    """What was measured when the cell was done."""

    open_circuit_voltage_v = unit(
        forms.FloatField(min_value=-1, max_value=6, required=False, label="Open-circuit voltage"), "V"
    )
    resistance_1khz_ohm = unit(
        forms.FloatField(min_value=0, required=False, label="Resistance at 1 kHz"), "Ω"
    )
    note = forms.CharField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 2}))


class FailForm(ActionForm):
    """That a cell failed or shorted, and why."""

    state = forms.ChoiceField(label="What happened")
    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="How it showed")

    def __init__(self, *args: Any, user: User, cell: Cell, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        ways = [s for s in (Cell.State.FAILED, Cell.State.SHORTED) if s in Cell.MOVES[cell.state]]
        choice = self.fields["state"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(way.value, way.label) for way in ways]


class CorrectForm(ActionForm):
    """What a layer was really pressed from."""

    mass_ug = MassField(label="Mass dispensed")
    lost_ug = MassField(label="Mass lost while spreading", allow_zero=True)
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class DeviationForm(ActionForm):
    """That something was not as meant."""

    category = forms.ChoiceField(choices=Deviation.Category.choices)
    impact = forms.ChoiceField(choices=Deviation.Impact.choices)
    text = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="What happened")


class PressRow(forms.Form):
    """A step of the press schedule."""

    role = forms.ChoiceField(choices=[("", "–"), *LayerRole.choices], label="Layer that goes in")
    pressure_mpa = unit(forms.FloatField(min_value=0.1, max_value=2000, label="Pressure"), "MPa")
    hold_s = unit(forms.FloatField(min_value=0, label="Hold"), "s")


class DesignForm(RowsForm):
    """A full-cell design."""

    row_class = PressRow
    rows_title = "Press schedule, in order"
    add_label = "Add a step"
    least_rows = 3
    shown_rows = 3

    die = RecordChoiceField(Equipment.objects.none())
    positive_material = RecordChoiceField(Material.objects.none())
    negative_material = RecordChoiceField(Material.objects.none())
    separator_material = RecordChoiceField(Material.objects.none())
    positive_mass_ug = MassField(label="Positive composite, target")
    separator_mass_ug = MassField(label="Separator, target")
    negative_mass_ug = MassField(label="Negative composite, target")
    project = ProjectField(required=False, help_text=SHARED_HELP)

    model_field_names = (
        "positive_specific_capacity_mah_g", "negative_specific_capacity_mah_g", "capacity_reference",
        "upper_cut_off_v_vs_li", "lower_cut_off_v_vs_li", "reference_offset_v", "reference_offset_source",
        "np_target", "np_basis", "coating_counted_as_active", "stack_pressure_mpa", "temperature_c",
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(CellDesign, "name", "note"))
        self.fields.update(model_fields(CellDesignEdition, *self.model_field_names))
        self.fields["np_target"].label, self.fields["np_basis"].label = "N/P target", "N/P basis"
        choose(self, "die", Equipment.objects.filter(kind=Equipment.Kind.DIE), user)
        for name, role in (
            ("positive_material", Material.Role.POSITIVE_ACTIVE),
            ("negative_material", Material.Role.NEGATIVE_ACTIVE),
            ("separator_material", Material.Role.ELECTROLYTE),
        ):
            choose(self, name, Material.objects.filter(role=role), user)
        offer_project(self, user)
        self.order_fields(
            [
                "name",
                "project",
                "die",
                "positive_material",
                "negative_material",
                "separator_material",
                "positive_mass_ug",
                "separator_mass_ug",
                "negative_mass_ug",
                *self.model_field_names,
                "note",
            ]
        )

    def arguments(self) -> dict[str, Any]:
        schedule = [(row["role"], row["pressure_mpa"], row["hold_s"]) for row in self.rows()]
        return {**super().arguments(), "press_schedule": schedule}
