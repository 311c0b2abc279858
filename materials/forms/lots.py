"""What people type when a container comes in and when more is known of it; actions judge it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from lims.change_forms import ChangeMixin
from lims.form_parts import PercentField, choose, model_fields
from lims.forms import ActionForm, MassField, PerformedMixin, ProjectField, RecordChoiceField, unit
from lims.models import User
from materials.actions.change_lot import LOT_FACTS, POWDER_FACTS
from materials.actions.count import MAX_COUNT_MILLI
from materials.calc.concentration import concentration_g_ml, concentration_text
from materials.forms.choices import SHARED_HELP, offer_project
from materials.forms.despite import DespiteMixin
from materials.models import CountUnit, Material, Place, Powder, PowderLot, Supplier
from materials.models.counted import MILLI

SIZES = ("particle_size_min_um", "particle_size_max_um")
DATES = ("received_on", "opened_on", "expires_on")


def in_percent(fraction: float | None) -> float | None:
    """Return a fraction in percent with the digits that it has: 0.58 is 58 and not 57.99999999999999."""
    return None if fraction is None else float(f"{fraction * 100:.12g}")


class CountField(forms.DecimalField):
    """A count typed in the lot's own unit and handed on in thousandths of it."""

    def __init__(self, *, allow_zero: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}))
        smallest = Decimal(0) if allow_zero else Decimal("0.001")
        largest = Decimal(MAX_COUNT_MILLI) / MILLI
        super().__init__(min_value=smallest, max_value=largest, max_digits=10, decimal_places=3, **kwargs)

    def clean(self, value: Any) -> Any:
        count = super().clean(value)
        return None if count is None else int(count * MILLI)

    def prepare_value(self, value: Any) -> Any:
        return (Decimal(value) / MILLI).normalize() if isinstance(value, int) else value


class ConcentrationField(forms.CharField):
    """A concentration typed as the bottle states it and handed on in g/mL."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=30,
            required=False,
            label="Concentration",
            help_text="Such as 5 % w/v or 0.05 g/mL.",
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        try:
            return concentration_g_ml(typed) if typed else None
        except ValueError as problem:
            raise ValidationError(str(problem)) from problem

    def prepare_value(self, value: Any) -> Any:
        return concentration_text(value) if isinstance(value, float) else value


class ContainerMixin(forms.Form):
    """What stands on a container beside its lot number; put it before an ActionForm."""

    catalogue_number = forms.CharField(max_length=60, required=False)
    container_tare_ug = MassField(
        label="Container's tare", required=False, help_text="The empty container with its lid."
    )
    purity_fraction = PercentField(label="Purity", required=False)
    concentration_g_ml = ConcentrationField()
    place = RecordChoiceField(Place.objects.none(), required=False, help_text="Where it stands.")
    note = forms.CharField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 2}))

    def offer_container(self, user: User) -> None:
        """Add the dates and sizes, and offer the places."""
        self.fields.update(model_fields(PowderLot, *SIZES, *DATES))
        for name in DATES:
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        self.fields["particle_size_min_um"].label = "Particle size from"
        self.fields["particle_size_max_um"].label = "Particle size to"
        choose(self, "place", Place.objects.all(), user)


# How the amount of a container is known.
PRINTED, WEIGHED, COUNTED = "nominal", "weighed", "counted"


class ReceiveLotForm(ContainerMixin, PerformedMixin, ActionForm):
    """A bought container: first what is scanned and chosen, then how much came, then the rest."""

    blanks_of = Powder

    lot_number = forms.CharField(
        max_length=60,
        help_text="As printed on the container; a scanner can read it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    container_number = forms.IntegerField(
        min_value=1, max_value=9999, required=False, help_text="2 for a second container of the same lot."
    )
    material = RecordChoiceField(Material.objects.none())
    supplier = RecordChoiceField(Supplier.objects.none())
    mass_basis = forms.ChoiceField(
        label="How much came is",
        required=False,
        initial=PRINTED,
        choices=[
            (PRINTED, "a mass, as printed on the container"),
            (WEIGHED, "weighed now, in its container"),
            (COUNTED, "counted: a foil, gas, solution or precursor"),
        ],
        widget=forms.RadioSelect,
    )
    mass_ug = MassField(label="Mass received", required=False)
    gross_ug = MassField(
        label="Gross mass", required=False, help_text="On the balance as it stands; the tare is taken off."
    )
    counted_in = forms.ChoiceField(
        label="Counted in", required=False, choices=[("", "–"), *CountUnit.choices]
    )
    count_milli = CountField(label="Count", required=False)
    project = ProjectField(required=False, help_text=SHARED_HELP)
    name = forms.CharField(
        max_length=120, required=False, help_text="Leave empty to call it after material and lot."
    )
    certificate = forms.FileField(
        required=False,
        label="Certificate of analysis",
        help_text="A PDF or a photo; more can be attached later.",
    )
    hold_reason = forms.CharField(
        max_length=500,
        required=False,
        label="On hold because",
        help_text="Filled in, the lot waits for a manager's release: damaged, no certificate.",
    )

    # Which ways of knowing the amount need the field; the page hides it for the others.
    NEEDED_FOR = {
        "mass_ug": (PRINTED,), "gross_ug": (WEIGHED,), "container_tare_ug": (PRINTED, WEIGHED),
        "counted_in": (COUNTED,), "count_milli": (COUNTED,), "concentration_g_ml": (COUNTED,),
    }  # fmt: skip
    # What the chosen way cannot do without; the action asks for it.
    MUST = ("mass_basis", "mass_ug", "gross_ug", "counted_in", "count_milli")
    GROUPS = (
        ("The container", ("lot_number", "container_number", "material", "supplier", "catalogue_number")),
        ("How much", ("mass_basis", *NEEDED_FOR)),
        ("Dates and place", (*DATES, "place", "project")),
    )

    def __init__(self, *args: Any, user: User, like: Powder | None = None, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.offer_container(user)
        self.fields["received_on"].initial = timezone.localdate()
        choose(self, "material", Material.objects.all(), user)
        choose(self, "supplier", Supplier.objects.all(), user)
        offer_project(self, user)
        if like is not None:
            self.initial = {**_like(like), **self.initial}

    def groups(self) -> list[dict[str, Any]]:
        """Return the fields as the page shows them: what everybody fills in, and after it the rest."""
        shown: list[dict[str, Any]] = [
            {"title": title, "fields": [self._shown(n) for n in names], "net": "gross_ug" in names}
            for title, names in self.GROUPS
        ]
        placed = {name for _, names in self.GROUPS for name in names}
        rest = [self._shown(field.name) for field in self.visible_fields() if field.name not in placed]
        errors = any(row["field"].errors for row in rest)
        return [*shown, {"title": "More about it", "fields": rest, "folded": True, "open": errors}]

    def _shown(self, name: str) -> dict[str, Any]:
        needed = self.NEEDED_FOR.get(name, ())
        return {"field": self[name], "for": " ".join(needed), "must": name in self.MUST}

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        if given["container_number"] is None:
            del given["container_number"]
        if given["mass_basis"] == COUNTED:
            given["mass_basis"] = ""
            if not given["counted_in"]:
                raise ValidationError({"counted_in": "Choose the unit that is counted."})
        elif given["mass_basis"] == WEIGHED and given["gross_ug"] is None:
            raise ValidationError({"gross_ug": "Put the container on the balance and enter what it shows."})
        return given


def _like(powder: Powder) -> dict[str, Any]:
    """Return what another container of the same kind has in common with ``powder``."""
    lot, first = powder.lot, powder.entries.order_by("seq").first()
    count = powder.counts.order_by("seq").first()
    weighed = lot.mass_basis == PowderLot.MassBasis.WEIGHED
    alike = {
        "material": powder.material, "supplier": lot.supplier, "catalogue_number": lot.catalogue_number,
        "mass_basis": COUNTED if powder.counted_in else lot.mass_basis, "counted_in": powder.counted_in,
        "mass_ug": first.change_ug if first and not weighed else None,
        "count_milli": count.change_milli if count else None,
        "concentration_g_ml": lot.concentration_g_ml,
        "purity_fraction": in_percent(lot.purity_fraction),
        "place": powder.place, "project": powder.project and powder.project.code,
        **{name: getattr(lot, name) for name in SIZES},
    }  # fmt: skip
    return {name: value for name, value in alike.items() if value not in (None, "")}


class ChangeLotForm(ContainerMixin, ChangeMixin, ActionForm):
    """What more is known of a container, or is known better."""

    lot_number = forms.CharField(max_length=60, help_text="As printed on the container.")
    name = forms.CharField(max_length=120)
    reason = forms.CharField(
        max_length=500,
        required=False,
        label="Why it is changed",
        help_text="Needed where something that was there is replaced; what was empty is just filled in.",
    )

    GROUPS = (
        ("What is new", ("opened_on", "expires_on", "place", "container_tare_ug")),
        ("What is in it", (*SIZES, "purity_fraction", "concentration_g_ml")),
        ("What stands on it", ("lot_number", "catalogue_number", "received_on", "name")),
        ("Words", ("note", "reason")),
    )

    def __init__(self, *args: Any, user: User, powder: Powder, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.offer_container(user)
        if not powder.counted_in:
            del self.fields["concentration_g_ml"]
        else:
            del self.fields["container_tare_ug"]
        self.read(powder)
        now = {name: getattr(powder.lot, name) for name in LOT_FACTS}
        now |= {name: getattr(powder, name) for name in POWDER_FACTS}
        purity = in_percent(powder.lot.purity_fraction)
        self.initial = {**now, "purity_fraction": purity, **self.initial}
        self.initial["expected_version"] = powder.version

    def groups(self) -> list[dict[str, Any]]:
        """Return the fields as the page shows them."""
        return [
            {"title": title, "fields": [{"field": self[name]} for name in names if name in self.fields]}
            for title, names in self.GROUPS
        ]


class OpenLotForm(ActionForm):
    """That a container is opened today: one tap."""


class UseCountForm(DespiteMixin, ActionForm):
    """Some of a counted lot, taken for something."""

    count_milli = CountField(label="How much is taken")
    purpose = forms.CharField(
        max_length=200, label="For", help_text="A half cell, a test, cleaning the line."
    )

    def __init__(self, *args: Any, user: User, powder: Powder, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        unit(self.fields["count_milli"], powder.get_counted_in_display())


class AdjustCountForm(ActionForm):
    """What was found when a counted lot was counted."""

    count_milli = CountField(allow_zero=True, label="There is")
    reason = forms.CharField(max_length=500, help_text="Stocktake; a disc fell; read off the gauge.")

    def __init__(self, *args: Any, user: User, powder: Powder, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        unit(self.fields["count_milli"], powder.get_counted_in_display())
