"""What every request passes through."""

import contextvars
import uuid
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


class RequestIdMiddleware:
    """Give each request a number that stands in its log entries and its answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(uuid.uuid4().hex)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class ContentSecurityPolicyMiddleware:
    """Let pages load what this server itself serves, and nothing else."""

    POLICY = (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
    # Swagger's page styles its own elements and starts with an inline script.
    DOCS_POLICY = (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'"
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = self.DOCS_POLICY if request.path.startswith("/api/docs/") else self.POLICY
        response.setdefault("Content-Security-Policy", policy)
        return response


class NoZeroByteMiddleware:
    """Answer 404 to a page's address with a zero byte: it names nothing, and PostgreSQL would not even look.

    The API's addresses take codes alone, and its filters judge their values themselves.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        strange = "\0" in request.path or "%00" in request.META.get("QUERY_STRING", "")
        if strange and not request.path.startswith("/api/"):
            raise Http404("No address here holds a zero byte.")
        return self.get_response(request)


class PeopleOnlyMiddleware:
    """Keep an instrument's account out of the pages: its token opens a few API calls and nothing else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_instrument:
            raise PermissionDenied("An instrument's account cannot open pages.")
        return self.get_response(request)
