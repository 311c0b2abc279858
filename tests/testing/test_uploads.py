"""Uploads in parts, by tus 1.0: what has come is kept, what is wrong refused, the whole file is one like any other."""

from __future__ import annotations

import base64
import hashlib
import random
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from lims.models import Blob, User
from testing.actions.uploads import forget_expired
from testing.models import Submission, Upload
from tests.testing.bench import Bench, client_of, send

UPLOADS = "/api/v1/uploads/"
TUS = {"HTTP_TUS_RESUMABLE": "1.0.0"}
CONTENT = random.Random(5).randbytes(300_000)


def told(**facts: str) -> str:
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in facts.items())


def begin(client: APIClient, length: int = len(CONTENT), **facts: str) -> Any:
    return client.post(
        UPLOADS,
        HTTP_UPLOAD_LENGTH=str(length),
        HTTP_UPLOAD_METADATA=told(filename="cell.csv", **facts),
        **TUS,
    )


def part(client: APIClient, address: str, offset: int, piece: bytes, **headers: str) -> Any:
    return client.patch(
        address, piece, content_type="application/offset+octet-stream", HTTP_UPLOAD_OFFSET=str(offset),
        **TUS, **headers,
    )  # fmt: skip


def checksum(algorithm: str, piece: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.new(algorithm, piece).digest()).decode()
    return {"HTTP_UPLOAD_CHECKSUM": f"{algorithm} {digest}"}


def test_a_file_sent_in_parts_is_the_same_file(robo: APIClient, bench: Bench) -> None:
    made = begin(robo, test=bench.test.code)
    assert (made.status_code, made["Tus-Resumable"]) == (201, "1.0.0")
    address, sent = made["Location"], 0
    for size in (1, 99_999, 150_000, 50_000):
        answer = part(
            robo,
            address,
            sent,
            CONTENT[sent : sent + size],
            **checksum("sha256", CONTENT[sent : sent + size]),
        )
        assert answer.status_code == 204, answer.content
        sent += size
        assert answer["Upload-Offset"] == str(sent)
    file = Submission.objects.get(pk=answer["Lab-File"])
    assert file.blob.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (file.test, file.way, file.name) == (bench.test, "resumed", "cell.csv")
    assert file.blob.path.read_bytes() == CONTENT
    assert not list((settings.DATA_DIR / "uploads").glob("[0-9a-f]*")), "nothing is left beside it"
    assert send(robo, CONTENT, test=bench.test.code).json()["id"] == file.pk, (
        "posted at once it is the same one"
    )


def test_what_the_lab_can_do_is_asked_without_the_version(robo: APIClient) -> None:
    answer = robo.options(UPLOADS)
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) == {"creation", "termination", "checksum", "expiration"}
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert answer["Tus-Max-Size"] == str(settings.UPLOAD_MAX_BYTES)


def test_another_version_is_refused_with_the_one_spoken(robo: APIClient, bench: Bench) -> None:
    answer = robo.post(UPLOADS, HTTP_UPLOAD_LENGTH="5", HTTP_TUS_RESUMABLE="0.2.2")
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")


def test_head_tells_how_far_it_is_and_is_not_cached(robo: APIClient, bench: Bench) -> None:
    address = begin(robo, test=bench.test.code)["Location"]
    part(robo, address, 0, CONTENT[:1000])
    answer = robo.head(address, **TUS)
    assert (answer.status_code, answer["Upload-Offset"], answer["Upload-Length"]) == (200, "1000", "300000")
    assert answer["Cache-Control"] == "no-store"
    assert "Upload-Expires" in answer


def test_a_part_at_the_wrong_place_is_a_conflict(robo: APIClient, bench: Bench) -> None:
    address = begin(robo, test=bench.test.code)["Location"]
    assert part(robo, address, 5, b"x").status_code == 409
    assert part(robo, address, 0, b"x" * 10).status_code == 204
    assert part(robo, address, 0, b"x" * 10).status_code == 409
    assert robo.head(address, **TUS)["Upload-Offset"] == "10"


def test_a_part_with_the_wrong_checksum_is_thrown_away(robo: APIClient, bench: Bench) -> None:
    address = begin(robo, test=bench.test.code)["Location"]
    for algorithm in ("sha1", "sha256"):
        answer = part(robo, address, 0, b"changed on the way", **checksum(algorithm, b"as it was sent"))
        assert answer.status_code == 460
        assert robo.head(address, **TUS)["Upload-Offset"] == "0"
    assert part(robo, address, 0, CONTENT, **checksum("sha1", CONTENT)).status_code == 204


@pytest.mark.parametrize(
    ("header", "status"),
    [("md5 xxxx", 400), ("sha1", 400), ("sha1 not-base64!", 400), ("sha256 YWJj", 400)],
)
def test_a_checksum_that_says_nothing_is_refused(
    robo: APIClient, bench: Bench, header: str, status: int
) -> None:
    address = begin(robo, test=bench.test.code)["Location"]
    assert part(robo, address, 0, b"x", HTTP_UPLOAD_CHECKSUM=header).status_code == status


def test_a_whole_file_that_is_not_what_was_announced_is_refused(robo: APIClient, bench: Bench) -> None:
    address = begin(robo, test=bench.test.code, sha256="0" * 64)["Location"]
    assert part(robo, address, 0, CONTENT).status_code == 460
    assert not Submission.objects.exists()
    assert robo.head(address, **TUS).status_code == 404


@pytest.mark.parametrize("length", ["", "-1", "x", "1.5", "٣", "9" * 30])
def test_a_length_is_a_whole_number(robo: APIClient, length: str) -> None:
    answer = robo.post(UPLOADS, HTTP_UPLOAD_LENGTH=length, **TUS)
    assert answer.status_code == 400
    assert "Upload-Length" in answer.json()["__all__"][0]


def test_too_much_is_refused_before_and_during(robo: APIClient, bench: Bench) -> None:
    assert begin(robo, settings.UPLOAD_MAX_BYTES + 1, test=bench.test.code).status_code == 413
    address = begin(robo, 10, test=bench.test.code)["Location"]
    assert part(robo, address, 0, b"x" * 11).status_code == 413


def test_metadata_that_is_no_base64_is_named(robo: APIClient) -> None:
    for text in ("filename Ω", "filename ====", "filename YQ==,filename YQ=="):
        answer = robo.post(
            UPLOADS, HTTP_UPLOAD_LENGTH="5", HTTP_UPLOAD_METADATA=text.encode().decode("latin-1"), **TUS
        )
        assert answer.status_code == 400, text


def test_rights_are_judged_before_anything_is_sent(robo: APIClient, bench: Bench, otto: User) -> None:
    assert begin(client_of(otto), test=bench.test.code).status_code == 404
    assert begin(robo, test="TEST-9999").status_code == 404
    assert begin(robo).status_code in (400, 403)
    assert not Upload.objects.exists()


def test_nobody_sees_another_ones_upload(robo: APIClient, api: APIClient, bench: Bench) -> None:
    address = begin(robo, test=bench.test.code)["Location"]
    for method in (api.head, api.get, api.delete):
        assert method(address, **TUS).status_code == 404
    assert part(api, address, 0, b"x").status_code == 404


def test_an_upload_is_given_up(robo: APIClient, bench: Bench) -> None:
    address = begin(robo, test=bench.test.code)["Location"]
    part(robo, address, 0, CONTENT[:5000])
    assert robo.delete(address, **TUS).status_code == 204
    assert robo.head(address, **TUS).status_code == 404
    assert not any(path.is_file() and path.suffix == "" for path in (settings.DATA_DIR / "uploads").iterdir())


def test_what_nobody_finishes_is_forgotten(robo: APIClient, bench: Bench) -> None:
    address = begin(robo, test=bench.test.code)["Location"]
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert forget_expired() == 1
    assert robo.head(address, **TUS).status_code == 404
    assert not Blob.objects.filter(size_bytes=len(CONTENT)).exists()


def test_a_server_that_died_before_the_last_row_finishes_when_it_is_asked(
    robo: APIClient, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from testing.actions import uploads

    address = begin(robo, test=bench.test.code)["Location"]
    with monkeypatch.context() as died:
        died.setattr(uploads, "_finish", lambda _upload: None)
        part(robo, address, 0, CONTENT)
    assert not Submission.objects.exists()
    assert robo.head(address, **TUS)["Lab-File"] == str(Submission.objects.get().pk)


def test_bytes_beyond_the_offset_are_written_over(robo: APIClient, bench: Bench) -> None:
    """As a crash leaves it: bytes on the disk that no row vouches for."""
    address = begin(robo, test=bench.test.code)["Location"]
    part(robo, address, 0, CONTENT[:100])
    upload = Upload.objects.get()
    with upload.path.open("ab") as file:
        file.write(b"half a sector of nothing")
    part(robo, address, 100, CONTENT[100:])
    assert Submission.objects.get().blob.sha256 == hashlib.sha256(CONTENT).hexdigest()
