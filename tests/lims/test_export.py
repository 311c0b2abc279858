"""Lists as files: every row that the filter leaves, numbers as numbers, and nothing that a spreadsheet computes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zipfile import ZipFile

import fastexcel
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver
from rest_framework.mixins import ListModelMixin
from rest_framework.test import APIClient

from lims import export
from lims.api.lists import ListMixin
from lims.export import Sheet, file_response
from lims.models import Project, User
from lims.tables import Cell, Column
from tests import factories
from tests.api.test_contract import LISTS
from tests.testing.bench import Bench

V1 = "/api/v1"
FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "\uff1d1", "=cmd|' /C calc'!A0"]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def body_of(answer: object) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def csv_rows(answer: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body_of(answer).decode("utf-8-sig"), newline="")))


def xlsx_rows(content: bytes) -> list[dict[str, object]]:
    return fastexcel.read_excel(content).load_sheet(0).to_polars().to_dicts()


def written(rows: list[list[object]], kind: str) -> bytes:
    return body_of(file_response(Sheet("List", ["What", "Mass, mg"], iter(rows)), kind))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_of_a_csv_file_is_computed(text: str) -> None:
    (row,) = csv.reader(io.StringIO(written([[text, -1.5]], "csv").decode().partition("\r\n")[2], newline=""))
    assert row == [f"'{text}", "-1.5"], "a real negative number stays a number"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_of_a_sheet_is_computed(text: str) -> None:
    content = written([[text, -1.5]], "xlsx")
    with ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    (row,) = xlsx_rows(content)
    assert row["Mass, mg"] == -1.5
    assert str(row["What"]).strip() == text.strip()


def test_dates_are_dates_and_blanks_are_blank(settings: object) -> None:
    moment = datetime.fromisoformat("2026-03-02T14:05:00+00:00")
    (row,) = xlsx_rows(written([[moment, None]], "xlsx"))
    assert row == {"What": datetime(2026, 3, 2, 14, 5), "Mass, mg": None}  # noqa: DTZ001
    assert "2026-03-02 14:05:00+00:00,\r\n" in written([[moment, None]], "csv").decode()


def test_a_column_gives_a_file_its_number_and_a_page_its_text() -> None:
    left = Column("Left", lambda x: Cell(f"{x} mg", numeric=True), value=lambda x: x, unit="mg")
    assert (left.head, left.exported(-0.001)) == ("Left, mg", -0.001)
    change = Column("Change, mg", str, numeric=True)
    assert str(change.exported("\u22121.500\u2007")) == "-1.500"
    lot_number = Column("Lot", str)
    assert lot_number.exported("007") == "007"


def test_a_list_page_gives_all_rows_that_its_filter_leaves(ada: User, project: Project) -> None:
    for number in range(60):
        factories.make_lot(ada, project, received_mg=number + 1, name="=EVIL()" if number else "plain")
    client = browser(ada)
    page = client.get("/powders/?name=EVIL").content.decode()
    assert "?name=EVIL&amp;as=csv" in page
    for kind in ("csv", "xlsx"):
        answer = client.get("/powders/", {"name": "EVIL", "as": kind, "page": 2})
        assert f'.{kind}"' in answer["Content-Disposition"]
        rows = csv_rows(answer) if kind == "csv" else xlsx_rows(body_of(answer))
        assert len(rows) == 59
        assert {row["Name"] for row in rows} == {"'=EVIL()" if kind == "csv" else "=EVIL()"}
        assert sorted(float(row["Left"]) for row in rows) == list(range(2, 61))
        assert {row["Unit"] for row in rows} == {"mg"}
        assert {row["Done by"] for row in rows} == {"Ada"}


def test_simulated_data_is_marked_in_a_column(ada: User, project: Project) -> None:
    factories.make_lot(ada, project)
    (row,) = csv_rows(browser(ada).get("/powders/?as=csv"))
    assert row["Simulated data"] == ""
    Project.objects.update(simulated=True)
    (row,) = csv_rows(browser(ada).get("/powders/?as=csv"))
    assert row["Simulated data"] == "simulated"
    call = APIClient()
    call.force_authenticate(ada)
    (row,) = csv_rows(call.get(f"{V1}/powders/?as=csv"))
    assert row["simulated"] == "yes"


def test_a_list_longer_than_a_file_is_refused_with_a_sentence(
    ada: User, project: Project, monkeypatch: pytest.MonkeyPatch, api: APIClient
) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 2)
    for _ in range(3):
        factories.make_lot(ada, project)
    answer = browser(ada).get("/powders/?as=csv", follow=True)
    assert answer.redirect_chain == [("/powders/?", 302)]
    assert "more than the 2 rows that one file takes" in answer.content.decode()
    told = api.get(f"{V1}/powders/?as=csv")
    assert (told.status_code, "more than the 2 rows" in str(told.json())) == (400, True)


def test_every_list_of_pages_and_api_comes_as_a_file(bench: Bench, ada: User, api: APIClient) -> None:
    client = browser(ada)
    for path in (
        "powders", "materials", "suppliers", "equipment", "recipes", "formulations", "cells", "studies",
        "designs", "tests", "files", "reports", "instruments", "protocols", "log",
    ):  # fmt: skip
        for kind in export.KINDS:
            answer = client.get(f"/{path}/", {"as": kind})
            assert answer["Content-Type"] == export.KINDS[kind], path
            assert body_of(answer)
    for name in LISTS:
        rows = csv_rows(api.get(f"{V1}/{name}/", HTTP_ACCEPT="text/csv"))
        assert len(rows) == api.get(f"{V1}/{name}/").json()["count"]
        assert len(xlsx_rows(body_of(api.get(f"{V1}/{name}/?as=xlsx")))) == len(rows)


def test_no_list_of_the_api_is_without_its_files() -> None:
    """A new list that takes the framework's own mixin would come in pages alone."""
    views = {view for view in _views(get_resolver().url_patterns) if issubclass(view, ListModelMixin)}
    assert len(views) > 10
    assert {view.__name__ for view in views if not issubclass(view, ListMixin)} == set()


def _views(entries: list[object]) -> Iterator[type]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _views(entry.url_patterns)
        elif (view := getattr(entry.callback, "cls", None)) is not None:
            yield view


def test_a_list_inside_a_record_comes_as_a_file_too(bench: Bench, api: APIClient) -> None:
    code = bench.shelf.lots["NMC"].code
    rows = csv_rows(api.get(f"{V1}/powders/{code}/entries/?as=csv"))
    assert [row["change_mg"] for row in rows][-1] == "10000.0"
    assert float(rows[0]["change_mg"]) < 0


def test_what_is_no_kind_of_file_is_told(bench: Bench, api: APIClient) -> None:
    assert list(api.get(f"{V1}/cells/?as=pdf").json()) == ["as"]
    assert api.get(f"{V1}/cells/", HTTP_ACCEPT="text/csv, application/json").json()["count"] == 1


def test_a_longer_file_asks_no_more_of_the_database(ada: User, project: Project) -> None:
    material = factories.make_material(ada)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            body_of(browser(ada).get("/powders/?as=csv"))
        return len(queries)

    factories.make_lot(ada, project, material=material)
    few = count()
    for _ in range(10):
        factories.make_lot(ada, project, material=material)
    assert count() == few


def test_nobody_exports_what_they_may_not_see(bench: Bench, otto: User) -> None:
    assert csv_rows(browser(otto).get("/powders/?as=csv")) == []
