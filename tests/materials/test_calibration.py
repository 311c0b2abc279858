"""Calibrations: the newest counts, an overdue one is said wherever its numbers are used, and nothing is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from lims.models import Project, User
from materials.actions import create_equipment, record_calibration
from materials.calibration import sentences_on
from materials.models import Equipment
from tests.factories import LONG_AGO, make_balance, make_cell, make_design, make_shelf, make_weighing_sheet

pytestmark = pytest.mark.django_db


def calibrated(
    piece: Equipment, by: User, *, on: date, due: date | None, result: str = "passed", **more: Any
) -> None:
    record_calibration(
        equipment=piece, by=by, done_on=on, done_by="The maker", due_on=due, result=result, **more
    )


def test_the_newest_by_its_day_counts(ada: User) -> None:
    balance = make_balance(ada)
    today = timezone.localdate()
    assert sentences_on([balance, None], today) == []
    calibrated(balance, ada, on=date(2024, 1, 8), due=date(2025, 1, 8))
    # As it stood then, and as it stands now.
    assert sentences_on([balance], date(2024, 6, 1)) == []
    assert "overdue since 2025-01-08" in sentences_on([balance], today)[0]
    calibrated(balance, ada, on=today, due=today + timedelta(days=365))
    assert sentences_on([balance], today) == []
    calibrated(balance, ada, on=today, due=None, result="failed")
    assert "not to be trusted" in sentences_on([balance], today)[0]


def test_what_was_found_and_what_is_said_must_agree(ada: User) -> None:
    balance = make_balance(ada)
    point = {"what": "20 mg", "reference": 20.0, "found": 20.09, "allowed": 0.05, "unit": "mg"}
    with pytest.raises(ValidationError, match=r"20 mg is \+0.09 mg off, and ±0.05 mg is allowed"):
        calibrated(balance, ada, on=date(2024, 1, 8), due=None, points=[point])
    assert not balance.calibrations.exists()
    with pytest.raises(ValidationError, match="lies in the future"):
        calibrated(balance, ada, on=timezone.localdate() + timedelta(days=2), due=None)


def test_an_overdue_balance_is_said_wherever_it_is_used(ada: User, project: Project, client: Client) -> None:
    shelf = make_shelf(ada, project)
    edition = make_design(shelf)
    calibrated(shelf.balance, ada, on=date(2023, 1, 8), due=date(2024, 1, 8))
    calibrated(shelf.die, ada, on=date(2023, 1, 8), due=date(2024, 2, 8))
    cell = make_cell(shelf, edition=edition)
    assert cell.performed_at == LONG_AGO
    sheet = make_weighing_sheet(shelf)
    client.force_login(ada)
    words = "calibration overdue since 2024-01-08"
    for url in (f"/cells/{cell.code}/", f"/powders/{shelf.coated.code}/draw/", f"/weighing/{sheet.code}/"):
        assert words in client.get(url).content.decode(), url
    assert "overdue since 2024-02-08" in client.get(f"/designs/{edition.design.code}/").content.decode()


def test_slots_belong_to_ovens_and_the_api_keeps_calibrations(ada: User, api: APIClient) -> None:
    oven = create_equipment(by=ada, kind="oven", name="Oven 60 °C")
    with pytest.raises(ValidationError, match="A slot belongs to an oven"):
        create_equipment(by=ada, kind="oven_slot", name="Slot 1")
    slot = create_equipment(by=ada, kind="oven_slot", name="Slot 1", part_of=oven)
    with pytest.raises(ValidationError, match="is no oven"):
        create_equipment(by=ada, kind="oven_slot", name="Slot in a slot", part_of=slot)
    body = {"done_on": "2024-01-08", "done_by": "K. Maker", "due_on": "2025-01-08", "result": "passed",
            "points": [{"what": "60 °C", "reference": 60, "found": 60.4, "allowed": 1, "unit": "°C"}]}  # fmt: skip
    address = f"/api/v1/equipment/{oven.code}/"
    assert api.post(f"{address}calibrations/", body, format="json").status_code == 201
    assert api.get(f"{address}calibrations/").json()["results"][0]["points"][0]["found"] == 60.4
    assert "overdue since 2025-01-08" in api.get(address).json()["calibration_note"]
