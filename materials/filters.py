"""How lists of powders and what they are made with can be narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from lims.filters import RecordFilter
from lims.models import User
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    DrawReview,
    Equipment,
    Formulation,
    FormulationPart,
    Material,
    Powder,
    PrecursorFill,
    Supplier,
    WeighingSheet,
)
from materials.stock import running_low


def materials_of(request: HttpRequest | None) -> Any:
    """Return the substances that the person may see."""
    user = getattr(request, "user", None)
    return (
        Material.objects.visible_to(user).with_codes() if isinstance(user, User) else Material.objects.none()
    )


class PowderFilter(django_filters.FilterSet):
    """Powders by kind, state, substance and name, and by what needs attention."""

    name = django_filters.CharFilter(lookup_expr="icontains", label="Name has")
    kind = django_filters.ChoiceFilter(choices=Powder.Kind.choices, empty_label="any")
    state = django_filters.ChoiceFilter(choices=Powder.State.choices, empty_label="any")
    material = RecordFilter(queryset=materials_of)
    attention = django_filters.ChoiceFilter(
        choices=[("held", "On hold"), ("expired", "Expired"), ("suspect", "Suspect"), ("low", "Running low")],
        empty_label="any",
        method="needs",
        label="Needs attention",
    )

    class Meta:
        model = Powder
        fields = ["name", "kind", "state", "material"]

    def needs(self, queryset: Any, name: str, value: str) -> Any:
        if value == "low":
            low = [row.material.pk for row in running_low(self.request.user)] if self.request else []
            return queryset.open().of_kind(Powder.Kind.LOT).filter(material__in=low)
        flag = {"held": "is_held", "expired": "is_expired", "suspect": "is_suspect"}[value]
        return queryset.with_warnings(timezone.localdate()).filter(**{flag: True})


def reactors_of(request: HttpRequest | None) -> Any:
    """Return the reactors that the person may see."""
    user = getattr(request, "user", None)
    reactors = Equipment.objects.filter(kind=Equipment.Kind.ALD_REACTOR)
    return reactors.visible_to(user).with_codes() if isinstance(user, User) else Equipment.objects.none()


class FillFilter(django_filters.FilterSet):
    """Fills by reactor, and whether they are in use."""

    reactor = RecordFilter(queryset=reactors_of)
    in_use = django_filters.ChoiceFilter(
        choices=[("true", "yes"), ("false", "no")], empty_label="any", label="In use", method="is_in_use"
    )

    class Meta:
        model = PrecursorFill
        fields = ["reactor"]

    def is_in_use(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.in_use() if value == "true" else queryset.filter(emptied_at__isnull=False)


class DrawReviewFilter(django_filters.FilterSet):
    """Draws that needed a reason: those that wait, and why."""

    state = django_filters.ChoiceFilter(
        choices=[("waiting", "Waiting"), ("reviewed", "Reviewed")],
        empty_label="any",
        method="in_state",
        label="State",
    )
    why = django_filters.ChoiceFilter(choices=DrawReview.Why.choices, empty_label="any", label="Although")

    class Meta:
        model = DrawReview
        fields = ["why"]

    def in_state(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(reviewed_at__isnull=value == "waiting")


def suppliers_of(request: HttpRequest | None) -> Any:
    """Return the suppliers that the person may see."""
    user = getattr(request, "user", None)
    return (
        Supplier.objects.visible_to(user).with_codes() if isinstance(user, User) else Supplier.objects.none()
    )


class LotFilter(django_filters.FilterSet):
    """Lots by what stands on them, and by their dates."""

    lot_number = django_filters.CharFilter(field_name="lot__lot_number", lookup_expr="iexact")
    state = django_filters.ChoiceFilter(choices=Powder.State.choices, empty_label="any")
    material = RecordFilter(queryset=materials_of)
    supplier = RecordFilter(queryset=suppliers_of, field_name="lot__supplier")
    counted = django_filters.BooleanFilter(method="is_counted")
    expires_before = django_filters.DateFilter(field_name="lot__expires_on", lookup_expr="lt")

    class Meta:
        model = Powder
        fields = ["state", "material"]

    def is_counted(self, queryset: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - the filter's shape
        return queryset.counted() if value else queryset.weighed()


class MaterialFilter(django_filters.FilterSet):
    """Substances by name, formula, role and whether they are hazardous."""

    name = django_filters.CharFilter(lookup_expr="icontains", label="Name has")
    formula = django_filters.CharFilter(lookup_expr="contains", label="Formula has")
    role = django_filters.ChoiceFilter(
        choices=Material.Role.choices, empty_label="any", method="in_role", label="Role"
    )
    hazards = django_filters.ChoiceFilter(
        choices=[("yes", "stated"), ("no", "none stated")],
        empty_label="any",
        method="by_hazards",
        label="Hazards",
    )

    class Meta:
        model = Material
        fields = ["name", "formula"]

    def in_role(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.in_role(value)

    def by_hazards(self, queryset: Any, name: str, value: str) -> Any:
        hazardous = queryset.with_hazards()
        return hazardous if value == "yes" else queryset.exclude(pk__in=hazardous.values("pk"))


class EquipmentFilter(django_filters.FilterSet):
    """Equipment by kind."""

    kind = django_filters.ChoiceFilter(choices=Equipment.Kind.choices, empty_label="any")

    class Meta:
        model = Equipment
        fields = ["kind"]


class FormulationFilter(django_filters.FilterSet):
    """Formulations by name and by what is in their newest or an older edition."""

    name = django_filters.CharFilter(lookup_expr="icontains", label="Name has")
    material = RecordFilter(queryset=materials_of, method="holding", label="With")

    class Meta:
        model = Formulation
        fields = ["name"]

    def holding(self, queryset: Any, name: str, value: Material) -> Any:
        return queryset.filter(
            Exists(FormulationPart.objects.filter(edition__formulation=OuterRef("pk"), material=value))
        )


def formulations_of(request: HttpRequest | None) -> Any:
    """Return the formulations that the person may see."""
    user = getattr(request, "user", None)
    seen = Formulation.objects.visible_to(user).with_codes() if isinstance(user, User) else None
    return Formulation.objects.none() if seen is None else seen


class WeighingSheetFilter(django_filters.FilterSet):
    """Weighing sheets by state and formulation."""

    state = django_filters.ChoiceFilter(choices=WeighingSheet.State.choices, empty_label="any")
    formulation = RecordFilter(
        queryset=formulations_of, field_name="edition__formulation", label="Formulation"
    )

    class Meta:
        model = WeighingSheet
        fields = ["state"]


class RecipeFilter(django_filters.FilterSet):
    """Coating recipes by name and method."""

    name = django_filters.CharFilter(lookup_expr="icontains", label="Name has")
    method = django_filters.ChoiceFilter(
        choices=CoatingRecipeEdition.Method.choices, empty_label="any", method="by_method", label="How"
    )

    class Meta:
        model = CoatingRecipe
        fields = ["name"]

    def by_method(self, queryset: Any, name: str, value: str) -> Any:
        # Every edition of a recipe has the same method.
        return queryset.filter(editions__method=value, editions__number=1)
