"""Coatings from solution, ALD runs with their interruptions, and mixtures of several jars, entered from a sheet."""

from __future__ import annotations

from typing import Any

import pytest

from lims.imports import check, enter, plan
from lims.models import User
from lims.sheets import read_text
from materials import actions
from materials.models import Powder, Use
from tests.factories import Shelf, make_lot, make_material

pytestmark = pytest.mark.django_db
DAY = "2026-03-02"
SOLUTION_HEAD = (
    "Recipe,Powder put in,Powder load (mg),Mass recovered (mg),Solution,Volume used (mL),Done at,Stir time (h),"
    "Dry time (h),Dry temperature (°C),Anneal temperature (°C),Anneal ramp (°C/min),Anneal atmosphere"
)


@pytest.fixture
def niobate(shelf: Shelf) -> Powder:
    """The paper's recipe, and its solution: 10 mL of 5 % (w/v) LiNb(OEt)6."""
    coating = make_material(shelf.by, "LiNbO3", "coating", formula="LiNbO3", density_g_cm3=4.65)
    actions.create_recipe(
        by=shelf.by, name="LiNbO3, 3 wt%", coating=coating, method="solution", target_mass_fraction=0.03,
        target_basis="powder",
        steps=[
            {"kind": "stir", "duration_s": 3600},
            {"kind": "anneal", "duration_s": 5400, "temperature_c": 425, "atmosphere": "O2"},
        ],
    )  # fmt: skip
    ethoxide = make_material(shelf.by, "LiNb(OEt)6 in ethanol", "precursor", formula="LiNb(OC2H5)6")
    return make_lot(
        shelf.by, shelf.project, material=ethoxide, received_mg=None, counted_in="ml", count_milli=10_000,
        concentration_g_ml=0.05, lot_number="LINBO-1",
    )  # fmt: skip


def tried(kind: str, head: str, *rows: str, by: User) -> list[tuple[int, str, str]]:
    read = plan(kind, [read_text("\n".join([head, *rows]))])
    return [(p.row, p.column, p.sentence) for p in check(read, by=by).problems]


def made(kind: str, head: str, *rows: str, by: User) -> list[Any]:
    return [one.record for one in enter(plan(kind, [read_text("\n".join([head, *rows]))]), by=by).made]


def test_a_coating_from_solution_is_entered_with_its_steps_as_done(shelf: Shelf, niobate: Powder) -> None:
    parent = shelf.lots["NMC"].code
    row = f'"LiNbO3, 3 wt%",{parent},500,486,LINBO-1,0.751,{DAY},,,,450,n.r.,'
    (powder,) = made("solution-coatings", SOLUTION_HEAD, row, by=shelf.by)
    assert (powder.code[:4], powder.balance_now_ug(), niobate.count_now_milli()) == ("SOL-", 486_000, 9_249)
    (anneal,) = powder.coating.steps_done.all()
    assert (anneal.step.kind, anneal.temperature_c, anneal.duration_s, anneal.ramp_c_min) == (
        "anneal", 450, None, None,
    )  # fmt: skip
    assert powder.blanks == {"anneal_ramp_c_min": "not_recorded"}


def test_a_step_that_the_recipe_lacks_is_refused_and_nothing_written(shelf: Shelf, niobate: Powder) -> None:
    before = Powder.objects.count()
    row = f'"LiNbO3, 3 wt%",{shelf.lots["NMC"].code},500,486,LINBO-1,0.751,{DAY},,12,70,,,'
    ((number, column, sentence),) = tried("solution-coatings", SOLUTION_HEAD, row, by=shelf.by)
    assert (number, column) == (2, "dry_duration_h")
    assert sentence.endswith("has no such step: leave it empty.")
    assert Powder.objects.count() == before


def test_an_ald_recipe_is_no_coating_from_solution(shelf: Shelf, niobate: Powder) -> None:
    recipe = shelf.recipe.recipe.code
    row = f"{recipe},{shelf.lots['NMC'].code},500,486,LINBO-1,0.751,{DAY},,,,,,"
    ((_, _, sentence),) = tried("solution-coatings", SOLUTION_HEAD, row, by=shelf.by)
    assert "is an ALD recipe" in sentence


def test_an_ald_run_says_where_it_stood_still(shelf: Shelf) -> None:
    head = "Recipe,Powder put in,Powder load (mg),Mass recovered (mg),Done at,Interruptions"
    start = f"{shelf.recipe.recipe.code},{shelf.lots['NMC'].code},500,490,{DAY}"
    (run,) = made("coatings", head, f"{start},12 (30 min): power cut; after cycle 20: valve", by=shelf.by)
    stops = [(one.after_cycle, one.minutes, one.reason) for one in run.coating.interruptions.all()]
    assert stops == [(12, 30, "power cut"), (20, None, "valve")]
    ((_, column, sentence),) = tried("coatings", head, f"{start},power cut", by=shelf.by)
    assert (column, "does not say after which cycle" in sentence) == ("interruptions", True)


def test_a_part_of_a_mixture_comes_from_two_jars_and_the_rest_with_a_premix(shelf: Shelf) -> None:
    more = make_lot(shelf.by, shelf.project, material=shelf.materials["NMC"], received_mg=100)
    head = (
        "Formulation,Powder 1,Mass 1 (mg),Powder 2,Mass 2 (mg),Powder 3,Mass 3 (mg),Powder 4,Mass 4 (mg),Done at,"
        "Further jar 1: part,Further jar 1: powder,Further jar 1: mass (mg),Premix 1,Premix mass 1 (mg)"
    )
    lpsc, ptfe, cnf = (shelf.lots[key].code for key in ("LPSC", "PTFE", "CNF"))
    parts = f"{shelf.coated.code},30,{lpsc},30,{ptfe},5,{cnf},5"
    start = f"{shelf.cathode.formulation.code},{parts},{DAY}"
    (mixture,) = made(
        "mixtures", head, f"{start},1,{more.code},40,{shelf.plain_composite.code},110", by=shelf.by
    )
    drawn = {use.powder_id: use.mass_ug for use in Use.objects.filter(consumer=mixture.pk).with_mass()}
    assert (drawn[shelf.coated.pk], drawn[more.pk], drawn[shelf.plain_composite.pk]) == (
        30_000,
        40_000,
        110_000,
    )
    ((_, column, sentence),) = tried("mixtures", head, f"{start},1,{shelf.coated.code},40,,", by=shelf.by)
    assert "stands there twice for the same part" in sentence
    ((_, column, _),) = tried("mixtures", head, f"{start},9,{more.code},40,,", by=shelf.by)
    assert column == "jar_part_1"
