"""Entering afterwards in the browser: a template, a check, all rows at once; and the fold of ordinary forms."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from typing import Any

import fastexcel
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lims import imports
from lims.imports import check, plan
from lims.models import Attachment, User
from lims.sheets import read_rows, read_upload
from materials.models import Powder
from tests import factories
from tests.factories import Shelf

HEAD = "Material\tSupplier\tLot number\tMass received (mg)\tDone at\tPurity (%)"
ROW = "NMC532\tMSE Supplies\t{}\t100\t2026-03-02\tn.m."
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def shelf(ada: User, project: Any) -> Shelf:
    return factories.make_shelf(ada, project)


@pytest.fixture
def page(shelf: Shelf, ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def hidden(answer: Any) -> dict[str, str]:
    """Return the hidden fields of a page's form, as the browser sends them back."""
    found = {}
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', answer.content.decode()):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = unescape(value[1]) if value else ""
    return found


def checked(page: Client, *numbers: str) -> Any:
    return page.post("/import/lots/", {"pasted": "\n".join([HEAD, *(ROW.format(n) for n in numbers)])})


@pytest.mark.parametrize("kind", [*("lots", "treatments", "coatings", "mixtures"), imports.NOTEBOOK])
def test_a_templates_own_heads_are_taken_and_its_example_is_left_out(
    page: Client, ada: User, kind: str
) -> None:
    for extension in ("csv", "xlsx"):
        content = page.get(f"/import/{kind}/template/?as={extension}").content
        sheets = read_upload(f"{kind}.{extension}", content)
        problems = check(plan(kind, sheets), by=ada).problems
        assert [p.sentence for p in problems] == ["There is no row below the heads."], (kind, extension)
        if extension == "xlsx":
            assert fastexcel.read_excel(content).sheet_names[-1] == "What the columns are"


def test_a_sheet_is_checked_then_entered_once_with_its_photos(page: Client, ada: User) -> None:
    answer = checked(page, "A-1", "A-2")
    assert "Enter all 2 rows" in answer.content.decode()
    assert not Powder.objects.filter(lot__lot_number="A-1").exists()
    sent = hidden(answer)
    for _ in range(2):
        photo = SimpleUploadedFile("page.png", PNG)
        done = page.post("/import/lots/", {**sent, "step": "enter", "photos": [photo]})
        assert done.status_code == 302
    first, second = Powder.objects.filter(lot__lot_number__in=["A-1", "A-2"]).order_by("pk")
    assert (first.source, first.blanks) == ("paper", {"purity_fraction": "not_measured"})
    assert Attachment.objects.filter(purpose="sheet").count() == 2
    listed = page.get(done["Location"]).content.decode()
    assert f"/powders/{first.code}/" in listed and f"/powders/{second.code}/" in listed
    assert f"code={first.code}&amp;code={second.code}" in listed
    told = page.get(f"/powders/{first.code}/").content.decode()
    assert "not measured" in told


def test_a_bad_row_is_shown_and_nothing_can_be_entered(page: Client) -> None:
    answer = page.post("/import/lots/", {"pasted": f"{HEAD}\n{ROW.format('A-1')}\n{ROW.format('A-2')}x"})
    told = answer.content.decode()
    assert answer.status_code == 400
    assert "Enter all" not in told and "Row 3, Purity" in told
    forced = page.post("/import/lots/", {**hidden(answer), "step": "enter"})
    assert forced.status_code == 400
    assert not Powder.objects.filter(lot__lot_number="A-1").exists()


def test_what_was_checked_is_what_is_entered(page: Client) -> None:
    sent = hidden(checked(page, "A-1"))
    changed = {**sent, "table": sent["table"].replace('"100"', '"900"')}
    answer = page.post("/import/lots/", {**changed, "step": "enter"})
    assert "Enter all 1 row" in answer.content.decode(), "it is checked anew, and not entered"
    assert not Powder.objects.filter(lot__lot_number="A-1").exists()


def test_what_happened_since_the_check_is_found_when_it_is_entered(
    page: Client, shelf: Shelf, ada: User
) -> None:
    sent = hidden(checked(page, "A-1"))
    factories.make_lot(ada, shelf.project, material=shelf.materials["NMC"], lot_number="A-1")
    answer = page.post("/import/lots/", {**sent, "step": "enter"})
    assert (answer.status_code, "is recorded already" in answer.content.decode()) == (400, True)


def test_the_grid_marks_the_cell_that_is_wrong(page: Client) -> None:
    answer = page.post("/import/lots/grid/", {**hidden(checked(page, "A-1")), "step": "check"})
    assert "Enter all 1 row" in answer.content.decode()
    table = json.loads(hidden(answer)["table"])
    table["sheets"][0]["lines"][0]["cells"][3] = "-1"
    wrong = page.post("/import/lots/grid/", {**hidden(answer), "table": json.dumps(table), "step": "check"})
    state = json.loads(re.search(r'id="grid-state"[^>]*>(.*?)</script>', wrong.content.decode())[1])
    assert list(state["rows"][0]["wrong"]) == ["3"]
    assert "Enter all" not in wrong.content.decode()


def test_rows_that_did_not_arrive_whole_are_no_crash(page: Client) -> None:
    for table in ("", "{", "[]", '{"name":"","sheets":[{}]}', '{"name":"","sheets":[]}'):
        for path in ("/import/lots/", "/import/lots/grid/"):
            assert page.post(path, {"table": table, "idempotency_key": "k"}).status_code in (400, 404), table


def test_no_file_and_no_paste_is_told(page: Client) -> None:
    assert "Choose a file, or paste the cells" in page.post("/import/lots/", {}).content.decode()


# --- ordinary forms -----------------------------------------------------------------------------------------


def test_a_form_tells_who_did_it_and_what_was_not_measured(page: Client, shelf: Shelf, grace: User) -> None:
    form = page.get("/powders/receive/").content.decode()
    assert "Entered later or for someone else?" in form
    fields = {
        "material": shelf.materials["NMC"].code, "supplier": shelf.lots["NMC"].lot.supplier.code,
        "lot_number": "F-1", "mass_basis": "nominal", "mass_ug": "100", "performed_at": "2026-03-02T14:30",
        "performed_by": "grace", "source": "paper", "blanks-purity_fraction": "not_measured",
    }  # fmt: skip
    clash = page.post("/powders/receive/", {**fields, "purity_fraction": "99", "idempotency_key": "1"})
    assert (clash.status_code, "cannot be not measured too" in clash.content.decode()) == (400, True)
    made = page.post("/powders/receive/", {**fields, "idempotency_key": "2"})
    assert made.status_code == 302, made.content.decode()
    powder = Powder.objects.get(lot__lot_number="F-1")
    assert (powder.performed_by, powder.source) == (grace, "paper")
    assert powder.blanks == {"purity_fraction": "not_measured"}
    told = page.get(f"/powders/{powder.code}/").content.decode()
    for words in ("by Grace", "by Ada", "not measured", "From paper, later"):
        assert words in told, words


def test_a_yield_that_was_not_weighed_is_not_a_hundred_percent(shelf: Shelf, ada: User, page: Client) -> None:
    row = {
        "formulation": "Cathode 70:30:5:5", "powder_1": "NMC-1", "mass_1_mg": "70", "powder_2": "LPSC-1",
        "mass_2_mg": "30", "powder_3": "PTFE-1", "mass_3_mg": "5", "powder_4": "CNF-1", "mass_4_mg": "5",
        "recovered_mass_mg": "n.m.", "performed_at": "2026-03-02",
    }  # fmt: skip
    (made,) = imports.enter(plan("mixtures", [read_rows([row])]), by=ada).made
    told = page.get(f"/powders/{made.record.code}/").content.decode()
    assert re.search(r"<dt>Yield</dt>\s*<dd>\s*<span class=\"none\">not measured", told)


def test_a_workbook_with_a_sheet_for_each_kind_is_a_notebook(shelf: Shelf, ada: User) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        lots, dried = book.add_worksheet("Lots"), book.add_worksheet("Treatments")
        book.add_worksheet("Shopping").write_row(0, 0, ["milk", "bread"])
        lots.write_row(0, 0, ["Material", "Supplier", "Lot number", "Mass received (g)", "Done at"])
        lots.write_row(1, 0, ["NMC532", "MSE Supplies", "W-1", 1.5, "2026-03-02"])
        dried.write_row(
            0, 0, ["Treatment", "Powder put in", "Powder load (g)", "Mass recovered (g)", "Done at"]
        )
        dried.write_row(1, 0, ["Dry", "W-1", 1.4, 1.39, "2026-03-03"])
    outcome = imports.enter(plan("notebook", read_upload("w.xlsx", buffer.getvalue())), by=ada)
    assert [made.record.balance_now_ug() for made in outcome.made] == [100_000, 1_390_000]
