"""What people type of a coating from solution, each step as it was done beside what its recipe says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy

from lims.form_parts import choose
from lims.forms import ActionForm, MassField, RecordChoiceField, unit
from lims.models import User
from lims.numbers import exact
from materials.actions import StepDone
from materials.editions import SECONDS_PER_HOUR, step_words
from materials.forms.choices import EditionField, PowderChoiceField, offer_editions
from materials.forms.coatings import CoatingMixin, MeasuredMixin, Method, number
from materials.forms.groups import Group
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    CountUnit,
    Equipment,
    Powder,
)

STEPS_TITLE = "Steps as they were done"


def step_fields(step: CoatingStep) -> dict[str, forms.Field]:
    """Return the fields of one step by their names; the recipe's own value stands grey in each."""
    hours = exact(round(step.duration_s / SECONDS_PER_HOUR, 4))
    fields = {
        "h": number("Duration", "h"),
        "c": number("Temperature", "°C", least=None),
        "ramp": number("Ramp", "°C/min"),
        "in": forms.CharField(max_length=60, required=False, label="Atmosphere"),
    }
    meant = {"h": hours, "c": step.temperature_c, "ramp": step.ramp_c_min, "in": step.atmosphere}
    for name, field in fields.items():
        said = meant[name]
        field.widget.attrs["placeholder"] = exact(said) if isinstance(said, float) else said or ""
    return {f"step_{step.pk}_{name}": field for name, field in fields.items()}


class StepsOnlyForm(forms.Form):
    """The steps of one recipe, for a page whose recipe has just been chosen."""

    def __init__(self, *args: Any, edition: CoatingRecipeEdition | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = list(edition.steps.all()) if edition else []
        for step in self.steps:
            self.fields.update(step_fields(step))

    def step_rows(self) -> list[dict[str, Any]]:
        """Return each step with what its recipe says and its fields."""
        return [
            {
                "title": f"{step.order}. {step.get_kind_display()}",
                "planned": step_words(step),
                "fields": [self[name] for name in step_fields(step)],
            }
            for step in self.steps
        ]


class CoatFromSolutionForm(CoatingMixin, StepsOnlyForm, ActionForm):
    """A coating from solution; of the chosen recipe each step is entered as it was done."""

    solution = PowderChoiceField(Powder.objects.none(), label="Solution")
    solution_volume_ml = unit(
        forms.DecimalField(min_value=0, max_digits=9, decimal_places=3, label="Volume used"), "mL"
    )
    furnace = RecordChoiceField(Equipment.objects.none(), required=False)

    GROUPS = (
        (
            "The powder and its solution",
            ("edition", "parent", "load_mass_ug", "solution", "solution_volume_ml", "recovered_mass_ug", "balance",
             "furnace"),
            False,
        ),
        ("What was measured already", MeasuredMixin.MEASURED, True),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.offer(Method.SOLUTION, user)
        solutions = Powder.objects.open().filter(counted_in=CountUnit.ML, material__isnull=False)
        choose(self, "solution", solutions.with_balance(), user)
        kinds = [Equipment.Kind.FURNACE, Equipment.Kind.OVEN]
        choose(self, "furnace", Equipment.objects.filter(kind__in=kinds), user)
        steps_of = {"hx-get": reverse_lazy("materials:solution_steps"), "hx-target": "#steps-done"}
        self.fields["edition"].widget.attrs.update(steps_of)

    def groups(self) -> Iterator[Group]:
        """Return the groups, the steps after what is asked at the bench."""
        steps = {
            "title": STEPS_TITLE,
            "rows": self.step_rows(),
            "are_steps": True,
            "fields": [],
            "folded": False,
        }
        in_steps = {field.name for row in self.step_rows() for field in row["fields"]}
        for group in super().groups():
            if group["title"] == self.REST:
                yield steps
                group["fields"] = [field for field in group["fields"] if field.name not in in_steps]
            yield group

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        typed = {name for name in self.data if name.startswith("step_") and self.data[name]}
        if typed - set(self.fields):
            # The recipe was changed after its steps were filled in.
            raise ValidationError("Steps of another recipe were filled in: enter those of the chosen one.")
        return given

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        done = []
        for step in self.steps:
            hours, temperature, ramp, atmosphere = (given.pop(name) for name in step_fields(step))
            seconds = None if hours is None else round(hours * SECONDS_PER_HOUR, 3)
            done.append(StepDone(step, seconds, temperature, atmosphere, ramp))
        return {**given, "steps_done": [one for one in done if one.says_something()]}


class PlanSolutionForm(forms.Form):
    """For what the volume of a solution is worked out; nothing is saved."""

    edition = EditionField(CoatingRecipeEdition.objects.none(), label="Recipe")
    solution = PowderChoiceField(Powder.objects.none(), label="Solution")
    load_mass_ug = MassField(label="Powder load")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        recipes = CoatingRecipe.objects.visible_to(user)
        offer_editions(self, CoatingRecipeEdition.objects.filter(recipe__in=recipes, method=Method.SOLUTION))
        solutions = Powder.objects.open().filter(counted_in=CountUnit.ML, material__isnull=False)
        choose(self, "solution", solutions.with_balance().select_related("material", "lot"), user)
