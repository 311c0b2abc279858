"""Suspect records: one is marked, and all that it touched is flagged until somebody clears it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from lims.models import LogEntry, Membership, Project, Role, SuspectFlag, Suspicion, User
from lims.suspicion import clear_flags, flags_visible_to, mark_suspect
from materials.actions import Despite, Portion, draw_mass, merge_powders, take_aliquots
from materials.models import DrawReview
from testing.actions import request_report
from tests import factories
from tests.factories import Shelf, make_cell, make_lot, make_person, make_shelf, make_test

DESPITE = Despite(lot_reason="The moisture is being checked.")


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def flagged() -> set[str]:
    """Return the codes of all records on which a flag stands."""
    return set(SuspectFlag.objects.standing().values_list("identity__code", flat=True))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_everything_made_of_a_suspect_lot_is_flagged_and_nothing_else(shelf: Shelf, ada: User) -> None:
    cell = make_cell(shelf)
    test = make_test(cell, ada)
    report = request_report(kind="cell", subject=cell.identity, by=ada)
    mark_suspect(identity=shelf.lots["NMC"].identity, reason="210 ppm of water", by=ada)
    touched = {
        shelf.lots["NMC"],
        shelf.coated,
        shelf.coated_composite,
        shelf.plain_composite,
        cell,
        test,
        report,
    }
    assert flagged() == {record.code for record in touched}
    entry = LogEntry.objects.get(verb="marked as suspect")
    assert (entry.subject, entry.reason, entry.changes) == (
        shelf.lots["NMC"].code, "210 ppm of water", {"touched": len(touched) - 1},
    )  # fmt: skip


def test_a_mark_needs_its_reason(shelf: Shelf, ada: User) -> None:
    with pytest.raises(ValidationError, match="Say what is suspected"):
        mark_suspect(identity=shelf.coated.identity, reason=" ", by=ada)
    assert not Suspicion.objects.exists()


def test_what_is_made_of_a_flagged_record_is_flagged_as_it_is_made(shelf: Shelf, ada: User) -> None:
    cell = make_cell(shelf)
    mark_suspect(identity=cell.identity, reason="dropped", by=ada)
    test = make_test(cell, ada)
    report = request_report(kind="cell", subject=cell.identity, by=ada)
    assert flagged() == {cell.code, test.code, report.code}


def test_a_clean_jar_poured_together_with_a_flagged_one_makes_a_flagged_one(
    project: Project, ada: User
) -> None:
    suspect = make_lot(ada, project, received_mg=100)
    clean = make_lot(ada, project, material=suspect.material, received_mg=100)
    mark_suspect(identity=suspect.identity, reason="opened in air", by=ada)
    merged = merge_powders(portions=[Portion(suspect), Portion(clean)], by=ada, despite=DESPITE)
    assert flagged() == {suspect.code, merged.code}


def test_drawing_from_a_suspect_powder_asks_why_and_goes_on(project: Project, ada: User) -> None:
    lot = make_lot(ada, project, received_mg=100)
    mark_suspect(identity=lot.identity, reason="opened in air", by=ada)
    with pytest.raises(ValidationError, match=f"{lot.code} is suspect"):
        draw_mass(powder=lot, mass_ug=1000, purpose="XRD", by=ada)
    draw_mass(powder=lot, mass_ug=1000, purpose="XRD", by=ada, despite=DESPITE)
    assert DrawReview.objects.get().why == "suspect"


def test_what_is_pressed_into_a_cell_late_reaches_what_was_measured_on_it(shelf: Shelf, ada: User) -> None:
    """A cell that has its tests already, as when a layer is entered from paper afterwards."""
    cell = make_cell(shelf)
    test = make_test(cell, ada)
    late = make_lot(ada, shelf.project, received_mg=100)
    mark_suspect(identity=late.identity, reason="x", by=ada)
    from_suspect = Suspicion.objects.get()
    factories.use_powder(late, cell.identity, 10, by=ada, despite=DESPITE)
    assert set(from_suspect.flags.values_list("identity__code", flat=True)) == {
        late.code,
        cell.code,
        test.code,
    }


def test_one_some_or_all_are_cleared_each_with_its_reason(shelf: Shelf, grace: User) -> None:
    mark_suspect(identity=shelf.lots["NMC"].identity, reason="210 ppm of water", by=grace)
    flags = flags_visible_to(grace).standing()
    coated = list(flags.filter(identity=shelf.coated.pk))
    with pytest.raises(ValidationError, match="Say why it is clear"):
        clear_flags(flags=coated, reason="", by=grace)
    assert clear_flags(flags=coated, reason="Dried since: 20 ppm.", by=grace) == 1
    assert shelf.coated.code not in flagged()
    assert shelf.coated_composite.code in flagged(), "what was made of it is for itself"
    assert clear_flags(flags=coated, reason="again", by=grace) == 0
    assert clear_flags(flags=flags, reason="The Karl Fischer cell leaked.", by=grace) == 3
    assert flagged() == set()
    cleared = LogEntry.objects.filter(verb="cleared of suspicion")
    assert set(cleared.values_list("reason", flat=True)) == {
        "Dried since: 20 ppm.",
        "The Karl Fischer cell leaked.",
    }


def test_nothing_made_of_what_was_cleared_is_flagged(project: Project, ada: User) -> None:
    lot = make_lot(ada, project, received_mg=100)
    mark_suspect(identity=lot.identity, reason="x", by=ada)
    clear_flags(flags=SuspectFlag.objects.all(), reason="y", by=ada)
    take_aliquots(powder=lot, masses_ug=[1000], by=ada)
    assert flagged() == set()


def test_every_page_of_a_flagged_record_says_so_above_all_else(shelf: Shelf, ada: User) -> None:
    cell = make_cell(shelf)
    test = make_test(cell, ada)
    report = request_report(kind="cell", subject=cell.identity, by=ada)
    client = browser(ada)
    client.post(
        f"/records/{shelf.lots['NMC'].code}/suspect/", {"idempotency_key": "k", "reason": "210 ppm of water"}
    )
    number = Suspicion.objects.get().pk
    for url in (
        f"/powders/{shelf.lots['NMC'].code}/", f"/powders/{shelf.coated.code}/", f"/cells/{cell.code}/",
        f"/tests/{test.code}/", f"/reports/{report.code}/",
    ):  # fmt: skip
        page = client.get(url).content.decode()
        assert "Suspect: 210 ppm of water" in page, url
        assert f"/suspects/{number}/" in page
    assert "Suspect: 210" not in client.get(f"/powders/{shelf.lots['LPSC'].code}/").content.decode()


def test_lists_and_the_home_page_mark_what_is_suspect(shelf: Shelf, ada: User) -> None:
    client = browser(ada)
    assert "state-suspect" not in client.get("/powders/").content.decode()
    mark_suspect(identity=shelf.coated.identity, reason="210 ppm of water", by=ada)
    assert client.get("/powders/").content.decode().count("state-suspect") == 2
    assert f"{shelf.coated.code} · 210 ppm of water" in client.get("/").content.decode()


def test_the_page_of_a_suspicion_clears_one_and_then_all(shelf: Shelf, ada: User) -> None:
    client = browser(ada)
    suspicion = mark_suspect(identity=shelf.lots["NMC"].identity, reason="210 ppm of water", by=ada)
    url = f"/suspects/{suspicion.pk}/"
    page = client.get(url).content.decode()
    for record in (shelf.coated, shelf.coated_composite, shelf.plain_composite):
        assert f'value="{record.code}"' in page
    none = client.post(f"{url}clear/", {"idempotency_key": "a", "reason": "dried"})
    assert (none.status_code, "Choose at least one" in none.content.decode()) == (400, True)
    body = {"idempotency_key": "b", "reason": "dried", "code": [shelf.coated.code]}
    assert client.post(f"{url}clear/", body).status_code == 302
    assert len(flagged()) == 3
    body = {"idempotency_key": "c", "reason": "the instrument leaked", "everything": "1"}
    assert client.post(f"{url}clear/", body).status_code == 302
    assert flagged() == set()
    assert "All clear" in client.get(url).content.decode()
    assert shelf.lots["NMC"].code not in client.get("/suspects/").content.decode()
    assert shelf.lots["NMC"].code in client.get("/suspects/?which=all").content.decode()


def test_a_double_tap_marks_once(shelf: Shelf, ada: User) -> None:
    client = browser(ada)
    for _ in range(2):
        client.post(f"/records/{shelf.coated.code}/suspect/", {"idempotency_key": "k", "reason": "x"})
    assert Suspicion.objects.count() == 1


def test_a_reader_marks_and_clears_nothing(shelf: Shelf, ada: User, project: Project) -> None:
    suspicion = mark_suspect(identity=shelf.coated.identity, reason="x", by=ada)
    client = browser(make_person("rita", Role.READER, project))
    assert client.get(f"/records/{shelf.coated.code}/suspect/").status_code == 403
    page = client.get(f"/suspects/{suspicion.pk}/").content.decode()
    assert "Clear the chosen" not in page
    body = {"idempotency_key": "k", "reason": "x", "everything": "1"}
    assert client.post(f"/suspects/{suspicion.pk}/clear/", body).status_code == 403
    assert len(flagged()) == 2


# --- who sees what ----------------------------------------------------------------------------------------------


@pytest.fixture
def shared(ada: User, otto: User, project: Project, other_project: Project) -> tuple[str, str, str]:
    """A lot of the whole lab, and an aliquot of it in each project: their codes."""
    lot = make_lot(ada, None, received_mg=100)
    parts = [make_lot(by, of, received_mg=10) for by, of in ((ada, project), (otto, other_project))]
    for by, part in zip((ada, otto), parts, strict=True):
        factories.use_powder(lot, part.identity, 1000, by=by)
    return lot.code, parts[0].code, parts[1].code


def test_marking_a_shared_lot_flags_the_other_projects_records_without_naming_them(
    shared: tuple[str, str, str], ada: User, otto: User
) -> None:
    lot, mine, theirs = shared
    client = browser(ada)
    assert "1 of projects that you do not see" in client.get(f"/records/{lot}/suspect/").content.decode()
    client.post(f"/records/{lot}/suspect/", {"idempotency_key": "k", "reason": "opened in air"})
    assert flagged() == {lot, mine, theirs}
    url = f"/suspects/{Suspicion.objects.get().pk}/"
    page = client.get(url).content.decode()
    assert (mine in page, theirs in page, "1 more record of projects" in page) == (True, False, True)
    page = browser(otto).get(url).content.decode()
    assert (mine in page, theirs in page, "opened in air" in page) == (False, True, True)


def test_all_that_somebody_clears_is_all_that_they_see(shared: tuple[str, str, str], ada: User) -> None:
    lot, _, theirs = shared
    client = APIClient()
    client.force_authenticate(ada)
    made = client.post("/api/v1/suspicions/", {"record": lot, "reason": "opened in air"}).json()
    answer = client.post(f"/api/v1/suspicions/{made['id']}/clear/", {"all": True, "reason": "it was not"})
    assert answer.status_code == 200
    assert flagged() == {theirs}


def test_why_a_hidden_record_is_suspect_stays_in_its_project(
    ada: User, otto: User, project: Project, other_project: Project
) -> None:
    """Ada's lot went into a record of Otto's project, by somebody who belongs to both."""
    Membership.objects.create(user=ada, project=other_project)
    secret = make_lot(ada, project, received_mg=100)
    theirs = make_lot(otto, other_project, received_mg=10)
    factories.use_powder(secret, theirs.identity, 1000, by=ada)
    number = mark_suspect(identity=secret.identity, reason="our secret moisture", by=ada).pk
    client = browser(otto)
    for url in (f"/powders/{theirs.code}/", f"/suspects/{number}/", "/suspects/", "/"):
        page = client.get(url).content.decode()
        assert "another project" in page, url
        assert (secret.code in page, "our secret moisture" in page) == (False, False), url
    api = APIClient()
    api.force_authenticate(otto)
    told = api.get(f"/api/v1/suspicions/{number}/").json()
    assert (told["record"], told["touched"], [flag["record"] for flag in told["flags"]]) == (
        None,
        1,
        [theirs.code],
    )
    assert "secret" not in told["reason"]
    assert api.get("/api/v1/suspicions/", {"record": secret.code}).json()["results"] == []


def test_a_suspicion_of_nothing_that_one_sees_is_not_there(shelf: Shelf, ada: User, otto: User) -> None:
    number = mark_suspect(identity=shelf.coated.identity, reason="x", by=ada).pk
    assert browser(otto).get(f"/suspects/{number}/").status_code == 404
    api = APIClient()
    api.force_authenticate(otto)
    assert api.get(f"/api/v1/suspicions/{number}/").status_code == 404
    assert api.post(f"/api/v1/suspicions/{number}/clear/", {"all": True, "reason": "x"}).status_code == 404
    hidden = api.post("/api/v1/suspicions/", {"record": shelf.coated.code, "reason": "x"})
    never = api.post("/api/v1/suspicions/", {"record": "ALD-9999", "reason": "x"})
    assert (hidden.status_code, never.status_code) == (400, 400)
    assert hidden.json()["record"] == [never.json()["record"][0].replace("ALD-9999", shelf.coated.code)]


# --- the API ----------------------------------------------------------------------------------------------------


def test_the_api_marks_lists_and_clears(api: APIClient, shelf: Shelf) -> None:
    made = api.post("/api/v1/suspicions/", {"record": shelf.coated.code, "reason": "210 ppm of water"})
    assert made.status_code == 201
    number = made.json()["id"]
    assert {flag["record"] for flag in made.json()["flags"]} == {
        shelf.coated.code,
        shelf.coated_composite.code,
    }
    assert api.get(f"/api/v1/powders/{shelf.coated_composite.code}/").json()["suspect"] is True
    assert api.get(f"/api/v1/powders/{shelf.lots['NMC'].code}/").json()["suspect"] is False
    assert api.get("/api/v1/suspicions/", {"standing": True}).json()["count"] == 1
    assert api.get("/api/v1/suspicions/", {"touching": shelf.lots["NMC"].code}).json()["count"] == 0
    wrong = api.post(f"/api/v1/suspicions/{number}/clear/", {"records": ["LOT-9999"], "reason": "x"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["records"])
    none = api.post(f"/api/v1/suspicions/{number}/clear/", {"reason": "x"})
    assert (none.status_code, list(none.json())) == (400, ["records"])
    answer = api.post(
        f"/api/v1/suspicions/{number}/clear/",
        {"records": [shelf.coated.code.lower()], "reason": "dried"},
        format="json",
    )  # fmt: skip
    assert (answer.status_code, answer.json()["standing"]) == (200, 1)
    api.post(f"/api/v1/suspicions/{number}/clear/", {"all": True, "reason": "dried"})
    assert api.get("/api/v1/suspicions/", {"standing": True}).json()["count"] == 0
