"""From a draft to a released report: who signs, what a release replaces, and what a PDF can be asked."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from rest_framework.test import APIClient

from cells.actions import correct_layer
from lims import jobs
from lims.checks import check_logo
from lims.models import User
from lims.pdf import pdf_problem
from testing.models import Report, ReportPrint, Signature
from tests.factories import PASSWORD
from tests.testing.bench import Bench, client_of, second_project_of, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

REPORTS = "/api/v1/reports/"
pytestmark = pytest.mark.skipif(pdf_problem() is not None, reason="the system's PDF libraries are missing")


@pytest.fixture
def tested(api: APIClient, bench: Bench) -> Bench:
    send_and_read(api, squidstat([charge(10), discharge(9)]), test=bench.test.code)
    return bench


def ask(client: APIClient, kind: str, subject: str, **more: Any) -> str:
    answer = client.post(REPORTS, {"kind": kind, "subject": subject, **more})
    assert answer.status_code == 202, answer.json()
    return str(answer.json()["code"])


def sign(client: APIClient, code: str, verb: str, password: str = PASSWORD) -> Any:
    return client.post(f"{REPORTS}{code}/{verb}/", {"password": password, "remark": ""})


def released(api: APIClient, manager: APIClient, bench: Bench) -> str:
    code = ask(api, "cell", bench.cell.code)
    assert sign(api, code, "submit").status_code == 200
    assert sign(manager, code, "release").status_code == 200
    jobs.work_all()
    return code


def pdf_of(client: APIClient, code: str) -> bytes:
    return b"".join(client.get(f"{REPORTS}{code}/pdf/").streaming_content)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def verify(client: APIClient, pdf: bytes) -> dict[str, Any]:
    answer = client.post(f"{REPORTS}verify/", {"file": SimpleUploadedFile("a.pdf", pdf)}, format="multipart")
    assert answer.status_code == 200, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def test_a_report_is_signed_released_and_says_who_stands_for_it(
    api: APIClient, tested: Bench, grace: User
) -> None:
    code = ask(api, "cell", tested.cell.code)
    jobs.work_all()
    draft = pdf_of(api, code)
    assert "not released: nobody stands for it" in text_of(draft)
    assert sign(api, code, "submit").json()["standing"] == "in_review"
    manager = client_of(grace)
    answer = sign(manager, code, "release").json()
    assert (answer["standing"], answer["state"], answer["pdf_sha256"]) == ("released", "queued", "")
    assert [s["meaning"] for s in answer["signatures"]] == ["author", "approver"]
    jobs.work_all()
    final = text_of(pdf_of(api, code))
    assert "Draft" not in final
    assert "Author Ada" in final
    assert "Approver Grace" in final
    assert verify(api, pdf_of(api, code))["outcome"] == "released"
    assert verify(api, draft)["outcome"] == "draft"


def test_a_wrong_password_signs_nothing_and_five_of_them_lock(api: APIClient, tested: Bench) -> None:
    code = ask(api, "cell", tested.cell.code)
    for _ in range(5):
        refused = sign(api, code, "submit", "not this")
        assert (refused.status_code, list(refused.json())) == (400, ["password"])
    assert "wait five minutes" in sign(api, code, "submit").json()["password"][0]
    assert not Signature.objects.exists()
    assert Report.objects.get().standing == "draft"


def test_who_wrote_a_report_does_not_release_it(
    api: APIClient, tested: Bench, grace: User, settings: Any
) -> None:
    manager = client_of(grace)
    code = ask(manager, "cell", tested.cell.code)
    assert sign(manager, code, "submit").status_code == 200
    refused = sign(manager, code, "release")
    assert "somebody else reviews and releases it" in refused.json()["__all__"][0]
    # A researcher has not the right at all.
    assert sign(api, code, "release").status_code == 403
    settings.RELEASE_NEEDS_TWO = False
    assert sign(manager, code, "release").json()["standing"] == "released"


def test_what_was_corrected_meanwhile_is_not_signed(
    api: APIClient, tested: Bench, ada: User, grace: User
) -> None:
    code = ask(api, "cell", tested.cell.code)
    assert sign(api, code, "submit").status_code == 200
    correct_layer(cell=tested.cell, role="positive", mass_ug=8_300, reason="typing error", by=ada)
    refused = sign(client_of(grace), code, "release")
    assert "has been corrected since it was frozen" in refused.json()["__all__"][0]


def test_handed_back_it_needs_its_signatures_anew(api: APIClient, tested: Bench, grace: User) -> None:
    code, manager = ask(api, "cell", tested.cell.code), client_of(grace)
    assert sign(manager, code, "release").status_code == 400
    sign(api, code, "submit")
    assert manager.post(f"{REPORTS}{code}/return/", {"reason": ""}).status_code == 400
    back = manager.post(f"{REPORTS}{code}/return/", {"reason": "name the balance"}).json()
    assert back["standing"] == "draft"
    assert sign(manager, code, "release").status_code == 400
    assert sign(api, code, "submit").json()["standing"] == "in_review"
    sign(manager, code, "release")
    jobs.work_all()
    text = text_of(pdf_of(api, code))
    assert text.count("Author Ada") == 1


def test_a_release_replaces_the_one_before(api: APIClient, tested: Bench, grace: User) -> None:
    manager = client_of(grace)
    first = released(api, manager, tested)
    second = released(api, manager, tested)
    old = api.get(f"{REPORTS}{first}/").json()
    assert (old["standing"], old["superseded_by"]) == ("superseded", second)
    told = verify(api, pdf_of(api, first))
    assert (told["outcome"], told["superseded_by"]) == ("superseded", second)


def test_a_flipped_byte_and_a_corrected_mass_are_found(
    api: APIClient, tested: Bench, ada: User, grace: User
) -> None:
    code = released(api, client_of(grace), tested)
    pdf = pdf_of(api, code)
    flipped = bytearray(pdf)
    flipped[len(pdf) // 2] ^= 1
    assert verify(api, bytes(flipped))["outcome"] == "altered"
    assert verify(api, b"%PDF-1.7 of somebody else")["outcome"] == "unknown"
    assert verify(api, pdf)["stale"] is False
    correct_layer(cell=tested.cell, role="positive", mass_ug=8_300, reason="typing error", by=ada)
    told = verify(api, pdf)
    assert (told["outcome"], told["stale"]) == ("released", True)
    changed = {c["where"]: (c["then"], c["now"]) for c in api.get(f"{REPORTS}{code}/changes/").json()}
    assert changed["layers > Positive composite > mass_mg"] == ("8.1", "8.3")
    assert pdf_of(api, code) == pdf


def test_a_stranger_learns_nothing_but_whether_the_bytes_are_ours(
    api: APIClient, client: Any, tested: Bench, otto: User, grace: User
) -> None:
    code = released(api, client_of(grace), tested)
    pdf = pdf_of(api, code)
    assert verify(client_of(otto), pdf + b" ")["outcome"] == "unknown"
    assert client_of(otto).post(f"{REPORTS}{code}/submit/", {"password": PASSWORD}).status_code == 404
    page = client.get(f"/verify/{code}/").content.decode()
    assert "is released" not in page
    for sent, sentence in ((pdf, "as it was released"), (pdf + b" ", "This is no report of this lab")):
        page = client.post("/verify/", {"file": SimpleUploadedFile("a.pdf", sent)}).content.decode()
        assert sentence in page
        assert f'href="/reports/{code}/"' not in page


def test_signatures_and_prints_never_change(api: APIClient, tested: Bench, grace: User) -> None:
    released(api, client_of(grace), tested)
    for model in (Signature, ReportPrint):
        row = model.objects.first()
        assert row is not None
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.filter(pk=row.pk).update(report=row.report_id)


def test_every_kind_prints(api: APIClient, tested: Bench, ada: User) -> None:
    second_project_of(ada)
    shelf = tested.shelf
    subjects = {
        "test": tested.test.code,
        "study": tested.cell.study.code,
        "lot": shelf.lots["NMC"].code,
        "batch": shelf.coated.code,
        "instrument": tested.instrument.code,
        "inventory": shelf.project.code,
    }
    codes = {kind: ask(api, kind, subject) for kind, subject in subjects.items()}
    jobs.work_all()
    texts = {kind: text_of(pdf_of(api, code)) for kind, code in codes.items()}
    for kind, subject in subjects.items():
        assert subject in texts[kind], kind
    assert re.search(r"Initial coulombic efficiency 90\b", texts["test"])  # 9 mAh out of 10, in percent
    assert "1 cell / 1 mix / 1 ALD run" in texts["study"]
    assert "1.67" in texts["batch"]  # growth per cycle, Å
    assert "to the microgram" in texts["batch"]
    assert "No calibration of the currents is recorded." in texts["instrument"]
    wrong = api.post(REPORTS, {"kind": "lot", "subject": shelf.coated.code})
    assert wrong.json() == {"subject": [f"{shelf.coated.code} is no lot."]}


def test_sections_are_chosen_and_ordered(api: APIClient, tested: Bench) -> None:
    options = {"sections": ["cycles", "files"], "foreword": "For the group meeting."}
    code = ask(api, "test", tested.test.code, options=options)
    titles = [section["title"] for section in Report.objects.coded(code).snapshot["sections"]]
    assert titles == ["Foreword", "Cycles", "Files and what they carry"]
    refused = api.post(
        REPORTS, {"kind": "test", "subject": tested.test.code, "options": {"sections": ["colour"]}}
    )
    assert "no section 'colour'" in refused.json()["options"][0]


def test_the_page_offers_previews_and_signs(client: Any, tested: Bench, ada: User) -> None:
    client.force_login(ada)
    address = f"?kind=batch&subject={tested.shelf.coated.code}"
    assert (
        address.replace("&", "&amp;") in client.get(f"/powders/{tested.shelf.coated.code}/").content.decode()
    )
    assert client.get("/reports/new/").url == "/reports/"
    assert client.get("/reports/new/?kind=colour").status_code == 404
    form = client.get(f"/reports/new/{address}").context["form"]
    sections = [key for key, _ in form.fields["sections"].choices]
    picture = client.post(
        f"/reports/preview/{address}", {"idempotency_key": "a", "sections": sections}
    ).content.decode()
    assert "data:image/png;base64," in picture
    made = client.post(
        f"/reports/new/{address}", {"idempotency_key": "b", "sections": [sections[-1], sections[0]]}
    )
    report = Report.objects.get()
    assert made.url == f"/reports/{report.code}/"
    assert [section["key"] for section in report.snapshot["sections"]] == [sections[-1], sections[0]]
    signed = client.post(
        f"/reports/{report.code}/submit/", {"idempotency_key": "c", "password": PASSWORD, "remark": ""}
    )
    assert signed.status_code == 302
    assert "In review" in client.get(made.url).content.decode()


def test_a_manager_keeps_how_the_lab_prints(api: APIClient, client: Any, tested: Bench, grace: User) -> None:
    options = {"sections": ["files", "cycles"], "foreword": "House rule 7."}
    refused = api.post("/api/v1/report-layouts/", {"kind": "test", "options": options})
    assert (refused.status_code, refused.json()["__all__"][0][:14]) == (400, "Only a manager")
    assert (
        client_of(grace).post("/api/v1/report-layouts/", {"kind": "test", "options": options}).status_code
        == 200
    )
    code = ask(api, "test", tested.test.code)
    assert [s["key"] for s in Report.objects.coded(code).snapshot["sections"]] == [
        "foreword",
        "files",
        "cycles",
    ]
    client.force_login(grace)
    form = client.get(f"/reports/new/?kind=test&subject={tested.test.code}").context["form"]
    assert form.initial["sections"] == ["files", "cycles"]
    assert "LAY-0001" in client.get("/report-layouts/").content.decode()
    assert "House rule 7." in client.get("/report-layouts/LAY-0001/").content.decode()


def test_the_lab_s_logo_is_frozen_with_the_report(
    api: APIClient, tested: Bench, settings: Any, tmp_path: Any
) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')
    settings.LAB_LOGO = str(logo)
    code = ask(api, "test", tested.test.code)
    logo.unlink()
    assert Report.objects.coded(code).snapshot["lab_logo"].startswith("data:image/svg+xml;base64,")
    jobs.work_all()
    assert Report.objects.coded(code).state == "ready"
    assert [one.id for one in check_logo()] == ["lims.E003"]
