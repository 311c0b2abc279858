"""Formulations and weighing sheets on their pages."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from lims.models import Project, Role, User
from materials import actions
from materials.actions import Amount
from materials.models import Equipment, Powder, WeighingSheet
from tests.factories import Shelf, make_lot, make_person, make_weighing_sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode()).replace("&#x27;", "'")


def send(page: Client, url: str, key: str = "k1", **fields: Any) -> Any:
    return page.post(url, {"idempotency_key": key, **fields})


def fill(sheet: WeighingSheet, shelf: Shelf) -> None:
    powders = (shelf.coated, *(shelf.lots[key] for key in ("LPSC", "PTFE", "CNF")))
    for row, powder, mass_ug in zip(
        sheet.rows.all(), powders, (140_000, 60_000, 10_000, 10_000), strict=True
    ):
        actions.scan_powder(row=row, powder=powder, by=shelf.by)
        actions.weigh_row(row=row, mass_ug=mass_ug, by=shelf.by)


def test_a_formulation_shows_weight_and_volume_and_which_density_is_missing(
    page: Client, shelf: Shelf
) -> None:
    shown = text(page.get(f"/formulations/{shelf.cathode.formulation.code}/"))
    for number in ("63.64", "27.27", "4.55", "41.3", "45.2", "3.08"):
        assert number in shown, number
    bare = actions.create_material(by=shelf.by, name="Unknown", roles=["carbon"])
    other = actions.create_formulation(by=shelf.by, name="x", parts=[(shelf.materials["NMC"], 1), (bare, 1)])
    assert "The density of Unknown is missing." in text(page.get(f"/formulations/{other.formulation.code}/"))


def test_a_new_edition_is_prefilled_and_says_what_changed(page: Client, shelf: Shelf) -> None:
    url = f"/formulations/{shelf.cathode.formulation.code}/edition/"
    shown = text(page.get(url))
    assert 'value="70.0"' in shown
    assert 'value="1"' in shown
    rows = {"rows-TOTAL_FORMS": 4, "rows-INITIAL_FORMS": 0, "rows-MIN_NUM_FORMS": 1, "rows-MAX_NUM_FORMS": 50}
    for place, (key, parts) in enumerate((("NMC", 70), ("LPSC", 30), ("PTFE", 3), ("", ""))):
        rows[f"rows-{place}-material"] = shelf.materials[key].code if key else ""
        rows[f"rows-{place}-parts"] = parts
        rows[f"rows-{place}-tolerance_fraction"] = "2" if key else ""
    assert send(page, url, based_on=1, **rows).status_code == 302
    newest = shelf.cathode.formulation.editions.order_by("-number")[0]
    assert (newest.number, newest.ratio(), newest.parts.all()[0].tolerance_fraction) == (2, "70:30:3", 0.02)
    shown = text(page.get(f"/formulations/{shelf.cathode.formulation.code}/"))
    assert "CNF: 5 parts \u2192 none" in shown


def test_the_plan_is_shown_before_it_is_kept(page: Client, shelf: Shelf) -> None:
    url = f"/formulations/{shelf.cathode.formulation.code}/plan/"
    fields = {
        "how": "pellets", "pellets": 24, "pellet_mass_ug": "8.1", "excess_fraction": "10",
        "balance": shelf.balance.code,
    }  # fmt: skip
    shown = text(send(page, url, preview="yes", **fields))
    assert "213.8 mg in all (24 pellets of 8.1 mg, 10 % more)" in shown
    assert not WeighingSheet.objects.exists()
    answer = send(page, url, key="k2", project="NB-COAT", **fields)
    assert answer["Location"] == f"/weighing/{WeighingSheet.objects.get().code}/sheet/"


def test_a_way_of_planning_asks_for_its_own_numbers(page: Client, shelf: Shelf) -> None:
    url = f"/formulations/{shelf.cathode.formulation.code}/plan/"
    assert "Say how much it is in all." in text(send(page, url, how="total"))
    assert "Say what one pellet weighs." in text(send(page, url, how="pellets", pellets=3))
    assert "Choose the powders first" in text(send(page, url, how="scarcest"))


def test_the_screen_of_a_mixed_sheet_is_its_record(page: Client, shelf: Shelf) -> None:
    sheet = make_weighing_sheet(shelf)
    fill(sheet, shelf)
    assert "Everything has been weighed" in text(page.get(f"/weighing/{sheet.code}/"))
    made = actions.mix_sheet(sheet=sheet, by=shelf.by)
    assert page.get(f"/weighing/{sheet.code}/")["Location"] == f"/weighing/{sheet.code}/sheet/"
    assert made.code in text(page.get(f"/weighing/{sheet.code}/sheet/"))
    shown = text(page.get(f"/powders/{made.code}/"))
    assert sheet.code in shown
    assert "Parts as meant and as weighed" in shown


def test_a_tapped_jar_and_a_typed_mass_sent_twice_are_taken_once(page: Client, shelf: Shelf) -> None:
    sheet = make_weighing_sheet(shelf)
    url = f"/weighing/{sheet.code}/?row=1&jar={shelf.coated.code}"
    for _ in range(2):
        answer = send(page, url, do="enter", entry="140.0", jar=shelf.coated.code)
        assert answer["Location"] == f"/weighing/{sheet.code}/?row=2"
    assert sheet.rows.get(order=1).mass_ug == 140_000


def test_a_reader_sees_a_sheet_but_not_the_screen(shelf: Shelf, project: Project) -> None:
    sheet = make_weighing_sheet(shelf)
    reader = Client()
    reader.force_login(make_person("rita", Role.READER, project))
    assert reader.get(f"/weighing/{sheet.code}/sheet/").status_code == 200
    assert reader.get(f"/weighing/{sheet.code}/").status_code == 403
    assert f'href="/weighing/{sheet.code}/"' not in text(reader.get(f"/weighing/{sheet.code}/sheet/"))


def glovebox(shelf: Shelf) -> Equipment:
    box = actions.create_equipment(by=shelf.by, kind="glovebox", name="Argon box")
    past = timezone.now() - timedelta(hours=3)
    actions.record_reading(glovebox=box, oxygen_ppm=9.0, at=past - timedelta(days=1), by=shelf.by)
    actions.record_reading(glovebox=box, oxygen_ppm=0.4, water_ppm=0.1, at=past, by=shelf.by)
    return box


def test_the_last_reading_of_a_glovebox_is_offered_with_its_age_and_never_taken_silently(
    page: Client, shelf: Shelf
) -> None:
    box, sheet = glovebox(shelf), make_weighing_sheet(shelf)
    fill(sheet, shelf)
    url = f"/weighing/{sheet.code}/mix/"
    shown = text(page.get(url))
    assert f"{box.code} Argon box: oxygen 0.4 ppm, water 0.1 ppm, read 3\u00a0hours ago by Ada" in shown
    assert "oxygen 9 ppm" not in shown
    assert send(page, url).status_code == 302
    made = Powder.objects.order_by("-pk")[0]
    assert (made.composite.oxygen_ppm, made.composite.glovebox) == (None, None)


def test_a_reading_that_is_taken_names_its_glovebox(page: Client, shelf: Shelf) -> None:
    box, sheet = glovebox(shelf), make_weighing_sheet(shelf)
    fill(sheet, shelf)
    url, reading = f"/weighing/{sheet.code}/mix/", box.readings.first()
    assert reading is not None
    refused = send(page, url, sensors=reading.pk, oxygen_ppm="1")
    assert "not both" in text(refused)
    assert send(page, url, key="k2", sensors=reading.pk, method="mortar").status_code == 302
    batch = Powder.objects.order_by("-pk")[0].composite
    assert (batch.glovebox, batch.oxygen_ppm, batch.water_ppm) == (box, 0.4, 0.1)


def test_a_mix_without_a_sheet_may_take_a_premix(page: Client, shelf: Shelf) -> None:
    premix = shelf.plain_composite
    fields: dict[str, Any] = {"project": "NB-COAT", "premix": premix.code, "premix_mass_ug": "110"}
    url = f"/powders/mix/{shelf.cathode.formulation.code}/"
    powders = (shelf.coated, *(shelf.lots[key] for key in ("LPSC", "PTFE", "CNF")))
    for order, (powder, mass_mg) in enumerate(zip(powders, ("70", "30", "5", "5"), strict=True), start=1):
        fields |= {f"powder_{order}": powder.code, f"mass_{order}": mass_mg}
    assert send(page, url, **fields).status_code == 302
    made = Powder.objects.order_by("-pk")[0]
    assert made.balance_now_ug() == 220_000
    shown = text(page.get(f"/powders/{made.code}/"))
    assert "Premix" in shown
    assert "63.64" in shown


def test_a_part_of_a_mix_may_come_from_two_jars(page: Client, shelf: Shelf) -> None:
    url = f"/powders/mix/{shelf.cathode.formulation.code}/"
    more = make_lot(shelf.by, shelf.project, material=shelf.materials["NMC"], received_mg=100)
    fields: dict[str, Any] = {"project": "NB-COAT", "powder_1_2": more.code, "mass_1_2": "40"}
    powders = (shelf.coated, *(shelf.lots[key] for key in ("LPSC", "PTFE", "CNF")))
    for order, (powder, mass_mg) in enumerate(zip(powders, ("100", "60", "10", "10"), strict=True), start=1):
        fields |= {f"powder_{order}": powder.code, f"mass_{order}": mass_mg}
    twice = send(page, url, **{**fields, "powder_1_2": shelf.coated.code})
    assert "stands there twice for the same part" in text(twice)
    assert send(page, url, key="k2", **fields).status_code == 302
    assert Powder.objects.order_by("-pk")[0].balance_now_ug() == 220_000
    assert more.balance_now_ug() == 60_000


def test_the_rest_of_a_row_is_taken_from_a_jar_that_is_tapped(page: Client, shelf: Shelf) -> None:
    more = make_lot(shelf.by, shelf.project, material=shelf.materials["NMC"], received_mg=100)
    sheet = actions.plan_sheet(
        project=shelf.project, edition=shelf.cathode, by=shelf.by, balance=shelf.balance,
        amount=Amount(total_ug=220_000), powders={1: shelf.lots["NMC"]},
    )  # fmt: skip
    first = sheet.rows.get(order=1)
    actions.weigh_row(row=first, mass_ug=100_000, by=shelf.by)
    url = f"/weighing/{sheet.code}/?row=1"
    shown = text(page.get(url))
    assert "The rest from another jar" in shown
    assert f'value="{more.code}"' in shown
    assert f'value="{shelf.coated.code}"' not in shown, "coated, it is another powder"
    answer = send(page, url, do="rest", powder=more.code)
    assert (answer.status_code, answer["Location"]) == (302, f"/weighing/{sheet.code}/?row=5&jar={more.code}")
    assert [row.target_ug for row in sheet.rows.all()] == [100_000, 60_000, 10_000, 10_000, 40_000]


def printed(page: Client, sheet: WeighingSheet) -> str:
    answer = page.get(f"/weighing/{sheet.code}/run-sheet.pdf")
    assert answer["Content-Type"] == "application/pdf"
    (only,) = PdfReader(io.BytesIO(answer.content)).pages
    # A4
    assert [round(float(side) / 72 * 25.4) for side in only.mediabox[2:]] == [210, 297]
    return only.extract_text()


def test_the_run_sheet_is_blank_before_and_filled_after(page: Client, shelf: Shelf) -> None:
    sheet = make_weighing_sheet(shelf)
    blank = printed(page, sheet)
    for word in (sheet.code, "NMC532", shelf.coated.code, "140.0", "Initials", "Checked by"):
        assert word in blank, word
    fill(sheet, shelf)
    made = actions.mix_sheet(sheet=sheet, by=shelf.by, method="mortar")
    filled = printed(page, sheet)
    for word in (made.code, "within", "mortar", "70 : 30 : 5 : 5", "Ada"):
        assert word in filled, word


def test_the_list_of_sheets_costs_the_same_however_long_it_is(page: Client, shelf: Shelf) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page.get("/weighing/").status_code == 200
        return len(queries)

    make_weighing_sheet(shelf)
    before = count()
    for _ in range(3):
        make_weighing_sheet(shelf)
    assert count() == before
