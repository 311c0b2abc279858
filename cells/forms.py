"""What people type about studies, designs and cells; actions judge it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from cells.actions.plan import MOST_REPLICATES
from cells.building_forms import PressureMixin, offer_equipment
from cells.models import (
    Cell,
    CellDesign,
    CellDesignEdition,
    Condition,
    DesignPress,
    Deviation,
    LayerRole,
    Study,
)
from lims.form_parts import LinesField, choose, model_fields, say_none_yet
from lims.forms import ActionForm, MassField, PerformedMixin, ProjectField, unit
from lims.models import User
from materials.forms import (
    DespiteMixin,
    EditionField,
    PowderChoiceField,
    balance_field,
    offer_balances,
    offer_project,
    put_last,
)
from materials.models import Equipment, Powder


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


class PressForm(DespiteMixin, PressureMixin, ActionForm):
    """The next layer of a cell: what, how much, how hard."""

    role = forms.CharField(widget=forms.HiddenInput)
    powder = PowderChoiceField(Powder.objects.none())
    mass_ug = MassField(label="Mass dispensed", required=False, help_text="")
    boat_full_ug = MassField(
        label="Boat full", required=False, help_text="With the boat emptied: instead of the mass."
    )
    boat_after_ug = MassField(label="Boat after it was emptied", required=False, allow_zero=True)
    lost_ug = MassField(label="Mass lost while spreading", allow_zero=True, initial=0)
    balance = balance_field()
    hold_s = unit(forms.FloatField(min_value=0, label="Hold"), "s")

    def __init__(self, *args: Any, user: User, cell: Cell, step: DesignPress, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        meant = cell.edition.layer(step.role)
        self._offer_lots(cell, step, user)
        offer_balances(self, user)
        offer_equipment(self, "press", Equipment.Kind.PRESS, user)
        target = meant.target_text() if meant else "nothing"
        self.fields["mass_ug"].help_text = f"The design asks for {target} of {step.get_role_display()}."
        if step.pressure_mpa is not None and step.hold_s is not None:
            self.fields["pressure_value"].initial = f"{step.pressure_mpa:g}"
            self.fields["hold_s"].initial = f"{step.hold_s:g}"
        self.fields["role"].initial = step.role
        self.step = step
        self.order_fields(
            ["powder", "mass_ug", "boat_full_ug", "boat_after_ug", "lost_ug", "balance", "pressure_value",
             "pressure_unit", "pressure_end", "hold_s", "press"]
        )  # fmt: skip
        if meant is not None and meant.is_foil:
            self.fields["powder"].label, self.fields["powder"].help_text = "Lot", f"{target} of it."
            self._leave_out("mass_ug", "boat_full_ug", "boat_after_ug", "lost_ug", "balance")
        if step.pressure_mpa is None:
            self._leave_out("pressure_value", "pressure_unit", "pressure_end", "hold_s", "press")

    def _offer_lots(self, cell: Cell, step: DesignPress, user: User) -> None:
        """Offer the open lots that fit, counted ones of a foil among them."""
        lots = Powder.objects.open().with_balance().filter(fitting(cell.edition, step.role)).distinct()
        choose(self, "powder", lots, user)

    def _leave_out(self, *names: str) -> None:
        for name in names:
            del self.fields[name]

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if role != self.step.role:
            raise forms.ValidationError(
                f"The layer of this form is in the cell already; next is the {self.step.get_role_display()}."
            )
        return role


def fitting(edition: CellDesignEdition, role: str) -> Q:
    """Return which lots fit a layer: the electrolyte, a foil, or composites with the active material.

    What was parted off, treated or merged from a composite is offered too; the action looks inside.
    """
    layer = edition.layer(role)
    if layer is None:
        return Q(pk=None)
    if layer.is_foil:
        return Q(material=layer.material_id, counted_in=layer.counted_in)
    if role == LayerRole.SEPARATOR:
        return Q(material=layer.material_id)
    of_composites = Q(kind__in=[Powder.Kind.ALIQUOT, Powder.Kind.TREATMENT, Powder.Kind.MERGE], material=None)
    mixed = Q(kind=Powder.Kind.COMPOSITE, composite__edition__parts__material=layer.material_id)
    return mixed | of_composites


class FinishForm(ActionForm):
    """What was measured when the cell was done."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    open_circuit_voltage_v = unit(
        forms.FloatField(min_value=-1, max_value=6, required=False, label="Open-circuit voltage"), "V"
    )
    resistance_1khz_ohm = unit(
        forms.FloatField(min_value=0, required=False, label="Resistance at 1 kHz"), "Ω"
    )
    assembly_temperature_c = unit(
        forms.FloatField(
            required=False, label="Measured at", help_text="The design's limits hold at a temperature."
        ),
        "°C",
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


class DeviationForm(ActionForm):
    """That something was not as meant."""

    category = forms.ChoiceField(choices=Deviation.Category.choices)
    impact = forms.ChoiceField(choices=Deviation.Impact.choices)
    text = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="What happened")
