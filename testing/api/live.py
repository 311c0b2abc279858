"""Live points as lines of JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.views import LabAPIView, caller
from testing import actions, live_rows
from testing.api.intake_shapes import AcceptedSerializer
from testing.api.targets import find_record, tests_of


class LinesParser(BaseParser):
    """The body as bytes, and not more of it than is taken at once."""

    media_type = "application/x-ndjson"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            body: bytes = stream.read(live_rows.MOST_BYTES + 1)
        except OSError as error:
            raise ParseError("The body broke off.") from error
        return body


class PlainLinesParser(LinesParser):
    media_type = "application/ndjson"


def _body(request: Request) -> bytes:
    body: Any = request.data
    # Without a body there is nothing to parse, and the framework makes up an empty form.
    return body if isinstance(body, bytes) else b""


class RowsView(LabAPIView):
    """``POST /tests/{code}/rows/``."""

    capability = "post_file"
    instruments = True
    parser_classes = (LinesParser, PlainLinesParser)

    @extend_schema(request={"application/x-ndjson": OpenApiTypes.STR}, responses={202: AcceptedSerializer})
    def post(self, request: Request, code: str) -> Response:
        """Points of a running test: one JSON object a line, in BDF names, with their ``record_index``."""
        user = caller(request)
        test = find_record(tests_of(user), code)
        told = actions.receive_rows(test=test, points=live_rows.parse(_body(request)), by=user)
        return Response(AcceptedSerializer(told).data, status=status.HTTP_202_ACCEPTED)
