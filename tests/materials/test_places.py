"""Places: rooms, gloveboxes and shelves whose paths follow, and jars that are moved by scanning."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from lims.models import LogEntry, Project, User
from materials import actions
from materials.models import Place, Powder
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def shelf(ada: User) -> Place:
    room = actions.create_place(by=ada, name="Room 12")
    box = actions.create_place(by=ada, name="Argon box", inside=room)
    return actions.create_place(by=ada, name="Shelf 2", inside=box)


@pytest.fixture
def tablet(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def named(name: str) -> Place:
    return Place.objects.get(name=name)


def test_a_place_is_named_by_what_it_is_in(shelf: Place) -> None:
    assert shelf.path == "Room 12 > Argon box > Shelf 2"


def test_the_paths_of_all_that_is_in_a_place_follow_its_name(ada: User, shelf: Place) -> None:
    actions.change_place(place=named("Room 12"), by=ada, reason="renumbered", name="Room 7")
    assert Place.objects.get(pk=shelf.pk).path == "Room 7 > Argon box > Shelf 2"
    assert LogEntry.objects.filter(identity=shelf.pk, verb="followed").count() == 1


def test_a_place_is_moved_with_what_is_in_it(ada: User, shelf: Place) -> None:
    other = actions.create_place(by=ada, name="Room 3")
    actions.change_place(place=named("Argon box"), by=ada, reason="moved house", inside=other)
    assert Place.objects.get(pk=shelf.pk).path == "Room 3 > Argon box > Shelf 2"


def test_a_place_cannot_be_put_into_itself_or_into_what_it_holds(ada: User, shelf: Place) -> None:
    room = named("Room 12")
    for inside in (room, shelf):
        with pytest.raises(ValidationError, match="cannot be inside itself"):
            actions.change_place(place=room, by=ada, reason="x", inside=inside)


def test_two_places_of_one_name_in_one_place_are_refused(ada: User, shelf: Place) -> None:
    with pytest.raises(ValidationError, match="a place of this name already"):
        actions.create_place(by=ada, name="Shelf 2", inside=shelf.inside)
    actions.create_place(by=ada, name="Shelf 2", inside=named("Room 12"))


def test_the_sign_between_names_is_in_no_name(ada: User) -> None:
    with pytest.raises(ValidationError, match="stands between the names"):
        actions.create_place(by=ada, name="Room > Box")


def test_a_rename_that_would_go_too_deep_below_is_refused_whole(ada: User) -> None:
    deep: Place | None = None
    for number in range(6):
        deep = actions.create_place(by=ada, name=f"P{number}", inside=deep)
    outer = actions.create_place(by=ada, name="Outer")
    with pytest.raises(ValidationError, match="six deep"):
        actions.change_place(place=named("P0"), by=ada, reason="x", inside=outer)
    assert named("P0").path == "P0"


def test_the_tree_has_each_place_under_the_one_that_it_is_in(ada: User, tablet: Client, shelf: Place) -> None:
    # By plain letters "Room 12 (cold)" would come between the room and its box.
    for name in ("Room 12 (cold)", "Room 12b", "Room 1"):
        actions.create_place(by=ada, name=name)
    order = [place.name for place in Place.objects.as_tree()]
    assert order == ["Room 1", "Room 12", "Argon box", "Shelf 2", "Room 12 (cold)", "Room 12b"]
    assert tablet.get("/places/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_make_no_ring(ada: User) -> None:
    first = actions.create_place(by=ada, name="First")
    second = actions.create_place(by=ada, name="Second")
    at_once(
        lambda: actions.change_place(place=first, by=ada, reason="x", inside=second),
        lambda: actions.change_place(place=second, by=ada, reason="x", inside=first),
    )
    assert Place.objects.filter(inside=None).count() == 1


# --- jars ---------------------------------------------------------------------------------------------------


def test_a_jar_is_moved_with_old_and_new_in_the_log(ada: User, project: Project, shelf: Place) -> None:
    lot = factories.make_lot(ada, project)
    actions.move_powder(powder=lot, place=shelf, by=ada)
    assert Powder.objects.get(pk=lot.pk).place == shelf
    entry = LogEntry.objects.get(verb="moved")
    assert entry.changes == {"place": [None, shelf.path]}
    actions.move_powder(powder=lot, place=shelf, by=ada)
    assert LogEntry.objects.filter(verb="moved").count() == 1


def test_a_finished_jar_goes_nowhere(ada: User, project: Project, shelf: Place) -> None:
    lot = factories.make_lot(ada, project)
    actions.dispose(powder=lot, reason="empty", by=ada)
    with pytest.raises(ValidationError, match="there is no jar to move"):
        actions.move_powder(powder=lot, place=shelf, by=ada)


def scan(client: Client, scanned: str, place: str = "") -> Any:
    url = f"/places/move/?place={place}" if place else "/places/move/"
    return client.post(url, {"idempotency_key": f"key of {scanned}", "scanned": scanned})


def test_a_place_is_scanned_and_then_jar_after_jar(
    ada: User, project: Project, tablet: Client, shelf: Place
) -> None:
    lots = [factories.make_lot(ada, project) for _ in range(2)]
    there = scan(tablet, f" {shelf.code.lower()}\r")["Location"]
    assert there == f"/places/move/?place={shelf.code}"
    for lot in lots:
        assert scan(tablet, f"https://lab.example.org/s/{lot.code}", shelf.code)["Location"] == there
    assert set(Powder.objects.filter(place=shelf)) == set(lots)
    page = tablet.get(there).content.decode()
    assert shelf.path.replace(">", "&gt;") in page
    assert lots[0].code in page
    assert "autofocus" in page


def test_a_scan_that_means_nothing_says_so_and_takes_the_next(
    ada: User, project: Project, otto: User, other_project: Project, tablet: Client, shelf: Place
) -> None:
    hidden = factories.make_lot(otto, other_project)
    lot = factories.make_lot(ada, project)
    for scanned, place, said in (
        (lot.code, "", f"Scan the place first, then {lot.code}"),
        (hidden.code, shelf.code, f"{hidden.code} is neither a place nor a powder that you may see"),
        ("LOT-9999", shelf.code, "LOT-9999 is neither a place nor a powder"),
        (lot.lot.supplier.code, shelf.code, "is neither a place nor a powder"),
    ):
        answer = scan(tablet, scanned, place)
        assert answer.status_code == 400
        assert said in answer.content.decode()
        assert f'value="{scanned}"' not in answer.content.decode()
    assert not Powder.objects.exclude(place=None).exists()


def test_a_place_s_page_lists_what_stands_in_it_and_below(
    ada: User, project: Project, otto: User, other_project: Project, tablet: Client, shelf: Place
) -> None:
    lot, hidden = factories.make_lot(ada, project), factories.make_lot(otto, other_project)
    elsewhere = factories.make_lot(ada, project)
    actions.move_powder(powder=lot, place=shelf, by=ada)
    actions.move_powder(powder=hidden, place=shelf, by=otto)
    page = tablet.get(f"/places/{named('Room 12').code}/").content.decode()
    assert lot.code in page
    assert hidden.code not in page
    assert elsewhere.code not in page


def test_the_tree_costs_the_same_queries_however_large(ada: User, project: Project, tablet: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            tablet.get("/places/")
        return len(queries)

    room = actions.create_place(by=ada, name="Room")
    before = count()
    for number in range(5):
        inside = actions.create_place(by=ada, name=f"Shelf {number}", inside=room)
        actions.move_powder(powder=factories.make_lot(ada, project), place=inside, by=ada)
    assert count() == before


def test_a_jar_is_moved_on_its_page(ada: User, project: Project, tablet: Client, shelf: Place) -> None:
    lot = factories.make_lot(ada, project)
    url = f"/powders/{lot.code}/move/"
    assert url in tablet.get(f"/powders/{lot.code}/").content.decode()
    answer = tablet.post(url, {"idempotency_key": "k1", "place": shelf.code})
    assert answer["Location"] == f"/powders/{lot.code}/"
    assert Powder.objects.get(pk=lot.pk).place == shelf


def test_a_jar_is_moved_by_the_api(
    api: APIClient, ada: User, otto: User, project: Project, other_project: Project, shelf: Place
) -> None:
    lot, hidden = factories.make_lot(ada, project), factories.make_lot(otto, other_project)
    moved = api.post(f"{V1}/powders/{lot.code}/move/", {"place": shelf.code})
    assert (moved.status_code, moved.json()["path"]) == (200, shelf.path)
    nowhere = api.post(f"{V1}/powders/{lot.code}/move/", {"place": None})
    assert nowhere.json()["place"] is None
    assert api.post(f"{V1}/powders/{lot.code}/move/", {"place": "LOC-9999"}).status_code == 400
    assert api.post(f"{V1}/powders/{hidden.code}/move/", {"place": shelf.code}).status_code == 404


def test_places_are_entered_by_the_api(api: APIClient, shelf: Place) -> None:
    made = api.post(f"{V1}/places/", {"name": "Drawer", "inside": shelf.code})
    assert (made.status_code, made.json()["path"]) == (201, f"{shelf.path} > Drawer")
    assert api.get(f"{V1}/places/").json()["results"][0]["path"] == "Room 12"
