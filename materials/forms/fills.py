"""What people type when a reactor's source is filled or emptied."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.form_parts import choose
from lims.forms import ActionForm, RecordChoiceField
from lims.models import User
from materials.forms.choices import PowderChoiceField
from materials.forms.despite import DespiteMixin
from materials.forms.lots import CountField
from materials.models import Equipment, Material, Powder

MOMENT = {"type": "datetime-local"}


class FillSourceForm(DespiteMixin, ActionForm):
    """A precursor put into a source of a reactor."""

    reactor = RecordChoiceField(Equipment.objects.none())
    source = forms.CharField(max_length=40, help_text="As the reactor names it: source 1, valve 3.")
    powder = PowderChoiceField(Powder.objects.none(), label="Precursor")
    count_milli = CountField(
        label="How much is filled in", help_text="In the unit of the precursor's lot, g or mL."
    )
    filled_at = forms.DateTimeField(
        required=False,
        help_text="Leave empty for now.",
        widget=forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M"),
    )
    pulses_before = forms.IntegerField(
        min_value=0,
        initial=0,
        label="Pulses before",
        help_text="0 for a fresh fill; of an older one, the pulses before the lab kept count.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        choose(self, "reactor", Equipment.objects.filter(kind=Equipment.Kind.ALD_REACTOR), user)
        precursors = Material.objects.in_role(Material.Role.PRECURSOR)
        lots = Powder.objects.open().counted().filter(material__in=precursors).with_balance()
        choose(self, "powder", lots, user)


class EmptySourceForm(ActionForm):
    """That a source has been emptied."""

    emptied_at = forms.DateTimeField(
        required=False,
        help_text="Leave empty for now.",
        widget=forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M"),
    )
