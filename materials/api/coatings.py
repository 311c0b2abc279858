"""Coating recipes and batches as JSON: every write is the same action that the forms perform."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.views import RecordViewSet, caller
from materials import actions, coated
from materials.api import coating_shapes as shapes
from materials.api.plain import PlainViewSet
from materials.api.serializers import PowderSerializer, pick_edition
from materials.filters import RecipeFilter
from materials.models import CoatingRecipe, CoatingRecipeEdition, Powder


class RecipeViewSet(PlainViewSet):
    """Coating recipes, by ALD and from solution, with all their editions."""

    queryset = CoatingRecipe.objects.select_related("coating__identity").prefetch_related(
        "editions__steps__material__identity"
    )
    serializer_class = shapes.RecipeSerializer
    filterset_class = RecipeFilter
    create_action = staticmethod(actions.create_recipe)

    @extend_schema(request=shapes.NewEditionSerializer, responses={201: shapes.RecipeSerializer})
    @route(detail=True, methods=["post"])
    def editions(self, request: Request, code: str) -> Response:
        """Write the next edition; refused where nothing differs from the newest."""
        recipe, facts = self.get_object(), self.told(shapes.NewEditionSerializer)
        written = actions.write_edition(recipe=recipe, by=caller(request), **facts)
        return self.answer(written.recipe, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.GrowthLimitsSerializer, responses=shapes.RecipeSerializer)
    @route(detail=True, methods=["patch"], url_path="growth-limits")
    def growth_limits(self, request: Request, code: str) -> Response:
        """Set the limits of growth per cycle with their citation; needs ``If-Match``."""
        recipe, expected = self.get_object(), self.expected_version()
        facts = self.told(shapes.GrowthLimitsSerializer)
        return self.answer(
            actions.set_growth_limits(recipe=recipe, by=caller(request), expected_version=expected, **facts)
        )


class CoatingBatchFilter(filters.FilterSet):
    """By recipe, by what was coated, and by method."""

    recipe = filters.CharFilter(method="by_recipe")
    parent = filters.CharFilter(method="by_parent")
    method = filters.ChoiceFilter(
        field_name="coating__edition__method", choices=CoatingRecipeEdition.Method.choices
    )

    class Meta:
        model = Powder
        fields = ["state"]

    def by_recipe(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(coating__edition__recipe__identity__code=value.upper())

    def by_parent(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(coating__load__powder__identity__code=value.upper())


class CoatingBatchViewSet(RecordViewSet):
    """Coated powders: ALD runs and coatings from solution, and what was measured on them."""

    queryset = (
        Powder.objects.of_kind(Powder.Kind.COATING)
        .with_balance()
        .select_related(
            "material__identity",
            "place__identity",
            "coating__edition__recipe__identity",
            "coating__edition__recipe__coating",
            "coating__load__powder__identity",
            "coating__reactor__identity",
        )
    )
    filterset_class = CoatingBatchFilter

    def get_serializer_class(self) -> Any:
        return PowderSerializer if self.action == "list" else shapes.CoatingBatchSerializer

    @extend_schema(request=shapes.RunCoatingSerializer, responses={201: shapes.CoatingBatchSerializer})
    def create(self, request: Request) -> Response:
        """Enter an ALD run; its pressure trace is attached to the record that comes of it."""
        made = actions.run_coating(by=caller(request), **self._told(shapes.RunCoatingSerializer))
        return self.answer(made, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.CoatFromSolutionSerializer, responses={201: shapes.CoatingBatchSerializer})
    @route(detail=False, methods=["post"], url_path="from-solution")
    def from_solution(self, request: Request) -> Response:
        """Enter a coating from solution."""
        told = self._told(shapes.CoatFromSolutionSerializer)
        made = actions.coat_from_solution(by=caller(request), **told)
        return self.answer(made, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.PlanSolutionSerializer, responses=shapes.DoseSerializer)
    @route(detail=False, methods=["post"], url_path="plan-solution")
    def plan_solution(self, request: Request) -> Response:
        """Work out the volume of solution that a powder load takes. Nothing is saved."""
        told = self._told(shapes.PlanSolutionSerializer)
        edition = pick_edition(told["recipe"], told.get("edition"))
        try:
            dose = coated.dose_for(edition, solution=told["solution"], load_mass_ug=told["load_mass_ug"])
        except ValueError as problem:
            raise serializers.ValidationError({"__all__": [str(problem)]}) from problem
        return Response(shapes.DoseSerializer(dose).data)

    @extend_schema(request=shapes.MeasuredLaterSerializer, responses=shapes.CoatingBatchSerializer)
    def partial_update(self, request: Request, code: str) -> Response:
        """Record what was measured after the run; needs ``If-Match``, and a reason where a value is replaced."""
        powder, expected = self.get_object(), self.expected_version()
        told = self._told(shapes.MeasuredLaterSerializer)
        changed = actions.record_coating_measurements(
            powder=powder, by=caller(request), expected_version=expected, **told
        )
        return self.answer(changed)

    def _told(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        body = shape(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        told: dict[str, Any] = body.validated_data
        return told
