"""What people type of a coating recipe: an ALD cycle or a coating from solution, edition by edition."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.change_forms import ChangeMixin
from lims.form_parts import PercentField, RowsForm, choose, model_fields
from lims.forms import ActionForm, RecordChoiceField, unit
from lims.models import User
from materials.editions import SECONDS_PER_HOUR
from materials.forms.groups import Groups, GroupsMixin
from materials.models import CoatingRecipe, CoatingRecipeEdition, CoatingStep, Material

Method = CoatingRecipeEdition.Method
ALD_FIELDS = (
    "cycles", "substrate_temperature_c", "bed_preheat_min", "rotation_rpm", "carrier_gas", "carrier_flow_sccm",
    "base_pressure_mtorr", "base_pressure_at_flow_sccm", "growth_expected_angstrom", "growth_source",
)  # fmt: skip
SOLUTION_FIELDS = ("target_mass_fraction", "target_basis")
NO_KIND = [("", "–")]


class AldStepRow(forms.Form):
    """A pulse, an exposure or a purge of one ALD cycle."""

    kind = forms.ChoiceField(choices=NO_KIND + [(k.value, k.label) for k in CoatingStep.ALD_KINDS])
    substance = forms.CharField(max_length=80, required=False)
    duration_s = unit(forms.FloatField(min_value=0.001, label="Duration"), "s")
    source_temperature_c = unit(forms.FloatField(required=False, label="Source at"), "°C")
    flow_sccm = unit(forms.FloatField(min_value=0, required=False, label="Flow"), "sccm")
    material = RecordChoiceField(Material.objects.none(), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "material", Material.objects.in_role(Material.Role.PRECURSOR, Material.Role.GAS), user)

    def step(self) -> dict[str, Any]:
        """Return the step as the action takes it."""
        return dict(self.cleaned_data)


class SolutionStepRow(forms.Form):
    """A step of a coating from solution."""

    kind = forms.ChoiceField(choices=NO_KIND + [(k.value, k.label) for k in CoatingStep.SOLUTION_KINDS])
    duration_h = unit(forms.FloatField(min_value=0.001, label="Duration"), "h")
    temperature_c = unit(forms.FloatField(required=False, label="Temperature"), "°C")
    atmosphere = forms.CharField(max_length=60, required=False)
    ramp_c_min = unit(forms.FloatField(min_value=0, required=False, label="Ramp"), "°C/min")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def step(self) -> dict[str, Any]:
        """Return the step as the action takes it, in seconds."""
        told = dict(self.cleaned_data)
        seconds = round(told.pop("duration_h") * SECONDS_PER_HOUR, 3)
        return {**told, "duration_s": seconds}


ROWS: dict[str, tuple[type[forms.Form], str]] = {
    Method.ALD: (AldStepRow, "Steps of one cycle, in order"),
    Method.SOLUTION: (SolutionStepRow, "Steps, in order"),
}


class StepsForm(GroupsMixin, RowsForm):
    """An edition's own fields with its steps below; what is asked goes by the method."""

    method: str = Method.ALD
    add_label = "Add a step"
    GROUPS: Groups = (
        ("The recipe", ("name", "coating", "cycles", "substrate_temperature_c", *SOLUTION_FIELDS), False),
        ("The reactor", ALD_FIELDS[2:-2], False),
        ("Growth that is expected", ALD_FIELDS[-2:], True),
    )
    REST = "Note"

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.row_class, self.rows_title = ROWS[self.method]
        super().__init__(*args, user=user, **kwargs)
        if self.method == Method.ALD:
            self.fields.update(model_fields(CoatingRecipeEdition, *ALD_FIELDS))
            unit(self.fields["growth_expected_angstrom"], "Å")
            self.fields["growth_expected_angstrom"].label = "Growth per cycle, expected"
            for name in ("cycles", "substrate_temperature_c"):
                self.fields[name].required = True
        else:
            self.fields["target_mass_fraction"] = PercentField(label="Coating aimed at")
            self.fields["target_basis"] = forms.ChoiceField(
                label="Mass fraction of what", choices=NO_KIND + CoatingRecipeEdition.TargetBasis.choices
            )

    def row_arguments(self) -> dict[str, Any]:
        return {"user": self.user}

    def arguments(self) -> dict[str, Any]:
        steps = [row.step() for row in self.formset if row.cleaned_data]
        return {**super().arguments(), "method": self.method, "steps": steps}


class RecipeForm(StepsForm):
    """A new ALD recipe."""

    coating = RecordChoiceField(Material.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        own = [name for name in self.fields if name != "coating"]
        self.fields.update(model_fields(CoatingRecipe, "name", "note"))
        choose(self, "coating", Material.objects.in_role(Material.Role.COATING), user)
        self.order_fields(["name", "coating", *own, "note"])


class SolutionRecipeForm(RecipeForm):
    """A new recipe for a coating from solution."""

    method = Method.SOLUTION


class NewEditionForm(StepsForm):
    """The next edition of a recipe, filled with what one of its editions says."""

    GROUPS = (*StepsForm.GROUPS, ("Why it changes", ("reason",), False))

    reason = forms.CharField(max_length=500, required=False, label="Reason", help_text="Kept in the history.")

    def __init__(self, data: Any = None, *args: Any, start: CoatingRecipeEdition, **kwargs: Any) -> None:
        self.method = start.method
        if data is None:
            kwargs["started_with"] = [step_as_typed(step, self.method) for step in start.steps.all()]
            kwargs["initial"] = edition_as_typed(start)
        super().__init__(data, *args, **kwargs)
        put_reason_last = [name for name in self.fields if name != "reason"]
        self.order_fields([*put_reason_last, "reason"])


def edition_as_typed(edition: CoatingRecipeEdition) -> dict[str, Any]:
    """Return what an edition says in the units in which it is typed."""
    if edition.method == Method.ALD:
        return {name: _typed(getattr(edition, name)) for name in ALD_FIELDS}
    aimed = edition.target_mass_fraction
    return {
        "target_mass_fraction": None if aimed is None else _typed(round(100 * aimed, 9)),
        "target_basis": edition.target_basis,
    }


def step_as_typed(step: CoatingStep, method: str) -> dict[str, Any]:
    """Return what a step says in the units in which it is typed."""
    if method == Method.ALD:
        names = ("kind", "substance", "duration_s", "source_temperature_c", "flow_sccm", "material")
        return {name: _typed(getattr(step, name)) for name in names}
    told = {
        name: _typed(getattr(step, name)) for name in ("kind", "temperature_c", "atmosphere", "ramp_c_min")
    }
    return {**told, "duration_h": _typed(round(step.duration_s / SECONDS_PER_HOUR, 6))}


def _typed(value: Any) -> Any:
    """Return a number as a person types it: 175 and not 175.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class GrowthLimitsForm(ChangeMixin, ActionForm):
    """Within which growth per cycle a run is ordinary, and who says so."""

    lower_angstrom = unit(forms.FloatField(min_value=0, required=False, label="Lower limit"), "Å")
    upper_angstrom = unit(forms.FloatField(min_value=0, required=False, label="Upper limit"), "Å")
    citation = forms.CharField(
        max_length=200, required=False, help_text="Where the limits come from: a paper, own runs."
    )

    def __init__(self, *args: Any, user: User, recipe: CoatingRecipe, **kwargs: Any) -> None:
        now = {
            "lower_angstrom": recipe.growth_lower_angstrom,
            "upper_angstrom": recipe.growth_upper_angstrom,
            "citation": recipe.growth_limits_citation,
        }
        super().__init__(*args, user=user, initial=now, **kwargs)
        self.read(recipe)
        self.order_fields(["lower_angstrom", "upper_angstrom", "citation", "reason"])
