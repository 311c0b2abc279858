"""Pages of every list, with a cap."""

from rest_framework.pagination import PageNumberPagination


class LabPagination(PageNumberPagination):
    """``?page=2&page_size=100``; never more than 500 at once."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
