"""The notebook: attributed, versioned, searchable, and seen by those who may see."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from rest_framework.test import APIClient

from lims.attachments import attach
from lims.models import LogEntry, Note, NoteEdition, Project, SavedView, User
from lims.notebook import notes_on, rewrite_note, search, write_note
from lims.records import StaleRecord
from tests import factories


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_entry_mentions_records_and_their_pages_tell_of_it(
    ada: User, grace: User, project: Project
) -> None:
    lot, other = factories.make_lot(ada, project), factories.make_lot(ada, project)
    note = write_note(
        by=ada, project=project, heading="Opened", body=f"**{lot.code}** smells; see {other.code}, NOTE-9999.",
        subject=lot.identity,
    )  # fmt: skip
    client = browser(grace)
    page = client.get(f"/notebook/{note.code}/").content.decode()
    assert f'<strong><a class="code" href="/powders/{lot.code}/"' in page
    assert "NOTE-9999" in page
    assert "edition 1 by Ada" in page
    for record, how in ((lot, "Entry"), (other, "Mentioned")):
        told = client.get(f"/powders/{record.code}/").content.decode()
        assert f"{note.code}</span> · {how} · Ada" in told
    assert [n.code for n in notes_on(other.identity, grace)] == [note.code]


def test_an_entry_written_anew_keeps_what_it_said_before(ada: User, grace: User, project: Project) -> None:
    note = write_note(by=ada, project=project, heading="Dry?", body="12 ppm")
    with pytest.raises(ValidationError, match="Say why"):
        rewrite_note(note=note, by=grace, heading="Dry?", body="21 ppm", reason=" ")
    rewrite_note(note=note, by=grace, heading="Dry?", body="21 ppm", reason="misread", expected_version=1)
    assert [(e.number, e.body, e.by.username, e.reason) for e in note.editions.all()] == [
        (2, "21 ppm", "grace", "misread"),
        (1, "12 ppm", "ada", ""),
    ]
    with pytest.raises(StaleRecord):
        rewrite_note(note=note, by=ada, heading="Dry?", body="13 ppm", reason="no", expected_version=1)
    page = browser(ada).get(f"/notebook/{note.code}/?edition=1").content.decode()
    assert "12 ppm" in page
    assert "not the newest" in page
    entry = LogEntry.objects.filter(identity=note.pk).first()
    assert (entry.verb, entry.changes["edition"]) == ("wrote anew", [1, 2])
    with pytest.raises(DatabaseError), transaction.atomic():
        NoteEdition.objects.update(body="something else")


def test_otto_sees_no_entry_of_another_project_and_learns_of_no_record(
    ada: User, otto: User, project: Project, other_project: Project
) -> None:
    lot = factories.make_lot(ada, project)
    note = write_note(by=ada, project=project, heading="Ours", body=f"{lot.code}")
    client = browser(otto)
    assert client.get(f"/notebook/{note.code}/").status_code == 404
    assert "Ours" not in client.get("/notebook/").content.decode()
    theirs = write_note(by=otto, project=other_project, heading="Theirs", body=f"What is {lot.code}?")
    assert theirs.mentions.count() == 0
    assert (
        "href"
        not in client.get(f"/notebook/{theirs.code}/")
        .content.decode()
        .split("note-text")[1]
        .split("</article>")[0]
    )
    with pytest.raises(ValidationError, match="that you may see"):
        write_note(by=otto, project=other_project, heading="x", body="y", subject=lot.identity)


def test_every_word_must_be_found_wherever_it_stands(ada: User, project: Project) -> None:
    write_note(by=ada, project=project, heading="Humid glovebox", body="The dew point rose to -40 °C.")
    write_note(by=ada, project=project, heading="Glovebox", body="All is well.")
    assert [n.heading for n in search(Note.objects.all(), "glovebox DEW")] == ["Humid glovebox"]
    assert search(Note.objects.all(), "dew well").count() == 0
    page = browser(ada).get("/scan/?code=dew+point")
    assert "Humid" in page.content.decode() or page.status_code == 302


def test_a_picture_of_an_entry_is_shown_in_its_text(ada: User, project: Project) -> None:
    note = write_note(by=ada, project=project, heading="Pellet", body="![cracked](pellet.png)")
    upload = SimpleUploadedFile("pellet.png", factories.make_picture())
    kept = attach(identity=note.identity, upload=upload, purpose="photo", by=ada)
    page = browser(ada).get(f"/notebook/{note.code}/").content.decode()
    assert f'src="/attachments/{kept.pk}/"' in page


def test_a_conclusion_belongs_to_a_record(ada: User, project: Project) -> None:
    with pytest.raises(ValidationError, match="say which record"):
        write_note(by=ada, project=project, heading="So", body="It helps.", kind="conclusion")
    study = factories.make_study(ada, project)
    write_note(
        by=ada,
        project=project,
        heading="It helps",
        body="By **9 points**.",
        kind="conclusion",
        subject=study.identity,
    )
    page = browser(ada).get(f"/studies/{study.code}/").content.decode()
    assert "By <strong>9 points</strong>." in page
    assert "edition 1 by Ada" in page


def test_form_and_api_write_the_same_entry(api: APIClient, ada: User, project: Project) -> None:
    lot = factories.make_lot(ada, project)
    made = api.post(
        "/api/v1/notes/", {"about": lot.code, "heading": "By script", "body": lot.code}, format="json"
    )
    assert (made.status_code, made.data["mentions"], made.data["about"]) == (201, [lot.code], lot.code)
    code = made.data["code"]
    body = {"heading": "By script", "body": "anew", "reason": "better"}
    assert api.patch(f"/api/v1/notes/{code}/", body, format="json").status_code == 428
    changed = api.patch(f"/api/v1/notes/{code}/", body, format="json", headers={"If-Match": made["ETag"]})
    assert (changed.status_code, changed.data["edition"], changed.data["mentions"]) == (200, 2, [])
    stale = api.patch(
        f"/api/v1/notes/{code}/", {**body, "body": "again"}, format="json", headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412
    client = browser(ada)
    sent = client.post(
        "/notebook/new/",
        {"idempotency_key": "k", "project": project.code, "kind": "entry", "heading": "H", "body": "B"},
    )
    assert sent.status_code == 302
    assert api.get("/api/v1/notes/?words=B").data["results"][0]["heading"] == "H"


def test_a_view_is_kept_replaced_and_dropped_by_its_own_person_alone(ada: User, grace: User) -> None:
    client = browser(ada)
    kept = {"name": "Shorted", "path": "/cells/", "query": "state=shorted"}
    assert client.post("/views/", kept)["Location"] == "/cells/?state=shorted"
    client.post("/views/", {**kept, "query": "state=failed"})
    view = SavedView.objects.get()
    assert view.query == "state=failed"
    assert "/cells/?state=failed" in client.get("/").content.decode()
    assert "/cells/?state=failed" not in browser(grace).get("/").content.decode()
    assert browser(grace).post(f"/views/{view.pk}/drop/").status_code == 404
    client.post("/views/", {"name": "Trap", "path": "//elsewhere.example/", "query": ""})
    assert SavedView.objects.count() == 1
    client.post(f"/views/{view.pk}/drop/")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("role", "first"), [("researcher", "Needs you today"), ("manager", "Went wrong"), ("reader", "Finished")]
)
def test_the_home_page_begins_with_what_a_role_looks_for(project: Project, role: str, first: str) -> None:
    person = factories.make_person("someone", role, project)
    lot = factories.make_lot(factories.make_person("maker", project=project), project)
    browser(factories.make_person("marker", project=project)).post(
        f"/records/{lot.code}/suspect/", {"idempotency_key": "k", "reason": "damp"}
    )
    page = browser(person).get("/").content.decode()
    titles = ("Needs you today", "Went wrong", "Finished", "Around the lab")
    shown = sorted((page.index(f">{title}</h2>"), title) for title in titles if f">{title}</h2>" in page)
    assert shown[0][1] == first
