"""Powders through the API: each verb once however often it is sent, errors under the names that were sent."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from lims.models import Project, User
from materials.actions import put_on_hold, take_aliquots
from materials.models import DrawReview, Powder
from tests.factories import Shelf, make_cell, make_lot, make_shelf
from tests.testing.bench import client_of

pytestmark = pytest.mark.django_db
V1 = "/api/v1/powders"


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return make_lot(ada, project, received_mg=100)


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def post(api: APIClient, powder: Powder, verb: str, body: dict[str, Any], key: str = "") -> Any:
    headers: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return api.post(f"{V1}/{powder.code}/{verb}/", body, format="json", **headers)


VERBS: list[tuple[str, dict[str, Any], int, float]] = [
    ("draw", {"mass_mg": 10, "purpose": "XRD"}, 201, 90),
    ("gain", {"mass_mg": 1.5, "reason": "moisture"}, 201, 101.5),
    ("lose", {"mass_mg": 1.5, "reason": "spilled"}, 201, 98.5),
    ("adjust", {"mass_mg": 0, "reason": "it is empty"}, 201, 0),
    ("weigh", {"gross_mg": 5095.5, "tare_mg": 5000}, 200, 95.5),
    ("dispose", {"reason": "wet"}, 200, 0),
    ("hold", {"reason": "moisture"}, 201, 100),
    ("aliquots", {"count": 2, "each_mg": 20}, 201, 60),
    ("aliquots", {"masses_mg": [20, 15.5]}, 201, 64.5),
    ("treat", {"kind": "dry", "load_mass_mg": 50, "recovered_mass_mg": 49, "temperature_c": 80}, 201, 50),
]


def test_a_container_may_hold_500_kg_and_no_more(api: APIClient, lot: Powder) -> None:
    """The limit is one of milligrams, though what is kept is micrograms."""
    kilogram = post(api, lot, "adjust", {"mass_mg": 1_000_000, "reason": "a drum"})
    assert (kilogram.status_code, lot.balance_now_ug()) == (201, 1_000_000_000)
    refused = post(api, lot, "adjust", {"mass_mg": 500_000_000.001, "reason": "a tank"})
    assert "less than or equal to 500000000" in str(refused.json()["mass_mg"])


@pytest.mark.parametrize(("verb", "body", "status", "left_mg"), VERBS)
def test_a_verb_sent_twice_is_done_once(
    api: APIClient, lot: Powder, verb: str, body: dict[str, Any], status: int, left_mg: float
) -> None:
    first, second = (post(api, lot, verb, body, key="tap") for _ in range(2))
    assert first.status_code == second.status_code == status, first.content
    assert first.json() == second.json()
    assert api.get(f"{V1}/{lot.code}/").json()["balance_mg"] == left_mg


def test_a_draw_is_returned_and_corrected_by_its_number(api: APIClient, lot: Powder) -> None:
    post(api, lot, "draw", {"mass_mg": 10, "purpose": "XRD"})
    assert post(api, lot, "return", {"entry": 2, "mass_mg": 4}).json()["balance_mg"] == 94
    assert (
        post(api, lot, "correct", {"entry": 2, "mass_mg": 5, "reason": "misread"}).json()["balance_mg"] == 95
    )
    for verb in ("return", "correct"):
        answer = post(api, lot, verb, {"entry": 1, "mass_mg": 1, "reason": "x"})
        assert answer.status_code == 400
        assert answer.json() == {"entry": [f"{lot.code} has no draw with the number 1."]}
    entries = api.get(f"{V1}/{lot.code}/entries/").json()["results"]
    told = [(e["seq"], e["kind"], e["change_mg"], e["balance_after_mg"]) for e in entries]
    assert told == [
        (4, "corrected", 1, 95), (3, "returned", 4, 94), (2, "drawn", -10, 90), (1, "received", 100, 100),
    ]  # fmt: skip


def test_a_layer_of_a_cell_is_not_corrected_here(api: APIClient, shelf: Shelf) -> None:
    cell = make_cell(shelf)
    entry = shelf.coated_composite.entries.get(kind="drawn").seq
    answer = post(api, shelf.coated_composite, "correct", {"entry": entry, "mass_mg": 8, "reason": "x"})
    assert answer.status_code == 400
    assert answer.json() == {"__all__": [f"That draw is a layer of {cell.code}: correct its mass there."]}


def test_jars_are_merged_whole_or_in_part(api: APIClient, lot: Powder, ada: User) -> None:
    jars = take_aliquots(powder=lot, masses_ug=[20_000, 30_000], by=ada)
    body = {"portions": [{"powder": jars[1].code, "mass_mg": 25}], "recovered_mass_mg": 44}
    merged = post(api, jars[0], "merge", body).json()
    assert (merged["code"], merged["balance_mg"]) == ("MRG-0001", 44)
    assert [jar.balance_now_ug() for jar in jars] == [0, 5_000]
    balance = api.get(f"{V1}/MRG-0001/mass-balance/").json()
    assert balance == {
        "inputs": [{"powder": jars[0].code, "mass_mg": 20.0}, {"powder": jars[1].code, "mass_mg": 25.0}],
        "inputs_mg": 45.0, "gain_mg": 0.0, "outputs_mg": 44.0, "loss_mg": 1.0,
    }  # fmt: skip
    assert api.get(f"{V1}/{lot.code}/mass-balance/").status_code == 404, "it was bought"


@pytest.mark.parametrize(
    ("verb", "body", "fields"),
    [
        ("draw", {"mass_mg": 100.001, "purpose": "XRD"}, {"mass_mg", "book_reason"}),
        ("aliquots", {"masses_mg": [60, 60]}, {"masses_mg", "book_reason"}),
        (
            "treat",
            {"kind": "dry", "load_mass_mg": 101, "recovered_mass_mg": 1},
            {"load_mass_mg", "book_reason"},
        ),
        ("weigh", {"gross_mg": 5}, {"tare_mg"}),
        ("weigh", {"gross_mg": 5, "tare_mg": 6}, {"gross_mg"}),
        ("lose", {"mass_mg": 101, "reason": "spilled"}, {"mass_mg"}),
        ("gain", {"mass_mg": 1}, {"reason"}),
        ("aliquots", {}, {"masses_mg"}),
        ("aliquots", {"count": 2}, {"masses_mg"}),
        ("aliquots", {"count": 2, "each_mg": 1, "masses_mg": [1]}, {"masses_mg"}),
        ("merge", {"portions": []}, {"portions"}),
        ("treat", {"kind": "boil", "load_mass_mg": 1, "recovered_mass_mg": 1}, {"kind"}),
        ("return", {"mass_mg": 1}, {"entry"}),
        ("reopen", {"reason": "x"}, {"__all__"}),
    ],
)
def test_what_is_refused_is_told_under_the_name_that_was_sent(
    api: APIClient, lot: Powder, verb: str, body: dict[str, Any], fields: set[str]
) -> None:
    answer = post(api, lot, verb, body)
    assert answer.status_code == 400
    assert set(answer.json()) == fields
    assert lot.balance_now_ug() == 100_000


def test_a_reason_goes_along_with_the_draw(api: APIClient, lot: Powder, ada: User) -> None:
    put_on_hold(powder=lot, reason="moisture", by=ada)
    body = {"mass_mg": 101, "purpose": "XRD", "lot_reason": "a trial", "book_reason": "entered late"}
    assert post(api, lot, "draw", body).json()["balance_mg"] == 0
    assert DrawReview.objects.get().reason == "a trial"


def test_a_powder_tells_its_holds_and_where_it_stands(
    api: APIClient, lot: Powder, ada: User, grace: User
) -> None:
    put_on_hold(powder=lot, reason="moisture", by=ada)
    told = api.get(f"{V1}/{lot.code}/").json()
    assert [(hold["reason"], hold["placed_by"]) for hold in told["holds"]] == [("moisture", "ada")]
    assert told["place"] is None
    assert api.get(f"{V1}/", {"attention": "held"}).json()["count"] == 1
    assert post(api, lot, "release", {"reason": "dry"}).status_code == 403, "managers release"
    released = post(client_of(grace), lot, "release", {"reason": "dry"})
    assert (released.status_code, released.json()["holds"]) == (200, [])


def test_a_counted_lot_tells_its_count_and_entries_in_its_unit(
    api: APIClient, ada: User, project: Project
) -> None:
    discs = make_lot(ada, project, received_mg=None, counted_in="disc", count_milli=12_000)
    told = api.get(f"{V1}/{discs.code}/").json()
    assert (told["balance_mg"], told["count"], told["counted_in"]) == (None, 12, "disc")
    (entry,) = api.get(f"{V1}/{discs.code}/entries/").json()["results"]
    assert (entry["change_count"], entry["balance_after_count"], entry["change_mg"]) == (12, 12, None)


def test_what_a_shared_powder_went_into_elsewhere_is_not_named(
    api: APIClient, ada: User, other_project: Project
) -> None:
    shared = make_lot(ada, None, received_mg=100)
    (jar,) = take_aliquots(powder=shared, masses_ug=[10_000], by=ada)
    assert api.get(f"{V1}/{shared.code}/entries/").json()["results"][0]["consumer"] == jar.code
    jar.identity.project = other_project
    jar.identity.save()
    assert api.get(f"{V1}/{shared.code}/entries/").json()["results"][0]["consumer"] is None


# --- the review of draws -----------------------------------------------------------------------------------


@pytest.fixture
def waiting(lot: Powder, ada: User, api: APIClient) -> DrawReview:
    put_on_hold(powder=lot, reason="moisture", by=ada)
    post(api, lot, "draw", {"mass_mg": 1, "purpose": "XRD", "lot_reason": "a trial"})
    return DrawReview.objects.get()


def test_managers_alone_see_and_review_what_waits(
    api: APIClient, grace: User, waiting: DrawReview, lot: Powder
) -> None:
    url, manager = "/api/v1/draw-reviews/", client_of(grace)
    assert api.get(url).status_code == 403
    assert api.post(f"{url}{waiting.pk}/review/", {"verdict": "fine"}).status_code == 403
    (row,) = manager.get(url, {"state": "waiting"}).json()["results"]
    assert (row["powder"], row["why"], row["reason"], row["by"]) == (lot.code, "on_hold", "a trial", "ada")
    answers = [
        manager.post(f"{url}{waiting.pk}/review/", {"verdict": "fine"}, HTTP_IDEMPOTENCY_KEY="tap")
        for _ in range(2)
    ]
    assert [(a.status_code, a.json()["verdict"], a.json()["reviewed_by"]) for a in answers] == [
        (200, "fine", "grace")
    ] * 2
    assert manager.get(url, {"state": "waiting"}).json()["count"] == 0
    assert manager.post(f"{url}{waiting.pk}/review/", {"verdict": "again"}).status_code == 400


def test_a_manager_of_another_project_sees_none_of_them(waiting: DrawReview, otto: User) -> None:
    User.objects.filter(pk=otto.pk).update(role="manager")
    otto.refresh_from_db()
    client = client_of(otto)
    assert client.get("/api/v1/draw-reviews/").json()["count"] == 0
    assert client.post(f"/api/v1/draw-reviews/{waiting.pk}/review/", {"verdict": "x"}).status_code == 404
