"""Uploads in parts by tus 1.0: creation, termination, checksum and expiration (https://tus.io)."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.urls import reverse
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lims.api.views import caller
from lims.models import User
from testing.actions import uploads as act
from testing.api import intake_shapes as shapes
from testing.api.targets import project_of, target_of
from testing.models import Upload

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,checksum,expiration"
CHECKSUM_MISMATCH = 460
PART = "application/offset+octet-stream"
WHERE = ("test", "cell", "instrument", "channel", "project")


class PartParser(BaseParser):
    """Leaves a part in its stream: it is written to the disk as it comes, and never held whole."""

    media_type = PART

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream


class TusError(APIException):
    """A refusal with a status that the protocol gives a meaning."""

    def __init__(self, sentence: str, status_code: int) -> None:
        super().__init__(sentence)
        self.status_code = status_code


HEADER = OpenApiParameter("Tus-Resumable", str, OpenApiParameter.HEADER, required=True, enum=[VERSION])


class TusView(APIView):
    """What every call of the protocol has: its version in the request and in the answer."""

    capability = "post_file"
    instruments = True
    parser_classes = (PartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        spoken = request.headers.get("Tus-Resumable")
        if request.method in ("POST", "PATCH", "HEAD", "DELETE") and spoken != VERSION:
            raise TusError(f"Tus-Resumable is {spoken or 'missing'}; this lab speaks {VERSION}.", 412)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Tus-Resumable"] = VERSION
        if answer.status_code == status.HTTP_412_PRECONDITION_FAILED:
            answer["Tus-Version"] = VERSION
        answer["Cache-Control"] = "no-store"
        return answer


class UploadsView(TusView):
    """Begin an upload, and ask what the lab can do."""

    @extend_schema(responses={204: OpenApiResponse(description="Tus-Version, -Extension, -Max-Size")})
    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the lab speaks: version, extensions, largest file, checksums."""
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.UPLOAD_MAX_BYTES),
            "Tus-Checksum-Algorithm": ",".join(act.ALGORITHMS),
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)

    @extend_schema(
        request=None,
        parameters=[
            HEADER,
            OpenApiParameter("Upload-Length", int, OpenApiParameter.HEADER, required=True),
            OpenApiParameter(
                "Upload-Metadata", str, OpenApiParameter.HEADER,
                description="filename, and test, or cell, or instrument and channel, or project; sha256; bulk: each "
                "name with its value in Base64, separated by commas.",
            ),
        ],
        responses={201: OpenApiResponse(description="Location is where the parts go")},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Begin an upload."""
        if "Upload-Defer-Length" in request.headers:
            raise TusError("State Upload-Length: an upload's length is not deferred here.", 400)
        length = whole_number(request, "Upload-Length")
        told = metadata_of(request.headers.get("Upload-Metadata", ""))
        user = caller(request)
        try:
            upload = act.begin_upload(
                by=user, name=told.get("filename") or told.get("name") or "file", length=length,
                metadata=request.headers.get("Upload-Metadata", ""), sha256=told.get("sha256", ""),
                bulk=told.get("bulk", "") in ("true", "1"), **_where(told, user),
            )  # fmt: skip
        except act.TooLarge as error:
            raise TusError(str(error), 413) from error
        except act.NoSpace as error:
            raise TusError(str(error), 507) from error
        headers = {
            "Location": request.build_absolute_uri(reverse("api-upload", args=[upload.pk])),
            "Upload-Offset": "0",
            "Upload-Expires": http_date(upload.expires_at.timestamp()),
        }
        return Response(status=status.HTTP_201_CREATED, headers=headers)


class UploadView(TusView):
    """One upload: how far it is, its next part, its end."""

    @extend_schema(
        parameters=[HEADER], responses={200: OpenApiResponse(description="Upload-Offset, -Length")}
    )
    def head(self, request: Request, key: uuid.UUID) -> Response:
        """How many bytes the lab has."""
        try:
            upload = act.finish_if_whole(find_upload(key, caller(request)))
        except act.UploadBusy as error:
            raise TusError(str(error), 423) from error
        return Response(headers={**_progress(upload), "Upload-Metadata": upload.metadata})

    @extend_schema(responses=shapes.UploadStateSerializer)
    def get(self, request: Request, key: uuid.UUID) -> Response:
        """How far the upload is, as JSON, and the file that came of it."""
        return Response(shapes.UploadStateSerializer(find_upload(key, caller(request))).data)

    @extend_schema(
        request={PART: OpenApiTypes.BINARY},
        parameters=[
            HEADER,
            OpenApiParameter("Upload-Offset", int, OpenApiParameter.HEADER, required=True),
            OpenApiParameter(
                "Upload-Checksum", str, OpenApiParameter.HEADER, description="sha1 or sha256 Base64"
            ),
        ],
        responses={204: OpenApiResponse(description="Upload-Offset; Lab-File once the file is whole")},
    )
    def patch(self, request: Request, key: uuid.UUID) -> Response:
        """The next part, from ``Upload-Offset``. A part that breaks off is kept as far as it came."""
        if (request.content_type or "").partition(";")[0].strip() != PART:
            raise TusError(f"A part is sent as {PART}.", 415)
        upload = find_upload(key, caller(request))
        offset, stated = whole_number(request, "Upload-Offset"), request.headers.get("Upload-Checksum")
        length = request.headers.get("Content-Length")
        try:
            upload = act.append(
                upload=upload, offset=offset, part=request._request, checksum=checksum_of(stated) if stated else None,
                length=int(length) if length and length.isdigit() else None,
            )  # fmt: skip
        except act.WrongOffset as error:
            raise TusError(str(error), 409) from error
        except act.ChecksumMismatch as error:
            raise TusError(str(error), CHECKSUM_MISMATCH) from error
        except act.TooLarge as error:
            raise TusError(str(error), 413) from error
        except act.UploadBusy as error:
            raise TusError(str(error), 423) from error
        return Response(status=status.HTTP_204_NO_CONTENT, headers=_progress(upload))

    @extend_schema(parameters=[HEADER], responses={204: None})
    def delete(self, request: Request, key: uuid.UUID) -> Response:
        """Give the upload up; what has come is thrown away."""
        upload = find_upload(key, caller(request))
        act.end_upload(upload=upload, by=caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def find_upload(key: uuid.UUID, user: User) -> Upload:
    """Return an upload that ``user`` began, or 404."""
    upload = Upload.objects.visible_to(user).select_related("submission", "sender").filter(pk=key).first()
    if upload is None:
        raise Http404("There is no such upload of yours.")
    return upload


def _progress(upload: Upload) -> dict[str, str]:
    headers = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length)}
    if upload.submission_id is None:
        headers["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    else:
        headers["Lab-File"] = str(upload.submission_id)
    return headers


def _where(told: dict[str, str], user: User) -> dict[str, Any]:
    facts = {name: told[name] for name in WHERE if told.get(name)}
    try:
        return {**target_of(facts, user), **project_of(facts, user)}
    except PermissionDenied as error:
        raise TusError(str(error), 403) from error


def whole_number(request: Request, header: str) -> int:
    """Return a header that is a whole number from 0, or raise 400."""
    text = request.headers.get(header, "")
    # Python reads digits of every script; the protocol has ten.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise TusError(f"{header} is a whole number from 0, not {text[:40]!r}.", 400)
    return int(text)


def metadata_of(header: str) -> dict[str, str]:
    """Return ``Upload-Metadata`` as names and texts, or raise ValidationError.

    >>> metadata_of("filename Y2VsbC5jc3Y=, bulk")
    {'filename': 'cell.csv', 'bulk': ''}
    """
    told: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in header.split(","))):
        name, _, encoded = part.partition(" ")
        try:
            text = base64.b64decode(encoded.strip(), validate=True).decode()
        except ValueError as error:
            raise ValidationError(
                f"Upload-Metadata: {name[:40]!r} is not followed by Base64 of UTF-8."
            ) from error
        if name in told:
            raise ValidationError(f"Upload-Metadata names {name[:40]!r} twice.")
        if "\0" in text:
            raise ValidationError(f"Upload-Metadata: {name[:40]!r} holds a zero byte.")
        told[name] = text
    return told


def checksum_of(header: str) -> act.Checksum:
    """Return ``Upload-Checksum`` as algorithm and digest, or raise 400."""
    algorithm, _, encoded = header.strip().partition(" ")
    if algorithm not in act.ALGORITHMS:
        raise TusError(f"{algorithm[:20]!r} is no checksum known here: {', '.join(act.ALGORITHMS)}.", 400)
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except ValueError as error:
        raise TusError("Upload-Checksum is an algorithm and Base64.", 400) from error
    if len(digest) != act.ALGORITHMS[algorithm]().digest_size:
        raise TusError(f"Upload-Checksum is no {algorithm}: it has {len(digest)} bytes.", 400)
    return act.Checksum(algorithm, digest)
