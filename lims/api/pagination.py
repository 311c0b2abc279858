"""Pages of every list, with a cap."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

from lims.pagination import COUNTED_ROWS, CappedPaginator

COUNT_SENTENCE = f"How many rows there are, exact up to {COUNTED_ROWS:,}; null where there are more."
AS_SENTENCE = (
    "A file with every row of this list as its filters leave it, in place of a page: `csv` or `xlsx`. The header "
    "`Accept: text/csv` asks for the same. Nested objects become columns with a dot in their names."
)


class LabPagination(PageNumberPagination):
    """``?page=2&page_size=100``; never more than 500 at once."""

    django_paginator_class = CappedPaginator
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        # An empty page is false, and has a count all the same.
        paginator = self.page.paginator if self.page is not None else None
        response.data["count"] = paginator.exact_count if isinstance(paginator, CappedPaginator) else None
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page: dict[str, Any] = super().get_paginated_response_schema(schema)
        page["properties"]["count"] |= {"nullable": True, "description": COUNT_SENTENCE}
        return page

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        asked: dict[str, Any] = {
            "name": "as",
            "required": False,
            "in": "query",
            "description": AS_SENTENCE,
            "schema": {"type": "string", "enum": ["csv", "xlsx"]},
        }
        return [*super().get_schema_operation_parameters(view), asked]
