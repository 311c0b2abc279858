"""Recipes and coatings in the browser: what forms do, and what pages say."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lims.models import Attachment, User
from materials import actions
from materials.models import CoatingRecipe, Powder
from tests.factories import Shelf, make_lot, make_material

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def rows(*filled: dict[str, Any]) -> dict[str, Any]:
    management = {"rows-TOTAL_FORMS": len(filled), "rows-INITIAL_FORMS": 0}
    return management | {f"rows-{n}-{name}": v for n, row in enumerate(filled) for name, v in row.items()}


def send(client: Client, url: str, key: str = "k1", **fields: Any) -> Any:
    return client.post(url, {"idempotency_key": key, **fields})


def told(client: Client, url: str) -> str:
    return client.get(url).content.decode()


CYCLE = (
    {"kind": "pulse", "substance": "Nb(OEt)5", "duration_s": 1, "source_temperature_c": 110},
    {"kind": "purge", "duration_s": 20},
    {"kind": "pulse", "substance": "H2O", "duration_s": 0.1},
    {"kind": "purge", "duration_s": 20},
)


def test_a_recipe_s_page_says_how_long_a_run_takes_and_draws_a_cycle(page: Client, shelf: Shelf) -> None:
    text = told(page, f"/recipes/{shelf.recipe.recipe.code}/")
    for number in ("41.1", "20.55", "61.65", "none set"):
        assert number in text
    assert "One ALD cycle: pulse Nb(OEt)5 1 s; purge 20 s; pulse H2O 0.1 s; purge 20 s" in text


def test_a_new_edition_begins_with_the_old_one_and_shows_what_differs(page: Client, shelf: Shelf) -> None:
    code = shelf.recipe.recipe.code
    url = f"/recipes/{code}/edition/"
    form = told(page, url)
    assert 'value="175"' in form
    assert 'value="Nb(OEt)5"' in form
    same = {"cycles": 30, "substrate_temperature_c": 175, "rotation_rpm": 3}
    refused = send(page, url, **same, **rows(*CYCLE))
    assert refused.status_code == 400
    assert "says what edition 1 says" in refused.content.decode()
    assert send(page, url, key="k2", **{**same, "cycles": 60}, **rows(*CYCLE)).status_code == 302
    assert [e.number for e in shelf.recipe.recipe.editions.all()] == [2, 1]
    text = told(page, f"/recipes/{code}/")
    assert "Cycles: 30 → 60" in text
    assert "41.10" in text  # minutes of sixty cycles
    older = told(page, f"/recipes/{code}/?edition=1")
    assert "a newer one follows it" in older
    assert page.get(f"/recipes/{code}/?edition=9").status_code == 404


def test_a_recipe_from_solution_is_typed_in_percent_and_hours(page: Client, ada: User) -> None:
    niobate = make_material(ada, "LiNbO3", "coating", formula="LiNbO3", density_g_cm3=4.65)
    answer = send(
        page, "/recipes/new-from-solution/", name="LiNbO3", coating=niobate.code, target_mass_fraction="3",
        target_basis="powder",
        **rows({"kind": "stir", "duration_h": 1}, {"kind": "anneal", "duration_h": 1.5, "temperature_c": 425}),
    )  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()
    edition = CoatingRecipe.objects.get(name="LiNbO3").editions.get()
    assert edition.target_mass_fraction == pytest.approx(0.03)
    assert [step.duration_s for step in edition.steps.all()] == [3600, 5400]
    assert "3.00 %" in told(page, answer["Location"])


def test_growth_outside_the_limits_is_flagged_in_words(page: Client, shelf: Shelf) -> None:
    url = f"/powders/{shelf.coated.code}/"
    assert "No limit of growth per cycle is set" in told(page, url)
    limits = f"/recipes/{shelf.recipe.recipe.code}/limits/"
    numbers = {
        "lower_angstrom": "0.3",
        "upper_angstrom": "0.7",
        "reason": "first limits",
        "expected_version": 1,
    }
    assert send(page, limits, **numbers).status_code == 400
    assert send(page, limits, key="k2", **numbers, citation="own wafers").status_code == 302
    text = told(page, url)
    assert "Growth per cycle above the limit" in text
    assert "1.67 Å per cycle is above the limit of 0.7 Å (own wafers)." in text
    stale = send(page, limits, key="k3", **{**numbers, "upper_angstrom": "2"}, citation="own wafers")
    assert stale.status_code == 400
    assert "Somebody else has changed" in stale.content.decode()


def test_a_batch_s_page_says_how_much_coating_that_is(page: Client, shelf: Shelf) -> None:
    text = told(page, f"/powders/{shelf.coated.code}/")
    for words in (
        "0.81 (0.56 to 1.41)",
        "0.80 (0.56 to 1.39)",
        "5 nm on spheres of 3.5 µm",
        "30 of 30 cycles",
    ):
        assert words in text


def test_a_run_is_entered_with_its_interruptions_and_trace(page: Client, shelf: Shelf) -> None:
    answer = send(
        page, "/powders/coat/", edition=shelf.recipe.pk, parent=shelf.lots["NMC"].code, load_mass_ug="100",
        recovered_mass_ug="98", cycles_done="24", substrate_temperature_c="172",
        trace=SimpleUploadedFile("pressure.csv", b"0,870\n"),
        **rows({"after_cycle": 12, "minutes": 45, "reason": "pump oil"}, {"after_cycle": 24, "reason": "empty"}),
    )  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()
    text = told(page, answer["Location"])
    for words in (
        "24 of 30 cycles done",
        "after 12: 45 min",
        "pump oil",
        "not resumed",
        "the recipe says 175",
    ):
        assert words in text
    made = Powder.objects.order_by("pk").last()
    assert Attachment.objects.get(identity=made.identity).name == "pressure.csv"


def test_an_interruption_after_the_last_cycle_is_refused_on_the_form(page: Client, shelf: Shelf) -> None:
    answer = send(
        page, "/powders/coat/", edition=shelf.recipe.pk, parent=shelf.lots["NMC"].code, load_mass_ug="100",
        recovered_mass_ug="98", **rows({"after_cycle": 31, "reason": "pump"}),
    )  # fmt: skip
    assert answer.status_code == 400
    assert "only 30 cycles were done" in answer.content.decode()


@pytest.fixture
def niobate(shelf: Shelf) -> tuple[int, Powder]:
    """A recipe of 3 wt% LiNbO3 and 10 mL of its solution."""
    coating = make_material(shelf.by, "LiNbO3", "coating", formula="LiNbO3", density_g_cm3=4.65)
    edition = actions.create_recipe(
        by=shelf.by, name="LiNbO3, 3 wt%", coating=coating, method="solution", target_mass_fraction=0.03,
        target_basis="powder", steps=[{"kind": "anneal", "duration_s": 5400, "temperature_c": 425}],
    )  # fmt: skip
    ethoxide = make_material(shelf.by, "LiNb(OEt)6", "precursor", formula="LiNb(OC2H5)6")
    solution = make_lot(
        shelf.by, shelf.project, material=ethoxide, received_mg=None, counted_in="ml", count_milli=10_000,
        concentration_g_ml=0.05,
    )  # fmt: skip
    return edition.pk, solution


def test_the_volume_is_worked_out_before_the_coating(
    page: Client, shelf: Shelf, niobate: tuple[int, Powder]
) -> None:
    edition, solution = niobate
    query = f"edition={edition}&solution={solution.code}&load_mass_ug=500"
    text = told(page, f"/powders/coat-from-solution/?{query}")
    assert f"0.751 mL of {solution.code} for 500 mg of powder: 15.00 mg of LiNbO3" in text
    assert "from 37.6 mg of LiNb(OEt)6" in text


def test_a_coating_from_solution_is_entered_with_its_steps_as_done(
    page: Client, shelf: Shelf, niobate: tuple[int, Powder]
) -> None:
    edition, solution = niobate
    step = CoatingRecipe.objects.get(name="LiNbO3, 3 wt%").editions.get().steps.get()
    fields = {
        "edition": edition, "parent": shelf.lots["NMC"].code, "load_mass_ug": "500", "recovered_mass_ug": "480",
        "solution": solution.code, "solution_volume_ml": "0.751",
    }  # fmt: skip
    foreign = send(page, "/powders/coat-from-solution/", **fields, step_99999_h="2")
    assert "Steps of another recipe were filled in" in foreign.content.decode()
    answer = send(page, "/powders/coat-from-solution/", key="k2", **fields, **{f"step_{step.pk}_h": "2"})
    assert answer.status_code == 302, answer.content.decode()
    text = told(page, answer["Location"])
    for words in ("/powders/SOL-", "10.2 to 25.5 nm", "17.9", "0.751 mL", "planned 1.5 h"):
        assert words in text or words in answer["Location"]


def test_what_was_measured_later_is_recorded_on_a_page(page: Client, shelf: Shelf) -> None:
    url = f"/powders/{shelf.coated.code}/measured/"
    assert 'value="5.0"' in told(page, url)
    version = Powder.objects.get(pk=shelf.coated.pk).version
    fields = {"thickness_measured_nm": "4", "thickness_method": "HR-TEM", "expected_version": version}
    assert "say why it changes" in send(page, url, **fields).content.decode()
    assert send(page, url, key="k2", **fields, reason="scale bar misread").status_code == 302
    assert "1.33" in told(page, f"/powders/{shelf.coated.code}/")
    assert page.get(f"/powders/{shelf.lots['NMC'].code}/measured/").status_code == 404


def test_a_recipe_does_not_tell_of_another_project_s_batches(shelf: Shelf, otto: User) -> None:
    client = Client()
    client.force_login(otto)
    text = told(client, f"/recipes/{shelf.recipe.recipe.code}/")
    assert shelf.coated.code not in text
    assert "Nothing has been coated by it yet" in text
