"""What a study's page says of its cells: counted, compared, warned about; and whom pictures show what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from cells.models import Cell, Study
from lims.models import User
from testing.actions import save_comparison
from testing.causes import CAUSES
from testing.causes import values as cause_values
from testing.models import Metric
from testing.statistics import by_condition, cells_of, coincidences, comparisons, ways_to_compare
from testing.upstream import upstream_of
from tests import factories

ICE = "initial_coulombic_efficiency"
# Two conditions of three cells, whose means and sample sds are those of the paper at 4.3 V.
EFFICIENCIES = {"coated": (0.911, 0.916, 0.921), "uncoated": (0.822, 0.828, 0.834)}


def give(cell: Cell, value: float | None, name: str = ICE, reason: str = "") -> None:
    Metric.objects.create(
        cell=cell, name=name, value=value, unit="fraction", reason=reason, method="by_hand", method_version="1",
        inputs_sha256="0" * 64, software_version="0",
    )  # fmt: skip


@pytest.fixture(scope="module")
def _filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Enter coated and uncoated cells of one mix each, once for all tests here; each test's own changes go after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        project = factories.make_project()
        ada = factories.make_person("ada", project=project)
        factories.make_person("otto", project=factories.make_project("SULFUR"))
        User.objects.filter(username="ada").update(first_name="Ada")
        shelf = factories.make_shelf(ada, project)
        made = factories.make_study(ada, project)
        edition = factories.make_design(shelf)
        for condition in made.conditions.all():
            powder = shelf.coated_composite if condition.name == "coated" else shelf.plain_composite
            for value in EFFICIENCIES[condition.name]:
                cell = factories.plan_cell(shelf, condition=condition, edition=edition)
                factories.press(shelf, cell, "positive", "8.1", powder=powder)
                give(cell, value)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def study(_filled: None, db: None) -> Study:
    return Study.objects.get()


@pytest.fixture
def ada(_filled: None, db: None) -> User:
    return User.objects.get(username="ada")


@pytest.fixture
def otto(_filled: None, db: None) -> User:
    return User.objects.get(username="otto")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_n_says_what_it_counts_and_a_difference_is_one_of_batches(study: Study) -> None:
    coated, uncoated = by_condition(study, ICE)
    assert (coated.counted(), uncoated.counted()) == ("3 cells / 1 mix / 1 ALD run", "3 cells / 1 mix")
    assert ways_to_compare([coated, uncoated]) == ["coating", "ald_cycles", "all"]
    (pair,) = comparisons([coated, uncoated], "coating")
    assert pair.result.difference == pytest.approx(0.088)
    assert pair.batches_only


def test_the_page_prints_the_papers_numbers_in_percentage_points(study: Study, ada: User) -> None:
    client = browser(ada)
    page = client.get(f"/studies/{study.code}/").content.decode()
    for words in (
        "91.6",
        "0.5",
        "82.8",
        "0.6",
        "8.8 percentage points",
        "7.5 to 10.1",
        "19.5 (3.9)",
        "those batches only",
    ):
        assert words in page, words
    assert "*" not in page.split('id="statistics"')[1].split("</section>")[0]
    other = client.get(f"/studies/{study.code}/statistics/?metric=first_charge_capacity_mah&by=all")
    assert "has not been tested" in other.content.decode()


def test_a_condition_that_coincides_with_its_week_is_warned_about(study: Study) -> None:
    assert coincidences(cells_of(study)) == []
    coated = Cell.objects.filter(condition__name="coated")
    coated.update(performed_at="2024-04-02T09:00Z")
    found = {(item.condition, item.fact): item.value for item in coincidences(cells_of(study))}
    assert found[("coated", "Week of pressing")] == "2024-W14"


def test_a_shorted_cell_has_no_number_and_the_reason_stands_beside_it(study: Study) -> None:
    cell = Cell.objects.filter(condition__name="coated").order_by("pk").first()
    Cell.objects.filter(pk=cell.pk).update(state="shorted")
    coated, uncoated = by_condition(study, ICE)
    assert [item.reason for item in coated.excluded] == ["The cell is shorted."]
    (pair,) = comparisons([coated, uncoated], "coating")
    assert pair.result is None
    assert "there are 2 and 3" in pair.reason


def test_every_cause_is_read_from_the_thread_above_a_cell(study: Study) -> None:
    cells = list(cells_of(study).cells)
    up = upstream_of(cells)
    coated, bare = cells[0].pk, cells[-1].pk
    found = {name: cause_values(cause, up) for name, cause in CAUSES.items()}
    assert (found["coating"][coated], found["coating"][bare]) == ("Nb2O5", "uncoated")
    assert (found["ald_cycles"][coated], found["ald_cycles"][bare]) == (30.0, 0.0)
    assert found["mix"][coated] != found["mix"][bare]
    assert found["active_lot"][coated] == found["active_lot"][bare]
    assert found["press_mpa"][coated] == 100.0
    assert found["operator"][coated] == "Ada"
    assert found["week"][coated] == "2024-W11"
    assert coated not in found["glovebox"], "what was not recorded is not guessed"


def test_a_study_costs_the_same_questions_however_many_cells_it_has(study: Study, ada: User) -> None:
    client = browser(ada)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(f"/studies/{study.code}/").status_code == 200
        return len(seen)

    asked()
    before = asked()
    condition = study.conditions.first()
    edition = Cell.objects.first().edition
    for _ in range(3):
        cell = Cell.objects.get(pk=Cell.objects.filter(condition=condition).first().pk)
        factories.cell_actions.plan_cell(condition=condition, edition=edition, by=ada, die=cell.die)
    assert asked() == before


def test_a_picture_shows_what_its_reader_may_see(study: Study, ada: User, otto: User) -> None:
    mine, theirs = browser(ada), browser(otto)
    url = f"/pictures/efficiency.json?study={study.code}"
    plot = mine.get(url).json()
    assert plot["ticks"] == ["coated", "uncoated"]
    assert sorted(series["y"][0] for series in plot["series"]) == pytest.approx(
        [82.2, 82.8, 83.4, 91.1, 91.6, 92.1]
    )
    assert plot["y"]["least"] == 0
    assert theirs.get(url).status_code == 404
    code = Cell.objects.first().code
    refused = theirs.get(f"/pictures/efficiency.json?cells={code}")
    assert (refused.status_code, code in refused.content.decode()) == (400, True)
    drawn = mine.get(f"/pictures/efficiency.svg?study={study.code}")
    assert b"Initial coulombic efficiency (%)" in drawn.content


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("colour=moon", "colour"),
        ("quantity=luck", "quantity"),
        ("per=acre", "per"),
    ],
)
def test_a_picture_refuses_what_it_does_not_know(study: Study, ada: User, query: str, field: str) -> None:
    answer = browser(ada).get(f"/pictures/efficiency.json?study={study.code}&{query}")
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_a_comparison_holds_cells_and_shows_each_reader_their_own(
    study: Study, ada: User, otto: User
) -> None:
    cells = list(cells_of(study).cells)
    made = save_comparison(by=ada, project=study.project, name="Side by side", cells=cells[:4])
    assert [cell.pk for cell in made.cells_visible_to(ada)] == [cell.pk for cell in cells[:4]]
    assert made.cells_visible_to(otto) == []
    plot = browser(ada).get(f"/pictures/efficiency.json?comparison={made.code}").json()
    assert len(plot["series"]) == 4
