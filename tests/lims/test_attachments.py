"""Files beside records: kept once, shown as text whatever their names, served so that they can do nothing."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient

from lims.attachments import attach, withdraw
from lims.models import Attachment, LogEntry, Project, Role, User
from materials.models import Powder
from tests import factories
from tests.factories import make_picture

V1 = "/api/v1"
SCRIPT = b"<script>document.title = 'stolen'</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"


def upload(content: bytes, name: str = "sheet.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/svg+xml")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return factories.make_lot(ada, project)


def attached(lot: Powder, ada: User, content: bytes, name: str = "sheet.png") -> Attachment:
    return attach(identity=lot.identity, upload=upload(content, name), purpose="sheet", by=ada)


def served(client: Client, attachment: Attachment, address: str = "") -> object:
    answer = client.get(f"/attachments/{attachment.pk}/{address}")
    answer.body = b"".join(answer) if answer.streaming else answer.content
    return answer


def test_a_file_is_attached_on_the_records_page_and_listed_there(lot: Powder, ada: User) -> None:
    client = browser(ada)
    page = client.get(f"/powders/{lot.code}/").content.decode()
    assert f"/records/{lot.code}/attachments/" in page
    answer = client.post(
        f"/records/{lot.code}/attachments/",
        {"idempotency_key": "k", "purpose": "certificate", "file": upload(b"%PDF-1.7 purity", "coa.pdf")},
    )
    assert answer["Location"] == f"/powders/{lot.code}/"
    page = client.get(f"/powders/{lot.code}/").content.decode()
    assert "coa.pdf" in page
    assert "Certificate of analysis" in page
    entry = LogEntry.objects.get(verb="attached a file")
    assert (entry.actor, entry.identity, entry.changes["file"]) == (ada, lot.identity, "coa.pdf")


def test_a_double_tap_attaches_once_and_another_file_with_the_same_form_is_not_lost(
    lot: Powder, ada: User
) -> None:
    client, url = browser(ada), f"/records/{lot.code}/attachments/"
    for _ in range(2):
        answer = client.post(url, {"idempotency_key": "k", "purpose": "photo", "photo": upload(b"one")})
        assert answer.status_code == 302
    other = client.post(url, {"idempotency_key": "k", "purpose": "photo", "photo": upload(b"two")})
    assert (other.status_code, Attachment.objects.count()) == (400, 1)
    assert "has been sent already" in other.content.decode()


def test_the_same_bytes_twice_are_told_in_one_sentence(lot: Powder, ada: User, api: APIClient) -> None:
    attached(lot, ada, b"bytes", "first.txt")
    answer = api.post(f"{V1}/records/{lot.code}/attachments/", {"file": upload(b"bytes")}, format="multipart")
    assert answer.status_code == 400
    assert answer.json() == {"file": [f"These bytes are attached to {lot.code} already, as first.txt."]}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
        ("..\\..\\evil.png", "evil.png"),
        ('a"; filename="evil.html', 'a"; filename="evil.html'),
        ("sheet\u202egnp.exe", "sheet_gnp.exe"),
        ("{{ user.password }}\r\nX-Evil: 1", "{{ user.password }}__X-Evil: 1"),
    ],
)
def test_a_hostile_name_is_shown_as_text(lot: Powder, ada: User, sent: str, kept: str) -> None:
    attachment = attach(identity=lot.identity, upload=upload(b"bytes"), purpose="other", by=ada, name=sent)
    assert attachment.name == kept
    client = browser(ada)
    page = client.get(f"/powders/{lot.code}/").content.decode()
    assert "<img src=x" not in page
    assert "&lt;img" in page or "<" not in sent
    answer = served(client, attachment)
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert "X-Evil" not in answer.headers
    assert (
        client.post(
            f"/attachments/{attachment.pk}/withdraw/", {"idempotency_key": "k", "reason": "no"}
        ).status_code
        == 302
    )


@pytest.mark.parametrize(("content", "name"), [(SVG, "logo.svg"), (SCRIPT, "page.html"), (SVG, "photo.png")])
def test_what_could_hold_a_script_is_a_download_of_unknown_bytes(
    lot: Powder, ada: User, api: APIClient, content: bytes, name: str
) -> None:
    attachment = attached(lot, ada, content, name)
    for client, url in (
        (browser(ada), f"/attachments/{attachment.pk}/"),
        (api, f"{V1}/attachments/{attachment.pk}/file/"),
    ):
        answer = client.get(url)
        assert b"".join(answer) == content
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "thumbnail" not in browser(ada).get(f"/powders/{lot.code}/").content.decode()
    assert browser(ada).get(f"/attachments/{attachment.pk}/thumbnail/").status_code == 404


def test_a_photo_is_shown_small_and_whole(lot: Powder, ada: User) -> None:
    attachment = attached(lot, ada, make_picture(wide=4000, high=3000, kind="JPEG"))
    client = browser(ada)
    assert f"/attachments/{attachment.pk}/thumbnail/" in client.get(f"/powders/{lot.code}/").content.decode()
    whole = served(client, attachment)
    assert whole["Content-Type"] == "image/jpeg"
    assert "sandbox" in whole["Content-Security-Policy"]
    small = Image.open(io.BytesIO(served(client, attachment, "thumbnail/").body))
    assert (small.format, small.size) == ("JPEG", (320, 240))


def test_a_picture_that_claims_more_pixels_than_any_camera_is_not_drawn(lot: Powder, ada: User) -> None:
    bomb = io.BytesIO()
    Image.new("1", (9_000, 8_000)).save(bomb, "PNG")
    attachment = attached(lot, ada, bomb.getvalue())
    assert browser(ada).get(f"/attachments/{attachment.pk}/thumbnail/").status_code == 404


def test_a_broken_picture_breaks_no_page(lot: Powder, ada: User) -> None:
    attachment = attached(lot, ada, make_picture()[:40])
    client = browser(ada)
    assert client.get(f"/powders/{lot.code}/").status_code == 200
    assert client.get(f"/attachments/{attachment.pk}/thumbnail/").status_code == 404


def test_a_file_is_no_larger_than_the_setting(lot: Powder, ada: User, settings: object) -> None:
    settings.ATTACHMENT_MAX_BYTES = 10
    with pytest.raises(ValidationError, match="larger than the 10 bytes"):
        attached(lot, ada, b"x" * 11)
    with pytest.raises(ValidationError, match="holds 0 bytes"):
        attached(lot, ada, b"")
    assert Attachment.objects.count() == 0


def test_a_withdrawn_file_stays_listed_struck_through_with_its_reason(
    lot: Powder, ada: User, api: APIClient
) -> None:
    attachment = attached(lot, ada, b"wrong lot's sheet", "wrong.txt")
    url = f"{V1}/attachments/{attachment.pk}/withdraw/"
    assert api.post(url, {"reason": " "}).status_code == 400
    assert api.post(url, {"reason": "of another lot"}).json()["withdrawn_reason"] == "of another lot"
    assert "already" in str(api.post(url, {"reason": "again"}).json())
    page = browser(ada).get(f"/powders/{lot.code}/").content.decode()
    assert "is-withdrawn" in page
    assert "of another lot" in page
    (row,) = api.get(f"{V1}/records/{lot.code}/attachments/").json()["results"]
    assert (row["name"], row["withdrawn_by"]) == ("wrong.txt", "ada")
    assert b"".join(api.get(f"{V1}/attachments/{attachment.pk}/file/")) == b"wrong lot's sheet"


def test_a_withdrawn_file_that_is_attached_again_is_put_back(lot: Powder, ada: User) -> None:
    first = attached(lot, ada, b"bytes")
    withdraw(attachment=first, reason="not sure", by=ada)
    again = attached(lot, ada, b"bytes")
    assert (again.pk, again.withdrawn_by, again.withdrawn_reason) == (first.pk, None, "")
    verbs = LogEntry.objects.filter(identity=lot.identity).order_by("seq").values_list("verb", flat=True)
    assert list(verbs)[-3:] == ["attached a file", "withdrew a file", "put back a file"]


def test_another_projects_member_finds_no_file(lot: Powder, ada: User, otto: User) -> None:
    attachment = attached(lot, ada, make_picture())
    page, call = browser(otto), APIClient()
    call.force_authenticate(otto)
    for url in ("", "thumbnail/", "withdraw/"):
        assert page.get(f"/attachments/{attachment.pk}/{url}").status_code == 404
    assert page.get(f"/records/{lot.code}/attachments/").status_code == 404
    assert page.post(f"/records/{lot.code}/attachments/", {"file": upload(b"x")}).status_code == 404
    assert call.get(f"{V1}/attachments/{attachment.pk}/file/").status_code == 404
    assert call.post(f"{V1}/attachments/{attachment.pk}/withdraw/", {"reason": "x"}).status_code == 404
    assert call.get(f"{V1}/records/{lot.code}/attachments/").status_code == 404
    posted = call.post(f"{V1}/records/{lot.code}/attachments/", {"file": upload(b"x")}, format="multipart")
    assert posted.status_code == 404
    assert Client().get(f"/attachments/{attachment.pk}/").status_code == 302


def test_a_reader_sees_files_and_attaches_none(lot: Powder, ada: User, project: Project) -> None:
    attachment = attached(lot, ada, make_picture())
    client = browser(factories.make_person("rita", Role.READER, project))
    page = client.get(f"/powders/{lot.code}/").content.decode()
    assert "sheet.png" in page
    assert "Add a file or photo" not in page
    assert client.post(f"/records/{lot.code}/attachments/", {"file": upload(b"x")}).status_code == 403
    assert client.get(f"/attachments/{attachment.pk}/withdraw/").status_code == 403


def test_every_kind_of_record_takes_files(ada: User, project: Project) -> None:
    supplier = factories.make_supplier(ada)
    attach(identity=supplier.identity, upload=upload(b"contract", "contract.pdf"), purpose="other", by=ada)
    assert "contract.pdf" in browser(ada).get(f"/suppliers/{supplier.code}/").content.decode()
