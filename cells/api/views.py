"""The cells app as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from cells import actions
from cells.api import designs, plans
from cells.api import serializers as shapes
from cells.api.building_views import BuildingMixin
from cells.models import Cell, CellDesign, CellDesignEdition, DesignLayer, Study
from cells.pairs import pair_films
from cells.planning import weighing_sheet
from cells.what_if import start_of_cell, start_of_design
from lims.api.views import RecordViewSet, caller
from materials.api.serializers import pick_edition


class StudyViewSet(RecordViewSet):
    """Studies with their conditions."""

    queryset = Study.objects.prefetch_related("conditions")
    serializer_class = shapes.StudySerializer

    @extend_schema(request=shapes.CreateStudySerializer, responses={201: shapes.StudySerializer})
    def create(self, request: Request) -> Response:
        body = shapes.CreateStudySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        study = actions.create_study(by=caller(request), **body.validated_data)
        return self.answer(study, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=plans.PlanStudySerializer, responses={201: plans.BuildPlanSerializer})
    @route(detail=True, methods=["post"])
    def plan(self, request: Request, code: str) -> Response:
        """Plan cells of every condition at once, over days and dies, drawn by lot where wished."""
        study = self.get_object()
        body = plans.PlanStudySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        made = actions.plan_study(study=study, by=caller(request), **body.arguments(study))
        return Response(plans.BuildPlanSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=plans.JudgedClaimSerializer(many=True), filters=False)
    @route(detail=True, methods=["get"], pagination_class=None)
    def claims(self, request: Request, code: str) -> Response:
        """What texts state about the study's cells, and whether the records give it."""
        return Response(plans.judged(self.get_object()))

    @extend_schema(request=plans.ClaimSerializer, responses={201: plans.JudgedClaimSerializer})
    @claims.mapping.post
    def make_claim(self, request: Request, code: str) -> Response:
        """Enter a number that a text states."""
        study = self.get_object()
        body = plans.ClaimSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        claim = actions.make_claim(study=study, by=caller(request), **body.arguments(study))
        return Response(plans.judged(study, [claim])[0], status=status.HTTP_201_CREATED)


class DesignViewSet(RecordViewSet):
    """Designs with their editions."""

    queryset = CellDesign.objects.prefetch_related(
        Prefetch(
            "editions",
            CellDesignEdition.objects.select_related("design", "die__identity", "balance__identity"),
        ),
        "editions__press_schedule",
        "editions__limits",
        Prefetch(
            "editions__layers",
            DesignLayer.objects.select_related("material__identity", "formulation__formulation__identity"),
        ),
    )
    serializer_class = designs.DesignSerializer

    @extend_schema(request=designs.CreateDesignSerializer, responses={201: designs.DesignSerializer})
    def create(self, request: Request) -> Response:
        edition = actions.create_design(by=caller(request), **self._told(designs.CreateDesignSerializer))
        return self.answer(edition.design, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=designs.NewDesignEditionSerializer, responses={201: designs.DesignSerializer})
    @route(detail=True, methods=["post"])
    def editions(self, request: Request, code: str) -> Response:
        """Write the next edition; those before it stay as they are."""
        design, told = self.get_object(), self._told(designs.NewDesignEditionSerializer)
        actions.write_design_edition(design=design, by=caller(request), **told)
        return self.answer(design, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=designs.SetLimitsSerializer, responses=designs.DesignSerializer)
    @route(detail=True, methods=["post"])
    def limits(self, request: Request, code: str) -> Response:
        """Say what a cell shows after assembly at one temperature."""
        design, told = self.get_object(), self._told(designs.SetLimitsSerializer)
        edition = pick_edition(design, told.pop("edition", None))
        actions.set_assembly_limits(edition=edition, by=caller(request), **told)
        return self.answer(design)

    @extend_schema(request=designs.PlanBuildSerializer, responses={200: dict})
    @route(detail=True, methods=["post"])
    def plan(self, request: Request, code: str) -> Response:
        """The weighing sheet for the lots and the cathode mass at hand. Nothing is saved."""
        body = designs.PlanBuildSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        told = body.validated_data
        edition = pick_edition(self.get_object(), told.get("edition"))
        try:
            sheet = weighing_sheet(
                edition,
                lots=body.lots(),
                positive_mass_ug=told.get("positive_mass_ug"),
                replicates=told["replicates"],
            )
        except ValueError as problem:
            raise serializers.ValidationError({"__all__": [str(problem)]}) from problem
        return Response(asdict(sheet))

    @extend_schema(request=plans.PairSerializer, responses={200: dict})
    @route(detail=True, methods=["post"])
    def pair(self, request: Request, code: str) -> Response:
        """Pair films that are weighed already, closest to the N/P target. Nothing is saved."""
        body = plans.PairSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        told = body.validated_data
        names = ("positive_masses_mg", "negative_masses_mg", "positive_collector_mg", "negative_collector_mg")
        edition = pick_edition(self.get_object(), told.get("edition"))
        try:
            found = pair_films(edition, lots=body.lots(), **{name: told[name] for name in names})
        except ValueError as problem:
            raise serializers.ValidationError({"__all__": [str(problem)]}) from problem
        return Response(asdict(found))

    @extend_schema(request=designs.BalanceSerializer, responses={200: dict})
    @route(detail=True, methods=["post"])
    def balance(self, request: Request, code: str) -> Response:
        """Every number that follows from the design, with some of it changed where asked. Nothing is saved."""
        told = self._told(designs.BalanceSerializer)
        edition = pick_edition(self.get_object(), told.pop("edition", None))
        return Response(designs.balance_answer(start_of_design(edition), told))

    def _told(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        body = shape(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        validated: dict[str, Any] = body.validated_data
        return validated


class CellFilter(filters.FilterSet):
    """By study, group and state."""

    study = filters.CharFilter(field_name="condition__study__identity__code", lookup_expr="iexact")
    group = filters.CharFilter(field_name="condition__name")

    class Meta:
        model = Cell
        fields = ["state"]


class CellViewSet(BuildingMixin):
    """Cells, and the verbs on them."""

    queryset = Cell.objects.with_study()
    serializer_class = shapes.CellSerializer
    filterset_class = CellFilter

    def get_serializer_class(self) -> Any:
        return shapes.CellSerializer if self.action == "list" else shapes.CellDetailSerializer

    @extend_schema(request=designs.BalanceSerializer, responses={200: dict})
    @route(detail=True, methods=["post"])
    def balance(self, request: Request, code: str) -> Response:
        """Every number that follows from the cell, with some of it changed where asked. Nothing is saved."""
        told = self._body(designs.BalanceSerializer)
        told.pop("edition", None)
        return Response(designs.balance_answer(start_of_cell(self.get_object()), told))

    @extend_schema(request=shapes.PlanCellSerializer, responses={201: shapes.CellDetailSerializer})
    def create(self, request: Request) -> Response:
        cell = actions.plan_cell(by=caller(request), **self._body(shapes.PlanCellSerializer))
        return self.answer(cell, status_code=status.HTTP_201_CREATED)
