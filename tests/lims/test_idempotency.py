"""Sent twice, done once: double taps on forms, retries of scripts, two at the same moment."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from cells.models import Layer
from lims import idempotency
from lims.models import IdempotencyKey, LogEntry, Project, User
from materials.models import MassEntry, Powder
from tests.factories import make_lot, make_shelf, plan_cell
from tests.threads import at_once, succeed

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return make_lot(ada, project, received_mg=100)


@pytest.fixture
def page(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


def tap(page: Client, lot: Powder, **typed: Any) -> Any:
    form = {"idempotency_key": "one-form", "mass_ug": "10", "purpose": "XRD", **typed}
    return page.post(f"/powders/{lot.code}/draw/", form)


def test_a_double_tap_draws_once_and_lands_on_the_same_page(page: Client, lot: Powder) -> None:
    first, second = tap(page, lot), tap(page, lot)
    assert first.status_code == second.status_code == 302
    assert first.url == second.url == f"/powders/{lot.code}/"
    assert lot.balance_now_ug() == 90_000
    assert LogEntry.objects.filter(verb="drew").count() == 1


def test_a_form_that_was_refused_can_be_mended_and_sent_again(page: Client, lot: Powder) -> None:
    assert tap(page, lot, mass_ug="100.001").status_code == 400
    assert tap(page, lot, mass_ug="100").status_code == 302
    assert lot.balance_now_ug() == 0


def test_a_form_changed_after_it_was_sent_is_not_taken_for_the_first(page: Client, lot: Powder) -> None:
    """Back, another mass, send: nothing may be swallowed, and nothing done that nobody asked for."""
    tap(page, lot, mass_ug="10")
    answer = tap(page, lot, mass_ug="20")
    assert answer.status_code == 400
    assert "has been sent already, with other values" in answer.content.decode()
    assert lot.balance_now_ug() == 90_000
    key = answer.context["form"]["idempotency_key"].value()
    assert key != "one-form"
    assert tap(page, lot, mass_ug="20", idempotency_key=key).status_code == 302
    assert lot.balance_now_ug() == 70_000


def test_the_same_key_for_another_powder_is_not_the_same_form(page: Client, lot: Powder, ada: User) -> None:
    other = make_lot(ada, lot.project, received_mg=100)
    tap(page, lot)
    tap(page, other)
    assert other.balance_now_ug() == 100_000


def test_a_double_tap_that_took_its_own_choice_away_is_harmless_too(
    page: Client, ada: User, project: Project
) -> None:
    """Once a layer is pressed, the form for it is not valid any more: the second tap still ends where it should."""
    shelf = make_shelf(ada, project)
    cell = plan_cell(shelf)
    typed = {
        "idempotency_key": "press", "role": "separator", "powder": shelf.lots["LPSC"].code, "mass_ug": "48.6",
        "lost_ug": "0", "pressure_value": "100", "pressure_unit": "MPa", "hold_s": "10",
    }  # fmt: skip
    answers = [page.post(f"/cells/{cell.code}/press/", typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Layer.objects.filter(cell=cell).count() == 1


def draw(api: APIClient, lot: Powder, key: str, mass_mg: float = 10) -> Any:
    return api.post(
        f"/api/v1/powders/{lot.code}/draw/",
        {"mass_mg": mass_mg, "purpose": "XRD"},
        headers={"Idempotency-Key": key},
    )


def test_a_repeated_call_gets_the_same_answer_and_does_nothing(api: APIClient, lot: Powder) -> None:
    first, second = draw(api, lot, "k"), draw(api, lot, "k")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replay"] == "true"
    assert lot.balance_now_ug() == 90_000


def test_a_key_used_for_something_else_is_a_conflict(api: APIClient, lot: Powder) -> None:
    draw(api, lot, "k")
    answer = draw(api, lot, "k", mass_mg=11)
    assert answer.status_code == 409
    assert "was used for a different request" in answer.json()["__all__"][0]
    assert lot.balance_now_ug() == 90_000


def test_keys_of_two_people_have_nothing_to_do_with_each_other(
    api: APIClient, lot: Powder, grace: User
) -> None:
    draw(api, lot, "k")
    other = APIClient()
    other.force_authenticate(grace)
    assert draw(other, lot, "k", mass_mg=11).status_code == 201
    assert lot.balance_now_ug() == 79_000


def test_a_refused_call_uses_no_key(api: APIClient, lot: Powder) -> None:
    assert draw(api, lot, "k", mass_mg=1000).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert draw(api, lot, "k").status_code == 201


def test_without_a_key_two_calls_are_two(api: APIClient, lot: Powder) -> None:
    for _ in range(2):
        api.post(f"/api/v1/powders/{lot.code}/draw/", {"mass_mg": 10, "purpose": "XRD"})
    assert lot.balance_now_ug() == 80_000


def test_a_key_too_long_to_keep_is_refused(api: APIClient, lot: Powder) -> None:
    assert draw(api, lot, "k" * 101).status_code == 400
    assert lot.balance_now_ug() == 100_000


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_the_same_moment_are_one(ada: User, lot: Powder) -> None:
    def call() -> Any:
        api = APIClient()
        api.force_authenticate(ada)
        return draw(api, lot, "k")

    first, second, third = succeed(at_once(call, call, call))
    assert [first.status_code, second.status_code, third.status_code] == [201, 201, 201]
    assert first.json() == second.json() == third.json()
    assert lot.balance_now_ug() == 90_000
    assert MassEntry.objects.filter(powder=lot).count() == 2


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_for_a_call_that_failed_does_it_instead(ada: User) -> None:
    def attempt(*, fail: bool) -> Any:
        def perform() -> tuple[int, Any]:
            time.sleep(0.2)
            if fail:
                raise ValidationError("No.")
            return 201, {"done": True}

        return idempotency.once(user=ada, key="k", request_fingerprint="f", perform=perform)

    failed, done = at_once(lambda: attempt(fail=True), lambda: attempt(fail=False))
    assert done[:2] == (201, {"done": True})
    assert isinstance(failed, ValidationError) or failed == (201, {"done": True}, False)
