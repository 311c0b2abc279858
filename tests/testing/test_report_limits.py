"""However much a lab has written or measured, a report ends as pages or as a sentence."""

from __future__ import annotations

import io
import re

import pypdf
import pytest
from rest_framework.test import APIClient

from cells.models import Cell
from lims import jobs
from lims.pdf import pdf_problem
from testing.models import Cycle, Report
from tests.testing.bench import Bench, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

pytestmark = pytest.mark.skipif(pdf_problem() is not None, reason="the system's PDF libraries are missing")
REPORTS = "/api/v1/reports/"
CYCLES, LETTERS = 10_000, 100_000


@pytest.fixture
def long_lived(api: APIClient, bench: Bench) -> Bench:
    """A cell of ten thousand cycles with a note of a hundred thousand letters, whatever a form would have taken."""
    send_and_read(api, squidstat([charge(10), discharge(9)]), test=bench.test.code)
    first = Cycle.objects.get(test=bench.test)
    known = {
        field.attname: getattr(first, field.attname)
        for field in Cycle._meta.concrete_fields
        if not field.primary_key
    }
    Cycle.objects.bulk_create(Cycle(**known | {"cycle_number": number}) for number in range(2, CYCLES + 1))
    Cell.objects.filter(pk=bench.cell.pk).update(note=("A word and a break. " * LETTERS)[:LETTERS])
    return bench


@pytest.mark.parametrize("kind", ["cell", "test", "study"])
def test_ten_thousand_cycles_and_a_hundred_thousand_letters_end_in_a_report(
    api: APIClient, long_lived: Bench, kind: str
) -> None:
    subject = {"cell": long_lived.cell, "test": long_lived.test, "study": long_lived.cell.study}[kind]
    code = api.post(REPORTS, {"kind": kind, "subject": subject.code}).json()["code"]
    jobs.work_all()
    report = Report.objects.with_codes().coded(code)
    assert (report.state, report.reason) == (Report.State.READY, "")
    pdf = b"".join(api.get(f"{REPORTS}{code}/pdf/").streaming_content)
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) < 60
    if kind != "study":
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        assert re.search(r"\b10,?000 (cycles were measured|rows were frozen)", text)


def test_words_longer_than_a_foreword_may_be_are_refused_with_both_numbers(
    api: APIClient, bench: Bench
) -> None:
    asked = {"kind": "cell", "subject": bench.cell.code, "options": {"foreword": "a" * LETTERS}}
    answer = api.post(REPORTS, asked, format="json")
    assert answer.status_code == 400, answer.json()
    assert answer.json() == {"options": ["The foreword has 100,000 characters; at most 20,000 are printed."]}
