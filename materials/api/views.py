"""The materials app as JSON: every write is the same action that the forms perform."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.views import LabAPIView, caller
from materials.api import serializers as shapes
from materials.api.powders import PowderViewSet
from materials.models import Powder


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
