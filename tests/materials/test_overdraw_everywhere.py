"""One rule, one sentence: a microgram too much is refused alike by page, API and admin."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from lims.models import LogEntry, Project, User
from materials.models import MassEntry, Powder
from tests.factories import make_lot

pytestmark = pytest.mark.django_db
SENTENCE = "LOT-0001 holds only 100 mg; 100.001 mg cannot be taken."
QUESTION = (
    "The book says that LOT-0001 holds 100 mg. If it does hold 100.001 mg, say why the book is wrong: "
    "it is corrected and the draw goes on."
)


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return make_lot(ada, project, received_mg=100)


def form_errors(response: object) -> dict[str, list[str]]:
    return {name: list(problems) for name, problems in response.context["form"].errors.items()}  # type: ignore[attr-defined]


def nothing_happened(lot: Powder) -> bool:
    return (
        MassEntry.objects.filter(powder=lot).count() == 1
        and not LogEntry.objects.filter(verb="drew").exists()
    )


def test_the_page_refuses(client: Client, ada: User, lot: Powder) -> None:
    client.force_login(ada)
    answer = client.post(
        f"/powders/{lot.code}/draw/", {"idempotency_key": "k", "mass_ug": "100.001", "purpose": "XRD"}
    )
    assert answer.status_code == 400
    assert form_errors(answer) == {"mass_ug": [SENTENCE], "book_reason": [QUESTION]}
    assert SENTENCE in answer.content.decode()
    assert nothing_happened(lot)


def test_the_api_refuses(api: APIClient, lot: Powder) -> None:
    answer = api.post(f"/api/v1/powders/{lot.code}/draw/", {"mass_mg": 100.001, "purpose": "XRD"})
    assert answer.status_code == 400
    assert answer.json() == {"mass_mg": [SENTENCE], "book_reason": [QUESTION]}
    assert nothing_happened(lot)


def test_the_admin_refuses(client: Client, lot: Powder) -> None:
    client.force_login(User.objects.create_superuser("admin", password="demo-lab"))
    form = {"idempotency_key": "k", "powder": lot.code, "mass_ug": "100.001", "purpose": "XRD"}
    answer = client.post("/admin/materials/massentry/add/", form)
    assert answer.status_code == 400
    assert form_errors(answer) == {"mass_ug": [SENTENCE], "book_reason": [QUESTION]}
    assert SENTENCE in answer.content.decode()
    assert nothing_happened(lot)
    assert client.post("/admin/materials/massentry/add/", form | {"mass_ug": "100"}).status_code == 302
    assert lot.balance_now_ug() == 0


@pytest.mark.parametrize("typed", ["0", "-1", "0.0001", "1e-4", "NaN", "Infinity", "a lot", ""])
def test_page_and_api_take_no_mass_that_is_none(
    client: Client, api: APIClient, ada: User, lot: Powder, typed: str
) -> None:
    client.force_login(ada)
    page = client.post(
        f"/powders/{lot.code}/draw/", {"idempotency_key": "k", "mass_ug": typed, "purpose": "x"}
    )
    answer = api.post(f"/api/v1/powders/{lot.code}/draw/", {"mass_mg": typed, "purpose": "x"})
    assert (page.status_code, answer.status_code) == (400, 400)
    assert nothing_happened(lot)
