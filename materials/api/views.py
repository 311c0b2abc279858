"""The materials app as JSON: every write is the same action that the forms perform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.views import LabAPIView, RecordViewSet, caller
from lims.units import ug_from_mg
from materials import actions
from materials.actions import Weighing
from materials.api import serializers as shapes
from materials.calc.composition import weighing_targets_mg
from materials.models import CoatingRecipe, Equipment, Formulation, Material, Powder, Supplier


class PlainViewSet(RecordViewSet):
    """Records that are entered once: list, read, create."""

    create_action: ClassVar[Callable[..., Any]]

    def create(self, request: Request) -> Response:
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = type(self).create_action(by=caller(request), **body.validated_data)
        return self.answer(getattr(made, "record", made), status_code=status.HTTP_201_CREATED)


class MaterialViewSet(PlainViewSet):
    """Substances."""

    queryset = Material.objects.prefetch_related("capacities")
    serializer_class = shapes.MaterialSerializer
    filterset_fields = ["role"]
    create_action = staticmethod(actions.create_material)


class SupplierViewSet(PlainViewSet):
    """Suppliers."""

    queryset = Supplier.objects.all()
    serializer_class = shapes.SupplierSerializer
    create_action = staticmethod(actions.create_supplier)


class EquipmentViewSet(PlainViewSet):
    """Balances, dies, presses, reactors, …"""

    queryset = Equipment.objects.all()
    serializer_class = shapes.EquipmentSerializer
    filterset_fields = ["kind"]
    create_action = staticmethod(actions.create_equipment)


class RecipeViewSet(PlainViewSet):
    """ALD recipes."""

    queryset = CoatingRecipe.objects.select_related("coating__identity").prefetch_related("editions__steps")
    serializer_class = shapes.RecipeSerializer
    create_action = staticmethod(actions.create_recipe)


class FormulationViewSet(RecordViewSet):
    """Formulations in parts that need not total 100."""

    queryset = Formulation.objects.prefetch_related("editions__parts__material__identity")
    serializer_class = shapes.FormulationSerializer

    def create(self, request: Request) -> Response:
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        facts = dict(body.validated_data)
        facts.pop("performed_at", None)
        parts = [(part["material"], part["parts"]) for part in facts.pop("parts")]
        made = actions.create_formulation(by=caller(request), parts=parts, **facts)
        return self.answer(made.formulation, status_code=status.HTTP_201_CREATED)


class PowderFilter(filters.FilterSet):
    """By kind, state, material, and what it was made from."""

    material = filters.CharFilter(field_name="material__identity__code")
    made_from = filters.CharFilter(method="by_source")

    class Meta:
        model = Powder
        fields = ["kind", "state"]

    def by_source(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(identity__made_from__powder__identity__code=value.upper()).distinct()


class PowderViewSet(RecordViewSet):
    """Powders of every kind, and the verbs on them."""

    queryset = Powder.objects.with_balance().select_related(
        "material__identity",
        "lot__supplier__identity",
        "coating__edition__recipe__identity",
        "coating__load__powder__identity",
        "composite__edition__formulation__identity",
    )
    serializer_class = shapes.PowderSerializer
    filterset_class = PowderFilter

    @extend_schema(request=shapes.DrawSerializer, responses=shapes.PowderSerializer)
    @route(detail=True, methods=["post"])
    def draw(self, request: Request, code: str) -> Response:
        """Take some out; refused where the powder holds less."""
        body = shapes.DrawSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        entry = actions.draw_mass(powder=self.get_object(), by=caller(request), **body.validated_data)
        return self.answer(entry.powder, status_code=status.HTTP_201_CREATED)

    @extend_schema(responses=shapes.EntrySerializer(many=True))
    @route(detail=True, methods=["get"])
    def entries(self, request: Request, code: str) -> Response:
        """The ledger of one powder, newest first."""
        entries = self.get_object().entries.select_related("by").order_by("-seq")
        page = self.paginate_queryset(entries)
        return self.get_paginated_response(shapes.EntrySerializer(page, many=True).data)


class _MakeView(LabAPIView):
    """An action that makes a powder."""

    serializer_class: type[serializers.Serializer]

    def make(self, **facts: Any) -> Powder:
        raise NotImplementedError

    def post(self, request: Request) -> Response:
        body = self.serializer_class(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        made = self.make(by=caller(request), **body.validated_data)
        fresh = PowderViewSet.queryset.all().with_codes().get(pk=made.pk)
        return Response(shapes.PowderSerializer(fresh).data, status=status.HTTP_201_CREATED)


class ReceiveLotView(_MakeView):
    """Enter a bought container."""

    serializer_class = shapes.ReceiveLotSerializer

    @extend_schema(request=shapes.ReceiveLotSerializer, responses={201: shapes.PowderSerializer})
    def post(self, request: Request) -> Response:
        return super().post(request)

    def make(self, **facts: Any) -> Powder:
        return actions.receive_lot(**facts)


class RunCoatingView(_MakeView):
    """Enter an ALD run."""

    serializer_class = shapes.RunCoatingSerializer

    @extend_schema(request=shapes.RunCoatingSerializer, responses={201: shapes.PowderSerializer})
    def post(self, request: Request) -> Response:
        return super().post(request)

    def make(self, **facts: Any) -> Powder:
        return actions.run_coating(**facts)


class MixView(_MakeView):
    """Enter a mixture."""

    serializer_class = shapes.MixSerializer

    @extend_schema(request=shapes.MixSerializer, responses={201: shapes.PowderSerializer})
    def post(self, request: Request) -> Response:
        return super().post(request)

    def make(self, **facts: Any) -> Powder:
        parts = {part.order: part for part in facts["edition"].parts.select_related("material")}
        weighings = []
        for component in facts.pop("components"):
            part = parts.get(component["order"])
            if part is None:
                sentence = (
                    f"The formulation has no part {component['order']}; it has {', '.join(map(str, parts))}."
                )
                raise serializers.ValidationError({"components": [sentence]})
            weighings.append(Weighing(part=part, powder=component["powder"], mass_ug=component["mass_ug"]))
        return actions.mix_composite(weighings=weighings, **facts)


class PlanMixView(LabAPIView):
    """The weighing sheet: what to weigh for a total mass. Nothing is saved."""

    @extend_schema(request=shapes.PlanMixSerializer, responses={200: dict})
    def post(self, request: Request) -> Response:
        body = shapes.PlanMixSerializer(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        facts = body.validated_data
        edition = shapes.pick_edition(facts["formulation"], facts.get("edition"))
        parts = list(edition.parts.select_related("material__identity"))
        try:
            plan = weighing_targets_mg(
                parts={part.material.code: part.parts for part in parts},
                total_mg=facts["total_mass_ug"] / ug_from_mg(1),
                increment_mg=facts["balance"].readability_mg,
            )
        except ValueError as problem:
            raise serializers.ValidationError({"total_mass_mg": [str(problem)]}) from problem
        rows = [
            {
                "order": part.order,
                "material": part.material.code,
                "name": part.material.name,
                "parts": part.parts,
                "weight_fraction": plan.fractions[part.material.code],
                "target_mg": plan.targets[part.material.code].target_mg,
            }
            for part in parts
        ]
        return Response({"total_mass_mg": plan.total_mg, "components": rows})
