"""JSON in, refused where nothing could be stored or answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# A design with its press schedule, the deepest body there is, has three.
MOST_LEVELS = 20


class LabJSONParser(JSONParser):
    """JSON of a sane depth, whose text is text: half a surrogate pair fits into no answer and no database."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            parsed = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise _too_deep() from error
        _judge_depth(parsed)
        try:
            json.dumps(parsed, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ParseError("JSON parse error - a text holds half of a surrogate pair.") from error
        return parsed


def _judge_depth(parsed: Any) -> None:
    level = [parsed]
    for _ in range(MOST_LEVELS):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise _too_deep()


def _inside(outer: Any) -> list[Any]:
    if isinstance(outer, dict):
        return list(outer.values())
    return outer if isinstance(outer, list) else []


def _too_deep() -> ParseError:
    return ParseError(f"JSON parse error - it is nested more than {MOST_LEVELS} levels deep.")
