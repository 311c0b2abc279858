"""Files beside records: put there, looked at, withdrawn."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from lims import attachments as files
from lims import registry
from lims.attachment_forms import AttachForm, WithdrawForm
from lims.forms import perform
from lims.models import Attachment, Identity, Record, User
from lims.permissions import require
from lims.thumbnails import NoPicture, thumbnail
from lims.views.attachment_panel import attachments_of
from lims.views.screens import form_screen, person

# Whatever the bytes are, a browser that opens them by themselves runs, frames and fetches nothing.
SEALED = "default-src 'none'; sandbox; frame-ancestors 'none'"


def find_identity(code: str, user: User) -> Identity:
    """Return the identity with this code, or 404 where there is none that ``user`` may see."""
    identity = Identity.objects.visible_to(user).select_related("project").filter(code=code.upper()).first()
    if identity is None:
        raise Http404(f"There is no record {code} that you may see.")
    return identity


def find_attachment(pk: int, user: User) -> Attachment:
    """Return a file of a record that ``user`` may see, or 404."""
    visible = Attachment.objects.filter(identity__in=Identity.objects.visible_to(user))
    found = visible.select_related("blob", "identity", "withdrawn_by").filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no file {pk} that you may see.")
    return found


@login_required
def attachments(request: HttpRequest, code: str) -> HttpResponse:
    """Show the files of a record, or take one more."""
    identity = find_identity(code, person(request))
    if request.method != "POST":
        return _page(request, identity)
    user = require(request.user, "record")
    form = AttachForm(request.POST, request.FILES, user=user, auto_id="attachment-%s")

    def attach(*, identity: Identity, **facts: Any) -> Record:
        files.attach_blob(identity=identity, **facts)
        return registry.record_of(identity)

    record = perform(form, attach, identity=identity)
    if record is None:
        return _page(request, identity, form)
    messages.success(request, f"The file is attached to {identity.code}.")
    return redirect(registry.url_of(identity))


def _page(request: HttpRequest, identity: Identity, form: AttachForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "record": registry.record_of(identity),
        "record_url": registry.url_of(identity),
        "attachments": attachments_of(identity, person(request), form),
        "simulated": bool(identity.project and identity.project.simulated),
    }
    return render(request, "attachments.html", context, status=400 if form else 200)


@login_required
@require_GET
def content(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give back a file: an image is shown, anything else is a download."""
    return file_response(find_attachment(pk, person(request)))


def file_response(found: Attachment) -> FileResponse:
    """Return a file so that no browser takes it for a page of this lab."""
    response = FileResponse(
        found.blob.path.open("rb"),
        as_attachment=found.content_type not in files.SHOWN_TYPES,
        filename=found.name,
        content_type=found.content_type or files.UNKNOWN_TYPE,
    )
    seal(response)
    return response


def seal(response: HttpResponseBase) -> None:
    """Give an answer that holds somebody's bytes the headers that keep them from doing anything."""
    response["Content-Security-Policy"] = SEALED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=600"


@login_required
@require_GET
def small(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a small picture of an attached image."""
    found = find_attachment(pk, person(request))
    try:
        picture = thumbnail(found.blob)
    except NoPicture as problem:
        raise Http404(f"{found.name} cannot be drawn small.") from problem
    response = HttpResponse(picture, content_type="image/jpeg")
    seal(response)
    return response


@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a file no longer counts."""
    found = find_attachment(pk, person(request))
    user = require(request.user, "record")

    def withdraw_file(*, attachment: Attachment, **facts: Any) -> Record:
        return registry.record_of(files.withdraw(attachment=attachment, **facts).identity)

    return form_screen(
        request,
        WithdrawForm(request.POST or None, user=user),
        withdraw_file,
        title=f"Withdraw {found.name}",
        lead="The file stays listed and readable, struck through, with your name and the reason.",
        submit_label="Withdraw",
        cancel_url=registry.url_of(found.identity),
        done=lambda _: f"{found.name} is withdrawn.",
        record=registry.record_of(found.identity),
        attachment=found,
    )
