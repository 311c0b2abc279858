"""Lists of the API: in pages, or whole as a file where the caller asks for one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework import mixins, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from lims import export


@dataclass(frozen=True)
class FlatColumn:
    """A field of a row, and of the objects inside it, as one column of a file."""

    path: tuple[str, ...]
    field: Any

    @property
    def head(self) -> str:
        return ".".join(self.path)

    def read(self, row: Any) -> Any:
        """Return this field of a serialised row; nothing where the object that would hold it is not there."""
        for name in self.path:
            row = row.get(name) if isinstance(row, dict) else None
        if isinstance(self.field, serializers.DateTimeField) and isinstance(row, str):
            return datetime.fromisoformat(row)
        if isinstance(self.field, serializers.DateField) and isinstance(row, str):
            return date.fromisoformat(row)
        return _spelled(row)


def flat_columns(serializer: Any, before: tuple[str, ...] = ()) -> list[FlatColumn]:
    """Return the columns of a serializer's rows, the same ones whatever a row holds."""
    columns: list[FlatColumn] = []
    for name, field in serializer.fields.items():
        if field.write_only:
            continue
        if isinstance(field, serializers.Serializer):
            columns += flat_columns(field, (*before, name))
        else:
            columns.append(FlatColumn((*before, name), field))
    return columns


def _spelled(value: Any) -> Any:
    if isinstance(value, list | tuple) and not any(isinstance(item, list | dict) for item in value):
        return "; ".join(str(item) for item in value)
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


class ListMixin(mixins.ListModelMixin):
    """``?as=csv``, ``?as=xlsx`` and ``Accept: text/csv`` give every row of a list, as its filters leave it, flat."""

    def file_kind(self) -> str:
        """Return the kind of file that is asked for, empty where none is."""
        request: Request = self.request  # type: ignore[attr-defined]
        if request.method != "GET":
            return ""
        asked = request.query_params.get("as")
        if asked is not None:
            if asked not in export.KINDS:
                raise ValidationError(
                    {"as": f"A list is given as {' or '.join(export.KINDS)}, not {asked[:40]!r}."}
                )
            return asked
        return _accepted(request.headers.get("Accept", ""))

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:  # noqa: FBT001, FBT002 - the framework's name
        # A file is no rendering of JSON, but what goes wrong before it is told in JSON as ever.
        if request.method == "GET" and _accepted(request.headers.get("Accept", "")):
            return JSONRenderer(), JSONRenderer.media_type
        negotiated: tuple[Any, str] = super().perform_content_negotiation(request, force)  # type: ignore[misc]
        return negotiated

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give the list."""
        kind = self.file_kind()
        if not kind:
            return super().list(request, *args, **kwargs)
        rows = self.filter_queryset(self.get_queryset())  # type: ignore[attr-defined]
        _judge(rows)
        serializer = self.get_serializer()  # type: ignore[attr-defined]
        serialised = (
            serializer.to_representation(row) for row in rows.iterator(chunk_size=export.CHUNK_ROWS)
        )
        return self._file(kind, flat_columns(serializer), serialised)

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page of a list that belongs to a record, or all of it for a file."""
        if not self.file_kind():
            return super().paginate_queryset(queryset)  # type: ignore[misc]
        _judge(queryset)
        return [*queryset]

    def get_paginated_response(self, data: Any) -> Response:
        kind = self.file_kind()
        if not kind:
            page: Response = super().get_paginated_response(data)  # type: ignore[misc]
            return page
        return self._file(kind, flat_columns(data.serializer.child), iter(data))

    def _file(self, kind: str, columns: Sequence[FlatColumn], rows: Iterator[Any]) -> Response:
        request: Request = self.request  # type: ignore[attr-defined]
        sheet = export.Sheet(
            name=request.path.strip("/").removeprefix("api/v1/").replace("/", "-"),
            heads=[column.head for column in columns],
            rows=([column.read(row) for column in columns] for row in rows),
        )
        # A streamed file is another class of answer; the views hand it on as it is.
        return cast(Response, export.file_response(sheet, kind))


def _judge(rows: Any) -> None:
    counted = rows.order_by()[: export.MOST_ROWS + 1].count() if isinstance(rows, QuerySet) else len(rows)
    export.judge_length(counted)


def _accepted(header: str) -> str:
    """Return the kind of file that an Accept header names; JSON beside it, or anything at all, is JSON."""
    media = [part.partition(";")[0].strip().lower() for part in header.split(",")]
    if {"application/json", "*/*"} & set(media):
        return ""
    kinds = {kind.partition(";")[0]: name for name, kind in export.KINDS.items()}
    return next((kinds[name] for name in media if name in kinds), "")
