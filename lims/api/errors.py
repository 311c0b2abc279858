"""One shape for every error: ``{"field": ["sentence"], "__all__": ["sentence"]}``."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from lims import imports
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
    """Return a Django ValidationError as the API's error body, under the names that its caller sent."""
    if hasattr(error, "error_dict"):
        return {_sent_as(field): [str(m) for m in problems] for field, problems in error.message_dict.items()}
    return {"__all__": [str(message) for message in error.messages]}


def _sent_as(field: str) -> str:
    """Return a field's name in the API: micrograms are milligrams outside, and thousandths of a count are a count."""
    if field.endswith("_milli"):
        return field.removesuffix("_milli")
    return f"{field.removesuffix('_ug')}_mg" if field.endswith("_ug") else field


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a person can mend, from any depth, into one shape; anything else stays a bug and rises."""
    if isinstance(exception, DifferentRequest):
        return Response(sentences(exception), status=status.HTTP_409_CONFLICT)
    if isinstance(exception, ValidationError):
        return Response(sentences(exception), status=status.HTTP_400_BAD_REQUEST)
    if isinstance(exception, imports.RowsRefused):
        return Response(
            {"__all__": [str(exception)], **imports.told(exception.outcome)},
            status=status.HTTP_400_BAD_REQUEST,
        )
    if isinstance(exception, StaleRecord):
        return Response(
            {"__all__": [str(exception)]},
            status=status.HTTP_412_PRECONDITION_FAILED,
            headers={"ETag": f'"{exception.record.version}"'},
        )
    response = exception_handler(exception, context)
    if response is not None:
        response.data = _one_shape(response.data)
    return response


def _one_shape(data: Any) -> dict[str, list[str]]:
    if not isinstance(data, dict):
        return {"__all__": _flat(data)}
    if set(data) == {"detail"}:
        return {"__all__": _flat(data["detail"])}
    return {str(field): _flat(problems) for field, problems in data.items()}


def _flat(problems: Any) -> list[str]:
    """Return the sentences of a field; those of a row of a list begin with the row's number from 1.

    >>> _flat([{}, {"role": ["This field is required."]}]) == _flat({1: {"role": ["This field is required."]}})
    True
    >>> _flat({1: {"role": ["This field is required."]}})
    ['2, role: This field is required.']
    """
    if isinstance(problems, dict):
        return [f"{_place(name)}{told}" for name, inner in problems.items() for told in _flat(inner)]
    if not isinstance(problems, list | tuple):
        return [str(problems)]
    return [
        f"{number}, {told}" if isinstance(inner, dict | list) else told
        for number, inner in enumerate(problems, start=1)
        for told in _flat(inner)
    ]


def _place(name: str | int) -> str:
    if isinstance(name, int):
        return f"{name + 1}, "
    return "" if name == "__all__" else f"{name}: "
