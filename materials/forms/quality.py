"""What people type about results and limits; fractions are typed in percent."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.change_forms import ChangeMixin
from lims.form_parts import choose
from lims.forms import ActionForm, RecordChoiceField
from lims.models import Role, User
from materials.models import Equipment, Material, MaterialLimit, Powder, QualityResult, Quantity
from materials.models.quality import ELEMENT_SYMBOL
from materials.quality import is_fraction, measured_text, printed, unit_of, value_text

QUANTITIES = [
    (quantity.value, f"{quantity.label}, {unit_of(quantity)}" if unit_of(quantity) else quantity.label)
    for quantity in Quantity
]
UNIT_HELP = "In the unit that stands behind what was measured."


class ElementField(forms.CharField):
    """The symbol of an element, for a mass fraction."""

    def __init__(self) -> None:
        super().__init__(
            max_length=2,
            required=False,
            validators=[ELEMENT_SYMBOL],
            help_text="For a mass fraction by ICP: its symbol, such as Nb.",
        )


def inside_units(quantity: str, number: float | None) -> float | None:
    """Return a typed number as it is kept: percent become fractions."""
    return number / 100 if number is not None and is_fraction(quantity) else number


class ReplacedField(forms.ModelChoiceField):
    """A choice among a powder's standing results."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{measured_text(obj)} {value_text(obj)} of {obj.measured_at:%Y-%m-%d}"


class PersonField(forms.ModelChoiceField):
    """A person of the lab."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.display_name)


class ResultForm(ActionForm):
    """A result measured on a powder."""

    quantity = forms.ChoiceField(choices=[("", "–"), *QUANTITIES], label="What was measured")
    element = ElementField()
    value = forms.FloatField(min_value=0, help_text=UNIT_HELP)
    uncertainty = forms.FloatField(
        min_value=0, required=False, help_text="Standard uncertainty (k = 1), same unit."
    )
    below_detection = forms.BooleanField(
        required=False, label="Below detection", help_text="The value is then the detection limit."
    )
    method = forms.CharField(
        max_length=120, help_text="Karl Fischer at 150 °C, laser diffraction, BET, ICP-OES, …"
    )
    instrument = RecordChoiceField(Equipment.objects.none(), required=False)
    replaces = ReplacedField(
        QualityResult.objects.none(),
        required=False,
        empty_label="nothing: it stands beside them",
        help_text="An earlier result that was wrong. It stays in the list, marked as replaced.",
    )
    measured_at = forms.DateTimeField(
        required=False,
        help_text="Leave empty for now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    measured_by = PersonField(User.objects.none(), required=False, empty_label="me")
    note = forms.CharField(max_length=500, required=False)

    def __init__(self, *args: Any, user: User, powder: Powder, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        choose(self, "instrument", Equipment.objects.all(), user)
        for name, offered in (
            ("replaces", powder.results.filter(replaced_by=None)),
            ("measured_by", User.objects.filter(is_active=True).exclude(role=Role.INSTRUMENT)),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = offered

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        for name in ("value", "uncertainty"):
            given[name] = inside_units(given["quantity"], given[name])
        return given


class LimitForm(ChangeMixin, ActionForm):
    """What results of a material must keep to."""

    quantity = forms.ChoiceField(choices=[("", "–"), *QUANTITIES], label="Of what")
    element = ElementField()
    lower = forms.FloatField(required=False, label="At least", help_text=UNIT_HELP)
    upper = forms.FloatField(required=False, label="At most", help_text=UNIT_HELP)
    source = forms.CharField(max_length=200, help_text="Where the limit comes from.")

    def __init__(self, *args: Any, user: User, record: Material, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.read(record)
        self.fields["reason"].required = False
        self.fields["reason"].help_text = "Needed where it changes a limit that was there."
        self.order_fields(["quantity", "element", "lower", "upper", "source", "reason"])

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        for name in ("lower", "upper"):
            given[name] = inside_units(given["quantity"], given[name])
        return given


def limit_initial(limit: MaterialLimit | None) -> dict[str, Any]:
    """Return what a limit says now, as the form takes it."""
    if limit is None:
        return {}
    ends = {
        name: None if end is None else printed(limit.quantity, end)
        for name, end in (("lower", limit.lower), ("upper", limit.upper))
    }
    return {"quantity": limit.quantity, "element": limit.element, "source": limit.source, **ends}


class LiftLimitForm(ChangeMixin, ActionForm):
    """A limit that holds no more."""

    quantity = forms.ChoiceField(choices=QUANTITIES, widget=forms.HiddenInput)
    element = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, record: Material, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.read(record)
