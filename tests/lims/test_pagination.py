"""Long lists: counted up to a cap, read to their end."""

from __future__ import annotations

import pytest
from django.core.paginator import EmptyPage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from lims import pagination
from lims.models import Project, User
from lims.pagination import CappedPaginator
from materials.models import Supplier
from tests import factories

V1 = "/api/v1"


@pytest.fixture
def suppliers(ada: User, monkeypatch: pytest.MonkeyPatch) -> User:
    """Twelve suppliers in a lab that counts no more than five."""
    monkeypatch.setattr(pagination, "COUNTED_ROWS", 5)
    for number in range(12):
        factories.make_supplier(ada, f"Supplier {number:02d}")
    return ada


def pages(per_page: int = 4) -> CappedPaginator:
    return CappedPaginator(Supplier.objects.order_by("name"), per_page)


def test_a_list_is_counted_no_further_than_the_cap(suppliers: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert (pages().count, pages().more, pages().exact_count) == (5, True, None)
    assert all("LIMIT 6" in query["sql"] for query in queries)


def test_every_row_beyond_the_cap_is_reached_page_by_page(suppliers: User) -> None:
    seen, page = [], pages().page(1)
    while True:
        seen += [supplier.name for supplier in page]
        if not page.has_next():
            break
        page = pages().page(page.next_page_number())
    assert seen == [f"Supplier {number:02d}" for number in range(12)]
    assert (page.number, page.start_index(), page.end_index()) == (3, 9, 12)


@pytest.mark.parametrize("number", [4, 0, -1, 10**30])
def test_there_is_no_page_behind_the_end(suppliers: User, number: int) -> None:
    with pytest.raises(EmptyPage):
        pages().page(number)


def test_a_short_list_is_counted_exactly(suppliers: User) -> None:
    short = CappedPaginator(Supplier.objects.filter(name__lt="Supplier 05").order_by("name"), 4)
    assert (short.count, short.more, short.num_pages) == (5, False, 2)
    assert not short.page(2).has_next()


def test_the_page_says_that_there_are_more(suppliers: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lims.views.screens.PAGE_SIZE", 4)
    monkeypatch.setattr("lims.views.screens.COUNTED_ROWS", 5)
    client = Client()
    client.force_login(suppliers)
    assert "1 to 4 of more than 5 records" in client.get("/suppliers/").content.decode()
    last = client.get("/suppliers/?page=3").content.decode()
    assert "9 to 12 of more than 5 records" in last
    assert 'rel="next"' not in last
    assert client.get("/suppliers/?page=99").status_code == 200


def test_the_api_gives_no_count_above_the_cap_and_goes_on(suppliers: User, project: Project) -> None:
    call = APIClient()
    call.force_authenticate(suppliers)
    page = call.get(f"{V1}/suppliers/", {"page_size": 4}).json()
    assert (page["count"], len(page["results"])) == (None, 4)
    names = []
    while page["next"]:
        names += [row["name"] for row in page["results"]]
        page = call.get(page["next"]).json()
    assert len(names) + len(page["results"]) == 12
    assert call.get(f"{V1}/suppliers/", {"page": 99}).status_code == 404
