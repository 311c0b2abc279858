"""The base of the API's views: lookup by code, visibility, ETag and If-Match, Idempotency-Key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lims import idempotency
from lims.api.errors import PreconditionRequired
from lims.api.lists import ListMixin
from lims.audit import action, log
from lims.models import ApiToken, Record, User

LONGEST_USERNAME = 150


class OnceMixin:
    """Honour ``Idempotency-Key`` on every POST: the same call again gets the same answer and does nothing."""

    never_stored = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        key = request.headers.get("Idempotency-Key", "")
        handler = getattr(self, "post", None)
        if request.method == "POST" and key and handler and not self.never_stored:
            # dispatch() looks the handler up after this, so the wrapped one is what it finds.
            self.post: Callable[..., Response] = partial(self._once, handler, key)

    def _once(
        self, handler: Callable[..., Response], key: str, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        def act() -> tuple[int, Any]:
            response = handler(request, *args, **kwargs)
            return response.status_code, _plain(response.data)

        status_code, answer, fresh = idempotency.once(
            user=caller(request),
            key=key,
            request_fingerprint=self._fingerprint(request),
            perform=act,
        )
        return Response(answer, status=status_code, headers={} if fresh else {"Idempotent-Replay": "true"})

    def _fingerprint(self, request: Request) -> str:
        parts: list[str | bytes] = [request.path]
        data: dict[str, Any] = request.data if isinstance(request.data, dict) else {"": request.data}
        for name in sorted(data):
            value = data[name]
            if hasattr(value, "chunks"):
                parts.extend(value.chunks())
                value.seek(0)
            else:
                parts.append(f"{name}={value!r}")
        return idempotency.fingerprint(*parts)


def _plain(data: Any) -> Any:
    """Return an answer as JSON would give it back, so that the stored and the first one are the same."""
    return json.loads(JSONRenderer().render(data) or b"null")


class LabAPIView(OnceMixin, APIView):
    """An API view of no particular record."""


class RecordViewSet(OnceMixin, ListMixin, viewsets.GenericViewSet, mixins.RetrieveModelMixin):
    """Records by their codes, as far as the caller may see them."""

    lookup_field = "identity__code"
    lookup_url_kwarg = "code"
    lookup_value_regex = "[A-Za-z0-9-]+"
    queryset: QuerySet[Any]

    def get_queryset(self) -> QuerySet[Any]:
        user = self.request.user
        if getattr(self, "swagger_fake_view", False) or not isinstance(user, User):
            return self.queryset.none()
        return self.queryset.all().visible_to(user).with_codes()  # type: ignore[attr-defined,no-any-return]

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.get_object()
        return Response(self.get_serializer(record).data, headers={"ETag": etag(record)})

    def expected_version(self) -> int:
        """Return the version in ``If-Match``, or raise 428."""
        given = self.request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
        # Python turns no longer text into a number, and no version is longer than this.
        if not (given.isascii() and given.isdigit() and len(given) <= 18):
            raise PreconditionRequired
        return int(given)

    def answer(self, record: Record, *, status_code: int = status.HTTP_200_OK) -> Response:
        """Answer with the record as it is now."""
        fresh = self.get_queryset().get(pk=record.pk)
        return Response(self.get_serializer(fresh).data, status=status_code, headers={"ETag": etag(fresh)})


def caller(request: Request) -> User:
    """Return who calls; the permission class has let nobody else in."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def etag(record: Record) -> str:
    return f'"{record.version}"'


class CreateTokenView(APIView):
    """Give a person's script a token. The answer is never stored."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(
        request=inline_serializer(
            "TokenRequest", {"username": serializers.CharField(), "password": serializers.CharField()}
        ),
        responses=inline_serializer("Token", {"token": serializers.CharField()}),
    )
    def post(self, request: Request) -> Response:
        given = request.data if isinstance(request.data, dict) else {}
        username, password = str(given.get("username", "")), str(given.get("password", ""))
        # A user name may hold what a key of the cache must not.
        counter = f"token-attempts:{hashlib.sha256(username.encode()).hexdigest()}"
        if cache.get(counter, 0) >= 5:
            sentence = "Too many wrong passwords. Wait five minutes and try again."
            return Response({"__all__": [sentence]}, status=status.HTTP_429_TOO_MANY_REQUESTS)
        # Nobody has such a name, and no database would even look for it: PostgreSQL refuses a zero byte, SQLite
        # what is very long.
        known = username.isprintable() and len(username) <= LONGEST_USERNAME
        user = authenticate(request._request, username=username, password=password) if known else None
        if not isinstance(user, User) or user.is_instrument:
            cache.add(counter, 0, 300)
            cache.incr(counter)
            return Response(
                {"__all__": ["User name or password is wrong."]}, status=status.HTTP_400_BAD_REQUEST
            )
        cache.delete(counter)
        return Response({"token": issue_token(user=user, label="script", by=user)})


@action
def issue_token(*, user: User, label: str, by: User) -> str:
    """Return a new token of ``user``; it is shown this once."""
    token, text = ApiToken.objects.create(user, label=label)
    log(by, "issued a token", user.username, label=label, token=token.token_key)
    return str(text)


class NoSuchAddressView(APIView):
    """Whatever the API does not have, told in its own shape."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    schema = None

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        raise NotFound(f"The API has no address {request.path}.")
