"""Recipes and coatings by the API: the same actions, the same sentences."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from lims.models import Project, User
from materials.models import Powder
from tests.factories import Shelf, make_lot, make_material, make_shelf

V1 = "/api/v1"
pytestmark = pytest.mark.django_db
CYCLE = [
    {"kind": "pulse", "substance": "Nb(OEt)5", "duration_s": 1, "source_temperature_c": 110},
    {"kind": "purge", "duration_s": 20},
    {"kind": "pulse", "substance": "H2O", "duration_s": 0.1},
    {"kind": "purge", "duration_s": 20},
]


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def test_a_recipe_tells_each_edition_with_what_follows(api: APIClient, shelf: Shelf) -> None:
    code = shelf.recipe.recipe.code
    body = {"cycles": 60, "substrate_temperature_c": 175, "rotation_rpm": 3, "steps": CYCLE,
            "growth_expected_angstrom": 0.5, "growth_source": "own wafers", "reason": "thicker"}  # fmt: skip
    answer = api.post(f"{V1}/coating-recipes/{code}/editions/", body, format="json")
    assert answer.status_code == 201, answer.json()
    second, first = answer.json()["editions"]
    assert (second["number"], first["number"], first["cycles"]) == (2, 1, 30)
    follows = first["derived"]
    assert (round(follows["cycle_time_s"], 1), round(follows["run_time_s"] / 60, 2)) == (41.1, 20.55)
    assert round(follows["bed_turns"], 2) == 61.65
    assert second["derived"]["expected_thickness_nm"] == pytest.approx(3.0)
    again = api.post(f"{V1}/coating-recipes/{code}/editions/", body, format="json")
    assert (again.status_code, list(again.json())) == (400, ["__all__"])


def test_limits_of_growth_need_the_version_and_a_citation(api: APIClient, shelf: Shelf) -> None:
    url = f"{V1}/coating-recipes/{shelf.recipe.recipe.code}/growth-limits/"
    body = {"lower_angstrom": 0.3, "upper_angstrom": 0.7, "citation": "", "reason": "first"}
    assert api.patch(url, body, format="json").status_code == 428
    refused = api.patch(url, body, format="json", HTTP_IF_MATCH='"1"')
    assert (refused.status_code, list(refused.json())) == (400, ["citation"])
    body["citation"] = "own wafers"
    assert api.patch(url, body, format="json", HTTP_IF_MATCH='"1"').json()["growth_upper_angstrom"] == 0.7
    assert api.patch(url, body, format="json", HTTP_IF_MATCH='"1"').status_code == 412


def run(shelf: Shelf, **more: Any) -> dict[str, Any]:
    return {
        "project": "NB-COAT", "recipe": shelf.recipe.recipe.code, "parent": shelf.lots["NMC"].code,
        "load_mass_mg": 100, "recovered_mass_mg": 98, **more,
    }  # fmt: skip


def test_a_run_tells_what_it_did_and_what_follows(api: APIClient, shelf: Shelf) -> None:
    stops = [{"after_cycle": 12, "minutes": 45, "reason": "pump oil"}]
    body = run(shelf, interruptions=stops, rotation_rpm=6, thickness_measured_nm=5, thickness_method="HR-TEM")
    answer = api.post(f"{V1}/coating-batches/", body, format="json")
    assert answer.status_code == 201, answer.json()
    batch = api.get(f"{V1}/coating-batches/{answer.json()['code']}/").json()
    assert batch["run"]["interruptions"] == stops
    assert (batch["run"]["rotation_rpm"], batch["run"]["cycles_planned"]) == (6, 30)
    derived = batch["derived"]
    assert round(derived["bed_turns"], 2) == 123.3, "at twice the recipe's rotation"
    assert round(derived["growth"][0]["growth_angstrom"], 2) == 1.67
    assert derived["growth"][0]["state"] == "no limit"
    (amount,) = derived["amounts"]
    share = amount["fraction_of_product"]
    assert [round(100 * share[k], 2) for k in ("value", "least", "most")] == [0.8, 0.56, 1.39]
    assert round(100 * amount["gain_on_powder"]["value"], 2) == 0.81
    assert round(100 * derived["coating_fraction_of_product"], 2) == 0.8


def test_batches_are_listed_by_recipe_and_parent(api: APIClient, shelf: Shelf, otto: User) -> None:
    url = f"{V1}/coating-batches/"
    for name, code in (("recipe", shelf.recipe.recipe.code), ("parent", shelf.lots["NMC"].code)):
        assert api.get(url, {name: code}).json()["count"] == 1
        assert api.get(url, {name: "LOT-9999"}).json()["count"] == 0
    stranger = APIClient()
    stranger.force_authenticate(otto)
    assert stranger.get(url).json()["count"] == 0


def test_a_measurement_comes_later_with_the_version_read(api: APIClient, shelf: Shelf) -> None:
    url = f"{V1}/coating-batches/{shelf.coated.code}/"
    version = api.get(url)["ETag"]
    body = {"witness_thickness_nm": 1.5, "witness_sites": 5}
    assert api.patch(url, body, format="json").status_code == 428
    answer = api.patch(url, body, format="json", HTTP_IF_MATCH=version)
    assert answer.status_code == 200, answer.json()
    assert round(answer.json()["derived"]["growth"][1]["growth_angstrom"], 2) == 0.5
    assert answer.json()["detail"]["thickness_measured_nm"] == 5, "what is not sent stays"
    assert api.patch(url, body, format="json", HTTP_IF_MATCH=version).status_code == 412


@pytest.fixture
def niobate(api: APIClient, shelf: Shelf) -> dict[str, str]:
    """A recipe from solution, written by the API, and its solution."""
    coating = make_material(shelf.by, "LiNbO3", "coating", formula="LiNbO3", density_g_cm3=4.65)
    steps = [
        {"kind": "stir", "duration_s": 3600},
        {"kind": "anneal", "duration_s": 5400, "temperature_c": 425},
    ]
    body = {"name": "LiNbO3", "coating": coating.code, "method": "solution", "target_mass_fraction": 0.03,
            "target_basis": "product", "steps": steps}  # fmt: skip
    answer = api.post(f"{V1}/coating-recipes/", body, format="json")
    assert answer.status_code == 201, answer.json()
    ethoxide = make_material(shelf.by, "LiNb(OEt)6", "precursor", formula="LiNb(OC2H5)6")
    solution = make_lot(
        shelf.by, shelf.project, material=ethoxide, received_mg=None, counted_in="ml", count_milli=10_000,
        concentration_g_ml=0.05,
    )  # fmt: skip
    return {"recipe": answer.json()["code"], "solution": solution.code}


def test_the_volume_is_planned_and_nothing_saved(api: APIClient, niobate: dict[str, str]) -> None:
    before = Powder.objects.count()
    answer = api.post(f"{V1}/coating-batches/plan-solution/", {**niobate, "load_mass_mg": 500}, format="json")
    # 3 % of the product: golden check G17.
    assert round(answer.json()["volume_ml"], 3) == 0.774
    assert Powder.objects.count() == before


def test_a_coating_from_solution_is_entered(api: APIClient, shelf: Shelf, niobate: dict[str, str]) -> None:
    body = {**run(shelf, load_mass_mg=500, recovered_mass_mg=490), **niobate, "solution_volume_ml": "0.774"}
    wrong = {**body, "steps_done": [{"order": 7, "duration_s": 60}]}
    refused = api.post(f"{V1}/coating-batches/from-solution/", wrong, format="json")
    assert (refused.status_code, list(refused.json())) == (400, ["steps_done"])
    body["steps_done"] = [{"order": 2, "temperature_c": 450}]
    answer = api.post(f"{V1}/coating-batches/from-solution/", body, format="json")
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert made["code"].startswith("SOL-")
    anneal = made["run"]["steps"][1]
    assert (anneal["planned"]["temperature_c"], anneal["done"]["temperature_c"]) == (425, 450)
    assert (anneal["done"]["duration_s"], made["run"]["steps"][0]["done"]) == (None, None)
    assert made["derived"]["solution_volume_expected_ml"] == pytest.approx(0.774, abs=5e-4)
    assert made["derived"]["coating_put_in_mg"] == pytest.approx(15.46, abs=0.01)
    assert round(100 * made["derived"]["coating_fraction_of_product"], 2) == 3.0
