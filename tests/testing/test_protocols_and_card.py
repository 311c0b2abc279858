"""Writing protocols through every door, and what a set-up card says of one cell."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from lims.models import User
from testing.actions import create_protocol, create_test, revise_protocol
from testing.demo.protocols import FORMATION, PROTOCOLS
from testing.models import ProtocolEdition
from testing.protocols import first_step
from testing.setup_card import setup_card
from tests.testing.bench import Bench

WRONG = "charge at C/10 until 4.3 V"


def test_every_door_refuses_a_voltage_without_its_reference(ada: User, api: APIClient):
    with pytest.raises(ValidationError, match="at the cell"):
        create_protocol(by=ada, name="P", text=WRONG)
    answer = api.post("/api/v1/protocols/", {"name": "P", "text": WRONG}, format="json")
    assert (answer.status_code, "at the cell" in answer.json()["text"][0]) == (400, True)
    client = Client()
    client.force_login(ada)
    page = client.post("/protocols/new/", {"name": "P", "text": WRONG, "idempotency_key": "1"})
    assert "at the cell" in page.content.decode()
    preview = client.post("/protocols/preview/", {"text": WRONG})
    assert "at the cell" in preview.content.decode()


def test_an_edition_stays_and_a_change_is_the_next_one(ada: User, api: APIClient):
    first = create_protocol(by=ada, name="P", text="rest 1 h")
    with pytest.raises(ValidationError, match="already"):
        revise_protocol(protocol=first.protocol, by=ada, reason="same", text="rest 60 min")
    answer = api.post(
        f"/api/v1/protocols/{first.protocol.code}/editions/",
        {"text": "rest 2 h", "reason": "longer"},
        format="json",
    )
    assert answer.status_code == 201
    assert [edition["number"] for edition in answer.json()["editions"]] == [2, 1]
    assert ProtocolEdition.objects.get(pk=first.pk).steps == first.steps


def test_a_card_says_milliamps_and_volts_at_the_cell(bench: Bench, ada: User, api: APIClient):
    edition = create_protocol(by=ada, name=FORMATION, text=PROTOCOLS[FORMATION][0])
    test = create_test(
        cell=bench.cell, phase="formation", by=ada, protocol_edition=edition, one_c_current_ma=0.8482
    )
    card = setup_card(test, ada)
    currents = {each["label"]: each["current_ma"] for each in card["currents"]}
    assert (currents["C/10"], currents["C/25"]) == ("0.0848", "0.0339")
    assert [(each["cell_v"], each["vs_li_v"]) for each in card["limits"]] == [
        ("2.750", "4.300"),
        ("1.450", "3.000"),
    ]
    assert card["file_name"] == f"{bench.cell.code}_FORM-2"
    assert (card["area_cm2"], card["takes"]) == ("0.2827", "60 h and 3 holds")
    told = api.get(f"/api/v1/tests/{test.code}/setup-card/").json()
    assert (told["upper_cell_voltage_v"], told["expected_duration_h"], told["open_holds"]) == (2.75, 60, 3)
    assert first_step(edition) == {"mode": "cccv", "direction": "charge", "c_rate": 0.1, "current_ma": None}


def test_a_card_tells_of_a_current_that_is_not_the_cells_own(bench: Bench, ada: User):
    test = create_test(cell=bench.cell, phase="rate", by=ada, one_c_current_ma=1.0539)
    assert "this cell's masses give 0.8505 mA (+23.9 %)" in setup_card(test, ada)["one_c_note"]


def test_the_card_of_another_project_is_not_there(bench: Bench, otto: User):
    client = Client()
    client.force_login(otto)
    assert client.get(f"/tests/{bench.test.code}/card/").status_code == 404
