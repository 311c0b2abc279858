"""The API as the contract states it: every call is there and answers at least the fields that it names."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from lims import jobs, triggers
from lims.models import Project, Role, User
from tests import factories
from tests.testing.bench import Bench, send, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

V1 = "/api/v1"
LISTS = (
    "materials",
    "suppliers",
    "equipment",
    "places",
    "coating-recipes",
    "formulations",
    "weighing-sheets",
    "powders",
    "lots",
    "studies",
    "cell-designs",
    "cells",
    "instruments",
    "protocols",
    "tests",
    "files",
    "reports",
)


@pytest.fixture
def tested(api: APIClient, bench: Bench) -> Bench:
    """The bench after its first cycle: 1 mAh in, 0.9 mAh out."""
    send_and_read(api, squidstat([charge(10), discharge(9)]), test=bench.test.code)
    return bench


def test_a_person_gets_a_token_for_scripts(bench: Bench) -> None:
    answer = APIClient().post(f"{V1}/auth/token/", {"username": "ada", "password": "demo-lab"})
    assert (answer.status_code, list(answer.json())) == (200, ["token"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    assert client.get(f"{V1}/cells/").status_code == 200


def test_a_wrong_log_in_is_told_in_the_one_shape(bench: Bench) -> None:
    for body in ({}, {"username": "ada", "password": "wrong"}, [], "x", 5, None, {"username": []}):
        answer = APIClient().post(f"{V1}/auth/token/", body, format="json")
        assert answer.status_code == 400, body
        assert list(answer.json()) == ["__all__"]


def test_passwords_cannot_be_tried_for_ever(project: Project) -> None:
    username = "patience"
    factories.make_person(username, Role.RESEARCHER, project)
    tries = [{"username": username, "password": "wrong"}] * 5 + [
        {"username": username, "password": "demo-lab"}
    ]
    answers = [APIClient().post(f"{V1}/auth/token/", body).status_code for body in tries]
    assert answers == [400] * 5 + [429]


def test_cells_are_listed_by_their_study(api: APIClient, bench: Bench, ada: User) -> None:
    other = factories.make_study(ada, bench.shelf.project)
    study = bench.cell.study.code
    page = api.get(f"{V1}/cells/", {"study": study}).json()
    assert page["count"] == 1
    row = page["results"][0]
    assert (row["code"], row["group"], row["state"]) == (bench.cell.code, "coated", "testing")
    assert api.get(f"{V1}/cells/", {"study": other.code}).json()["count"] == 0


def test_a_list_is_filtered_by_its_parents_code(api: APIClient, tested: Bench) -> None:
    api.post(f"{V1}/reports/", {"kind": "cell", "subject": tested.cell.code})
    for name, parameter, code in (
        ("tests", "cell", tested.cell.code),
        ("tests", "study", tested.cell.study.code),
        ("files", "test", tested.test.code),
        ("files", "cell", tested.cell.code),
        ("reports", "subject", tested.cell.code),
        ("powders", "material", tested.shelf.materials["NMC"].code),
        ("powders", "made_from", tested.shelf.lots["NMC"].code),
    ):
        found = api.get(f"{V1}/{name}/", {parameter: code}).json()["count"]
        assert 0 < found <= api.get(f"{V1}/{name}/").json()["count"], (name, parameter)
        assert api.get(f"{V1}/{name}/", {parameter: "CELL-9999"}).json()["count"] == 0, (name, parameter)


def test_a_cell_tells_what_follows_from_its_masses(api: APIClient, bench: Bench) -> None:
    answer = api.get(f"{V1}/cells/{bench.cell.code}/")
    assert answer["ETag"] == f'"{answer.json()["version"]}"'
    derived = answer.json()["derived"]
    # 8.1 mg at 70:110 active on 0.2827 cm2 with 165 mAh/g.
    for name, value, digits in (
        ("area_cm2", 0.2827, 4),
        ("composite_loading_mg_cm2", 28.65, 2),
        ("active_loading_mg_cm2", 18.23, 2),
        ("areal_capacity_mah_cm2", 3.008, 3),
        ("np_ratio", 1.10, 2),
        ("one_c_current_ma", 0.8505, 4),
    ):
        assert round(derived[name]["value"], digits) == value
        assert derived[name]["uncertainty"] > 0
    assert derived["np_basis"] == "reversible"


def test_a_test_gives_its_cycles_and_metrics(api: APIClient, tested: Bench) -> None:
    (cycle,) = api.get(f"{V1}/tests/{tested.test.code}/cycles/").json()["results"]
    assert set(cycle) >= {
        "cycle_number",
        "phase",
        "charge_capacity_mah",
        "discharge_capacity_mah",
        "coulombic_efficiency",
        "charge_areal_capacity_mah_cm2",
        "discharge_areal_capacity_mah_cm2",
        "complete",
    }
    for address in (f"tests/{tested.test.code}", f"cells/{tested.cell.code}"):
        rows = api.get(f"{V1}/{address}/metrics/").json()
        assert rows
        assert set(rows[0]) >= {
            "name",
            "value",
            "unit",
            "uncertainty",
            "basis",
            "method",
            "method_version",
            "reason",
            "inputs_sha256",
        }


def test_a_file_tells_how_far_it_is(api: APIClient, bench: Bench) -> None:
    posted = send(api, squidstat([charge(10), discharge(9)]), test=bench.test.code).json()
    assert set(posted) >= {"id", "sha256", "state", "test"}
    jobs.work_all()
    found = api.get(f"{V1}/files/{posted['id']}/").json()
    assert set(found) >= {"state", "reason", "reader", "rows", "test"}
    assert found["state"] == "read"


def test_the_study_gives_its_statistics(api: APIClient, tested: Bench, ada: User) -> None:
    study = tested.cell.study
    untested = factories.make_cell(
        tested.shelf, condition=study.conditions.get(name="uncoated"), edition=tested.cell.edition
    )
    answer = api.get(f"{V1}/studies/{study.code}/statistics/", {"metric": "initial_coulombic_efficiency"})
    coated, uncoated = answer.json()
    assert (coated["group"], coated["n"], coated["sd"]) == ("coated", 1, None)
    assert coated["mean"] == pytest.approx(0.9)
    assert coated["values"] == [{"cell": tested.cell.code, "value": pytest.approx(0.9)}]
    assert uncoated["excluded"] == [{"cell": untested.code, "reason": "The cell has not been tested."}]
    wrong = api.get(f"{V1}/studies/{study.code}/statistics/", {"metric": "beauty"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["metric"])


def test_a_mix_is_planned_and_nothing_saved(api: APIClient, bench: Bench) -> None:
    body = {
        "formulation": bench.shelf.cathode.formulation.code,
        "total_mass_mg": 220,
        "balance": bench.shelf.balance.code,
    }
    before = api.get(f"{V1}/powders/").json()["count"]
    answer = api.post(f"{V1}/composite-batches/plan/", body)
    assert answer.status_code == 200
    assert [row["target_mg"] for row in answer.json()["components"]] == [140, 60, 10, 10]
    assert api.get(f"{V1}/powders/").json()["count"] == before


def test_a_build_is_planned_and_nothing_saved(api: APIClient, bench: Bench) -> None:
    body = {
        "positive_powder": bench.shelf.coated_composite.code,
        "negative_powder": bench.shelf.anode_composite.code,
        "positive_mass_mg": 8.1,
    }
    answer = api.post(f"{V1}/cell-designs/{bench.cell.edition.design.code}/plan/", body)
    assert answer.status_code == 200, answer.json()
    assert round(answer.json()["negative_mass_mg"], 2) == 13.28, "N/P 1.10 against 8.1 mg"
    assert api.get(f"{V1}/cells/").json()["count"] == 1


def test_the_thread_is_walked_down_and_up_with_its_masses(api: APIClient, bench: Bench) -> None:
    shelf = bench.shelf
    down = api.get(f"{V1}/trace/{shelf.lots['NMC'].code}/", {"direction": "down"}).json()
    masses = {(edge["source"], edge["target"]): edge["mass_mg"] for edge in down["edges"]}
    assert masses[shelf.lots["NMC"].code, shelf.coated.code] == 2000
    assert masses[shelf.coated.code, shelf.coated_composite.code] == 140
    assert masses[shelf.coated_composite.code, bench.cell.code] == 8.1
    assert masses[bench.cell.code, bench.test.code] is None
    up = api.get(f"{V1}/trace/{bench.test.code}/", {"direction": "up"}).json()
    codes = {node["code"] for node in up["nodes"]}
    assert {shelf.lots["NMC"].code, shelf.lots["LTO"].code, shelf.coated.code, bench.cell.code} <= codes
    assert {(edge["source"], edge["target"]): edge["mass_mg"] for edge in up["edges"]}[
        shelf.anode_composite.code, bench.cell.code
    ] == 13.28
    wrong = api.get(f"{V1}/trace/{bench.test.code}/", {"direction": "sideways"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["direction"])


def test_the_lab_says_that_it_lives_and_what_it_lacks(client: Any, bench: Bench) -> None:
    assert client.get(f"{V1}/health/live/").status_code == 200
    ready = client.get(f"{V1}/health/ready/")
    assert (ready.status_code, ready.json()["missing"]) == (200, [])
    triggers.drop(connection)
    ready = client.get(f"{V1}/health/ready/")
    triggers.install(connection)
    assert ready.status_code == 503
    assert any("materials_massentry" in sentence for sentence in ready.json()["missing"])


def test_every_list_comes_in_pages_with_a_cap(api: APIClient, bench: Bench) -> None:
    for name in LISTS:
        page = api.get(f"{V1}/{name}/", {"page_size": 100_000})
        assert page.status_code == 200, name
        assert set(page.json()) == {"count", "next", "previous", "results"}
        view = page.renderer_context["view"]
        assert view.paginator.get_page_size(view.request) == 500
        assert len(api.get(f"{V1}/{name}/", {"page_size": 1}).json()["results"]) <= 1
        beyond = api.get(f"{V1}/{name}/", {"page": 999})
        assert (beyond.status_code, list(beyond.json())) == (404, ["__all__"])


@pytest.mark.django_db
def test_the_description_of_the_api_is_whole_and_without_warnings(tmp_path: Any) -> None:
    out = tmp_path / "schema.json"
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(out),
        stdout=io.StringIO(), stderr=io.StringIO(),
    )  # fmt: skip
    described = json.loads(out.read_text())["paths"]
    for path in (
        "/api/v1/auth/token/",
        "/api/v1/cells/",
        "/api/v1/cells/{code}/",
        "/api/v1/cells/{code}/layer/",
        "/api/v1/cells/{code}/metrics/",
        "/api/v1/files/",
        "/api/v1/files/{id}/",
        "/api/v1/tests/{code}/cycles/",
        "/api/v1/tests/{code}/metrics/",
        "/api/v1/composite-batches/plan/",
        "/api/v1/cell-designs/{code}/plan/",
        "/api/v1/studies/{code}/statistics/",
        "/api/v1/trace/{code}/",
        "/api/v1/reports/",
        "/api/v1/reports/{code}/pdf/",
    ):
        assert path in described
    direction = described["/api/v1/trace/{code}/"]["get"]["parameters"]
    assert "direction" in {parameter["name"] for parameter in direction}


def test_the_schema_is_served_to_people(api: APIClient, bench: Bench) -> None:
    answer = api.get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert answer.status_code == 200
    assert APIClient().get("/api/schema/").status_code in (401, 403)


def test_the_docs_page_loads_nothing_from_other_hosts(client: Any, ada: User) -> None:
    client.force_login(ada)
    answer = client.get("/api/docs/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "swagger-ui" in page
    for attribute in ('src="http', 'href="http', "src='http", "//cdn", 'src="//', 'href="//'):
        assert attribute not in page
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert settings.STATIC_URL in page
