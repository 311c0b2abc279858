"""How lists of powders and what they are made with can be narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpRequest

from lims.filters import RecordFilter
from lims.models import User
from materials.models import Equipment, Material, Powder


def materials_of(request: HttpRequest | None) -> Any:
    """Return the substances that the person may see."""
    user = getattr(request, "user", None)
    return (
        Material.objects.visible_to(user).with_codes() if isinstance(user, User) else Material.objects.none()
    )


class PowderFilter(django_filters.FilterSet):
    """Powders by kind, state, substance and name."""

    name = django_filters.CharFilter(lookup_expr="icontains", label="Name has")
    kind = django_filters.ChoiceFilter(choices=Powder.Kind.choices, empty_label="any")
    state = django_filters.ChoiceFilter(choices=Powder.State.choices, empty_label="any")
    material = RecordFilter(queryset=materials_of)

    class Meta:
        model = Powder
        fields = ["name", "kind", "state", "material"]


class MaterialFilter(django_filters.FilterSet):
    """Substances by role and name."""

    name = django_filters.CharFilter(lookup_expr="icontains", label="Name has")
    role = django_filters.ChoiceFilter(choices=Material.Role.choices, empty_label="any")

    class Meta:
        model = Material
        fields = ["name", "role"]


class EquipmentFilter(django_filters.FilterSet):
    """Equipment by kind."""

    kind = django_filters.ChoiceFilter(choices=Equipment.Kind.choices, empty_label="any")

    class Meta:
        model = Equipment
        fields = ["kind"]
