"""Writes through the API: one shape of error, If-Match on a change, Idempotency-Key on every POST."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from lims.models import User
from materials.models import MassEntry
from testing.models import Submission
from tests import factories
from tests.testing.bench import Bench, send

V1 = "/api/v1"


def assert_the_one_shape(body: Any) -> None:
    """``{"field": ["sentence"], "__all__": ["sentence"]}`` and nothing deeper."""
    assert isinstance(body, dict) and body
    for field, problems in body.items():
        assert isinstance(field, str)
        assert isinstance(problems, list) and problems, (field, problems)
        assert all(isinstance(sentence, str) and sentence for sentence in problems), (field, problems)


def _draw(bench: Bench) -> str:
    return f"{V1}/powders/{bench.shelf.lots['NMC'].code}/draw/"


REFUSED: list[tuple[str, Any]] = [
    ("cells", {}),
    ("cells", {"study": "STUDY-9999", "group": "coated", "design": "DES-9999"}),
    ("tests", {"cell": "CELL-9999", "phase": "siesta"}),
    ("reports", {"kind": "cell", "subject": "CELL-9999"}),
    ("reports", {"kind": "poem", "subject": "CELL-0001"}),
    ("studies", {"project": "SULFUR", "name": "x", "conditions": []}),
    ("composite-batches", {"project": "NB-COAT", "components": [{"order": 0}, {"powder": "LOT-9999"}]}),
    ("composite-batches/plan", {"total_mass_mg": -1}),
    ("cell-designs", {"press_schedule": [{"role": "x"}, {"pressure_mpa": "much"}]}),
    ("lots", {"mass_mg": "0.0001"}),
    ("materials", {"name": "x", "role": "positive_active", "capacities": [{"reference": ""}]}),
    ("lots", ["a", "list"]),
    ("lots", "a string"),
    ("lots", 5),
    ("lots", None),
]


def test_every_refusal_has_the_one_shape(api: APIClient, bench: Bench) -> None:
    for path, body in REFUSED:
        for headers in ({}, {"HTTP_IDEMPOTENCY_KEY": "k-1"}):
            answer = api.post(f"{V1}/{path}/", body, format="json", **headers)
            assert answer.status_code == 400, (path, answer.content)
            assert_the_one_shape(answer.json())


def test_a_rule_of_a_row_in_a_list_says_which_row(api: APIClient, bench: Bench) -> None:
    body = {"press_schedule": [{"role": "positive", "pressure_mpa": 100, "hold_s": 10}, {"role": "x"}]}
    problems = api.post(f"{V1}/cell-designs/", body, format="json").json()["press_schedule"]
    assert any(sentence.startswith("2, role: ") for sentence in problems), problems
    assert not any(sentence.startswith("1, ") for sentence in problems)


def test_a_rule_over_the_whole_stands_under_all(api: APIClient, bench: Bench) -> None:
    answer = api.post(f"{V1}/cells/{bench.cell.code}/finish/", {})
    assert answer.status_code == 400
    assert "__all__" in answer.json()
    assert_the_one_shape(answer.json())


def test_other_refusals_have_the_one_shape_too(api: APIClient, bench: Bench) -> None:
    answers = {
        404: api.get(f"{V1}/cells/CELL-9999/"),
        405: api.delete(f"{V1}/cells/{bench.cell.code}/"),
        415: api.generic("POST", f"{V1}/lots/", b"<xml/>", content_type="application/xml"),
        400: api.generic("POST", f"{V1}/lots/", b'{"mass_mg": NaN}', content_type="application/json"),
        401: APIClient().get(f"{V1}/cells/"),
    }
    for status_code, answer in answers.items():
        assert answer.status_code == status_code
        assert_the_one_shape(answer.json())


def test_an_address_that_is_not_there_is_told_in_json(api: APIClient, bench: Bench) -> None:
    for path in ("nothing", "cells/CELL-0001/nothing", "nothing/at/all"):
        for answer in (api.get(f"{V1}/{path}/"), api.post(f"{V1}/{path}/", {})):
            assert answer.status_code == 404
            assert_the_one_shape(answer.json())


STRANGE_CODES = ("%00", "CELL-0001%00", "%F0%9F%94%8B", "a" * 3000, "'; drop table --")
STRANGE_VALUES = ("\x00", "CELL-0001\x00", "x" * 5000, "🔋", {}, [], None, True, 1e300)


def test_no_strange_code_breaks_an_address(api: APIClient, bench: Bench) -> None:
    for path in ("cells/{}/metrics", "studies/{}/statistics", "trace/{}", "cells/{}", "tests/{}"):
        for code in STRANGE_CODES:
            assert api.get(f"{V1}/{path.format(code)}/").status_code == 404, (path, code)


def test_no_strange_value_of_a_code_breaks_a_write(api: APIClient, bench: Bench) -> None:
    for value in STRANGE_VALUES:
        for path, field in (
            ("tests", "cell"),
            ("reports", "subject"),
            ("cells", "study"),
            ("studies", "project"),
        ):
            answer = api.post(f"{V1}/{path}/", {field: value}, format="json")
            assert answer.status_code == 400, (path, value, answer.content)
            assert field in answer.json()
        assert api.post(f"{V1}/auth/token/", {"username": value, "password": value}).status_code in (400, 429)


def test_json_that_no_answer_could_repeat_is_refused_before_anything_looks_at_it(
    api: APIClient, bench: Bench
) -> None:
    bodies = {
        "half a surrogate pair": b'{"name": "x", "kind": "\\ud800"}',
        "half a pair as a name": b'{"\\udc00": 1}',
        "far too deep": b"[" * 100_000,
        "a little too deep": b"[" * 25 + b"]" * 25,
    }
    for what, body in bodies.items():
        answer = api.post(f"{V1}/equipment/", body, content_type="application/json")
        assert answer.status_code == 400, what
        assert_the_one_shape(answer.json())
    accepted = api.post(
        f"{V1}/suppliers/", b'{"name": "\\ud83d\\udd0b Cells"}', content_type="application/json"
    )
    assert accepted.status_code == 201, "a whole pair is a character like any other"


def test_a_name_that_nobody_can_have_gets_no_token(api: APIClient) -> None:
    for name in ("x" * 100_000, "\ud800", "a\x00"):
        body = json.dumps({"username": name, "password": "wrong"}).encode()
        answer = APIClient().post(f"{V1}/auth/token/", body, content_type="application/json")
        assert answer.status_code == 400, name[:10]
        assert_the_one_shape(answer.json())


def test_a_number_that_is_none_is_refused(api: APIClient, bench: Bench) -> None:
    """Once stored, it could neither be compared nor printed as JSON."""
    for path, field in (
        ("tests", "one_c_current_ma"),
        ("tests", "temperature_c"),
        (f"cells/{bench.cell.code}/press", "pressure_mpa"),
        ("cell-designs", "np_target"),
        ("equipment", "diameter_mm"),
        ("materials", "density_g_cm3"),
    ):
        for value in ('"nan"', '"inf"', '"-inf"', "1e999", "NaN"):
            body = f'{{"{field}": {value}}}'
            answer = api.generic("POST", f"{V1}/{path}/", body, content_type="application/json")
            problems = answer.json()
            assert answer.status_code == 400, (path, value)
            assert field in problems or "JSON parse error" in problems["__all__"][0], (path, value, problems)


def test_a_change_needs_the_version_that_was_read(api: APIClient, bench: Bench) -> None:
    address = f"{V1}/cells/{bench.cell.code}/layer/"
    body = {"role": "positive", "mass_mg": 8.3, "reason": "typing error"}
    without = api.patch(address, body)
    assert without.status_code == 428
    assert_the_one_shape(without.json())
    read = api.get(f"{V1}/cells/{bench.cell.code}/")
    stale = api.patch(address, body, HTTP_IF_MATCH='"1"')
    assert (stale.status_code, stale["ETag"]) == (412, read["ETag"])
    assert_the_one_shape(stale.json())
    assert api.get(f"{V1}/cells/{bench.cell.code}/").json()["derived"] == read.json()["derived"]
    done = api.patch(address, body, HTTP_IF_MATCH=read["ETag"])
    assert done.status_code == 200
    assert done["ETag"] != read["ETag"]
    assert done.json()["derived"]["composite_loading_mg_cm2"]["value"] == pytest.approx(8.3 / 0.2827433, 1e-6)
    assert api.patch(address, body, HTTP_IF_MATCH=read["ETag"]).status_code == 412
    for no_version in ("*", '"²"', "9" * 5000, "-1"):
        assert api.patch(address, body, HTTP_IF_MATCH=no_version).status_code == 428, no_version[:10]


def test_the_same_key_draws_once_and_answers_the_same(api: APIClient, bench: Bench) -> None:
    body = {"mass_mg": 5, "purpose": "XRD"}
    before = MassEntry.objects.count()
    first = api.post(_draw(bench), body, HTTP_IDEMPOTENCY_KEY="tap")
    second = api.post(_draw(bench), body, HTTP_IDEMPOTENCY_KEY="tap")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second["Idempotent-Replay"] == "true"
    assert MassEntry.objects.count() == before + 1


def test_the_same_key_for_another_body_is_a_conflict(api: APIClient, bench: Bench) -> None:
    api.post(_draw(bench), {"mass_mg": 5, "purpose": "XRD"}, HTTP_IDEMPOTENCY_KEY="tap")
    other = api.post(_draw(bench), {"mass_mg": 6, "purpose": "XRD"}, HTTP_IDEMPOTENCY_KEY="tap")
    assert other.status_code == 409
    assert_the_one_shape(other.json())


def test_a_refused_write_leaves_its_key_free(api: APIClient, bench: Bench) -> None:
    too_much = {"mass_mg": 1_000_000, "purpose": "XRD"}
    assert api.post(_draw(bench), too_much, HTTP_IDEMPOTENCY_KEY="tap").status_code == 400
    right = {"mass_mg": 1, "purpose": "XRD"}
    assert api.post(_draw(bench), right, HTTP_IDEMPOTENCY_KEY="tap").status_code == 201


def test_a_key_belongs_to_one_person(api: APIClient, bench: Bench, grace: User) -> None:
    other = APIClient()
    other.force_authenticate(grace)
    before = MassEntry.objects.count()
    for client in (api, other):
        answer = client.post(_draw(bench), {"mass_mg": 5, "purpose": "XRD"}, HTTP_IDEMPOTENCY_KEY="tap")
        assert answer.status_code == 201
    assert MassEntry.objects.count() == before + 2


def test_a_key_covers_a_files_bytes(api: APIClient, bench: Bench) -> None:
    api.credentials(HTTP_IDEMPOTENCY_KEY="file-1")
    first = send(api, b"some bytes\n", test=bench.test.code)
    again = send(api, b"some bytes\n", test=bench.test.code)
    assert (first.status_code, again.status_code) == (201, 201), "the first answer, not a second look"
    assert first.json() == again.json()
    assert send(api, b"other bytes\n", test=bench.test.code).status_code == 409
    assert Submission.objects.count() == 1


def test_a_key_on_a_report_makes_one_report(api: APIClient, bench: Bench) -> None:
    body = {"kind": "cell", "subject": bench.cell.code}
    codes = {api.post(f"{V1}/reports/", body, HTTP_IDEMPOTENCY_KEY="report").json()["code"] for _ in range(2)}
    assert len(codes) == 1


def test_a_post_where_none_is_taken_is_told_so_with_a_key_too(api: APIClient, bench: Bench) -> None:
    for path in (f"cells/{bench.cell.code}/metrics", "instruments", f"trace/{bench.cell.code}"):
        answer = api.post(f"{V1}/{path}/", {}, HTTP_IDEMPOTENCY_KEY="tap")
        assert answer.status_code == 405
        assert_the_one_shape(answer.json())


def test_a_key_is_not_longer_than_a_hundred_characters(api: APIClient, bench: Bench) -> None:
    answer = api.post(_draw(bench), {"mass_mg": 5, "purpose": "XRD"}, HTTP_IDEMPOTENCY_KEY="k" * 101)
    assert answer.status_code == 400


def test_what_a_rule_forbids_is_refused_with_its_sentence(api: APIClient, bench: Bench, ada: User) -> None:
    powder = factories.make_lot(ada, bench.shelf.project, received_mg=100)
    body = {"mass_mg": 100.001, "purpose": "XRD"}
    answer = api.post(f"{V1}/powders/{powder.code}/draw/", body)
    assert answer.status_code == 400
    assert f"{powder.code} holds only" in str(answer.json())
    assert_the_one_shape(answer.json())
