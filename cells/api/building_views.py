"""The verbs of building a cell over the API: the same actions as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from cells import actions
from cells.api import building as shapes
from cells.api.serializers import CellDetailSerializer
from cells.models import Cell
from cells.passport import passport_of, passport_pdf
from cells.run_sheet import LAYOUTS, run_sheets_pdf
from lims import registry
from lims.api.views import LabAPIView, RecordViewSet, caller
from lims.models import Identity

PRINTED = ("edition__design__identity", "supersedes__identity", "glovebox__identity", "die__identity")


class BuildingMixin(RecordViewSet):
    """What is done to a cell from its first layer to its end."""

    def _did(
        self, do: Callable[..., Any], shape: type[serializers.Serializer] | None, **more: Any
    ) -> Response:
        """Do a verb with what was sent and answer with the cell as it is then."""
        cell = self.get_object()
        facts = self._body(shape) if shape else {}
        do(cell=cell, by=caller(self.request), **more, **facts)
        return self.answer(cell)

    def _changed(self, do: Callable[..., Any], shape: type[serializers.Serializer]) -> Response:
        """Change what was read, or raise 428 without and 412 with an old ``If-Match``."""
        cell, expected = self.get_object(), self.expected_version()
        return self.answer(
            do(cell=cell, by=caller(self.request), expected_version=expected, **self._body(shape))
        )

    def _body(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        body = shape(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        validated: dict[str, Any] = body.validated_data
        return validated

    @extend_schema(request=shapes.PressLayerSerializer, responses={201: CellDetailSerializer})
    @route(detail=True, methods=["post"])
    def press(self, request: Request, code: str) -> Response:
        """Draw a powder or a foil into the cell as a layer and press it."""
        answer = self._did(actions.press_layer, shapes.PressLayerSerializer)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=shapes.FinishCellSerializer, responses=CellDetailSerializer)
    @route(detail=True, methods=["post"])
    def finish(self, request: Request, code: str) -> Response:
        """Say that the cell is built."""
        return self._did(actions.finish_cell, shapes.FinishCellSerializer)

    @extend_schema(request=shapes.FailCellSerializer, responses=CellDetailSerializer)
    @route(detail=True, methods=["post"])
    def fail(self, request: Request, code: str) -> Response:
        """Say that the cell failed or shorted, and why."""
        return self._did(actions.fail_cell, shapes.FailCellSerializer)

    @extend_schema(request=None, responses=CellDetailSerializer)
    @route(detail=True, methods=["post"])
    def end(self, request: Request, code: str) -> Response:
        """Say that all its tests are done."""
        return self._did(actions.move_cell, None, state=Cell.State.FINISHED)

    @extend_schema(request=shapes.EndingSerializer, responses=CellDetailSerializer)
    @route(detail=True, methods=["post"])
    def dismantle(self, request: Request, code: str) -> Response:
        """Say that it was taken apart, and what for."""
        return self._did(actions.dismantle_cell, shapes.EndingSerializer)

    @extend_schema(request=shapes.EndingSerializer, responses={201: CellDetailSerializer})
    @route(detail=True, methods=["post"])
    def rebuild(self, request: Request, code: str) -> Response:
        """Plan the cell that takes its place; the answer is the new one, and the old one's tests stay its own."""
        cell = self.get_object()
        fresh = actions.rebuild_cell(cell=cell, by=caller(request), **self._body(shapes.EndingSerializer))
        return self.answer(fresh, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.DeviationSerializer, responses=CellDetailSerializer)
    @route(detail=True, methods=["post"])
    def deviations(self, request: Request, code: str) -> Response:
        """Note that something was not as meant."""
        return self._did(actions.record_deviation, shapes.DeviationSerializer)

    @extend_schema(request=shapes.HeightSerializer, responses=CellDetailSerializer)
    @route(detail=True, methods=["post"])
    def heights(self, request: Request, code: str) -> Response:
        """Enter a height of the plungers; several of one place are averaged."""
        return self._did(actions.measure_height, shapes.HeightSerializer)

    @extend_schema(request=shapes.StackReadingSerializer, responses=CellDetailSerializer)
    @route(detail=True, methods=["post"])
    def stack(self, request: Request, code: str) -> Response:
        """Enter the stack pressure: set, hot, re-tightened or at the end."""
        return self._did(actions.read_stack, shapes.StackReadingSerializer)

    @extend_schema(request=shapes.CorrectLayerSerializer, responses=CellDetailSerializer)
    @route(detail=True, methods=["patch"])
    def layer(self, request: Request, code: str) -> Response:
        """Correct a layer's mass; needs ``If-Match`` so that nobody overwrites what they have not seen."""
        return self._changed(actions.correct_layer, shapes.CorrectLayerSerializer)

    @extend_schema(request=shapes.CorrectPressSerializer, responses=CellDetailSerializer)
    @route(detail=True, methods=["patch"], url_path="press-step")
    def press_step(self, request: Request, code: str) -> Response:
        """Correct how hard and how long it was pressed; needs ``If-Match``."""
        return self._changed(actions.correct_press, shapes.CorrectPressSerializer)

    @extend_schema(request=shapes.ThicknessSerializer, responses=CellDetailSerializer)
    @route(detail=True, methods=["patch"])
    def thickness(self, request: Request, code: str) -> Response:
        """Say how thick a layer is, measured on the pellet; needs ``If-Match``."""
        return self._changed(actions.measure_thickness, shapes.ThicknessSerializer)

    @extend_schema(request=shapes.ChangeCellSerializer, responses=CellDetailSerializer)
    def partial_update(self, request: Request, code: str) -> Response:
        """Change what is known of the cell itself; needs ``If-Match``."""
        return self._changed(actions.change_cell, shapes.ChangeCellSerializer)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @route(detail=True, methods=["get"])
    def passport(self, request: Request, code: str) -> Response:
        """Everything that is known of how it was built, and what was not recorded."""
        return Response(passport_of(self._printed(), caller(request)))

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @route(detail=True, methods=["get"], url_path=r"passport\.pdf")
    def passport_pdf(self, request: Request, code: str) -> HttpResponse:
        """The same as a PDF."""
        return HttpResponse(passport_pdf(self._printed(), caller(request)), content_type="application/pdf")

    @extend_schema(
        parameters=[
            OpenApiParameter("code", str, many=True, description="Cells; several may be given."),
            OpenApiParameter("layout", str, enum=list(LAYOUTS), description="A page a cell, or one table."),
        ],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    @route(detail=False, methods=["get"], url_path=r"run-sheets\.pdf")
    def run_sheets(self, request: Request) -> HttpResponse:
        """Run sheets to print before the cells are built."""
        codes = [code.upper() for code in request.query_params.getlist("code")]
        rows = self.get_queryset().select_related(*PRINTED).filter(identity__code__in=codes).order_by("pk")
        layout: Any = request.query_params.get("layout", "pages")
        return HttpResponse(
            run_sheets_pdf(list(rows), caller(request), layout=layout), content_type="application/pdf"
        )

    def _printed(self) -> Cell:
        cell: Cell = self.get_queryset().select_related(*PRINTED).get(pk=self.get_object().pk)
        return cell


class ExposuresView(LabAPIView):
    """How long a powder or a cell lay open or sealed."""

    @extend_schema(responses=shapes.ExposureSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        """What was recorded, oldest first."""
        rows = self._identity(request, code).exposures.select_related("glovebox__identity")
        return Response(shapes.ExposureSerializer(rows, many=True).data)

    @extend_schema(request=shapes.ExposureSerializer, responses={201: shapes.ExposureSerializer(many=True)})
    def post(self, request: Request, code: str) -> Response:
        """Enter one more; it is told on every cell that is made of it."""
        identity = self._identity(request, code)
        body = shapes.ExposureSerializer(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        record = registry.record_of(identity)
        actions.record_exposure(subject=record, by=caller(request), **body.validated_data)
        rows = identity.exposures.select_related("glovebox__identity")
        return Response(shapes.ExposureSerializer(rows, many=True).data, status=status.HTTP_201_CREATED)

    def _identity(self, request: Request, code: str) -> Identity:
        visible = Identity.objects.visible_to(caller(request)).filter(code=code.upper()).distinct()
        identity = visible.first()
        if identity is None or identity.kind not in registry.on_threads:
            raise NotFound(f"There is no powder or cell {code} that you may see.")
        return identity
