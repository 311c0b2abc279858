"""Planning: what to weigh and whether the lots suffice, films paired, a study drawn by lot, claims compared."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from math import log
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from cells.actions import Meant, make_claim, plan_study
from cells.calc.pairing import pair_electrodes
from cells.calc.randomise import build_order
from cells.claims import standing, verdicts
from cells.models import Cell
from cells.pairs import pair_films
from cells.planning import weighing_sheet
from lims.models import Project, User
from tests.factories import Shelf, make_cell, make_design, make_die, make_shelf, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def test_the_scarcest_lot_says_how_many_cells_it_is_good_for(shelf: Shelf) -> None:
    """The shelf holds 220 mg of cathode and 1100 mg of anode: 27 cells of 8.1 mg, 82 of 13.28 mg."""
    edition = make_design(shelf)
    lots = {
        "positive": shelf.plain_composite,
        "negative": shelf.anode_composite,
        "separator": shelf.lots["LPSC"],
    }
    sheet = weighing_sheet(edition, lots=lots, replicates=30)
    good_for = {row.role: row.cells_good_for for row in sheet.layers}
    assert (good_for["positive"], good_for["negative"]) == (27, 82)
    assert (sheet.scarcest, sheet.cells_good_for, sheet.suffices) == (shelf.plain_composite.code, 27, False)
    assert round(sheet.layers[0].total_mass_mg or 0, 1) == 398.4
    assert weighing_sheet(edition, lots=lots, replicates=27).suffices is True


def test_the_anode_follows_the_cathode_just_weighed(shelf: Shelf) -> None:
    sheet = weighing_sheet(
        make_design(shelf), lots={"positive": shelf.plain_composite, "negative": shelf.anode_composite},
        positive_mass_ug=8_300,
    )  # fmt: skip
    assert round(sheet.negative_mass_mg or 0, 2) == 13.61


def test_pairs_are_the_best_of_all_there_are() -> None:
    positives, negatives, target = [8.0, 8.6, 8.2, 7.9], [14.1, 13.5, 12.7, 13.1], 1.6
    found = pair_electrodes(
        positive_capacities_mah=positives, negative_capacities_mah=negatives, np_target=target
    )

    def far(order: Any) -> float:
        return sum(log(negatives[n] / p / target) ** 2 for p, n in zip(positives, order, strict=True))

    best = min(permutations(range(4)), key=far)
    assert [pair.negative for pair in found] == list(best)


def test_films_pair_as_the_page_s_example_says_and_one_stays_over(shelf: Shelf, api: APIClient) -> None:
    edition = make_design(shelf)
    found = pair_films(
        edition, positive_masses_mg=[8.0, 8.2, 8.6], negative_masses_mg=[13.5, 14.1, 13.1, 20.0], lots={}
    )
    assert [(p.negative_mass_mg, round(p.np_ratio, 3)) for p in found.pairs] == [
        (13.1, 1.099), (13.5, 1.105), (14.1, 1.1),
    ]  # fmt: skip
    assert (found.positive_over, found.negative_over) == ([], [4])
    body = {"positive_masses_mg": [9.0], "negative_masses_mg": [14.28], "positive_collector_mg": 0.9,
            "negative_collector_mg": 1.0}  # fmt: skip
    answer = api.post(f"/api/v1/cell-designs/{edition.design.code}/pair/", body, format="json").json()
    assert round(answer["pairs"][0]["np_ratio"], 3) == 1.1


def test_a_block_holds_every_condition_once_and_a_seed_repeats_it() -> None:
    order = build_order(conditions=6, replicates=3, days=3, dies=2, seed=7)
    for day in range(3):
        assert sorted(slot.condition for slot in order if slot.day == day) == list(range(6))
    for condition in range(6):
        dies = [slot.die for slot in order if slot.condition == condition]
        assert abs(dies.count(0) - dies.count(1)) == 1
    assert order == build_order(conditions=6, replicates=3, days=3, dies=2, seed=7)
    assert order != build_order(conditions=6, replicates=3, days=3, dies=2, seed=8)


def test_a_study_is_planned_at_once_and_its_seed_kept(shelf: Shelf, ada: User, api: APIClient) -> None:
    study, edition, second = make_study(ada, shelf.project), make_design(shelf), make_die(ada)
    body = {
        "conditions": [{"group": c.name, "design": edition.design.code} for c in study.conditions.all()],
        "replicates": 3, "first_day": "2026-12-01", "days": 3, "dies": [shelf.die.code, second.code], "seed": 11,
    }  # fmt: skip
    made = api.post(f"/api/v1/studies/{study.code}/plan/", body, format="json")
    assert made.status_code == 201, made.json()
    cells = made.json()["cells"]
    assert made.json()["seed"] == 11
    assert [(c["planned_on"], c["turn"]) for c in cells[:3]] == [
        ("2026-12-01", 1),
        ("2026-12-01", 2),
        ("2026-12-02", 1),
    ]
    assert sorted({c["die"] for c in cells}) == sorted([shelf.die.code, second.code])
    assert Cell.objects.filter(condition__study=study).count() == 6
    meant = [Meant(c, edition) for c in study.conditions.all()]
    wide = make_die(ada, diameter_mm=10.0)
    with pytest.raises(ValidationError, match="its masses would not fit"):
        plan_study(study=study, meant=meant, replicates=1, by=ada, first_day=date(2026, 12, 1), dies=[wide])


def test_claims_are_judged_by_their_digits_and_told_what_would_agree(
    shelf: Shelf, ada: User, client: Client, api: APIClient
) -> None:
    study = make_study(ada, shelf.project, conditions=("4.3 V", "4.7 V"))
    for condition, cut_off_v, capacity, anode in (("4.3 V", 4.3, 165, "13.28"), ("4.7 V", 4.7, 205, "16.5")):
        make_cell(
            shelf, condition=study.conditions.get(name=condition),
            edition=make_design(shelf, cut_off_v=cut_off_v, capacity_mah_g=capacity), negative_mg=anode,
        )  # fmt: skip
    low, high = study.conditions.all()

    def claim(quantity: str, stated: str, **about: Any) -> None:
        make_claim(
            study=study, by=ada, text=f"{quantity} {stated}", quantity=quantity, stated=stated, **about
        )

    claim("composite_loading_mg_cm2", "18.2")
    claim("active_loading_mg_cm2", "18.2")
    claim("one_c_current_density_ma_cm2", "1.25", condition=high, compared_to=low)
    claim("positive_share_carbon", "4.6")
    claim("one_c_current_density_ma_cm2", "3", condition=high)
    claim("lower_cell_voltage_v", "1.55")
    found = verdicts(study, standing(study))
    said = [found[one.pk] for one in standing(study)]
    assert [verdict.agrees for verdict in said] == [False, True, False, False, False, False]
    assert "28.65 mg/cm². 18.2 is the active loading, 18.23 mg/cm²" in said[0].sentence.replace(
        "mg/cm2", "mg/cm²"
    )
    assert "1.242, which rounds to 1.24, not 1.25" in said[2].sentence
    assert "4.545 %, which rounds to 4.5, not 4.6" in said[3].sentence
    assert "3.737" in said[4].sentence
    assert "counter electrode" in said[5].sentence.lower()
    client.force_login(ada)
    assert "does not agree" in client.get(f"/studies/{study.code}/").content.decode()
    answer = api.get(f"/api/v1/studies/{study.code}/claims/").json()
    assert answer[0]["verdict"]["would_agree"][0]["label"] == "Active loading"
    wrong = api.post(f"/api/v1/studies/{study.code}/claims/",
                     {"text": "x", "quantity": "np_ratio", "stated": "about one"}, format="json")  # fmt: skip
    assert wrong.json() == {"stated": ["'about one' is no number."]}


def test_the_pages_that_plan(shelf: Shelf, ada: User, client: Client) -> None:
    design, study = make_design(shelf).design, make_study(ada, shelf.project)
    client.force_login(ada)
    lots = {"replicates": 30, "positive_powder": shelf.plain_composite.code,
            "negative_powder": shelf.anode_composite.code}  # fmt: skip
    page = client.get(f"/designs/{design.code}/weigh/", lots).content.decode()
    assert f"{shelf.plain_composite.code} is good for 27 of 30" in page
    paired = client.get(
        f"/designs/{design.code}/pair/", {"positive_masses": "8.0 8.2", "negative_masses": "13.5\n13.1"}
    ).content.decode()
    assert "1.099" in paired
    edition = design.editions.get()
    body = {
        "idempotency_key": "k", "condition_1": edition.pk, "condition_2": edition.pk, "replicates": 2,
        "first_day": "2026-12-01", "days": 2, "dies": [shelf.die.pk], "randomise": "on", "seed": 5,
    }  # fmt: skip
    assert client.get(f"/studies/{study.code}/plan/").status_code == 200
    assert client.post(f"/studies/{study.code}/plan/", body).status_code == 302
    cell = Cell.objects.filter(condition__study=study).first()
    assert cell is not None
    assert "drawn by lot, seed 5" in client.get(f"/cells/{cell.code}/").content.decode()
