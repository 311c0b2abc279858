"""Powders as JSON, and every verb on them: the same actions that the pages perform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action as route
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.lists import ListMixin
from lims.api.views import OnceMixin, RecordViewSet, caller
from lims.models import User
from lims.permissions import may, require
from lims.units import mg_from_ug
from materials import actions
from materials.actions import Portion
from materials.api import powder_shapes as shapes
from materials.api.serializers import PowderSerializer
from materials.entries import entries_of
from materials.filters import DrawReviewFilter, PowderFilter
from materials.mass_balance import mass_balance
from materials.models import DrawReview, Hold, Powder, Use


class PowdersFilter(PowderFilter):
    """By kind, state, material, place, what needs attention, and what it was made from."""

    material = filters.CharFilter(field_name="material__identity__code", lookup_expr="iexact")
    place = filters.CharFilter(field_name="place__identity__code", lookup_expr="iexact")
    made_from = filters.CharFilter(method="by_source")

    def by_source(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(identity__made_from__powder__identity__code=value.upper()).distinct()


STANDING_HOLDS = Prefetch(
    "holds",
    queryset=Hold.objects.filter(released_at=None).select_related("placed_by"),
    to_attr="standing_holds",
)


def entered(shape: type[serializers.Serializer], summary: str, **more: Any) -> Callable[..., Any]:
    """Describe a verb that enters something: what it takes, and that the powder is the answer."""
    answer = more.pop("responses", {201: PowderSerializer})
    described: Callable[..., Any] = extend_schema(request=shape, responses=answer, summary=summary, **more)
    return described


class PowderViewSet(RecordViewSet):
    """Powders of every kind, and the verbs on them."""

    queryset = (
        Powder.objects.with_balance()
        .select_related(
            "material__identity",
            "place__identity",
            "lot__supplier__identity",
            "coating__edition__recipe__identity",
            "coating__load__powder__identity",
            "composite__edition__formulation__identity",
            "treatment__load__powder__identity",
            "treatment__equipment__identity",
        )
        .prefetch_related(STANDING_HOLDS)
    )
    serializer_class = PowderSerializer
    filterset_class = PowdersFilter

    def _told(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        body = shape(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        validated: dict[str, Any] = body.validated_data
        return validated

    def _do(
        self, do: Callable[..., Any], shape: type[serializers.Serializer], *, made: bool = True
    ) -> Response:
        """Do one verb with the powder, and answer with the powder as it is then."""
        powder = self.get_object()
        do(powder=powder, by=caller(self.request), **self._told(shape))
        return self.answer(powder, status_code=status.HTTP_201_CREATED if made else status.HTTP_200_OK)

    def _to_draw(self, do: Callable[..., Any], shape: type[serializers.Serializer]) -> Response:
        """Do something to the draw that the caller names by its entry."""
        powder = self.get_object()
        told = self._told(shape)
        seq = told.pop("entry")
        use = Use.objects.drawn_as(powder, seq).select_related("consumer", "powder__identity").first()
        if use is None:
            raise ValidationError({"entry": f"{powder.code} has no draw with the number {seq}."})
        do(use=use, by=caller(self.request), **told)
        return self.answer(powder, status_code=status.HTTP_201_CREATED)

    @entered(shapes.DrawSerializer, "Take some out; refused where the powder holds less")
    @route(detail=True, methods=["post"])
    def draw(self, request: Request, code: str) -> Response:
        return self._do(actions.draw_mass, shapes.DrawSerializer)

    @entered(shapes.ReturnSerializer, "Put back some of a draw")
    @route(detail=True, methods=["post"], url_path="return")
    def put_back(self, request: Request, code: str) -> Response:
        return self._to_draw(actions.return_mass, shapes.ReturnSerializer)

    @entered(shapes.CorrectSerializer, "Say what a draw really took; what was made of it follows")
    @route(detail=True, methods=["post"])
    def correct(self, request: Request, code: str) -> Response:
        return self._to_draw(actions.correct_draw, shapes.CorrectSerializer)

    @entered(shapes.ChangeSerializer, "Enter that it became heavier in its jar")
    @route(detail=True, methods=["post"])
    def gain(self, request: Request, code: str) -> Response:
        return self._do(actions.gain_mass, shapes.ChangeSerializer)

    @entered(shapes.ChangeSerializer, "Enter that some of it is gone for nothing")
    @route(detail=True, methods=["post"])
    def lose(self, request: Request, code: str) -> Response:
        return self._do(actions.lose_mass, shapes.ChangeSerializer)

    @entered(shapes.AdjustSerializer, "Say what it holds, whatever the book says")
    @route(detail=True, methods=["post"])
    def adjust(self, request: Request, code: str) -> Response:
        return self._do(actions.adjust_mass, shapes.AdjustSerializer)

    @entered(shapes.WeighSerializer, "Weigh the jar and let the book follow", responses=PowderSerializer)
    @route(detail=True, methods=["post"])
    def weigh(self, request: Request, code: str) -> Response:
        return self._do(actions.weigh_jar, shapes.WeighSerializer, made=False)

    @entered(shapes.ReasonSerializer, "Throw away what is left", responses=PowderSerializer)
    @route(detail=True, methods=["post"])
    def dispose(self, request: Request, code: str) -> Response:
        return self._do(actions.dispose, shapes.ReasonSerializer, made=False)

    @entered(shapes.ReasonSerializer, "Open a finished powder again", responses=PowderSerializer)
    @route(detail=True, methods=["post"])
    def reopen(self, request: Request, code: str) -> Response:
        return self._do(actions.reopen, shapes.ReasonSerializer, made=False)

    @entered(shapes.ReasonSerializer, "Put it on hold")
    @route(detail=True, methods=["post"])
    def hold(self, request: Request, code: str) -> Response:
        return self._do(actions.put_on_hold, shapes.ReasonSerializer)

    @entered(shapes.ReasonSerializer, "Release it from its hold; managers do", responses=PowderSerializer)
    @route(detail=True, methods=["post"])
    def release(self, request: Request, code: str) -> Response:
        return self._do(actions.release, shapes.ReasonSerializer, made=False)

    @entered(shapes.AliquotsSerializer, "Part off new jars", responses={201: PowderSerializer(many=True)})
    @route(detail=True, methods=["post"])
    def aliquots(self, request: Request, code: str) -> Response:
        powder = self.get_object()
        made = actions.take_aliquots(
            powder=powder, by=caller(request), **self._told(shapes.AliquotsSerializer)
        )
        fresh = self.get_queryset().filter(pk__in=[jar.pk for jar in made]).order_by("pk")
        return Response(self.get_serializer(fresh, many=True).data, status=status.HTTP_201_CREATED)

    @entered(
        shapes.MergeSerializer, "Pour powders of the same substance together; the answer is the merged one"
    )
    @route(detail=True, methods=["post"])
    def merge(self, request: Request, code: str) -> Response:
        powder = self.get_object()
        told = self._told(shapes.MergeSerializer)
        told["portions"] = [Portion(powder, told.pop("mass_ug", None)), *told["portions"]]
        return self.answer(
            actions.merge_powders(by=caller(request), **told), status_code=status.HTTP_201_CREATED
        )

    @entered(shapes.TreatSerializer, "Dry, sieve, mill or anneal some of it; the answer is what came out")
    @route(detail=True, methods=["post"])
    def treat(self, request: Request, code: str) -> Response:
        powder = self.get_object()
        made = actions.treat_powder(powder=powder, by=caller(request), **self._told(shapes.TreatSerializer))
        return self.answer(made, status_code=status.HTTP_201_CREATED)

    @extend_schema(responses=shapes.EntrySerializer(many=True))
    @route(detail=True, methods=["get"], filterset_class=None)
    def entries(self, request: Request, code: str) -> Response:
        """The book of one powder, newest first."""
        page = self.paginate_queryset(entries_of(self.get_object(), caller(request)))
        answer: Response = self.get_paginated_response(shapes.EntrySerializer(page, many=True).data)
        return answer

    @extend_schema(responses=shapes.MassBalanceSerializer)
    @route(detail=True, methods=["get"], url_path="mass-balance", filterset_class=None)
    def mass_balance(self, request: Request, code: str) -> Response:
        """What went into the process that made it and what came of it; 404 for a bought lot."""
        powder = self.get_object()
        balance = mass_balance(powder)
        if balance is None:
            raise NotFound(f"{powder.code} was bought, not made.")
        seen = set(
            Powder.objects.visible_to(caller(request))
            .filter(uses__in=balance.inputs)
            .values_list("pk", flat=True)
        )
        totals = {
            f"{name}_mg": float(mg_from_ug(getattr(balance, f"{name}_ug")))
            for name in ("inputs", "gain", "outputs", "loss")
        }
        inputs = [
            {
                "powder": use.powder.code if use.powder_id in seen else None,
                "mass_mg": float(mg_from_ug(use.mass_ug)),
            }
            for use in balance.inputs
        ]
        return Response({"inputs": inputs, **totals})


class DrawReviewViewSet(OnceMixin, ListMixin, viewsets.GenericViewSet, mixins.RetrieveModelMixin):
    """Draws that needed a reason, those that wait first; for managers."""

    queryset = DrawReview.objects.all()
    serializer_class = shapes.DrawReviewSerializer
    filterset_class = DrawReviewFilter
    capability = "review"
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[DrawReview]:
        user = self.request.user
        if getattr(self, "swagger_fake_view", False) or not isinstance(user, User):
            return DrawReview.objects.none()
        rows = DrawReview.objects.visible_to(user) if may(user, "review") else DrawReview.objects.none()
        return rows.with_draws(user).order_by(F("reviewed_at").desc(nulls_first=True), "-pk")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them; refused to whoever is no manager."""
        require(caller(request), "review")
        return super().list(request, *args, **kwargs)

    @extend_schema(
        request=shapes.VerdictSerializer,
        responses=shapes.DrawReviewSerializer,
        parameters=[OpenApiParameter("id", int, OpenApiParameter.PATH)],
    )
    @route(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """Say what a manager makes of it."""
        row = self.get_object()
        body = shapes.VerdictSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actions.review_draw(review=row, by=caller(request), **body.validated_data)
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data)
