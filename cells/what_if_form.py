"""What somebody supposes to be another: numbers typed into the what-if panel. Nothing is saved."""

from __future__ import annotations

from typing import Any

from django import forms

from cells.models import LayerRole
from cells.what_if import Change, Start
from lims.forms import unit

MASS = {"min_value": 0.001, "max_value": 1_000_000}


class WhatIfForm(forms.Form):
    """The numbers of a start, each of which may be supposed to be another."""

    positive_mass_mg = unit(forms.FloatField(required=False, label="Positive", **MASS), "mg")  # type: ignore[arg-type]
    negative_mass_mg = unit(forms.FloatField(required=False, label="Negative", **MASS), "mg")  # type: ignore[arg-type]
    foil_thickness_um = unit(
        forms.FloatField(required=False, min_value=0.1, max_value=20_000, label="Foil, thick"), "µm"
    )
    separator_mass_mg = unit(forms.FloatField(required=False, label="Separator", **MASS), "mg")  # type: ignore[arg-type]
    die_diameter_mm = unit(forms.FloatField(required=False, min_value=0.5, max_value=200, label="Die"), "mm")
    np_target = forms.FloatField(required=False, min_value=0.1, max_value=20, label="N/P target")
    positive_specific_capacity_mah_g = unit(
        forms.FloatField(required=False, min_value=0.1, max_value=5000, label="Positive holds"), "mAh/g"
    )
    negative_specific_capacity_mah_g = unit(
        forms.FloatField(required=False, min_value=0.1, max_value=5000, label="Negative holds"), "mAh/g"
    )
    resistance_ohm = unit(
        forms.FloatField(required=False, min_value=0, max_value=1e9, label="A resistance"), "Ω"
    )

    def __init__(self, data: Any = None, *, start: Start) -> None:
        super().__init__(data, auto_id="what-if-%s")
        self.start = start
        self.begun = _begun(start)
        for name in list(self.fields):
            if name not in self.begun:
                del self.fields[name]
                continue
            field = self.fields[name]
            field.initial = self.begun[name]
            field.widget.attrs.update({"inputmode": "decimal", "step": "any"})

    def change(self) -> Change:
        """Return what was typed; what stayed as it was is no change."""
        return Change(
            **{name: value for name, value in self.cleaned_data.items() if self._differs(name, value)}
        )

    def changes(self) -> bool:
        """Return whether anything was typed that differs."""
        return any(self._differs(name, value) for name, value in self.cleaned_data.items())

    def _differs(self, name: str, value: Any) -> bool:
        return value is not None and value != self.begun[name]


def _begun(start: Start) -> dict[str, float | None]:
    """Return the numbers that the panel begins with; what the stack does not have is not asked."""
    layers = start.layers
    begun: dict[str, float | None] = {}
    for role in (LayerRole.POSITIVE, LayerRole.NEGATIVE, LayerRole.SEPARATOR):
        if role in start.masses_mg:
            begun[f"{role.value}_mass_mg"] = round(start.masses_mg[role].value, 6)
    negative = layers.get(LayerRole.NEGATIVE)
    if negative is not None and negative.is_foil:
        begun["foil_thickness_um"] = start.foil_um.get(LayerRole.NEGATIVE)
    begun["die_diameter_mm"] = start.die.diameter_mm
    if start.edition.np_target is not None:
        begun["np_target"] = start.edition.np_target
    for role in (LayerRole.POSITIVE, LayerRole.NEGATIVE):
        layer = layers.get(role)
        if layer is not None and not layer.is_foil and layer.specific_capacity_mah_g is not None:
            begun[f"{role.value}_specific_capacity_mah_g"] = layer.specific_capacity_mah_g
    begun["resistance_ohm"] = start.resistance_ohm
    return begun
