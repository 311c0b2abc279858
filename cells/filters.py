"""How lists of cells can be narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpRequest

from cells.models import Cell, Study
from lims.filters import RecordFilter
from lims.models import User


def studies_of(request: HttpRequest | None) -> Any:
    """Return the studies that the person may see."""
    user = getattr(request, "user", None)
    return Study.objects.visible_to(user).with_codes() if isinstance(user, User) else Study.objects.none()


class CellFilter(django_filters.FilterSet):
    """Cells by study, condition and state."""

    study = RecordFilter(field_name="condition__study", queryset=studies_of)
    condition = django_filters.CharFilter(
        field_name="condition__name", lookup_expr="icontains", label="Condition has"
    )
    state = django_filters.ChoiceFilter(choices=Cell.State.choices, empty_label="any")

    class Meta:
        model = Cell
        fields = ["study", "condition", "state"]
