"""Reports: frozen when asked for, printed by the worker, stale as soon as a number they rest on is corrected."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

import pypdf
import pytest
from rest_framework.test import APIClient

from cells.actions import correct_layer, fail_cell, record_deviation
from lims import jobs
from lims.models import Job, User
from lims.pdf import pdf_problem, render_pdf
from testing.models import Report
from testing.reporting.data import attached_data
from testing.reporting.printing import context_of
from tests.testing.bench import Bench, client_of, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

REPORTS = "/api/v1/reports/"
pytestmark = pytest.mark.skipif(pdf_problem() is not None, reason="the system's PDF libraries are missing")


@pytest.fixture
def tested(api: APIClient, bench: Bench) -> Bench:
    send_and_read(api, squidstat([charge(10), discharge(9)]), test=bench.test.code)
    return bench


def ask(client: APIClient, bench: Bench) -> dict[str, Any]:
    answer = client.post(REPORTS, {"kind": "cell", "subject": bench.cell.code})
    assert answer.status_code == 202
    body: dict[str, Any] = answer.json()
    return body


def pdf_of(client: APIClient, code: str) -> bytes:
    answer = client.get(f"{REPORTS}{code}/pdf/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return b"".join(answer.streaming_content)


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_a_report_is_asked_for_printed_and_fetched(api: APIClient, tested: Bench) -> None:
    asked = ask(api, tested)
    assert (asked["state"], asked["progress"]) == ("queued", 0)
    waiting = api.get(f"{REPORTS}{asked['code']}/pdf/")
    assert (waiting.status_code, list(waiting.json())) == (404, ["__all__"])
    jobs.work_all()
    # The worker closes its job after the report is out; until then the report is ready all the same.
    Job.objects.update(progress=0.5)
    ready = api.get(f"{REPORTS}{asked['code']}/").json()
    assert (ready["state"], ready["progress"], ready["stale"]) == ("ready", 1, False)
    pdf = pdf_of(api, asked["code"])
    assert pdf.startswith(b"%PDF-")
    assert hashlib.sha256(pdf).hexdigest() == ready["pdf_sha256"]


def test_the_pdf_says_what_the_cell_is_made_of_and_what_was_measured(api: APIClient, tested: Bench) -> None:
    asked = ask(api, tested)
    jobs.work_all()
    pdf = pdf_of(api, asked["code"])
    text = text_of(pdf)
    shelf = tested.shelf
    for code in (
        tested.cell.code,
        tested.test.code,
        tested.cell.study.code,
        shelf.coated.code,
        shelf.coated_composite.code,
        shelf.anode_composite.code,
        *(shelf.lots[key].code for key in ("NMC", "LPSC", "PTFE", "CNF", "LTO")),
    ):
        assert code in text
    for number in (
        "8.10",
        "13.28",
        "48.60",
        "100",
        "520",
        "14.70",  # 520 MPa on a disc of 6 mm, in kN
        "18.23",
        "3.008",
        "90.0",
        asked["inputs_sha256"][:12],
    ):
        assert number in text, number
    assert asked["inputs_sha256"] in re.sub(r"\s", "", text)
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        things = page["/Resources"].get_object().get("/XObject", {})
        assert "/Image" not in [things[name].get_object()["/Subtype"] for name in things]


def test_correcting_a_mass_marks_the_report_and_leaves_its_pdf(
    api: APIClient, tested: Bench, ada: User
) -> None:
    code = ask(api, tested)["code"]
    jobs.work_all()
    before = pdf_of(api, code)
    correct_layer(cell=tested.cell, role="positive", mass_ug=8_300, reason="typing error", by=ada)
    assert api.get(f"{REPORTS}{code}/").json()["stale"] is True
    assert pdf_of(api, code) == before, "what was printed stays what it was"
    fresh = ask(api, tested)
    jobs.work_all()
    assert fresh["inputs_sha256"] != Report.objects.coded(code).inputs_sha256
    assert "8.30" in text_of(pdf_of(api, fresh["code"]))
    assert api.get(REPORTS, {"stale": "true"}).json()["count"] == 1


def test_new_data_marks_the_report(api: APIClient, tested: Bench) -> None:
    code = ask(api, tested)["code"]
    more = squidstat([charge(10), discharge(9), charge(9), discharge(9)])
    send_and_read(api, more, test=tested.test.code)
    assert api.get(f"{REPORTS}{code}/").json()["stale"] is True


def test_a_deviation_noted_later_marks_the_report(api: APIClient, tested: Bench, ada: User) -> None:
    code = ask(api, tested)["code"]
    record_deviation(
        cell=tested.cell, category="power_outage", impact="minor", text="10 min at night", by=ada
    )
    assert api.get(f"{REPORTS}{code}/").json()["stale"] is True


def test_a_cell_that_shorts_marks_the_report(api: APIClient, tested: Bench, ada: User) -> None:
    code = ask(api, tested)["code"]
    fail_cell(cell=tested.cell, state="shorted", reason="0 V after a night", by=ada)
    assert api.get(f"{REPORTS}{code}/").json()["stale"] is True


def test_nothing_new_leaves_the_report_standing(api: APIClient, tested: Bench) -> None:
    code = ask(api, tested)["code"]
    older = squidstat([charge(10), discharge(9)])
    send_and_read(api, older[: len(older) // 2], test=tested.test.code)
    assert api.get(f"{REPORTS}{code}/").json()["stale"] is False


def test_the_same_snapshot_prints_the_same_bytes(api: APIClient, tested: Bench) -> None:
    code = ask(api, tested)["code"]
    jobs.work_all()
    report = Report.objects.coded(code)
    assert render_pdf(
        "reports/cell.html", context_of(report), identifier=code, attached=attached_data(report)
    ) == pdf_of(api, code)


def test_otto_neither_sees_nor_asks_for_it(api: APIClient, tested: Bench, otto: User) -> None:
    code = ask(api, tested)["code"]
    jobs.work_all()
    client = client_of(otto)
    assert client.get(f"{REPORTS}{code}/").status_code == 404
    assert client.get(f"{REPORTS}{code}/pdf/").status_code == 404
    assert client.get(REPORTS).json()["results"] == []
    refused = client.post(REPORTS, {"kind": "cell", "subject": tested.cell.code})
    assert (refused.status_code, list(refused.json())) == (400, ["subject"])


def test_what_is_no_cell_gets_no_cell_report(api: APIClient, tested: Bench) -> None:
    for code in (tested.test.code, tested.shelf.coated.code):
        refused = api.post(REPORTS, {"kind": "cell", "subject": code})
        assert (refused.status_code, refused.json()) == (400, {"subject": [f"{code} is no cell."]})


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_data_is_marked_in_page_api_and_pdf(
    api: APIClient, client: Any, tested: Bench, ada: User, simulated: bool
) -> None:
    project = tested.shelf.project
    project.simulated = simulated
    project.save()
    code = ask(api, tested)["code"]
    jobs.work_all()
    assert ("simulated" in text_of(pdf_of(api, code)).lower()) is simulated
    for address in (f"cells/{tested.cell.code}", f"tests/{tested.test.code}", f"reports/{code}"):
        assert api.get(f"/api/v1/{address}/").json()["simulated"] is simulated
    client.force_login(ada)
    for address in (f"cells/{tested.cell.code}", f"tests/{tested.test.code}", f"reports/{code}"):
        assert (b"simulated-band" in client.get(f"/{address}/").content) is simulated, address


def tags_of(node: Any) -> list[Any]:
    """Return the structure elements below one, itself first."""
    found = [node] if "/S" in node else []
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        if isinstance(kid := kid.get_object(), pypdf.generic.DictionaryObject):
            found += tags_of(kid)
    return found


def test_a_report_keeps_what_can_be_seen_of_the_standards_it_names(api: APIClient, tested: Bench) -> None:
    """PDF/A-3u: all that it needs travels inside. PDF/UA: a screen reader finds language, title, heads and figures."""
    code = ask(api, tested)["code"]
    jobs.work_all()
    reader = pypdf.PdfReader(io.BytesIO(pdf_of(api, code)))
    root = reader.trailer["/Root"]
    (intent,) = root["/OutputIntents"]
    assert (intent["/S"], "/DestOutputProfile" in intent) == ("/GTS_PDFA1", True)
    assert not {"/OpenAction", "/AA"} & set(root)
    assert "/JavaScript" not in root["/Names"]
    fonts = [font for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        assert "/ToUnicode" in font, "every glyph says which letter it is"
        described = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described), "every font is inside"
    related = {one.get_object()["/UF"]: one.get_object()["/AFRelationship"] for one in root["/AF"]}
    assert set(related.values()) == {"/Data"}
    assert (
        set(related) == set(reader.attachments) == {one.name for one in attached_data(Report.objects.get())}
    )

    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    tags = tags_of(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/Figure"} <= {tag["/S"] for tag in tags}
    assert all(tag.get("/Alt") for tag in tags if tag["/S"] == "/Figure")
