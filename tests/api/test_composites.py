"""Formulations, plans, mixtures and weighing sheets by the API."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from lims.models import Project, User
from materials.models import MassEntry, Powder, WeighingSheet
from tests.factories import Shelf, make_lot, make_shelf

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def post(api: APIClient, path: str, body: Any = None, status: int = 200) -> Any:
    answer = api.post(f"{V1}/{path}/", body or {}, format="json")
    assert answer.status_code == status, answer.content
    return answer.json()


def planned(shelf: Shelf, **more: Any) -> dict[str, Any]:
    return {
        "formulation": shelf.cathode.formulation.code, "total_mass_mg": 200, "balance": shelf.balance.code, **more,
    }  # fmt: skip


def test_an_edition_says_its_fractions_by_weight_and_by_volume(api: APIClient, shelf: Shelf) -> None:
    edition = api.get(f"{V1}/formulations/{shelf.cathode.formulation.code}/").json()["editions"][0]
    assert [round(100 * part["weight_fraction"], 3) for part in edition["parts"]] == [
        63.636,
        27.273,
        4.545,
        4.545,
    ]
    assert [round(part["volume_fraction"], 2) for part in edition["parts"][:2]] == [0.41, 0.45]
    assert round(edition["density_g_cm3"], 2) == 3.08


def test_a_new_edition_says_what_changed(api: APIClient, shelf: Shelf) -> None:
    code = shelf.cathode.formulation.code
    parts = [
        {"material": shelf.materials[key].code, "parts": amount, "tolerance_fraction": 0.02}
        for key, amount in (("NMC", 70), ("LPSC", 30), ("PTFE", 3), ("CNF", 5))
    ]
    made = post(api, f"formulations/{code}/editions", {"parts": parts, "based_on": 1}, 201)
    assert [edition["number"] for edition in made["editions"]] == [2, 1]
    assert {"part": "PTFE", "old": "5 parts", "new": "3 parts, ± 2 %"} in made["editions"][0]["differences"]
    assert post(api, f"formulations/{code}/editions", {"parts": parts, "based_on": 1}, 400)["__all__"]


def test_a_plan_rounds_to_the_balance_and_saves_nothing(api: APIClient, shelf: Shelf) -> None:
    plan = post(api, "composite-batches/plan", planned(shelf))
    assert [row["target_mg"] for row in plan["components"]] == [127.3, 54.5, 9.1, 9.1]
    assert plan["total_mass_mg"] == 200.0
    assert not WeighingSheet.objects.exists()


def test_a_plan_for_pellets_and_for_the_scarcest(api: APIClient, shelf: Shelf) -> None:
    body = planned(shelf, pellets=24, pellet_mass_mg=8.1, excess_fraction=0.1)
    del body["total_mass_mg"]
    assert post(api, "composite-batches/plan", body)["total_mass_mg"] == 213.8
    scarce = make_lot(shelf.by, shelf.project, material=shelf.materials["LPSC"], received_mg=30)
    body = planned(shelf, scarcest=True, powders=[{"order": 2, "powder": scarce.code}])
    del body["total_mass_mg"]
    plan = post(api, "composite-batches/plan", body)
    assert plan["components"][1]["target_mg"] == 30.0
    assert plan["planned_for"].endswith(scarce.code)
    both = post(api, "composite-batches/plan", planned(shelf, scarcest=True), 400)
    assert both == {"total_mass_mg": ["Say how much in one way: total_mass_mg, pellets or scarcest."]}


def test_a_premix_is_a_component_without_an_order(api: APIClient, shelf: Shelf) -> None:
    premix = shelf.plain_composite
    plan = post(
        api, "composite-batches/plan", planned(shelf, premixes=[{"powder": premix.code, "mass_mg": 110}])
    )
    assert plan["premixes"] == [
        {"powder": premix.code, "target_mg": 110.0, "tolerance_mg": None, "warnings": []}
    ]
    powders = (shelf.coated, *(shelf.lots[key] for key in ("LPSC", "PTFE", "CNF")))
    components = [
        {"powder": premix.code, "mass_mg": 110},
        *(
            {"order": order, "powder": powder.code, "mass_mg": mass_mg}
            for order, powder, mass_mg in zip((1, 2, 3, 4), powders, (57.3, 24.5, 4.1, 4.1), strict=True)
        ),
    ]
    body = {"project": "NB-COAT", "formulation": shelf.cathode.formulation.code, "components": components}
    assert post(api, "composite-batches", body, 201)["balance_mg"] == 200.0
    assert premix.balance_now_ug() == 110_000


def test_a_sheet_goes_from_its_plan_to_a_batch(api: APIClient, shelf: Shelf) -> None:
    sheet = post(api, "weighing-sheets", planned(shelf, project="NB-COAT", total_mass_mg=220), 201)
    address = f"weighing-sheets/{sheet['code']}"
    wrong = post(api, f"{address}/scan", {"row": 1, "powder": shelf.lots["PTFE"].code}, 400)
    assert wrong == {"powder": [f"{shelf.lots['PTFE'].code} is PTFE; this part is NMC532."]}
    powders = [shelf.coated, *(shelf.lots[key] for key in ("LPSC", "PTFE", "CNF"))]
    for number, powder in enumerate(powders, start=1):
        post(api, f"{address}/scan", {"row": number, "powder": powder.code})
    moving = post(api, f"{address}/weigh", {"row": 1, "reading": "S D    140.0 mg"}, 400)
    assert "still moving" in moving["reading"][0]
    over = post(api, f"{address}/weigh", {"row": 1, "reading": "S S    147.0 mg"})
    assert over["standing"]["rebalancing"]["targets_mg"] == {"1": 147.0, "2": 63.0, "3": 10.5, "4": 10.5}
    post(api, f"{address}/rebalance")
    post(api, f"{address}/weigh", {"row": 2, "boat_full_mg": 5063, "boat_after_mg": 5000})
    post(api, f"{address}/weigh", {"row": 3, "mass_mg": 11})
    post(api, f"{address}/undo")
    post(api, f"{address}/weigh", {"row": 3, "mass_mg": 10.5})
    ready = post(api, f"{address}/weigh", {"row": 4, "mass_mg": 10.5})
    assert [round(part["weighed"], 2) for part in ready["standing"]["ratio"]] == [70, 30, 5, 5]
    made = post(api, f"{address}/mix", {"method": "mortar", "recovered_mass_mg": 229}, 201)
    assert made["balance_mg"] == 229.0
    assert api.get(f"{V1}/{address}/").json()["batch"] == made["code"]
    drawn = MassEntry.objects.filter(use__consumer__code=made["code"]).order_by("pk")
    assert [entry.change_ug for entry in drawn] == [-147_000, -63_000, -10_500, -10_500]


def test_a_sheet_is_found_by_its_state_and_formulation_and_dropped(api: APIClient, shelf: Shelf) -> None:
    sheet = post(api, "weighing-sheets", planned(shelf, project="NB-COAT"), 201)
    for query in ({"state": "open"}, {"formulation": shelf.cathode.formulation.code}):
        assert api.get(f"{V1}/weighing-sheets/", query).json()["count"] == 1
    assert api.get(f"{V1}/weighing-sheets/", {"state": "mixed"}).json()["count"] == 0
    assert post(api, f"weighing-sheets/{sheet['code']}/drop", {"reason": "practice"})["state"] == "dropped"
    assert "has been dropped" in str(post(api, f"weighing-sheets/{sheet['code']}/mix", {}, 400))


def test_a_row_that_is_not_there_is_404(api: APIClient, shelf: Shelf) -> None:
    sheet = post(api, "weighing-sheets", planned(shelf, project="NB-COAT"), 201)
    post(api, f"weighing-sheets/{sheet['code']}/clear", {"row": 9}, 404)


def test_the_run_sheet_is_a_pdf(api: APIClient, shelf: Shelf) -> None:
    sheet = post(api, "weighing-sheets", planned(shelf, project="NB-COAT"), 201)
    answer = api.get(f"{V1}/weighing-sheets/{sheet['code']}/run-sheet/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_the_same_mix_sent_twice_is_made_once(api: APIClient, shelf: Shelf) -> None:
    sheet = post(
        api, "weighing-sheets",
        planned(shelf, project="NB-COAT", total_mass_mg=220, powders=[
            {"order": n, "powder": p.code}
            for n, p in enumerate((shelf.coated, *(shelf.lots[k] for k in ("LPSC", "PTFE", "CNF"))), start=1)
        ]), 201,
    )  # fmt: skip
    for number, mass_mg in enumerate((140, 60, 10, 10), start=1):
        post(api, f"weighing-sheets/{sheet['code']}/weigh", {"row": number, "mass_mg": mass_mg})
    before = Powder.objects.count()
    answers = [
        api.post(f"{V1}/weighing-sheets/{sheet['code']}/mix/", {}, format="json", HTTP_IDEMPOTENCY_KEY="k-1")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Powder.objects.count() == before + 1
