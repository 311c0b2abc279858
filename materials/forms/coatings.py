"""What people type of a coating: what every one asks, an ALD run, and what was measured on it later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from lims.change_forms import ChangeMixin
from lims.form_parts import RowsForm, choose
from lims.forms import ActionForm, MassField, PerformedMixin, ProjectField, RecordChoiceField, unit
from lims.models import User
from materials.actions import Interruption
from materials.forms.choices import (
    SHARED_HELP,
    EditionField,
    PowderChoiceField,
    balance_field,
    offer_balances,
    offer_editions,
    offer_powders,
    offer_project,
)
from materials.forms.despite import DespiteMixin
from materials.forms.groups import GroupsMixin
from materials.models import (
    CoatingBatch,
    CoatingRecipe,
    CoatingRecipeEdition,
    Equipment,
    Material,
    Powder,
    PrecursorFill,
)

Method = CoatingRecipeEdition.Method
# A run entered from paper used fills that have been emptied since.
EMPTIED_WITHIN = timedelta(days=90)


def number(label: str, name: str, *, least: float | None = 0, **more: Any) -> forms.Field:
    return unit(forms.FloatField(min_value=least, required=False, label=label, **more), name)


class MeasuredMixin(forms.Form):
    """What is measured on a coating, with the run or later; put it before an ActionForm."""

    thickness_measured_nm = number("Thickness measured", "nm", least=0.01)
    thickness_method = forms.CharField(max_length=80, required=False, help_text="HR-TEM, STEM-EDS, …")
    thickness_sites = forms.IntegerField(min_value=1, required=False, label="Places measured")
    thickness_standard_deviation_nm = number(
        "Standard deviation", "nm", help_text="Between the places, two or more."
    )
    witness_thickness_nm = number("Witness wafer, thickness", "nm", least=0.01, help_text="By ellipsometry.")
    witness_sites = forms.IntegerField(min_value=1, required=False, label="Witness wafer, places")

    MEASURED = (
        "thickness_measured_nm", "thickness_method", "thickness_sites", "thickness_standard_deviation_nm",
        "witness_thickness_nm", "witness_sites",
    )  # fmt: skip


class CoatingMixin(GroupsMixin, MeasuredMixin, PerformedMixin, DespiteMixin):
    """What both kinds of coating ask; put it before an ActionForm."""

    blanks_of = Powder

    edition = EditionField(CoatingRecipeEdition.objects.none(), label="Recipe")
    parent = PowderChoiceField(Powder.objects.none(), label="Powder to coat")
    load_mass_ug = MassField(label="Powder load", help_text="The mass put in.")
    recovered_mass_ug = MassField(
        label="Mass recovered",
        help_text="The mass taken out: gain and loss are weighed together and cannot be told apart.",
    )
    balance = balance_field()
    project = ProjectField(required=False, help_text=SHARED_HELP)
    name = forms.CharField(
        max_length=120, required=False, help_text="Leave empty to call it after coating and core."
    )
    trace = forms.FileField(
        required=False, label="Trace file", help_text="The reactor's pressure or the furnace's temperature."
    )

    def offer(self, method: str, user: User) -> None:
        """Offer what there is to choose from for this method."""
        recipes = CoatingRecipe.objects.visible_to(user)
        offer_editions(self, CoatingRecipeEdition.objects.filter(recipe__in=recipes, method=method))
        offer_powders(self, "parent", user, material__isnull=False)
        offer_balances(self, user)
        offer_project(self, user)


class PowdersField(forms.ModelMultipleChoiceField):
    """A choice of powders by code and name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.name}"


class FillsField(forms.ModelMultipleChoiceField):
    """A choice of precursor fills that says where each is and how often it was pulsed."""

    def label_from_instance(self, obj: Any) -> str:
        pulses = f"{obj.pulses} pulses so far" if not obj.some_uncounted else f"{obj.pulses} pulses counted"
        gone = "" if obj.emptied_at is None else f", emptied {timezone.localdate(obj.emptied_at)}"
        return f"{obj.source} of {obj.reactor.code}: {obj.powder.code} {obj.powder.name}, {pulses}{gone}"


class InterruptionRow(forms.Form):
    """That the run stood still."""

    after_cycle = forms.IntegerField(min_value=0, label="After cycle")
    minutes = unit(forms.FloatField(min_value=0, required=False, label="For"), "min")
    reason = forms.CharField(max_length=200)


class RunCoatingForm(CoatingMixin, RowsForm):
    """An ALD run, with its interruptions below."""

    row_class = InterruptionRow
    rows_title = "Interruptions, if the run stood still"
    add_label = "Add an interruption"
    least_rows = 0
    shown_rows = 1

    cycles_done = forms.IntegerField(
        min_value=1,
        required=False,
        label="Cycles done",
        help_text="Leave empty if all of the recipe's were run.",
    )
    reactor = RecordChoiceField(Equipment.objects.none(), required=False)
    fills = FillsField(
        PrecursorFill.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Precursor fills pulsed",
    )
    precursors = PowdersField(
        Powder.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Precursors without a fill",
    )
    substrate_temperature_c = number("Substrate temperature", "°C", least=None)
    base_pressure_mtorr = number("Base pressure", "mTorr")
    base_pressure_at_flow_sccm = number("Base pressure at a flow of", "sccm")
    carrier_flow_sccm = number("Carrier flow", "sccm")
    rotation_rpm = number("Rotation", "rpm")
    bed_preheat_min = number("Bed preheat", "min")

    GROUPS = (
        ("The powder", ("edition", "parent", "load_mass_ug", "recovered_mass_ug", "balance"), False),
        ("The run", ("cycles_done", "reactor", "fills", "trace"), False),
        (
            "Where the run differed from the recipe",
            (
                "substrate_temperature_c", "bed_preheat_min", "base_pressure_mtorr", "base_pressure_at_flow_sccm",
                "carrier_flow_sccm", "rotation_rpm", "precursors",
            ),
            True,
        ),
        ("What was measured already", MeasuredMixin.MEASURED, True),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.offer(Method.ALD, user)
        choose(self, "reactor", Equipment.objects.filter(kind=Equipment.Kind.ALD_REACTOR), user)
        precursors = Material.objects.in_role(Material.Role.PRECURSOR)
        choose(self, "precursors", Powder.objects.open().filter(material__in=precursors), user)
        here = Q(emptied_at=None) | Q(emptied_at__gte=timezone.now() - EMPTIED_WITHIN)
        self.fields["fills"].queryset = (  # type: ignore[attr-defined]
            PrecursorFill.objects.visible_to(user)
            .filter(here)
            .with_pulses()
            .select_related("reactor__identity", "powder__identity", "powder__material")
        )
        for name in ("fills", "precursors"):
            if not self.fields[name].queryset.exists():  # type: ignore[attr-defined]
                del self.fields[name]

    def arguments(self) -> dict[str, Any]:
        interruptions = [Interruption(**row) for row in self.rows()]
        return {**super().arguments(), "interruptions": interruptions}


class CoatingMeasuredForm(ChangeMixin, MeasuredMixin, ActionForm):
    """What was measured on a coating after its run, beginning with what stands there."""

    def __init__(self, *args: Any, user: User, powder: Powder, batch: CoatingBatch, **kwargs: Any) -> None:
        now = {name: getattr(batch, name) for name in self.MEASURED}
        super().__init__(*args, user=user, initial=now, **kwargs)
        self.read(powder)
        self.fields["reason"].required = False
        self.fields["reason"].help_text = "Needed only where another value stood there."
        self.order_fields([*self.MEASURED, "reason"])
