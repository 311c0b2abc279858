"""The scan box takes what scanners send and people type, and goes where it leads."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from lims.models import Project, User
from materials.models import Powder
from tests import factories

V1 = "/api/v1"


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return factories.make_lot(ada, project, lot_number="SE/22-91")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "scanned",
    [
        "{code}", " {code}\r\n", "{lower}", "]Q1{code}", "lot {number}", "LOT{number}", "lot-0000{number}",
        "https://lims.example.org/s/{code}", "HTTP://10.0.0.7:8000/S/{code}/?x=1#y", "{code}\t", "{code}\0",
    ],
)  # fmt: skip
def test_a_code_is_found_however_it_is_scanned_or_typed(lot: Powder, ada: User, scanned: str) -> None:
    text = scanned.format(code=lot.code, lower=lot.code.lower(), number=int(lot.code.partition("-")[2]))
    if "\0" not in text:
        answer = browser(ada).get("/scan/", {"code": text})
        assert (answer.status_code, answer["Location"]) == (302, f"/powders/{lot.code}/")
    call = APIClient()
    call.force_authenticate(ada)
    assert [hit["code"] for hit in call.get(f"{V1}/scan/", {"code": text}).json()["results"]] == [lot.code]


def test_a_suppliers_lot_number_finds_its_lot(lot: Powder, ada: User) -> None:
    assert browser(ada).get("/scan/", {"code": "se/22-91"})["Location"] == f"/powders/{lot.code}/"


def test_a_number_on_several_containers_is_a_list(lot: Powder, ada: User) -> None:
    other = factories.make_lot(ada, lot.project, lot_number="OTHER-1", catalogue_number="SE/22-91")
    page = browser(ada).get("/scan/", {"code": "SE/22-91"})
    assert page.status_code == 200
    assert {lot.code, other.code} <= set(page.content.decode().replace(">", "<").split("<"))


def test_a_name_finds_what_is_called_so_only_where_no_code_or_number_does(
    ada: User, project: Project
) -> None:
    named = factories.make_lot(ada, project, lot_number="A", name="Argyrodite, fine")
    numbered = factories.make_lot(ada, project, lot_number="argyrodite")
    client = browser(ada)
    assert client.get("/scan/", {"code": "dite, f"})["Location"] == f"/powders/{named.code}/"
    assert client.get("/scan/", {"code": "Argyrodite"})["Location"] == f"/powders/{numbered.code}/"


def test_nothing_found_is_said_with_what_was_scanned_as_text(ada: User) -> None:
    page = browser(ada).get("/scan/", {"code": "<b>LOT-9</b>"}, follow=True).content.decode()
    assert "&lt;b&gt;LOT-9&lt;/b&gt;" in page
    assert browser(ada).get("/scan/", {"code": " \r\n"})["Location"] == "/"
    assert browser(ada).get("/scan/", {"code": "x" * 5000})["Location"] == "/"
    assert browser(ada).get("/scan/", {"code": "http://["})["Location"] == "/"


def test_another_projects_lot_number_finds_nothing(lot: Powder, otto: User) -> None:
    call = APIClient()
    call.force_authenticate(otto)
    for scanned in (lot.code, "SE/22-91", lot.name):
        assert browser(otto).get("/scan/", {"code": scanned})["Location"] == "/"
        assert call.get(f"{V1}/scan/", {"code": scanned}).json()["results"] == []


def test_a_phone_that_scans_a_label_opens_its_record(lot: Powder, ada: User, otto: User) -> None:
    client = browser(ada)
    assert client.get(f"/s/{lot.code}")["Location"] == f"/powders/{lot.code}/"
    assert client.get(f"/s/{lot.code.lower()}")["Location"] == f"/powders/{lot.code}/"
    assert client.get("/s/LOT-9999").status_code == 404
    assert browser(otto).get(f"/s/{lot.code}").status_code == 404
    stranger = Client().get(f"/s/{lot.code}")
    assert stranger["Location"] == f"/accounts/login/?next=/s/{lot.code}"
