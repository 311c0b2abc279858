"""Fifty people draw at the same moment from a jar that holds enough for ten of them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from typing import Any

import pytest

from lims.api.views import issue_token
from lims.audit import verify_chain
from lims.models import LogEntry, Project, User
from materials.models import MassEntry
from tests.factories import make_lot
from tests.threads import at_once, succeed


def post(url: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        url,
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Token {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def draw_at_once(url: str, ada: User, project: Project, *, people: int) -> list[tuple[int, dict[str, Any]]]:
    lot = make_lot(ada, project, received_mg=105)
    token = issue_token(user=ada, label="bench", by=ada)
    address = f"{url}/api/v1/powders/{lot.code}/draw/"
    body = {"mass_mg": 10, "purpose": "at once"}
    return succeed(at_once(*(lambda: post(address, token, body) for _ in range(people)), seconds=90))


def judge(answers: list[tuple[int, dict[str, Any]]]) -> None:
    assert Counter(status for status, _ in answers) == {201: 10, 400: len(answers) - 10}
    refused = [body for status, body in answers if status == 400]
    assert {str(body["mass_mg"]) for body in refused} == {
        "['LOT-0001 holds only 5 mg; 10 mg cannot be taken.']"
    }
    # Beside the number stands the way on; nobody took it.
    assert all(set(body) == {"mass_mg", "book_reason"} for body in refused)
    entries = MassEntry.objects.order_by("seq")
    assert [e.balance_after_ug for e in entries] == [105_000 - 10_000 * n for n in range(11)]
    assert LogEntry.objects.filter(verb="drew").count() == 10
    assert verify_chain() == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_fifty_draws_at_once_exactly_the_ten_that_fit_go_through(
    live_server: Any, ada: User, project: Project
) -> None:
    judge(draw_at_once(live_server.url, ada, project, people=50))


@pytest.mark.django_db(transaction=True)
def test_of_fourteen_draws_at_once_exactly_the_ten_that_fit_go_through(
    live_server: Any, ada: User, project: Project
) -> None:
    judge(draw_at_once(live_server.url, ada, project, people=14))
