"""Changing a record by the API: PATCH with ``If-Match`` and a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.views import RecordViewSet, caller


class ReasonSerializer(serializers.Serializer):
    """Why something is changed."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ChangeMixin(RecordViewSet):
    """Let the records of a viewset be changed by one action, told by the name that it has in there."""

    change_action: ClassVar[Callable[..., Any]]
    changed_name: ClassVar[str]

    def partial_update(self, request: Request, code: str) -> Response:
        """Change what is sent; needs ``If-Match`` and a ``reason``."""
        record, expected = self.get_object(), self.expected_version()
        body = self.get_serializer(record, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        why = ReasonSerializer(data=request.data)
        why.is_valid(raise_exception=True)
        changed = type(self).change_action(
            **{self.changed_name: record},
            by=caller(request),
            expected_version=expected,
            **why.validated_data,
            **body.validated_data,
        )
        return self.answer(changed)
