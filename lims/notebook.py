"""Writing in the notebook: an entry, its next edition, and the records that it mentions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from lims import registry
from lims.attachments import SHOWN_TYPES
from lims.audit import action, log
from lims.markdown import codes_in, to_html
from lims.models import Attachment, Identity, Mention, Note, NoteEdition, Project, User
from lims.records import Origin, StaleRecord, create_record

MOST_WORDS = 12


@action
def write_note(
    *,
    by: User,
    project: Project | None,
    heading: str,
    body: str,
    subject: Identity | None = None,
    kind: str = Note.Kind.ENTRY,
    **origin: Unpack[Origin],
) -> Note:
    """Write an entry about a record, or of a project; what it mentions by code is remembered."""
    _judge(subject, project, by)
    made = create_record(
        Note(heading=heading, body=body, subject=subject, kind=kind, **origin),
        project=subject.project if subject else project,
        by=by,
        verb="wrote",
        heading=heading,
        **({"about": subject.code} if subject else {}),
    )
    _keep_edition(made, by=by, reason="")
    return made


@action
def rewrite_note(
    *, note: Note, by: User, heading: str, body: str, reason: str, expected_version: int | None = None
) -> Note:
    """Write the next edition of an entry; the editions before it stay readable.

    Raises StaleRecord where somebody has written one since, and ValidationError without a reason.
    """
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is written anew."})
    locked: Note = Note.objects.with_codes().select_for_update(of=("self",)).get(pk=note.pk)
    if (locked.heading, locked.body) == (heading, body):
        raise ValidationError({"body": "Nothing has been changed."})
    if expected_version is not None and locked.version != expected_version:
        raise StaleRecord(locked, expected_version)
    old_heading, locked.heading, locked.body = locked.heading, heading, body
    locked.version += 1
    locked.full_clean()
    locked.save(update_fields=["heading", "body", "version"])
    edition = _keep_edition(locked, by=by, reason=reason.strip())
    # The words stand in the editions; in the log, which is read line by line, they would bury everything else.
    told = {"edition": [edition - 1, edition]} | (
        {"heading": [old_heading, heading]} if old_heading != heading else {}
    )
    log(by, "wrote anew", locked, reason=reason, **told)
    return locked


def _judge(subject: Identity | None, project: Project | None, by: User) -> None:
    if subject is None:
        return
    if not Identity.objects.visible_to(by).filter(pk=subject.pk).exists():
        raise ValidationError({"subject": f"There is no record {subject.code} that you may see."})
    if project is not None and subject.project is not None and subject.project != project:
        raise ValidationError({"project": f"{subject.code} belongs to project {subject.project.code}."})


def _keep_edition(note: Note, *, by: User, reason: str) -> int:
    """Keep what an entry says now and whom it mentions; return the edition's number."""
    number = note.editions.count() + 1
    edition = NoteEdition(
        note=note, number=number, heading=note.heading, body=note.body, reason=reason, by=by
    )
    edition.full_clean()
    edition.save(force_insert=True)
    mentioned = Identity.objects.visible_to(by).filter(code__in=codes_in(note.body))
    note.mentions.all().delete()
    Mention.objects.bulk_create(Mention(note=note, identity=identity) for identity in mentioned)
    return number


def rendered(text: str, user: User, pictures: Iterable[Attachment] = ()) -> SafeString:
    """Return Markdown as a page shows it to ``user``: codes of records that they may see are links."""
    codes = codes_in(text)
    visible = Identity.objects.visible_to(user).filter(code__in=codes) if codes else []
    links = {identity.code: registry.url_of(identity) for identity in visible}
    addresses = {
        picture.name: reverse("lims:attachment", args=[picture.pk])
        for picture in pictures
        if picture.withdrawn_at is None and picture.content_type in SHOWN_TYPES
    }
    # Cleaned by nh3 of everything but the tags that lims.markdown names.
    return mark_safe(to_html(text, links=links, pictures=addresses))  # noqa: S308


def search(notes: QuerySet[Note], text: str) -> QuerySet[Note]:
    """Return the entries that hold every word of ``text``, in heading or body."""
    for word in text.split()[:MOST_WORDS]:
        notes = notes.filter(Q(heading__icontains=word) | Q(body__icontains=word))
    return notes


def notes_on(identity: Identity, user: User) -> QuerySet[Note]:
    """Return the entries about a record and those that mention it, as far as ``user`` may see them, newest first."""
    visible: QuerySet[Note] = Note.objects.visible_to(user).with_codes()
    return visible.filter(Q(subject=identity) | Q(mentions__identity=identity)).distinct().order_by("-pk")


def entries_named(word: str) -> QuerySet[Any]:
    """Return the entries whose heading or text holds ``word``, for the search box."""
    return search(Note.objects.order_by(), word).values("pk")
