"""How lists of samples and their results can be narrowed."""

from __future__ import annotations

import django_filters

from testing.models import Characterisation, Sample


class SampleFilter(django_filters.FilterSet):
    """Samples by kind, state, cell and name."""

    name = django_filters.CharFilter(lookup_expr="icontains", label="Name has")
    cell = django_filters.CharFilter(field_name="cell__identity__code", lookup_expr="iexact", label="Cell")
    kind = django_filters.ChoiceFilter(choices=Sample.Kind.choices, empty_label="any")
    state = django_filters.ChoiceFilter(choices=Sample.State.choices, empty_label="any", label="Opened")

    class Meta:
        model = Sample
        fields = ["name", "cell", "kind", "state"]


class CharacterisationFilter(django_filters.FilterSet):
    """Results by technique and by what they are of."""

    technique = django_filters.ChoiceFilter(choices=Characterisation.Technique.choices, empty_label="any")
    sample = django_filters.CharFilter(
        field_name="sample__identity__code", lookup_expr="iexact", label="Sample"
    )
    powder = django_filters.CharFilter(
        field_name="powder__identity__code", lookup_expr="iexact", label="Powder"
    )
    cell = django_filters.CharFilter(
        field_name="sample__cell__identity__code", lookup_expr="iexact", label="Cell"
    )

    class Meta:
        model = Characterisation
        fields = ["technique", "sample", "powder", "cell"]
