"""What people decide about numbers: what stays out, which threshold, which method; actions judge it."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.forms import ActionForm, unit
from lims.models import User
from testing import methods
from testing.analyse import Chosen
from testing.methods.base import Parameter


class ExclusionForm(ActionForm):
    """That a cell is kept out of statistics, and why."""

    metric = forms.ChoiceField(required=False, label="Which number")
    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, user: User, names: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        field = self.fields["metric"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "All of the cell's numbers"), *names.items()]


class LiftExclusionForm(ActionForm):
    """That it is counted again, and why."""

    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class ThresholdForm(ActionForm):
    """A check's threshold."""

    value = forms.FloatField(min_value=0)
    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, user: User, unit_name: str, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        unit(self.fields["value"], unit_name)


class TryMethodForm(ActionForm):
    """A method's version and parameters to try."""

    version = forms.ChoiceField()
    why = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="Why it is tried")

    def __init__(self, *args: Any, user: User, chosen: Chosen, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        field = self.fields["version"]
        if isinstance(field, forms.ChoiceField):
            known = methods.versions(chosen.method.name)
            field.choices = [(version, version) for version in reversed(known)]
        for parameter in chosen.method.parameters:
            self.fields[f"parameter_{parameter.name}"] = _parameter_field(parameter)
            self.initial[f"parameter_{parameter.name}"] = chosen.parameters[parameter.name]
        self.order_fields(["version", *(f"parameter_{p.name}" for p in chosen.method.parameters), "why"])

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        parameters = {
            name.removeprefix("parameter_"): given.pop(name)
            for name in list(given)
            if name.startswith("parameter_")
        }
        return {**given, "parameters": parameters}


def _parameter_field(parameter: Parameter) -> forms.Field:
    label = parameter.label
    if isinstance(parameter.default, str):
        if parameter.choices:
            return forms.ChoiceField(choices=[(each, each) for each in parameter.choices], label=label)
        return forms.CharField(max_length=200, label=label)
    kind = forms.IntegerField if isinstance(parameter.default, int) else forms.FloatField
    return unit(kind(label=label), parameter.unit) if parameter.unit else kind(label=label)


class DecideTrialForm(ActionForm):
    """Whether a tried method is used from now on."""

    take = forms.TypedChoiceField(
        choices=[("yes", "Use it from now on"), ("no", "Drop it")],
        coerce=lambda value: value == "yes",
        label="Decision",
    )
    decision = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), label="Why")
