"""The powder's page and its forms: what can be done with a jar is offered, done once, and asked about where needed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lims.models import Project, Role, User
from materials.actions import dispose, draw_mass, put_on_hold, take_aliquots
from materials.actions.ledger import Despite
from materials.models import DrawReview, MassEntry, Powder
from tests.factories import Shelf, make_cell, make_lot, make_person, make_shelf, plan_cell, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return make_lot(ada, project, received_mg=100)


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(user: User, url: str, key: str = "k", **fields: Any) -> Any:
    return browser(user).post(url, {"idempotency_key": key, **fields})


def page(user: User, url: str) -> str:
    answer = browser(user).get(url)
    assert answer.status_code == 200, url
    return re.sub(r"\s+", " ", answer.content.decode())


# --- every verb, as its form sends it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "fields", "left_ug"),
    [
        ("draw", {"mass_ug": "10", "purpose": "XRD"}, 90_000),
        ("gain", {"mass_ug": "1", "reason": "moisture"}, 101_000),
        ("lose", {"mass_ug": "1", "reason": "spilled"}, 99_000),
        ("adjust", {"mass_ug": "0", "reason": "it is empty"}, 0),
        ("weigh", {"gross_ug": "5095", "tare_ug": "5000"}, 95_000),
        ("dispose", {"reason": "wet"}, 0),
        ("aliquots", {"count": "3", "each_ug": "20"}, 40_000),
        ("aliquots", {"masses_ug": "20 15,5; 4.5"}, 60_000),
        ("treat/?kind=dry", {"load_mass_ug": "50", "recovered_mass_ug": "49", "temperature_c": "80"}, 50_000),
    ],
)
def test_a_double_tap_on_a_verb_does_it_once(
    lot: Powder, ada: User, verb: str, fields: dict[str, str], left_ug: int
) -> None:
    for _ in range(2):
        answer = send(ada, f"/powders/{lot.code}/{verb}{'' if '?' in verb else '/'}", **fields)
        assert answer.status_code == 302, answer.content.decode()
    assert lot.balance_now_ug() == left_ug


def test_a_draw_is_returned_and_corrected_from_its_row(lot: Powder, ada: User) -> None:
    send(ada, f"/powders/{lot.code}/draw/", mass_ug="10", purpose="XRD")
    told = page(ada, f"/powders/{lot.code}/")
    for verb in ("return", "correct"):
        assert f"/powders/{lot.code}/entries/2/{verb}/" in told
    url = f"/powders/{lot.code}/entries/2"
    assert "10 mg of it is out, for XRD." in page(ada, f"{url}/return/")
    assert send(ada, f"{url}/return/", "r", mass_ug="4").status_code == 302
    assert send(ada, f"{url}/correct/", "c", mass_ug="5", reason="misread").status_code == 302
    assert lot.balance_now_ug() == 95_000
    assert browser(ada).get(f"/powders/{lot.code}/entries/1/return/").status_code == 404, "it was received"


def test_a_row_offers_only_what_may_be_done_with_it(shelf: Shelf, ada: User) -> None:
    make_cell(shelf)
    told = page(ada, f"/powders/{shelf.coated_composite.code}/")
    assert "/return/" not in told, "it went into a cell"
    assert "/correct/" not in told, "a layer is corrected on its cell"
    assert "/correct/" in page(ada, f"/powders/{shelf.coated.code}/"), "a component is corrected here"


def test_merging_offers_what_may_be_the_same_and_empties_it(lot: Powder, ada: User, project: Project) -> None:
    jars = take_aliquots(powder=lot, masses_ug=[20_000, 30_000], by=ada)
    other = make_lot(ada, project)
    told = page(ada, f"/powders/{jars[0].code}/merge/")
    assert jars[1].code in told
    assert other.code not in told
    answer = send(ada, f"/powders/{jars[0].code}/merge/", portions=[jars[1].pk, lot.pk])
    assert answer["Location"] == "/powders/MRG-0001/"
    assert Powder.objects.get(identity__code="MRG-0001").balance_now_ug() == 100_000


def test_a_treatment_asks_what_fits_its_kind(lot: Powder, ada: User) -> None:
    sieve = page(ada, f"/powders/{lot.code}/treat/?kind=sieve")
    assert 'name="mesh_um"' in sieve
    assert 'name="temperature_c"' not in sieve
    assert 'name="temperature_c"' in page(ada, f"/powders/{lot.code}/treat/?kind=anneal")
    assert 'name="temperature_c"' in page(ada, f"/powders/{lot.code}/treat/?kind=nonsense"), "drying, then"


def test_weighing_says_what_the_book_says_before_and_what_changed_after(lot: Powder, ada: User) -> None:
    Powder.objects.filter(pk=lot.pk).update(container_tare_ug=5_000_000)
    assert "the jar should weigh 5100 mg" in page(ada, f"/powders/{lot.code}/weigh/")
    answer = browser(ada).post(
        f"/powders/{lot.code}/weigh/", {"idempotency_key": "k", "gross_ug": "5095.5"}, follow=True
    )
    assert "LOT-0001 holds 95.5 mg: 4.5 mg less than the book said." in answer.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"count": "3"},
        {"each_ug": "5"},
        {"count": "3", "each_ug": "5", "masses_ug": "5 5"},
        {"masses_ug": "5 much"},
        {"masses_ug": "5 -1"},
        {"masses_ug": "5 0.0001"},
        {"masses_ug": "1e999"},
        {"count": "51", "each_ug": "1"},
    ],
)
def test_aliquots_that_are_not_clearly_meant_are_refused(
    lot: Powder, ada: User, fields: dict[str, str]
) -> None:
    assert send(ada, f"/powders/{lot.code}/aliquots/", **fields).status_code == 400
    assert lot.balance_now_ug() == 100_000


# --- reasons that are asked for ----------------------------------------------------------------------------


def test_a_book_that_is_short_is_corrected_with_one_tap(lot: Powder, ada: User) -> None:
    url, typed = f"/powders/{lot.code}/draw/", {"mass_ug": "100.001", "purpose": "XRD"}
    assert "The book was wrong" not in page(ada, url)
    refused = send(ada, url, **typed, lot_reason="", book_reason="")
    assert refused.status_code == 400
    told = re.sub(r"\s+", " ", refused.content.decode())
    assert "The book was wrong: correct it and go on" in told
    button = re.search(r'name="book_reason_ready" value="Weighed more than the book says"', told)
    assert button is not None
    # The tap sends the form as it stands, the empty box and the button's own reason.
    tapped = send(ada, url, **typed, book_reason="", book_reason_ready="Weighed more than the book says")
    assert tapped.status_code == 302
    assert lot.balance_now_ug() == 0
    assert lot.entries.get(kind="adjusted").reason == "Weighed more than the book says"


def test_enter_in_a_field_gives_no_reason_by_accident(lot: Powder, ada: User) -> None:
    """A form's first button is what Enter presses, so it must be the one that carries no reason."""
    refused = send(ada, f"/powders/{lot.code}/draw/", mass_ug="100.001", purpose="XRD").content.decode()
    form = refused[refused.index('class="record-form"') :]
    first = re.search(r'<button[^>]*type="submit"[^>]*>', form)
    assert first is not None
    assert "name=" not in first[0]


def test_a_held_lot_asks_why_and_waits_for_a_manager(lot: Powder, ada: User, grace: User) -> None:
    put_on_hold(powder=lot, reason="moisture is not known", by=ada)
    url, typed = f"/powders/{lot.code}/draw/", {"mass_ug": "10", "purpose": "XRD"}
    refused = send(ada, url, **typed)
    assert "LOT-0001 is on hold: moisture is not known" in refused.content.decode()
    assert "Use it all the same" in refused.content.decode()
    assert send(ada, url, **typed, lot_reason="for a trial").status_code == 302
    assert "Draws to review" in page(grace, "/")
    assert "Draws to review" not in page(ada, "/")
    waiting = DrawReview.objects.get()
    review = f"/draw-reviews/{waiting.pk}/"
    assert "for a trial" in page(grace, "/draw-reviews/?state=waiting")
    assert send(grace, review, verdict="").status_code == 400
    assert send(grace, review, verdict="fine").status_code == 302
    assert "fine" in page(grace, review)
    assert "Draws to review" not in page(grace, "/")


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        ("aliquots/", {"masses_ug": "60 60"}),
        ("treat/?kind=dry", {"load_mass_ug": "120", "recovered_mass_ug": "119", "temperature_c": "80"}),
    ],
)
def test_every_form_that_draws_asks_the_same_way(
    lot: Powder, ada: User, url: str, fields: dict[str, str]
) -> None:
    refused = send(ada, f"/powders/{lot.code}/{url}", **fields)
    assert "The book was wrong: correct it and go on" in refused.content.decode()
    done = send(ada, f"/powders/{lot.code}/{url}", **fields, book_reason_ready="Entered late")
    assert done.status_code == 302
    assert lot.balance_now_ug() == 0


def test_coating_mixing_and_pressing_ask_the_same_way(shelf: Shelf, ada: User) -> None:
    cell = plan_cell(shelf)
    press(shelf, cell, "separator", "48.6")
    parts = zip(
        (shelf.coated, shelf.lots["LPSC"], shelf.lots["PTFE"], shelf.lots["CNF"]),
        (70, 9000, 5, 5),
        strict=True,
    )
    mixed = {
        name: value
        for order, (powder, mass_mg) in enumerate(parts, start=1)
        for name, value in ((f"powder_{order}", powder.code), (f"mass_{order}", str(mass_mg)))
    }
    coated = {"edition": shelf.recipe.pk, "parent": shelf.lots["NMC"].code, "load_mass_ug": "99999",
              "recovered_mass_ug": "99000", "rows-TOTAL_FORMS": 0, "rows-INITIAL_FORMS": 0}  # fmt: skip
    pressed = {"role": "positive", "powder": shelf.coated_composite.code, "mass_ug": "9999", "lost_ug": "0",
               "pressure_value": 100, "pressure_unit": "MPa", "hold_s": 10}  # fmt: skip
    for url, fields in (
        ("/powders/coat/", coated),
        (f"/powders/mix/{shelf.cathode.formulation.code}/", {"project": "NB-COAT", **mixed}),
        (f"/cells/{cell.code}/press/", pressed),
    ):
        refused = send(ada, url, url, **fields)
        told = refused.content.decode()
        assert told.count("The book was wrong: correct it and go on") == 1, url
        done = send(ada, url, url, **fields, book_reason_ready="Entered late")
        assert done.status_code == 302, (url, done.content.decode())


# --- what the page says ------------------------------------------------------------------------------------


def test_a_hold_and_an_expiry_stand_above_all_with_who_and_why(
    ada: User, grace: User, project: Project
) -> None:
    lot = make_lot(ada, project, expires_on=timezone.localdate() - timedelta(days=3))
    put_on_hold(powder=lot, reason="moisture is not known", by=ada)
    told = page(ada, f"/powders/{lot.code}/")
    assert "On hold: moisture is not known" in told
    assert "Ada," in told
    assert "Expired: was good until" in told
    assert f"/powders/{lot.code}/release/" not in told, "managers release"
    assert f"/powders/{lot.code}/release/" in page(grace, f"/powders/{lot.code}/")
    (jar,) = take_aliquots(powder=lot, masses_ug=[1_000], by=ada, despite=Despite(lot_reason="x"))
    assert f"On hold: {lot.code}, of which it is an aliquot" in page(ada, f"/powders/{jar.code}/")


def test_a_process_shows_that_it_closes(shelf: Shelf, ada: User) -> None:
    told = page(ada, f"/powders/{shelf.coated.code}/")
    pattern = "<dt>Inputs</dt><dd>2000 mg</dd>.*<dt>Gain</dt><dd>0 mg</dd>.*<dt>Outputs</dt><dd>1950 mg</dd>"
    assert re.search(pattern + ".*<dt>Loss</dt><dd>50 mg</dd>", told)


def test_a_finished_jar_offers_only_to_be_opened(lot: Powder, ada: User) -> None:
    dispose(powder=lot, reason="wet", by=ada)
    told = page(ada, f"/powders/{lot.code}/")
    assert f"/powders/{lot.code}/reopen/" in told
    assert f"/powders/{lot.code}/draw/" not in told
    assert send(ada, f"/powders/{lot.code}/reopen/", reason="some was left").status_code == 302


def test_a_reader_is_offered_no_verb_and_refused_each(lot: Powder, project: Project) -> None:
    reader = make_person("rita", Role.READER, project)
    told = page(reader, f"/powders/{lot.code}/")
    verbs = (
        "draw",
        "gain",
        "lose",
        "adjust",
        "weigh",
        "dispose",
        "reopen",
        "hold",
        "release",
        "aliquots",
        "merge",
        "treat",
    )
    for verb in verbs:
        assert f"/powders/{lot.code}/{verb}/" not in told
        assert browser(reader).get(f"/powders/{lot.code}/{verb}/").status_code == 403
    assert browser(reader).get("/draw-reviews/").status_code == 403


def test_a_powder_of_another_project_is_not_there(lot: Powder, ada: User, otto: User) -> None:
    put_on_hold(powder=lot, reason="x", by=ada)
    draw_mass(powder=lot, mass_ug=1, purpose="XRD", by=ada, despite=Despite(lot_reason="x"))
    for verb in ("draw", "release", "entries", "entries/2/return", "entries/2/correct"):
        assert browser(otto).get(f"/powders/{lot.code}/{verb}/").status_code == 404
    assert browser(otto).get(f"/draw-reviews/{DrawReview.objects.get().pk}/").status_code == 404


def test_what_a_shared_powder_went_into_elsewhere_is_told_by_its_mass_alone(
    ada: User, otto: User, other_project: Project
) -> None:
    shared = make_lot(ada, None, received_mg=100)
    (jar,) = take_aliquots(powder=shared, masses_ug=[10_000], by=ada)
    jar.identity.project = other_project
    jar.identity.save()
    for url in (f"/powders/{shared.code}/", f"/powders/{shared.code}/entries/"):
        assert jar.code not in page(ada, url).partition("History")[0]
        assert "something of another project" in page(ada, url)
        assert jar.code in page(otto, url)


def test_the_whole_ledger_is_a_list_with_a_running_balance(lot: Powder, ada: User) -> None:
    for _ in range(60):
        draw_mass(powder=lot, mass_ug=1_000, purpose="XRD", by=ada)
    url = f"/powders/{lot.code}/entries/"
    assert "61 records" in page(ada, url)
    assert "100.000" in page(ada, f"{url}?page=2")
    assert MassEntry.objects.filter(powder=lot).count() == 61


# --- the list ----------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_to_what_needs_attention(ada: User, project: Project) -> None:
    plain = make_lot(ada, project, received_mg=5)
    held, gone = (
        make_lot(ada, project),
        make_lot(ada, project, expires_on=timezone.localdate() - timedelta(days=1)),
    )
    put_on_hold(powder=held, reason="x", by=ada)
    material = plain.material
    assert material is not None
    type(material).objects.filter(pk=material.pk).update(low_stock_ug=5_001)
    discs = make_lot(ada, project, received_mg=None, counted_in="disc", count_milli=12_000)
    for wanted, found in (("held", held), ("expired", gone), ("low", plain)):
        told = page(ada, f"/powders/?attention={wanted}")
        rows = told[told.index("<tbody") :]
        assert [code for code in (plain.code, held.code, gone.code, discs.code) if code in rows] == [
            found.code
        ]
    assert "12 discs" in page(ada, "/powders/")


def test_the_list_costs_the_same_queries_with_holds_and_counts(ada: User, project: Project) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(ada, "/powders/")
        return len(queries)

    make_lot(ada, project)
    before = cost()
    for _ in range(4):
        put_on_hold(powder=make_lot(ada, project), reason="x", by=ada)
        make_lot(ada, project, received_mg=None, counted_in="ml", count_milli=2_500)
    assert cost() == before
