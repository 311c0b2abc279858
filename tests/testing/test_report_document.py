"""A report made of sections: what is printed, what travels inside it, and what nobody can make it do."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import zipfile
from contextlib import closing
from typing import Any

import polars as pl
import pypdf
import pypdfium2
import pytest
from rest_framework.test import APIClient

from cells.actions import correct_layer, record_deviation
from lims import jobs
from lims.models import User
from lims.pdf import pdf_problem, render_pdf
from lims.pdf_apart import PdfRefused, render_pdf_apart
from testing.models import Dataset, Report
from testing.readers.apart import children_of
from testing.report_contexts.document import document_context
from testing.reporting import blocks
from testing.reporting.changes import differences
from tests.testing.bench import Bench, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat
from tests.testing.test_report_pdf import Ear, ear

__all__ = ["ear"]
pytestmark = pytest.mark.skipif(pdf_problem() is not None, reason="the system's PDF libraries are missing")
REPORTS = "/api/v1/reports/"


def snapshot(*sections: dict[str, Any], simulated: bool = False) -> dict[str, Any]:
    head = {
        "code": "REP-0001",
        "title": "A test",
        "lab_name": "Lab",
        "made_by": "Ada",
        "made_at": "2026-11-26T08:00:00+00:00",
    }
    return {
        **head,
        "inputs_sha256": "0" * 64,
        "simulated": simulated,
        "title_facts": [],
        "sections": list(sections),
    }


def printed(*sections: dict[str, Any], **more: Any) -> pypdf.PdfReader:
    page = render_pdf("reports/document.html", document_context(snapshot(*sections, **more)))
    return pypdf.PdfReader(io.BytesIO(page))


def text_of(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.fixture
def tested(api: APIClient, bench: Bench) -> Bench:
    send_and_read(api, squidstat([charge(10), discharge(9)]), test=bench.test.code)
    return bench


def test_numbers_are_printed_by_their_uncertainty_and_a_missing_one_by_its_reason() -> None:
    table = blocks.table(
        ["Cell", ("Loading", "mg/cm2"), ("CE", "fraction")],
        [
            ["CELL-0001", blocks.number(18.2305, "mg/cm2", uncertainty=0.2, digits=2), 0.9],
            ["CELL-0002", blocks.number(None, "mg/cm2", reason="it was never weighed"), None],
        ],
    )
    text = text_of(printed(blocks.section("a", "Numbers", table)))
    assert "CELL-0001 18.23 ± 0.20" in text
    assert "90" in text
    assert "it was never weighed" in text


def test_a_long_table_prints_its_ends_and_says_so() -> None:
    rows = [[f"row {n}", n] for n in range(blocks.TABLE_ROWS_MAX + 100)]
    context = document_context(snapshot(blocks.section("a", "Long", blocks.table(["Row", "N"], rows))))
    block = context["report"]["sections"][0]["blocks"][0]
    assert len(block["rows"]) == blocks.TABLE_ROWS_MAX
    assert "500 rows were frozen" in block["left_out"]


def test_simulated_data_is_marked_on_every_page() -> None:
    long = blocks.items([f"line {n}" for n in range(200)], none="")
    reader = printed(blocks.section("a", "Long", long), simulated=True)
    assert len(reader.pages) > 1
    assert all("simulated data" in page.extract_text().lower() for page in reader.pages)


def test_what_is_too_long_ends_in_a_sentence() -> None:
    context = document_context(snapshot(blocks.section("a", "Words", blocks.text("word " * 400_000))))
    with pytest.raises(PdfRefused, match=r"took longer than 1 s|pages; a report has at most"):
        render_pdf_apart("reports/document.html", context, time_s=1)


def test_apart_gives_the_same_bytes_as_here() -> None:
    context = document_context(snapshot(blocks.section("a", "Words", blocks.text("Once."))))
    assert render_pdf_apart("reports/document.html", context, identifier="REP-0001") == render_pdf(
        "reports/document.html", context, identifier="REP-0001"
    )


def test_one_process_lays_out_all_pages_and_a_new_one_where_it_was_killed() -> None:
    def lay_out() -> set[int]:
        context = document_context(snapshot(blocks.section("a", "Words", blocks.text("Once."))))
        assert render_pdf_apart("reports/document.html", context).startswith(b"%PDF")
        return set(children_of(os.getpid()))

    first = lay_out()
    assert lay_out() == first
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    second = lay_out()
    assert len(second) == 1
    assert second.isdisjoint(first)


def test_a_word_too_long_for_its_column_breaks_and_stays_on_the_page() -> None:
    word = "SIMULATED-" + "0123456789" * 30
    table = blocks.table(["File", "Note", "More"], [["a file", word, word]])
    text = blocks.text(word)
    pdf = render_pdf(
        "reports/document.html", document_context(snapshot(blocks.section("a", "Long", table, text)))
    )
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        page = document[0]
        letters = page.get_textpage()
        right_mm = max(letters.get_charbox(n)[2] for n in range(letters.count_chars())) * 25.4 / 72
    assert right_mm < 210 - 19


def test_rows_are_compared_by_their_name() -> None:
    then = {"rows": [["CELL-0001", blocks.number(8.1, "mg")], ["CELL-0002", blocks.number(8.0, "mg")]]}
    now = {"rows": [["CELL-0002", blocks.number(8.3, "mg")], ["CELL-0003", blocks.number(8.0, "mg")]]}
    told = {change.where: (change.then, change.now) for change in differences(then, now)}
    assert told["rows > CELL-0002 > 2"] == ("8 mg", "8.3 mg")
    assert told["rows > CELL-0001"] == ("2 entries", None)
    assert told["rows > CELL-0003"] == (None, "2 entries")


@pytest.fixture
def released_crate(api: APIClient, tested: Bench, ada: User) -> zipfile.ZipFile:
    correct_layer(cell=tested.cell, role="positive", mass_ug=8_300, reason="typing error", by=ada)
    hostile = '=HYPERLINK("http://127.0.0.1/")'
    record_deviation(cell=tested.cell, category="other", impact="minor", text=hostile, by=ada)
    project = tested.shelf.project
    project.simulated = True
    project.save()
    code = api.post(REPORTS, {"kind": "study", "subject": tested.cell.study.code}).json()["code"]
    jobs.work_all()
    answer = api.get(f"{REPORTS}{code}/crate/")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_a_study_s_crate_holds_all_that_it_rests_on(released_crate: zipfile.ZipFile, tested: Bench) -> None:
    names = released_crate.namelist()
    graph = {e["@id"]: e for e in json.loads(released_crate.read("ro-crate-metadata.json"))["@graph"]}
    root = graph["./"]
    parts = {part["@id"] for part in root["hasPart"]}
    assert parts == set(names) - {"ro-crate-metadata.json"}
    assert "simulated data" in root["description"]
    points = next(name for name in names if name.startswith("bdf/"))
    assert "_simulated.bdf.parquet" in points
    frame = pl.read_parquet(io.BytesIO(released_crate.read(points)))
    assert frame.columns[:3] == ["Test Time / s", "Voltage / V", "Current / A"]
    assert frame["Simulated Data / 1"].unique().to_list() == [1]
    original = next(name for name in names if name.startswith(f"files/{tested.test.code}/"))
    assert released_crate.read(original) == squidstat([charge(10), discharge(9)])
    corrections = [e for e in graph.values() if e["@id"].startswith("#log-")]
    assert any("8.1 mg" in e["object"] and "8.3 mg" in e["result"] for e in corrections)


def test_tables_travel_with_full_digits_and_no_formula(released_crate: zipfile.ZipFile) -> None:
    report = Report.objects.get()
    with report.pdf.path.open("rb") as file:  # type: ignore[union-attr]
        inside = {name: content[0] for name, content in pypdf.PdfReader(file).attachments.items()}
    beside = {
        name.removeprefix("tables/"): released_crate.read(name)
        for name in released_crate.namelist()
        if name.startswith("tables/")
    }
    assert inside == beside
    every = next(content for name, content in inside.items() if "metrics-of-every-cell" in name)
    rows = list(csv.DictReader(io.StringIO(every.decode())))
    efficiency = next(row for row in rows if row["Metric"].startswith("Initial"))
    assert float(efficiency["Value"]) == pytest.approx(0.9, abs=1e-4)
    assert {row["Data"] for row in rows} == {"simulated"}
    deviations = next(content for name, content in inside.items() if name.endswith("deviations.csv"))
    assert "'=HYPERLINK" in deviations.decode()


def test_points_leave_in_the_battery_data_format(
    api: APIClient, client: Any, tested: Bench, ada: User
) -> None:
    client.force_login(ada)
    answer = client.get(f"/tests/{tested.test.code}/bdf.csv")
    frame = pl.read_csv(io.BytesIO(answer.content))
    dataset = Dataset.objects.get(test=tested.test, current=True)
    assert len(frame) == dataset.rows
    assert frame.columns[:3] == ["Test Time / s", "Voltage / V", "Current / A"]
    assert "simulated" not in answer["Content-Disposition"]
    # Read again it is the same test: the format is one that we read ourselves.
    again = send_and_read(api, answer.content, test=tested.test.code, name="again.bdf.csv")
    assert (again.reader, again.rows) == ("bdf-csv", dataset.rows)


ADDRESSES = (
    "file:///etc/passwd",
    "http://127.0.0.1:{port}/a",
    "//127.0.0.1:{port}/b",
    "ftp://127.0.0.1:{port}/c",
    "http://localhost:{port}/d#.png",
    "/etc/passwd",
)
WAYS = (
    "<img src='{}'>",
    "<link rel='attachment' href='{}'>",
    "<link rel='stylesheet' href='{}'>",
    "<style>@import url({}); p {{ background: url({}) }}</style>",
    "<svg><image href='{}' xlink:href='{}'/><use href='{}'/></svg>",
    "<object data='{}'></object>",
    "<a rel='attachment' href='{}'>x</a>",
    "<iframe src='{}'></iframe>",
    "![x]({})",
    "</td></table><base href='{}'><embed src='{}'>",
)


def test_sixty_payloads_in_every_field_read_nothing_and_reach_nothing(ear: Ear) -> None:
    places = [address.format(port=ear.port) for address in ADDRESSES]
    payloads = [way.replace("{}", place) for way in WAYS for place in places]
    assert len(payloads) == 60
    bars = {
        "groups": [{"name": payload, "values": [0.9], "mean": 0.9, "sd": None} for payload in payloads[:4]]
    }
    reader = printed(
        blocks.section("facts", payloads[0], blocks.facts([(p, p) for p in payloads])),
        blocks.section(
            "table", "T", blocks.table([payloads[1], "b"], [[p, p] for p in payloads], note=payloads[2])
        ),
        blocks.section("words", "W", *(blocks.text(p) for p in payloads), *map(blocks.markdown, payloads)),
        blocks.section("items", "I", blocks.items(payloads, title=payloads[3], none="")),
        blocks.section("figure", "F", blocks.figure("ice", bars, caption=payloads[4])),
    )
    assert ear.heard() == 0
    assert reader.attachments == {}
    assert "root:" not in text_of(reader)
