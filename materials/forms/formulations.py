"""What people type about formulations."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.form_parts import PercentField, RowsForm, choose, model_fields
from lims.forms import MassField, RecordChoiceField
from lims.models import User
from materials.actions import PartFacts
from materials.models import Formulation, FormulationEdition, Material


class PartRow(forms.Form):
    """A component, its parts by weight and its tolerance."""

    material = RecordChoiceField(Material.objects.none())
    parts = forms.FloatField(min_value=0.0001, help_text="By weight; they need not total 100.")
    tolerance_fraction = PercentField(
        required=False,
        label="Tolerance",
        help_text="How far a weighing may be off: 2 is ± 2 % of the target.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "material", Material.objects.all(), user)


class FormulationForm(RowsForm):
    """A formulation."""

    row_class = PartRow
    rows_title = "Parts by weight"
    add_label = "Add a part"

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(Formulation, "name", "note"))

    def row_arguments(self) -> dict[str, Any]:
        return {"user": self.user}

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "parts": _parts(self)}


class FormulationEditionForm(RowsForm):
    """The next edition of a formulation, started from an older one."""

    row_class = PartRow
    rows_title = "Parts by weight"
    add_label = "Add a part"

    reason = forms.CharField(
        max_length=500, required=False, label="Why", help_text="What the new edition is for."
    )
    based_on = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, start: FormulationEdition, newest: int, **kwargs: Any) -> None:
        rows = [
            {
                "material": part.material.code,
                "parts": part.parts,
                "tolerance_fraction": None
                if part.tolerance_fraction is None
                else round(100 * part.tolerance_fraction, 6),
            }
            for part in start.parts.select_related("material__identity")
        ]
        super().__init__(*args, user=user, started_with=rows, initial={"based_on": newest}, **kwargs)

    def row_arguments(self) -> dict[str, Any]:
        return {"user": self.user}

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "parts": _parts(self)}


def _parts(form: RowsForm) -> list[PartFacts]:
    return [PartFacts(row["material"], row["parts"], row["tolerance_fraction"]) for row in form.rows()]


class ChooseFormulationForm(forms.Form):
    """Which formulation is mixed."""

    formulation = RecordChoiceField(Formulation.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "formulation", Formulation.objects.all(), user)


class TotalForm(forms.Form):
    """How much is to be mixed, for the targets beside each part; nothing is saved."""

    total = MassField(label="Total to weigh in")
