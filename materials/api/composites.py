"""Formulations, mixtures and their weighing sheets as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.views import LabAPIView, RecordViewSet, caller
from materials import actions
from materials.actions import Weighing
from materials.api import composite_shapes as shapes
from materials.api import weighing_shapes as sheets
from materials.api.serializers import PowderSerializer
from materials.calc.balance_strings import read_balance
from materials.filters import FormulationFilter, WeighingSheetFilter
from materials.models import Formulation, Powder, WeighingRow, WeighingSheet
from materials.run_sheet import run_sheet_pdf


class FormulationViewSet(RecordViewSet):
    """Formulations in parts that need not total 100, in editions that stay as they were written."""

    queryset = Formulation.objects.prefetch_related("editions__parts__material__identity")
    serializer_class = shapes.FormulationSerializer
    filterset_class = FormulationFilter

    def create(self, request: Request) -> Response:
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        facts = dict(body.validated_data)
        parts = shapes.part_facts(facts.pop("parts"))
        made = actions.create_formulation(by=caller(request), parts=parts, **facts)
        return self.answer(made.formulation, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.WriteEditionSerializer, responses={201: shapes.FormulationSerializer})
    @route(detail=True, methods=["post"])
    def editions(self, request: Request, code: str) -> Response:
        """Write the next edition; those before it stay."""
        record = self.get_object()
        body = shapes.WriteEditionSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        facts = dict(body.validated_data)
        parts = shapes.part_facts(facts.pop("parts"))
        actions.write_formulation_edition(formulation=record, by=caller(request), parts=parts, **facts)
        return self.answer(record, status_code=status.HTTP_201_CREATED)


class MixView(LabAPIView):
    """Enter a mixture of powders that have been weighed."""

    @extend_schema(request=shapes.MixSerializer, responses={201: PowderSerializer})
    def post(self, request: Request) -> Response:
        body = shapes.MixSerializer(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        facts = dict(body.validated_data)
        facts["weighings"] = self._weighings(facts["edition"], facts.pop("components"))
        made = actions.mix_composite(by=caller(request), **facts)
        return Response(printed_powder(made), status=status.HTTP_201_CREATED)

    def _weighings(self, edition: Any, components: list[dict[str, Any]]) -> list[Weighing]:
        parts = {part.order: part for part in edition.parts.select_related("material")}
        weighings = []
        for component in components:
            order = component["order"]
            if order is not None and order not in parts:
                known = ", ".join(map(str, parts))
                raise serializers.ValidationError(
                    {"components": [f"The formulation has no part {order}; it has {known}."]}
                )
            part = None if order is None else parts[order]
            weighings.append(Weighing(part=part, powder=component["powder"], mass_ug=component["mass_ug"]))
        return weighings


def printed_powder(powder: Powder) -> Any:
    """Return a powder that was just made as the API prints it."""
    fresh = Powder.objects.with_codes().with_balance().get(pk=powder.pk)
    return PowderSerializer(fresh).data


class PlanMixView(LabAPIView):
    """What to weigh for a total, for pellets or for the scarcest powder. Nothing is saved."""

    @extend_schema(request=shapes.PlanMixSerializer, responses={200: dict})
    def post(self, request: Request) -> Response:
        body = shapes.PlanMixSerializer(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        arguments = shapes.plan_arguments(dict(body.validated_data))
        return Response(shapes.planned(actions.plan_mix(**arguments)))


def verb(shape: type[serializers.Serializer] | None, **more: Any) -> Callable[..., Any]:
    """Describe a verb on a sheet: what it takes, and that the sheet is the answer."""
    described: Callable[..., Any] = extend_schema(
        request=shape, responses={200: sheets.SheetDetailSerializer}, **more
    )
    return described


class WeighingSheetViewSet(RecordViewSet):
    """Weighing sheets: planned, filled row by row at the balance, then mixed or dropped."""

    queryset = WeighingSheet.objects.select_related(
        "edition__formulation__identity", "balance__identity", "batch__identity"
    )
    filterset_class = WeighingSheetFilter

    def get_serializer_class(self) -> type[serializers.Serializer]:
        return sheets.SheetSerializer if self.action == "list" else sheets.SheetDetailSerializer

    @extend_schema(request=sheets.PlanSheetSerializer, responses={201: sheets.SheetDetailSerializer})
    def create(self, request: Request) -> Response:
        facts = self._given(sheets.PlanSheetSerializer)
        del facts["scarcest"]
        arguments = shapes.plan_arguments(facts)
        made = actions.plan_sheet(by=caller(request), **arguments, **facts)
        return self.answer(made, status_code=status.HTTP_201_CREATED)

    @verb(sheets.ScanSerializer)
    @route(detail=True, methods=["post"])
    def scan(self, request: Request, code: str) -> Response:
        """Say which jar a row is weighed from; the wrong one is refused."""
        sheet = self.get_object()
        facts = self._given(sheets.ScanSerializer)
        actions.scan_powder(row=self._row(sheet, facts.pop("row")), by=caller(request), **facts)
        return self.answer(sheet)

    @verb(sheets.RestSerializer)
    @route(detail=True, methods=["post"])
    def rest(self, request: Request, code: str) -> Response:
        """Take what is missing of a weighed row from another jar; a new row at the end asks for it."""
        sheet = self.get_object()
        facts = self._given(sheets.RestSerializer)
        actions.take_rest_from(row=self._row(sheet, facts.pop("row")), by=caller(request), **facts)
        return self.answer(sheet)

    @verb(sheets.WeighRowSerializer)
    @route(detail=True, methods=["post"])
    def weigh(self, request: Request, code: str) -> Response:
        """Take over what the balance showed; a print-out alone is read for its mass."""
        sheet = self.get_object()
        facts = self._given(sheets.WeighRowSerializer)
        if facts["reading"] and not {"mass_ug", "boat_full_ug", "boat_after_ug"} & set(facts):
            try:
                facts["mass_ug"] = read_balance(facts["reading"]).mass_ug
            except ValueError as problem:
                raise serializers.ValidationError({"reading": [str(problem)]}) from problem
        actions.weigh_row(row=self._row(sheet, facts.pop("row")), by=caller(request), **facts)
        return self.answer(sheet)

    @verb(sheets.RowSerializer)
    @route(detail=True, methods=["post"])
    def clear(self, request: Request, code: str) -> Response:
        """Take back what was weighed in a row."""
        sheet = self.get_object()
        actions.clear_row(row=self._row(sheet, self._given(sheets.RowSerializer)["row"]), by=caller(request))
        return self.answer(sheet)

    @verb(None)
    @route(detail=True, methods=["post"])
    def undo(self, request: Request, code: str) -> Response:
        """Take back the weighing that was entered last."""
        sheet = self.get_object()
        actions.undo_last(sheet=sheet, by=caller(request))
        return self.answer(sheet)

    @verb(None)
    @route(detail=True, methods=["post"])
    def rebalance(self, request: Request, code: str) -> Response:
        """Take the targets that restore the ratio after too much was weighed of a part."""
        sheet = self.get_object()
        actions.rebalance_sheet(sheet=sheet, by=caller(request))
        return self.answer(sheet)

    @verb(sheets.DropSerializer)
    @route(detail=True, methods=["post"])
    def drop(self, request: Request, code: str) -> Response:
        """Drop a sheet that will not be mixed."""
        sheet = self.get_object()
        actions.drop_sheet(sheet=sheet, by=caller(request), **self._given(sheets.DropSerializer))
        return self.answer(sheet)

    @extend_schema(request=shapes.MixingSerializer, responses={201: PowderSerializer})
    @route(detail=True, methods=["post"])
    def mix(self, request: Request, code: str) -> Response:
        """Mix what was weighed: all of it is drawn and the composite made, in one transaction."""
        sheet = self.get_object()
        made = actions.mix_sheet(sheet=sheet, by=caller(request), **self._given(shapes.MixingSerializer))
        return Response(printed_powder(made), status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @route(detail=True, methods=["get"], url_path="run-sheet")
    def run_sheet(self, request: Request, code: str) -> HttpResponse:
        """The run sheet as a PDF: blank while the sheet is open, filled in once it has been mixed."""
        sheet = self.get_object()
        answer = HttpResponse(run_sheet_pdf(sheet, caller(request)), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{sheet.code}-run-sheet.pdf"'
        return answer

    def _given(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        body = shape(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def _row(self, sheet: WeighingSheet, order: int) -> WeighingRow:
        row = sheet.rows.select_related("sheet__identity").filter(order=order).first()
        if row is None:
            raise NotFound(f"{sheet.code} has no row {order}.")
        return row
