"""Records that are entered by one action: list, read, create."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.views import RecordViewSet, caller


class PlainViewSet(RecordViewSet):
    """Records that are entered once: list, read, create."""

    create_action: ClassVar[Callable[..., Any]]

    def create(self, request: Request) -> Response:
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = type(self).create_action(by=caller(request), **body.validated_data)
        return self.answer(getattr(made, "record", made), status_code=status.HTTP_201_CREATED)

    def told(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        """Return what the request says, parsed by ``shape``."""
        body = shape(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        validated: dict[str, Any] = body.validated_data
        return validated
