"""Records of another project are not there: no page and no call of the API tells of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from lims.models import Identity, LogEntry, Project, Role, User
from testing.actions import receive_file, request_report
from testing.models import Submission
from tests.factories import make_person, make_weighing_sheet
from tests.testing.bench import make_bench

# The admin has its own door, and these tell nobody anything about a record.
LEFT_OUT = re.compile(r"^(admin|accounts|api/schema|api/docs|verify)")
# What differs from one answer to the next: the tokens of its forms and of its policy.
TOKENS = re.compile(r'(?:value=|nonce=|Token": )"[\w-]+"')
UPLOAD = "00000000-0000-4000-8000-000000000000"
# What an address may ask for besides a record's code; the rest must be named here or the test fails.
OTHER_ARGUMENTS = {
    "role": "positive",
    "format": "json",
    "address": "nowhere",
    "kind": "lots",
    "seq": 1,
    "number": 1,
    "key": UPLOAD,
    "name": "rate",
    "form": "svg",
}
CODED = {"code"}
NUMBERED = {"pk"}


def routes() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return every address of pages and API as a format string, with the names it asks for."""
    yield from _walk(get_resolver().url_patterns, "")


def _walk(entries: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in entries:
        path = before + _spelled(str(entry.pattern))
        if LEFT_OUT.match(path):
            continue
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, path)
        else:
            yield path, tuple(re.findall(r"\{(\w+)\}", path))


def _spelled(pattern: str) -> str:
    """Turn ``<str:code>`` and ``(?P<code>[^/]+)`` alike into ``{code}``."""
    plain = re.sub(r"\(\?P<(\w+)>(?:\[[^\]]*\]|[^()])*\)", r"{\1}", pattern)
    plain = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", plain)
    return plain.lstrip("^").replace(r"\Z", "").replace("$", "").replace(r"\.", ".").replace("/?", "/")


# What the addresses below a section's records are for; each of the others is tried with every kind.
OWN_KIND = {
    "cells": ("CELL",), "designs": ("DSN",), "cell-designs": ("DSN",), "instruments": ("INST",),
    "powders": ("LOT", "ALD", "MIX"), "reports": ("REP",), "studies": ("STUDY",), "tests": ("TEST",),
    "weighing": ("WSH",), "weighing-sheets": ("WSH",),
}  # fmt: skip


def codes_to_try(path: str, codes: Iterable[str]) -> list[str]:
    """Return a code of each kind for a record's own address, and of the section's kind for those below it.

    Every address below looks its record up as the record's own does: a cell is no test there either.
    """
    section, _, below = path.partition("/{code}")
    first = {code.partition("-")[0]: code for code in codes}
    kinds = OWN_KIND.get(section.rpartition("/")[2], tuple(first)) if below.strip("/") else tuple(first)
    return [first[kind] for kind in kinds if kind in first]


@pytest.fixture
def hidden(ada: User, project: Project) -> list[str]:
    """The codes of a project that Otto does not belong to; what the whole lab shares is not among them."""
    bench = make_bench(ada, project)
    make_weighing_sheet(bench.shelf)
    receive_file(upload=SimpleUploadedFile("secret.csv", b"secret"), by=ada, test=bench.test)
    request_report(kind="cell", subject=bench.cell.identity, by=ada)
    codes = list(Identity.objects.filter(project=project).values_list("code", flat=True))
    assert {code.partition("-")[0] for code in codes} >= {
        "LOT", "ALD", "MIX", "CELL", "STUDY", "DSN", "TEST", "INST", "REP", "WSH",
    }  # fmt: skip
    return codes


def _as_otto(otto: User) -> dict[str, Client]:
    page, api = Client(), APIClient()
    page.force_login(otto)
    api.force_authenticate(otto)
    return {"page": page, "api": api}


def _addresses(hidden: list[str]) -> Iterator[tuple[str, str]]:
    """Return each address of a hidden record beside the same address of one that never was."""
    for path, names in routes():
        if CODED & set(names):
            never = "/" + path.format(code="CELL-9999", pk=999_999, **OTHER_ARGUMENTS)
            for code in codes_to_try(path, hidden):
                yield "/" + path.format(code=code, pk=1, **OTHER_ARGUMENTS), never
        elif NUMBERED & set(names):
            never = "/" + path.format(pk=999_999, **OTHER_ARGUMENTS)
            yield "/" + path.format(pk=Submission.objects.get().pk, **OTHER_ARGUMENTS), never
        else:
            assert set(names) <= set(OTHER_ARGUMENTS), (
                f"{path} asks for something that this test cannot fill in"
            )


def test_every_page_and_call_of_a_hidden_record_answers_404(hidden: list[str], otto: User) -> None:
    clients = _as_otto(otto)
    told: dict[str, int] = {}
    tried = 0
    for url, never in _addresses(hidden):
        client = clients["api" if url.startswith("/api/") else "page"]
        status = client.get(url).status_code
        tried += 1
        if status == 405:
            # A write may be refused for its role or its form before the record is looked for, if that tells nothing.
            status = client.post(url, {}).status_code
            if status >= 400 and status == client.post(never, {}).status_code:
                continue
        if status != 404:
            told[url] = status
    assert tried > 200
    assert told == {}


def test_the_verify_page_says_the_same_of_a_hidden_report_and_of_none(hidden: list[str], otto: User) -> None:
    code = next(code for code in hidden if code.startswith("REP-"))
    page = _as_otto(otto)["page"]
    told = page.get(f"/verify/{code}/").content.decode().replace(code, "REP-9999")
    assert TOKENS.sub("", told) == TOKENS.sub("", page.get("/verify/REP-9999/").content.decode())


def test_no_list_names_a_hidden_record(hidden: list[str], otto: User) -> None:
    clients = _as_otto(otto)
    lists = ["/" + path for path, names in routes() if not names]
    assert "/cells/" in lists
    assert "/api/v1/cells/" in lists
    told = {}
    for url in lists:
        answer = clients["api" if url.startswith("/api/") else "page"].get(url)
        text = b"".join(answer) if answer.streaming else answer.content
        named = [code for code in [*hidden, "secret.csv"] if code.encode() in text]
        if named:
            told[url] = named
    assert told == {}


def test_scanning_a_hidden_code_is_like_scanning_nothing(hidden: list[str], otto: User) -> None:
    client = _as_otto(otto)["page"]
    for code in (hidden[0], "LOT-9999"):
        assert client.get("/scan/", {"code": code})["Location"] == "/"


def test_another_projects_members_see_it_all(hidden: list[str], ada: User) -> None:
    client = Client()
    client.force_login(ada)
    assert {
        code: client.get("/scan/", {"code": code}, follow=True).status_code for code in hidden
    } == dict.fromkeys(hidden, 200)


def test_a_choice_in_a_form_offers_nothing_hidden(hidden: list[str], otto: User) -> None:
    client = _as_otto(otto)["page"]
    for url in ("/powders/coat/", "/cells/plan/", "/powders/mix/"):
        page = client.get(url).content.decode()
        assert [code for code in hidden if code in page] == []


def test_a_reader_of_the_project_writes_nothing_but_a_report(hidden: list[str], project: Project) -> None:
    """Whatever is posted to whatever address, an empty form is all it could need to be let in."""
    clients = _as_otto(make_person("rita", Role.READER, project))
    written = LogEntry.objects.count()
    for path, names in routes():
        for code in codes_to_try(path, hidden) if CODED & set(names) else [""]:
            arguments = OTHER_ARGUMENTS | {"code": code, "pk": Submission.objects.get().pk}
            address = "/" + path.format(**arguments)
            answer = clients["api" if address.startswith("/api/") else "page"].post(address)
            # How a reader is told of alerts and which filters they keep are their own affair.
            if address in ("/alerts/choices/", "/views/"):
                continue
            # A reader may ask for a report; a token is asked for with a password; 405 takes no POST at all.
            if "report" in address or address.endswith("/auth/token/"):
                continue
            assert answer.status_code in (403, 404, 405), f"{address}: {answer.status_code}"
    who = {
        entry.actor_name
        for entry in LogEntry.objects.filter(seq__gt=written).exclude(subject__startswith="REP-")
    }
    assert who <= {"system"}
