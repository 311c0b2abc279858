"""One shape for every error: ``{"field": ["sentence"], "__all__": ["sentence"]}``."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from lims.idempotency import DifferentRequest
from lims.records import StaleRecord


class PreconditionRequired(APIException):
    """A change needs ``If-Match`` so that nobody overwrites what they have not seen."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = (
        "A change needs the header If-Match with the record's version, as the ETag of GET gives it."
    )
    default_code = "precondition_required"


def sentences(error: ValidationError) -> dict[str, list[str]]:
    """Return a Django ValidationError as the API's error body."""
    if hasattr(error, "error_dict"):
        return {field: [str(m) for m in problems] for field, problems in error.message_dict.items()}
    return {"__all__": [str(message) for message in error.messages]}


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a person can mend, from any depth, into one shape; anything else stays a bug and rises."""
    if isinstance(exception, DifferentRequest):
        return Response(sentences(exception), status=status.HTTP_409_CONFLICT)
    if isinstance(exception, ValidationError):
        return Response(sentences(exception), status=status.HTTP_400_BAD_REQUEST)
    if isinstance(exception, StaleRecord):
        body = {"__all__": [str(exception)], "version": exception.record.version}
        return Response(body, status=status.HTTP_412_PRECONDITION_FAILED)
    response = exception_handler(exception, context)
    if response is not None and isinstance(response.data, dict) and set(response.data) == {"detail"}:
        response.data = {"__all__": [str(response.data["detail"])]}
    elif response is not None and isinstance(response.data, list):
        response.data = {"__all__": [str(item) for item in response.data]}
    return response
