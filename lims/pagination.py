"""Pages of long lists: what a page needs is read, and no list is counted to its end."""

from __future__ import annotations

from typing import Any

from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

# To count 100,000 rows takes longer than to show fifty of them, and nobody reads the last digit.
COUNTED_ROWS = 5000
# A database counts rows in 64 bits, and refuses to skip more than that.
FARTHEST_PAGE = 10_000_000


class CappedPage(Page):
    """A page of a list that was not counted to its end; one row more than it shows was looked for."""

    def __init__(self, rows: Any, number: int, paginator: Paginator, *, more_follow: bool) -> None:
        super().__init__(rows, number, paginator)
        self.more_follow = more_follow

    def has_next(self) -> bool:
        return self.more_follow

    def next_page_number(self) -> int:
        if not self.more_follow:
            raise EmptyPage(f"Page {self.number} is the last one.")
        return self.number + 1

    def end_index(self) -> int:
        return self.start_index() + len(self.object_list) - 1


class CappedPaginator(Paginator):
    """Pages of a list whose rows are counted up to ``COUNTED_ROWS``; the pages after those can be reached too."""

    @cached_property
    def count(self) -> int:
        """Return how many rows there are, or ``COUNTED_ROWS`` where there are more."""
        return min(self._counted, COUNTED_ROWS)

    @property
    def more(self) -> bool:
        """Return whether there are more rows than were counted."""
        return self._counted > COUNTED_ROWS

    @property
    def exact_count(self) -> int | None:
        """Return how many rows there are, or None where nobody counted them all."""
        return None if self.more else self.count

    @cached_property
    def _counted(self) -> int:
        if isinstance(self.object_list, QuerySet):
            # Only the keys: what the rows of a page are asked for besides would be worked out for all of them.
            return self.object_list.order_by().values("pk")[: COUNTED_ROWS + 1].count()
        return len(self.object_list)

    def validate_number(self, number: Any) -> int:
        try:
            return int(super().validate_number(number))
        except EmptyPage:
            # Beyond what was counted, only the rows themselves say whether a page is there.
            if self.more and 1 <= int(number) <= FARTHEST_PAGE:
                return int(number)
            raise

    def page(self, number: Any) -> Page:
        if not self.more:
            return super().page(number)
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        if not rows:
            raise EmptyPage(f"Page {number} lies behind the end of this list.")
        return CappedPage(rows[: self.per_page], number, self, more_follow=len(rows) > self.per_page)

    def get_page(self, number: Any) -> Page:
        try:
            return super().get_page(number)
        except EmptyPage:
            return self.page(self.num_pages)
