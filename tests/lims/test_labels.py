"""Labels: as large as they say, with the code as letters and as a QR code that a reader reads."""

from __future__ import annotations

import io

import pypdf
import pypdfium2
import pytest
import zxingcpp
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from lims import labels
from lims.models import Project, User
from lims.qr import qr_code
from materials.models import Powder
from tests import factories

V1 = "/api/v1"
LABEL_PRINTER_DPI = 203
POINTS_PER_MM = 72 / 25.4


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    lithium = factories.make_material(ada, "Li6PS5Cl", "electrolyte")
    lithium.signal_word, lithium.hazard_statements = "danger", "H260, H314"
    lithium.save()
    return factories.make_lot(ada, project, material=lithium, lot_number="SE-2291")


def pages_mm(document: bytes) -> list[tuple[float, float]]:
    boxes = [page.mediabox for page in pypdf.PdfReader(io.BytesIO(document)).pages]
    return [(round(box.width / POINTS_PER_MM, 1), round(box.height / POINTS_PER_MM, 1)) for box in boxes]


def text_of(document: bytes, page: int = 0) -> str:
    return " ".join(pypdf.PdfReader(io.BytesIO(document)).pages[page].extract_text().split())


def read_codes(document: bytes, page: int = 0) -> list[zxingcpp.Barcode]:
    """Return the QR codes of a page as a label printer of 203 dpi prints it: black dots and white ones."""
    drawn = pypdfium2.PdfDocument(document)[page].render(scale=LABEL_PRINTER_DPI / 72).to_pil()
    printed = drawn.convert("L").point(lambda grey: 255 if grey > 127 else 0)
    return zxingcpp.read_barcodes(printed)


@pytest.mark.parametrize(("size", "page_mm"), [("62x29", (62, 29)), ("25x25", (25, 25)), ("a4", (210, 297))])
def test_a_label_is_as_large_as_it_says(lot: Powder, size: str, page_mm: tuple[float, float]) -> None:
    assert pages_mm(labels.label_pdf([lot.identity], size)) == [page_mm]


@pytest.mark.parametrize("size", labels.SIZES)
@pytest.mark.parametrize(
    ("public_url", "held", "least_module_mm"),
    [("", "LOT-0001", 0.5), ("https://lims.example.org", "https://lims.example.org/s/LOT-0001", 0.375)],
)
def test_the_qr_code_of_a_label_is_read_at_203_dpi(
    lot: Powder, settings: object, size: str, public_url: str, held: str, least_module_mm: float
) -> None:
    settings.PUBLIC_URL = public_url
    (found,) = read_codes(labels.label_pdf([lot.identity], size))
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert found.text == held.replace("LOT-0001", lot.code)
    # Three dots of 0.125 mm are what the poorest of scanners asks of a module.
    module_mm = labels.module_mm(qr_code(found.text).modules, labels.SIZES[size].qr_room_mm)
    assert module_mm >= least_module_mm
    assert module_mm % labels.DOT_MM == 0


def test_a_powders_label_says_what_it_is_and_what_endangers_who_opens_it(lot: Powder) -> None:
    told = text_of(labels.label_pdf([lot.identity], "62x29"))
    for words in (
        lot.code,
        lot.name,
        "Lot SE-2291, MSE Supplies",
        "NB-COAT",
        "DANGER",
        "H260, H314",
        "By Ada",
    ):
        assert words.lower() in told.lower(), words
    small = text_of(labels.label_pdf([lot.identity], "25x25"))
    assert {"H260", "H314", "DANGER"} <= set(small.upper().split())


def test_the_hazards_of_what_was_mixed_in_stand_on_the_mixture(ada: User, project: Project) -> None:
    shelf = factories.make_shelf(ada, project)
    for name, codes in (("LPSC", "H260"), ("Nb(OEt)5", "H226")):
        shelf.materials[name].signal_word, shelf.materials[name].hazard_statements = "danger", codes
        shelf.materials[name].save()
    told = text_of(labels.label_pdf([shelf.coated_composite.identity], "62x29"))
    assert "H260" in told
    # The precursor was used up in the reactor.
    assert "H226" not in told


def test_simulated_data_is_marked_on_the_label(lot: Powder) -> None:
    assert "simulated" not in text_of(labels.label_pdf([lot.identity], "62x29")).lower()
    Project.objects.update(simulated=True)
    lot.refresh_from_db()
    for size in labels.SIZES:
        assert "simulated data" in text_of(labels.label_pdf([lot.identity], size)).lower()


def test_a_hostile_name_is_printed_as_text(ada: User, project: Project) -> None:
    lot = factories.make_lot(ada, project, lot_number="<script>alert(1)</script>")
    assert "<script>" in text_of(labels.label_pdf([lot.identity], "62x29"))


def test_a_tape_has_a_page_for_each_label_and_a_sheet_has_24(ada: User, project: Project) -> None:
    lots = [factories.make_lot(ada, project) for _ in range(30)]
    identities = [lot.identity for lot in lots]
    tape = labels.label_pdf(identities, "25x25")
    assert len(pages_mm(tape)) == 30
    assert [lot.code in text_of(tape, page) for page, lot in enumerate(lots)] == [True] * 30
    sheets = labels.label_pdf(identities, "a4")
    assert len(pages_mm(sheets)) == 2
    assert sorted(found.text for found in read_codes(sheets, 1)) == sorted(lot.code for lot in lots[24:])


def test_a_used_sheet_goes_on_where_it_is_free(ada: User, project: Project) -> None:
    lots = [factories.make_lot(ada, project) for _ in range(3)]
    sheets = labels.label_pdf([lot.identity for lot in lots], "a4", start=23)
    assert [len(read_codes(sheets, page)) for page in range(2)] == [2, 1]
    first, second = sorted(read_codes(sheets), key=lambda found: found.position.top_left.x)
    dots_per_mm = LABEL_PRINTER_DPI / 25.4
    # The 23rd of 3 x 8 is the middle one of the last row.
    assert first.text == lots[0].code
    assert 70 < first.position.top_left.x / dots_per_mm < 140
    assert second.position.top_left.x / dots_per_mm > 140
    assert first.position.top_left.y / dots_per_mm > 0.5 + 7 * 37


@pytest.mark.parametrize(("size", "start"), [("a4", 0), ("a4", 25), ("62x29", 2), ("10x10", 1)])
def test_a_label_that_there_is_not_is_refused(lot: Powder, size: str, start: int) -> None:
    with pytest.raises(ValidationError):
        labels.label_pdf([lot.identity], size, start=start)


def test_many_labels_cost_no_more_questions_than_few(ada: User, project: Project) -> None:
    material = factories.make_material(ada)

    def count(identities: list) -> int:
        with CaptureQueriesContext(connection) as queries:
            labels.label_pdf(identities, "a4")
        return len(queries)

    few = [factories.make_lot(ada, project, material=material).identity for _ in range(2)]
    many = [factories.make_lot(ada, project, material=material).identity for _ in range(20)]
    assert count(many) == count(few) <= 6


def test_a_label_comes_by_page_and_by_api(lot: Powder, ada: User, api: APIClient) -> None:
    client = Client()
    client.force_login(ada)
    assert f"/labels/?code={lot.code}" in client.get(f"/powders/{lot.code}/").content.decode()
    page = client.get("/labels/", {"code": lot.code, "size": "62x29"}).content.decode()
    assert f"/labels/labels.pdf?size=62x29&amp;code={lot.code}" in page
    for document in (
        client.get("/labels/labels.pdf", {"code": lot.code, "size": "62x29"}),
        api.get(f"{V1}/records/{lot.code}/label.pdf", {"size": "62x29"}),
        api.get(f"{V1}/labels/", {"code": [lot.code], "size": "62x29"}),
    ):
        assert document["Content-Type"] == "application/pdf"
        assert pages_mm(document.content) == [(62, 29)]
    for query in ({"size": "9x9"}, {"start": "0"}, {"start": "one"}):
        assert api.get(f"{V1}/records/{lot.code}/label.pdf", query).status_code == 400
    assert client.get("/labels/labels.pdf", {"code": lot.code, "size": "9x9"}).status_code == 302


def test_rows_of_a_list_can_be_chosen_for_labels(lot: Powder, ada: User) -> None:
    client = Client()
    client.force_login(ada)
    other = factories.make_lot(ada, lot.project)
    page = client.get("/powders/").content.decode()
    assert f'name="code" value="{lot.code}"' in page
    chosen = client.get("/labels/", {"code": [lot.code, f"{other.code},{lot.code}"]}).content.decode()
    assert "2 labels" in chosen


def test_nobody_prints_a_label_of_what_they_may_not_see(lot: Powder, otto: User) -> None:
    client, call = Client(), APIClient()
    client.force_login(otto)
    call.force_authenticate(otto)
    assert lot.name not in client.get("/labels/", {"code": lot.code}).content.decode()
    assert client.get("/labels/labels.pdf", {"code": lot.code, "size": "62x29"}).status_code == 302
    assert call.get(f"{V1}/records/{lot.code}/label.pdf").status_code == 404
    assert call.get(f"{V1}/labels/", {"code": lot.code}).status_code == 400


def test_a_machine_without_the_libraries_says_so(
    lot: Powder, ada: User, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lims.pdf.MISSING_LIBRARY", "cannot load library 'libpango-1.0-0'")
    client = Client()
    client.force_login(ada)
    query = {"code": lot.code, "size": "62x29"}
    assert "libpango-1.0-0" in client.get("/labels/labels.pdf", query, follow=True).content.decode()
    answer = api.get(f"{V1}/records/{lot.code}/label.pdf")
    assert (answer.status_code, "libpango-1.0-0" in str(answer.json())) == (503, True)
