"""Rows over the API: a dry run, all or nothing, and the same call twice; who did it and what was left blank."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from lims.models import Attachment, User
from materials.models import Powder
from tests import factories
from tests.factories import Shelf

V1 = "/api/v1"
ROWS = [
    {"material": "NMC532", "supplier": "MSE Supplies", "lot_number": f"A-{n}", "mass_mg": 100.5,
     "performed_at": "2026-03-02T14:30", "purity_fraction": "n.m."}
    for n in range(3)
]  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def shelf(ada: User, project: Any) -> Shelf:
    return factories.make_shelf(ada, project)


def test_a_dry_run_answers_with_what_is_wrong_and_writes_nothing(api: APIClient, shelf: Shelf) -> None:
    before = Powder.objects.count()
    answer = api.post(f"{V1}/imports/lots/?dry_run=1", {"rows": [*ROWS, {**ROWS[0], "mass_mg": "much"}]})
    assert answer.status_code == 200
    assert answer.json()["rows"] == 4
    assert {(e["row"], e["column"]) for e in answer.json()["errors"]} == {(4, "mass_mg")}
    assert Powder.objects.count() == before


def test_rows_are_entered_and_the_same_call_again_enters_nothing(api: APIClient, shelf: Shelf) -> None:
    before = Powder.objects.count()
    answers = [
        api.post(f"{V1}/imports/lots/", {"rows": ROWS}, HTTP_IDEMPOTENCY_KEY="sheet-1") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Powder.objects.count() == before + 3
    found = api.get(f"{V1}/powders/{answers[0].json()['codes'][0]}/").json()
    assert (found["source"], found["blanks"], found["balance_mg"]) == (
        "import", {"purity_fraction": "not_measured"}, 100.5,
    )  # fmt: skip


def test_a_dry_run_does_not_use_up_the_key(api: APIClient, shelf: Shelf) -> None:
    api.post(f"{V1}/imports/lots/?dry_run=1", {"rows": ROWS}, HTTP_IDEMPOTENCY_KEY="sheet-1")
    answer = api.post(f"{V1}/imports/lots/", {"rows": ROWS}, HTTP_IDEMPOTENCY_KEY="sheet-1")
    assert (answer.status_code, len(answer.json().get("codes", []))) == (201, 3)


def test_one_bad_row_refuses_all_with_the_same_errors(api: APIClient, shelf: Shelf) -> None:
    before = Powder.objects.count()
    body = {"rows": [*ROWS, {**ROWS[0], "lot_number": "A-9", "supplier": "Nobody"}]}
    answer = api.post(f"{V1}/imports/lots/", body, HTTP_IDEMPOTENCY_KEY="sheet-2")
    assert answer.status_code == 400
    assert answer.json()["__all__"] == ["1 of 4 rows is not right yet; nothing was written."]
    assert [(e["row"], e["column"]) for e in answer.json()["errors"]] == [(4, "supplier")]
    assert Powder.objects.count() == before
    again = api.post(f"{V1}/imports/lots/", {"rows": ROWS}, HTTP_IDEMPOTENCY_KEY="sheet-2")
    assert again.status_code == 201, "a refused write leaves its key free"


def test_a_file_is_entered_with_the_photo_of_its_sheet(api: APIClient, shelf: Shelf) -> None:
    head = "Material;Supplier;Lot number;Mass received (g);Done at"
    content = f"{head}\nNMC532;MSE Supplies;B-1;0,5;02.03.2026\nNMC532;MSE Supplies;B-2;0,25;02.03.2026\n"
    answer = api.post(
        f"{V1}/imports/lots/",
        {
            "file": SimpleUploadedFile("lots.csv", content.encode()),
            "photos": [SimpleUploadedFile("page 12.png", PNG)],
        },
        format="multipart",
    )
    assert answer.status_code == 201, answer.json()
    powders = [Powder.objects.coded(code) for code in answer.json()["codes"]]
    assert [powder.balance_now_ug() for powder in powders] == [500_000, 250_000]
    for powder in powders:
        attached = Attachment.objects.get(identity=powder.identity)
        assert (attached.name, attached.purpose) == ("page 12.png", "sheet")


@pytest.mark.parametrize(
    "body", [{}, {"rows": []}, {"rows": "x"}, {"rows": [1]}, {"rows": [{"material": {}}]}, [], 5]
)
def test_what_is_no_rows_is_told_in_one_shape(api: APIClient, shelf: Shelf, body: Any) -> None:
    answer = api.post(f"{V1}/imports/lots/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 400, answer.content


def test_a_kind_that_is_none_is_not_there(api: APIClient, shelf: Shelf) -> None:
    assert api.post(f"{V1}/imports/cakes/", {"rows": ROWS}).status_code == 404


# --- who did it, and what was left blank, in every write ----------------------------------------------------


def _lot(shelf: Shelf, **more: Any) -> dict[str, Any]:
    return {
        "project": "NB-COAT", "material": shelf.materials["NMC"].code, "mass_mg": 100, "lot_number": "C-1",
        "supplier": shelf.lots["NMC"].lot.supplier.code, **more,
    }  # fmt: skip


def test_who_did_it_is_not_who_recorded_it(api: APIClient, shelf: Shelf, grace: User) -> None:
    body = _lot(shelf, performed_by="grace", performed_at="2026-03-02T14:30:00Z", source="paper")
    found = api.post(f"{V1}/lots/", body).json()
    assert (found["performed_by"], found["recorded_by"], found["source"]) == ("grace", "ada", "paper")
    page = api.get(f"{V1}/powders/{found['code']}/").json()
    assert page["performed_at"].startswith("2026-03-02T14:30")
    nobody = api.post(f"{V1}/lots/", _lot(shelf, performed_by="zoe"))
    assert nobody.json()["performed_by"] == ["Nobody in the lab has the user name 'zoe'."]


def test_whatever_is_recorded_may_have_been_done_by_another(
    api: APIClient, shelf: Shelf, grace: User
) -> None:
    said = {"performed_by": "grace", "performed_at": "2026-03-02T14:30:00Z", "source": "paper"}
    nmc = shelf.materials["NMC"].code
    study, design = factories.make_study(shelf.by, shelf.project), factories.make_design(shelf)
    for path, body in (
        ("suppliers", {"name": "Another"}),
        ("cells", {"study": study.code, "group": "coated", "design": design.design.code}),
        ("formulations", {"name": "x", "parts": [{"material": nmc, "parts": 1}]}),
        (f"powders/{shelf.lots['NMC'].code}/treat",
         {"kind": "dry", "load_mass_mg": 10, "recovered_mass_mg": 10, "temperature_c": 80}),
    ):  # fmt: skip
        answer = api.post(f"{V1}/{path}/", {**body, **said})
        assert answer.status_code == 201, (path, answer.content[:300])
        assert (answer.json()["performed_by"], answer.json()["recorded_by"]) == ("grace", "ada"), path


def test_a_blank_names_an_optional_field_that_is_empty(api: APIClient, shelf: Shelf) -> None:
    right = api.post(f"{V1}/lots/", _lot(shelf, blanks={"container_tare_mg": "not_measured"}))
    assert (right.status_code, right.json()["blanks"]) == (201, {"container_tare_mg": "not_measured"})
    for blanks, field in (
        ({"purity_fraction": "not_measured"}, "purity_fraction"),
        ({"beauty": "not_measured"}, "blanks"),
        ({"lot_number": "not_recorded"}, "lot_number"),
        ({"expires_on": "eaten"}, "blanks"),
    ):
        body = _lot(shelf, lot_number="C-2", purity_fraction=0.99, blanks=blanks)
        answer = api.post(f"{V1}/lots/", body)
        assert (answer.status_code, list(answer.json())) == (400, [field]), blanks
    assert not Powder.objects.filter(lot__lot_number="C-2").exists()


def test_the_rule_of_blanks_holds_for_whoever_calls_the_action(shelf: Shelf, ada: User) -> None:
    for blanks in ({"purity_fraction": "not_measured"}, {"beauty": "not_measured"}):
        with pytest.raises(ValidationError):
            factories.make_lot(ada, shelf.project, purity_fraction=0.99, blanks=blanks)
