"""What runs low and what expires, on the home page and by the API."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from lims.models import Project, User
from materials import actions
from materials.models import Material
from materials.stock import expiring, running_low
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(ada: User) -> Material:
    """A substance of which 100 mg should be there."""
    return factories.make_material(ada, "Li6PS5Cl", "electrolyte", low_stock_ug=100_000)


def low(user: User) -> list[str]:
    return [row.material.name for row in running_low(user)]


def test_all_open_lots_together_are_held_against_the_level(
    ada: User, project: Project, watched: Material
) -> None:
    assert low(ada) == ["Li6PS5Cl"]
    lots = [factories.make_lot(ada, project, material=watched, received_mg=50) for _ in range(2)]
    assert low(ada) == []
    actions.draw_mass(powder=lots[0], mass_ug=1, purpose="XRD", by=ada)
    assert low(ada) == ["Li6PS5Cl"]
    assert running_low(ada)[0].stock.text() == "99.999 mg"


def test_what_was_thrown_away_is_not_in_stock(ada: User, project: Project, watched: Material) -> None:
    lot = factories.make_lot(ada, project, material=watched, received_mg=200)
    actions.dispose(powder=lot, reason="moist", by=ada)
    assert low(ada) == ["Li6PS5Cl"]


def test_a_lot_parted_into_vials_is_still_in_stock(ada: User, project: Project, watched: Material) -> None:
    lot = factories.make_lot(ada, project, material=watched, received_mg=200)
    actions.take_aliquots(powder=lot, masses_ug=[150_000], by=ada)
    assert low(ada) == []


def test_what_is_counted_has_a_level_of_its_own(ada: User, project: Project) -> None:
    foil = factories.make_material(ada, "Li foil", "foil", low_stock_count=20)
    assert low(ada) == ["Li foil"]
    factories.make_lot(ada, project, material=foil, received_mg=None, counted_in="disc", count_milli=20_000)
    assert low(ada) == []
    lot = factories.make_lot(
        ada, project, material=factories.make_material(ada, "Cu", "foil", low_stock_count=20),
        received_mg=None, counted_in="disc", count_milli=19_000,
    )  # fmt: skip
    row = running_low(ada)[0]
    assert (row.material, row.stock.text(), row.level) == (lot.material, "19 discs", "20 discs")


def test_a_lot_of_a_hidden_project_is_neither_counted_nor_named(
    ada: User, otto: User, project: Project, other_project: Project, watched: Material
) -> None:
    today = timezone.localdate()
    lot = factories.make_lot(otto, other_project, material=watched, received_mg=500, expires_on=today)
    assert (low(ada), low(otto)) == (["Li6PS5Cl"], [])
    assert (list(expiring(ada, today)), list(expiring(otto, today))) == ([], [lot])


@pytest.mark.parametrize(("days", "shown"), [(-5, True), (0, True), (30, True), (31, False)])
def test_a_lot_that_expires_within_the_notice_is_shown(
    ada: User, project: Project, days: int, shown: bool
) -> None:
    today: date = timezone.localdate()
    lot = factories.make_lot(ada, project, expires_on=today + timedelta(days=days))
    assert (lot in expiring(ada, today)) is shown
    page = home(ada)
    assert (lot.code in page.partition("Running low and expiring")[2].partition("</section>")[0]) is shown


def test_an_expired_lot_with_nothing_left_is_not_shown(ada: User, project: Project) -> None:
    lot = factories.make_lot(ada, project, received_mg=10, expires_on=timezone.localdate())
    actions.lose_mass(powder=lot, mass_ug=10_000, reason="spilled", by=ada)
    assert not expiring(ada, timezone.localdate()).exists()


def home(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get("/").content.decode()


def test_the_card_costs_the_same_queries_however_much_runs_low(
    ada: User, project: Project, watched: Material
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert "Li6PS5Cl" in home(ada)
        return len(queries)

    factories.make_lot(ada, project, material=watched, received_mg=1, expires_on=timezone.localdate())
    before = count()
    for number in range(4):
        material = factories.make_material(ada, f"Substance {number}", "carbon", low_stock_ug=100_000)
        factories.make_lot(ada, project, material=material, received_mg=1, expires_on=timezone.localdate())
    assert count() == before


def test_all_of_it_stands_on_a_page_and_in_the_api(
    ada: User, api: APIClient, project: Project, watched: Material
) -> None:
    lot = factories.make_lot(
        ada, project, material=watched, received_mg=1, expires_on=timezone.localdate() - timedelta(days=1)
    )
    client = Client()
    client.force_login(ada)
    page = client.get("/stock/").content.decode()
    assert watched.code in page
    assert lot.code in page
    told = api.get("/api/v1/stock/").json()
    assert told["low"] == [{"material": watched.code, "name": "Li6PS5Cl", "left": "1 mg", "level": "100 mg"}]
    assert [(row["code"], row["expired"], row["left"]) for row in told["expiring"]] == [
        (lot.code, True, "1 mg")
    ]
