"""Lots: received with everything that stands on them, opened, changed, expired."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from cells.models import CellBasis
from lims import registry
from lims.models import Attachment, LogEntry, Project, User
from lims.records import StaleRecord
from materials import actions
from materials.genealogy import compositions
from materials.models import DrawReview, Hold, MassEntry, Powder
from tests import factories
from tests.factories import make_lot

pytestmark = pytest.mark.django_db

LOTS = "/api/v1/lots/"


def told(refused: pytest.ExceptionInfo[ValidationError], field: str) -> str:
    return " ".join(refused.value.message_dict[field])


def body(ada: User, **facts: Any) -> dict[str, Any]:
    """Return what the API needs of every lot."""
    return {
        "project": "NB-COAT", "material": factories.make_material(ada, "LTO").code,
        "supplier": factories.make_supplier(ada).code, "lot_number": "LTO-7", **facts,
    }  # fmt: skip


def typed(ada: User, **facts: Any) -> dict[str, Any]:
    """Return what the form sends for every lot."""
    return {"idempotency_key": "k1", **body(ada), **facts}


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


# --- how much came ------------------------------------------------------------------------------------------


def test_a_weighed_mass_is_the_gross_less_the_tare(ada: User, project: Project) -> None:
    lot = make_lot(ada, project, received_mg=None, gross_ug=31_250_500, container_tare_ug=6_300_250)
    assert lot.balance_now_ug() == 24_950_250
    assert (lot.lot.mass_basis, lot.container_tare_ug) == ("weighed", 6_300_250)
    assert "31250.5 mg gross, tare 6300.25 mg" in LogEntry.objects.get(identity=lot.pk).changes["amount"]


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"gross_ug": 10}, "container_tare_ug", "needs the tare"),
        ({"gross_ug": 10, "container_tare_ug": 10}, "gross_ug", "leaves nothing"),
        ({"gross_ug": 5_000, "container_tare_ug": 2_000, "mass_ug": 2_000}, "mass_ug", "is 3 mg, not 2 mg"),
        (
            {"gross_ug": 5_000, "container_tare_ug": 2_000, "mass_basis": "nominal"},
            "mass_basis",
            "was weighed",
        ),
        ({}, "mass_ug", "Say what was received"),
        ({"count_milli": 5_000}, "counted_in", "needs the unit"),
        ({"counted_in": "disc"}, "count_milli", "a count and no mass"),
        ({"counted_in": "disc", "count_milli": 5_000, "mass_ug": 5}, "count_milli", "no mass"),
        ({"counted_in": "disc", "count_milli": 5_000, "gross_ug": 5}, "count_milli", "no mass"),
        ({"counted_in": "disc", "count_milli": 5_000, "mass_basis": "weighed"}, "mass_basis", "no mass"),
        ({"counted_in": "disc", "count_milli": 5_500}, "count_milli", "whole discs"),
    ],
)
def test_an_amount_is_one_thing_and_whole(
    ada: User, project: Project, facts: dict[str, Any], field: str, sentence: str
) -> None:
    container: dict[str, Any] = {
        "material": factories.make_material(ada, "LTO"), "supplier": factories.make_supplier(ada), "lot_number": "1",
    }  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        actions.receive_lot(by=ada, project=project, **container, **facts)
    assert sentence in told(refused, field)
    assert not Powder.objects.exists(), "nothing of a refused lot stays"


def test_the_form_takes_a_gross_mass_and_says_what_is_missing(
    ada: User, project: Project, browser: Client
) -> None:
    sent = typed(ada, mass_basis="weighed", container_tare_ug="6300.25")
    missing = browser.post("/powders/receive/", sent)
    assert (missing.status_code, "Put the container on the balance" in missing.content.decode()) == (
        400,
        True,
    )
    answer = browser.post("/powders/receive/", {**sent, "gross_ug": "31250.5"})
    assert answer.status_code == 302
    assert Powder.objects.get().balance_now_ug() == 24_950_250


def test_the_api_takes_a_gross_mass_and_names_its_own_fields(api: APIClient, ada: User) -> None:
    sent = body(ada, gross_mg=5, container_tare_mg=6)
    refused = api.post(LOTS, sent)
    assert list(refused.json()) == ["gross_mg"]
    made = api.post(LOTS, sent | {"gross_mg": 31250.5, "container_tare_mg": 6300.25})
    assert made.status_code == 201, made.json()
    assert made.json()["balance_mg"] == 24950.25
    assert made.json()["detail"]["mass_basis"] == "weighed"
    assert made.json()["detail"]["container_tare_mg"] == 6300.25


def test_a_solution_is_counted_and_its_concentration_typed_as_on_the_bottle(
    ada: User, project: Project, browser: Client
) -> None:
    sent = typed(ada, mass_basis="counted", counted_in="ml", count_milli="25", concentration_g_ml="5 % w/v")
    answer = browser.post("/powders/receive/", sent)
    assert answer.status_code == 302, answer.content.decode()
    lot = Powder.objects.get()
    assert (lot.count_now_milli(), lot.counted_in, lot.lot.concentration_g_ml) == (25_000, "ml", 0.05)
    assert "5 % w/v" in browser.get(f"/powders/{lot.code}/").content.decode()


@pytest.mark.parametrize("concentration", ["5", "5 %", "5 % w/w", "1 mol/L", "1,000 g/L", "strong"])
def test_a_concentration_without_a_unit_that_says_enough_is_refused(
    ada: User, project: Project, browser: Client, concentration: str
) -> None:
    sent = typed(
        ada, mass_basis="counted", counted_in="ml", count_milli="25", concentration_g_ml=concentration
    )
    assert browser.post("/powders/receive/", sent).status_code == 400
    assert not Powder.objects.exists()


def test_only_a_solution_has_a_concentration(ada: User, project: Project) -> None:
    for amount in ({"received_mg": 5}, {"received_mg": None, "counted_in": "disc", "count_milli": 5_000}):
        with pytest.raises(ValidationError) as refused:
            make_lot(ada, project, concentration_g_ml=0.05, **amount)
        assert "Only a solution" in told(refused, "concentration_g_ml")


# --- what stands on it --------------------------------------------------------------------------------------


def test_everything_that_stands_on_a_container_is_kept_and_logged(api: APIClient, ada: User) -> None:
    place = actions.create_place(by=ada, name="Glovebox 1")
    facts = {
        "catalogue_number": "MSE-12", "purity_fraction": 0.99, "particle_size_min_um": 2.0,
        "particle_size_max_um": 5.0, "received_on": "2026-02-02", "opened_on": "2026-02-03",
        "expires_on": "2027-02-02",
    }  # fmt: skip
    made = api.post(LOTS, body(ada, mass_mg=25000, place=place.code, **facts))
    assert made.status_code == 201, made.json()
    detail = made.json()["detail"]
    assert {name: detail[name] for name in facts} == facts
    logged = LogEntry.objects.get(subject=made.json()["code"]).changes
    assert {name: logged[name] for name in facts} == facts
    assert Powder.objects.get(identity__code=made.json()["code"]).place == place


@pytest.mark.parametrize("name", ["received_on", "opened_on"])
def test_a_day_to_come_is_no_day_that_something_was_done(ada: User, project: Project, name: str) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        make_lot(ada, project, **{name: tomorrow})
    assert "lies in the future" in told(refused, name)


def test_a_certificate_is_attached_as_the_lot_is_received(
    ada: User, project: Project, browser: Client
) -> None:
    certificate = SimpleUploadedFile("coa.pdf", b"%PDF-1.4 certificate")
    sent = typed(ada, mass_ug="5", certificate=certificate)
    assert browser.post("/powders/receive/", sent).status_code == 302
    attached = Attachment.objects.get()
    assert (attached.name, attached.purpose) == ("coa.pdf", "certificate")
    assert attached.identity_id == Powder.objects.get().pk


def test_a_lab_may_hold_every_new_lot(ada: User, project: Project, settings: Any) -> None:
    assert not Hold.objects.filter(powder=make_lot(ada, project)).exists(), "off by default"
    settings.HOLD_NEW_LOTS = True
    lot = make_lot(ada, project)
    assert Hold.objects.get(powder=lot).reason == "new lots wait for their release in this lab"
    assert LogEntry.objects.filter(identity=lot.pk, verb="put on hold").exists(), "a hold is logged"
    assert lot.version == Powder.objects.get(pk=lot.pk).version
    with pytest.raises(ValidationError) as refused:
        actions.draw_mass(powder=lot, mass_ug=1, purpose="XRD", by=ada)
    assert f"{lot.code} is on hold" in told(refused, "lot_reason")


def test_a_lot_that_came_damaged_is_held_as_it_is_received(ada: User, project: Project) -> None:
    lot = make_lot(ada, project, hold_reason="lid was loose")
    assert Hold.objects.get(powder=lot).reason == "lid was loose"


def test_another_like_it_begins_with_what_both_have_in_common(
    ada: User, project: Project, browser: Client
) -> None:
    lot = make_lot(
        ada, project, received_mg=25000, purity_fraction=0.98, catalogue_number="C-12", lot_number="FIRST",
        expires_on=date(2030, 1, 31),
    )  # fmt: skip
    page = browser.get(f"/powders/receive/?like={lot.code}").content.decode()
    for value in ("25000.000", "98.0", "C-12"):
        assert f'value="{value}"' in page
    assert f'value="{lot.material.code}" selected' in page
    for own in ("FIRST", "2030-01-31"):
        assert own not in page, "lot number and expiry are read off the new container"


# --- more is known later ------------------------------------------------------------------------------------


def test_a_lot_is_opened_with_one_tap(ada: User, project: Project, browser: Client) -> None:
    lot = make_lot(ada, project)
    page = browser.get(f"/powders/{lot.code}/").content.decode()
    assert f'action="/powders/{lot.code}/open/"' in page
    for _ in range(2):
        assert browser.post(f"/powders/{lot.code}/open/", {"idempotency_key": "tap"}).status_code == 302
    lot = Powder.objects.get(pk=lot.pk)
    assert (lot.lot.opened_on, lot.version) == (timezone.localdate(), 2)
    assert LogEntry.objects.filter(identity=lot.pk, verb="opened").count() == 1
    with pytest.raises(ValidationError, match="was opened on"):
        actions.open_lot(powder=lot, by=ada)
    assert f'action="/powders/{lot.code}/open/"' not in browser.get(f"/powders/{lot.code}/").content.decode()


def test_what_was_empty_is_filled_in_and_what_was_there_is_replaced_with_a_reason(
    ada: User, project: Project
) -> None:
    lot = make_lot(ada, project, purity_fraction=0.99)
    place = actions.create_place(by=ada, name="Shelf 2")
    actions.change_lot(
        powder=lot, by=ada, expires_on=date(2030, 1, 1), container_tare_ug=6_300_000, place=place
    )
    with pytest.raises(ValidationError) as refused:
        actions.change_lot(powder=lot, by=ada, purity_fraction=0.98, reason=" ")
    assert "purity fraction was 0.99" in told(refused, "reason")
    actions.change_lot(powder=lot, by=ada, purity_fraction=0.98, reason="certificate of the new batch")
    changes = [e.changes for e in LogEntry.objects.filter(identity=lot.pk, verb="changed").order_by("seq")]
    assert changes == [
        {"expires_on": [None, "2030-01-01"], "container_tare": [None, "6300 mg"], "place": [None, "Shelf 2"]},
        {"purity_fraction": [0.99, 0.98]},
    ]
    assert Powder.objects.get(pk=lot.pk).version == 3


def test_a_change_of_nothing_changes_nothing(ada: User, project: Project) -> None:
    lot = make_lot(ada, project, purity_fraction=0.99)
    before = LogEntry.objects.count()
    assert actions.change_lot(powder=lot, by=ada, purity_fraction=0.99).version == 1
    assert LogEntry.objects.count() == before


def test_what_is_no_lot_has_no_container(ada: User, project: Project) -> None:
    coated = factories.make_shelf(ada, project).coated
    with pytest.raises(ValidationError, match="is no lot"):
        actions.change_lot(powder=coated, by=ada, purity_fraction=0.5)


def test_a_change_is_judged_as_the_whole_row(ada: User, project: Project) -> None:
    lot = make_lot(ada, project, particle_size_max_um=5)
    with pytest.raises(ValidationError, match="largest particle size is below"):
        actions.change_lot(powder=lot, by=ada, particle_size_min_um=6)


def test_a_corrected_particle_size_changes_what_the_cells_consist_of(bench: Any, ada: User) -> None:
    shelf = bench.shelf
    nmc, oxide = shelf.lots["NMC"], shelf.materials["Nb2O5"].pk
    before = CellBasis.objects.get(cell=bench.cell, current=True)
    share = compositions([shelf.coated])[shelf.coated.pk][oxide]
    actions.change_lot(powder=nmc, by=ada, particle_size_max_um=3, reason="sieve data of the supplier")
    # Half the mean diameter's excess over 2 um is gone: 2.5 instead of 3.5 um, so the shell weighs more of it.
    assert compositions([Powder.objects.get(pk=shelf.coated.pk)])[shelf.coated.pk][oxide] > 1.3 * share
    assert CellBasis.objects.get(cell=bench.cell, current=True).version == before.version + 1


def test_a_place_or_a_tare_changes_no_composition(
    bench: Any, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[frozenset[int]] = []
    monkeypatch.setattr(registry, "dependents", [heard.append])
    lot = bench.shelf.lots["NMC"]
    actions.change_lot(powder=lot, by=ada, container_tare_ug=5_000)
    assert heard == []
    actions.change_lot(powder=lot, by=ada, particle_size_min_um=1, reason="certificate")
    assert heard == [frozenset({lot.pk})]


def test_a_stale_change_is_refused_and_the_page_says_who_was_faster(
    ada: User, grace: User, project: Project, browser: Client
) -> None:
    lot = make_lot(ada, project)
    url = f"/powders/{lot.code}/change/"
    form = {
        "lot_number": lot.lot.lot_number,
        "name": lot.name,
        "expected_version": 1,
        "expires_on": "2031-01-01",
    }
    actions.change_lot(powder=lot, by=grace, expires_on=date(2030, 1, 1))
    with pytest.raises(StaleRecord):
        actions.change_lot(powder=lot, by=ada, expected_version=1, expires_on=date(2031, 1, 1))
    answer = browser.post(url, {**form, "idempotency_key": "k1"})
    page = answer.content.decode()
    assert (answer.status_code, "grace changed" in page) == (400, True)
    again = {**form, "expected_version": 2, "idempotency_key": "k2", "reason": "the label says so"}
    assert browser.post(url, again).status_code == 302
    assert Powder.objects.get(pk=lot.pk).lot.expires_on == date(2031, 1, 1)


def test_the_form_shows_what_is_known_and_takes_purity_in_percent(
    ada: User, project: Project, browser: Client
) -> None:
    lot = make_lot(
        ada, project, purity_fraction=0.98, expires_on=date(2030, 1, 31), container_tare_ug=6_300_250
    )
    page = browser.get(f"/powders/{lot.code}/change/").content.decode()
    for value in ("98.0", "2030-01-31", "6300.250"):
        assert f'value="{value}"' in page


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(
    ada: User, project: Project, browser: Client
) -> None:
    """In floats 0.58 x 100 is 57.99999999999999, and 99.9 / 100 is 0.9990000000000001."""
    for purity in (0.58, 0.999):
        lot = make_lot(ada, project, purity_fraction=purity)
        form = browser.get(f"/powders/{lot.code}/change/").context["form"]
        shown = {field.html_name: field.value() for field in form if field.value() is not None}
        answer = browser.post(f"/powders/{lot.code}/change/", shown)
        assert answer.status_code == 302, (answer.context["form"].errors, shown)
        assert Powder.objects.get(pk=lot.pk).version == 1


def test_the_api_changes_a_lot_with_the_version_that_was_read(
    api: APIClient, ada: User, project: Project
) -> None:
    lot = make_lot(ada, project, expires_on=date(2030, 1, 1))
    url = f"{LOTS}{lot.code}/"
    assert api.patch(url, {"expires_on": "2031-01-01"}).status_code == 428
    without = api.patch(url, {"expires_on": "2031-01-01"}, HTTP_IF_MATCH='"1"')
    assert (without.status_code, list(without.json())) == (400, ["reason"])
    changes = {"expires_on": "2031-01-01", "container_tare_mg": 6300.25, "reason": "misread"}
    done = api.patch(url, changes, HTTP_IF_MATCH='"1"')
    assert (done.status_code, done["ETag"]) == (200, '"2"')
    assert done.json()["detail"]["expires_on"] == "2031-01-01"
    assert done.json()["detail"]["container_tare_mg"] == 6300.25
    assert api.patch(url, {"opened_on": None}, HTTP_IF_MATCH='"1"').status_code == 412
    opened = api.post(f"{url}open/")
    assert opened.json()["detail"]["opened_on"] == str(timezone.localdate())


def test_lots_are_found_by_what_stands_on_them(api: APIClient, ada: User, project: Project) -> None:
    powder = make_lot(ada, project, lot_number="A-17", expires_on=date(2025, 1, 1))
    make_lot(ada, project, received_mg=None, counted_in="disc", count_milli=5_000, lot_number="FOIL")
    for filters, found in (
        ({"lot_number": "a-17"}, [powder.code]),
        ({"expires_before": "2025-01-02"}, [powder.code]),
        ({"expires_before": "2025-01-01"}, []),
        ({"counted": "false"}, [powder.code]),
        ({"material": powder.material.code}, [powder.code]),
    ):
        assert [row["code"] for row in api.get(LOTS, filters).json()["results"]] == found, filters
    assert api.get(LOTS).json()["count"] == 2


# --- expired ------------------------------------------------------------------------------------------------


def coat(ada: User, shelf: factories.Shelf, performed_at: datetime, **facts: Any) -> Powder:
    return actions.run_coating(
        by=ada, project=shelf.project, edition=shelf.recipe, parent=shelf.lots["NMC"], load_mass_ug=1_000,
        recovered_mass_ug=1_000, performed_at=performed_at, **facts,
    )  # fmt: skip


def test_a_lot_expires_at_the_end_of_its_last_day_and_what_counts_is_when_it_was_done(
    ada: User, project: Project
) -> None:
    shelf = factories.make_shelf(ada, project)
    actions.change_lot(powder=shelf.lots["NMC"], by=ada, expires_on=date(2024, 3, 10))
    coat(ada, shelf, datetime(2024, 3, 10, 12, tzinfo=UTC))
    with pytest.raises(ValidationError) as refused:
        coat(ada, shelf, datetime(2024, 3, 11, 12, tzinfo=UTC))
    assert "expired on 2024-03-10" in told(refused, "lot_reason")
    assert not DrawReview.objects.exists()
    despite = actions.Despite(lot_reason="dried again, moisture checked")
    coat(ada, shelf, datetime(2024, 3, 11, 12, tzinfo=UTC), despite=despite)
    review = DrawReview.objects.get()
    assert (review.why, review.reason, review.reviewed_at) == (
        "expired",
        "dried again, moisture checked",
        None,
    )


def test_an_aliquot_of_an_expired_lot_is_expired_too(ada: User, project: Project) -> None:
    lot = make_lot(ada, project, received_mg=10)
    aliquot = actions.take_aliquots(powder=lot, masses_ug=[5_000], by=ada)[0]
    actions.change_lot(powder=lot, by=ada, expires_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        actions.draw_mass(powder=aliquot, mass_ug=1, purpose="XRD", by=ada)
    assert "expired on" in told(refused, "lot_reason")
    assert not MassEntry.objects.filter(powder=aliquot, kind="drawn").exists()


def test_a_longer_list_of_lots_asks_no_more_of_the_database(
    api: APIClient, ada: User, project: Project
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert api.get(LOTS).json()["results"]
        return len(caught)

    make_lot(ada, project, hold_reason="no certificate")
    before = queries()
    for _ in range(5):
        make_lot(ada, project, hold_reason="no certificate")
    assert queries() == before


def test_a_second_container_of_a_lot_has_a_number_of_its_own(
    api: APIClient, ada: User, project: Project
) -> None:
    lot = make_lot(ada, project, lot_number="ONE-LOT")
    body = {
        "project": "NB-COAT", "material": lot.material.code, "supplier": lot.lot.supplier.code,
        "lot_number": lot.lot.lot_number, "mass_mg": 100,
    }  # fmt: skip
    again = api.post("/api/v1/lots/", body, format="json")
    assert again.status_code == 400
    assert "a container number of its own" in str(again.json())
    second = api.post("/api/v1/lots/", {**body, "container_number": 2}, format="json")
    assert (second.status_code, second.json()["detail"]["container_number"]) == (201, 2)
