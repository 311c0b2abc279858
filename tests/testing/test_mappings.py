"""What a person says once of a parked file's columns reads every file with the same header, and no other."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from lims import jobs
from lims.models import User
from testing.models import ColumnMapping, Submission
from tests.testing.bench import FILES, Bench, client_of, send_and_read

MAPPINGS = "/api/v1/column-mappings/"
# 0.1 mA for 10 h up to the limit, and 9 h down; discharge is written as positive.
HOURS = [*range(11), *range(10, 20)]
TABLE = "t/h;E;I\n" + "".join(
    f"{hour};{1450 + 130 * hour if place < 11 else 2750 - 144.45 * (hour - 10):.2f};{-0.1 if place < 11 else 0.1}\n"
    for place, hour in enumerate(HOURS)
)
COLUMNS = [
    {"place": 0, "target": "test_time_second", "unit": "h"},
    {"place": 1, "target": "voltage_volt", "unit": "mV"},
    {"place": 2, "target": "current_ampere", "unit": "mA", "negative": True},
]


@pytest.fixture
def parked(api: APIClient, bench: Bench) -> Submission:
    file = send_and_read(api, TABLE.encode(), name="of no maker.csv", test=bench.test.code)
    assert file.state == "parked"
    return file


def say(api: APIClient, file: Submission, **changed: Any) -> Any:
    body = {"file": file.pk, "name": "Of no maker", "kind": "cycling", "columns": COLUMNS, **changed}
    return api.post(MAPPINGS, body, format="json")


def test_the_preview_shows_names_rows_and_what_may_be_said(api: APIClient, parked: Submission) -> None:
    shown = api.get(f"{FILES}{parked.pk}/preview/").json()
    assert shown["header"] == ["t/h", "E", "I"]
    assert shown["rows"][0] == ["0", "1450.00", "-0.1"]
    assert "mV" in next(one["units"] for one in shown["targets"] if one["target"] == "voltage_volt")


def test_every_parked_file_with_the_header_is_read(api: APIClient, bench: Bench, parked: Submission) -> None:
    other = send_and_read(
        api, TABLE.replace("t/h;E;I", "t/h;E;I2").encode(), name="b.csv", test=bench.test.code
    )
    answer = say(api, parked)
    assert answer.status_code == 201, answer.json()
    jobs.work_all()
    parked.refresh_from_db()
    assert (parked.state, parked.reader) == ("read", f"mapped {answer.json()['code']}")
    (cycle,) = api.get(f"/api/v1/tests/{bench.test.code}/cycles/").json()["results"]
    assert cycle["charge_capacity_mah"] == pytest.approx(1.0)
    assert cycle["discharge_capacity_mah"] == pytest.approx(0.9)
    other.refresh_from_db()
    assert other.state == "parked", "another header is another table"


def test_what_is_sent_later_is_read_at_once(api: APIClient, bench: Bench, parked: Submission) -> None:
    say(api, parked)
    jobs.work_all()
    later = TABLE + "20;1305.55;0.1\n"
    assert send_and_read(api, later.encode(), name="later.csv", test=bench.test.code).state == "read"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"columns": COLUMNS[:2]}, "No column gives the current."),
        (
            {"columns": [{"place": 0, "target": "test_time_second"}, *COLUMNS[1:]]},
            "State the unit of the time",
        ),
    ],
)
def test_a_mapping_that_leaves_something_open_is_refused(
    api: APIClient, parked: Submission, changed: dict[str, Any], sentence: str
) -> None:
    answer = say(api, parked, **changed)
    assert answer.status_code == 400
    assert sentence in str(answer.json())
    assert not ColumnMapping.objects.exists()


def test_the_same_columns_are_not_said_twice_until_the_first_is_retired(
    api: APIClient, parked: Submission
) -> None:
    first = say(api, parked).json()
    again = say(api, parked)
    assert (again.status_code, first["code"] in str(again.json())) == (400, True)
    retire = f"{MAPPINGS}{first['code']}/retire/"
    assert api.post(retire, {"reason": "It is A."}).status_code == 428
    assert api.post(retire, {"reason": "It is A."}, headers={"If-Match": '"1"'}).json()["retired"] is True
    assert say(api, parked).status_code == 201


def test_another_project_neither_sees_nor_uses_it(
    api: APIClient, parked: Submission, otto: User, bench: Bench
) -> None:
    code = say(api, parked).json()["code"]
    stranger = client_of(otto)
    assert stranger.get(f"{MAPPINGS}{code}/").status_code == 404
    assert stranger.get(f"{FILES}{parked.pk}/preview/").status_code == 404
    assert say(stranger, parked).status_code == 400


def test_the_page_asks_for_the_sign_and_shows_what_it_would_give(
    client: Client, ada: User, parked: Submission
) -> None:
    client.force_login(ada)
    address = reverse("testing:map_file", args=[parked.pk])
    assert address in client.get(parked.get_absolute_url()).content.decode()
    typed = {"idempotency_key": "1", "name": "Of no maker", "kind": "cycling", "time_format": ""}
    for column in COLUMNS:
        typed |= {f"target_{column['place']}": column["target"], f"unit_{column['place']}": column["unit"]}
    unsaid = client.post(address, {**typed, "try": "1"})
    assert unsaid.status_code == 400
    assert "which way a positive current flows" in unsaid.content.decode()
    tried = client.post(address, {**typed, "current_sign": "turned", "try": "1"})
    assert "0.0001" in tried.content.decode(), "0.1 mA as it would be read, in A"
    assert not ColumnMapping.objects.exists()
    kept = client.post(address, {**typed, "current_sign": "turned"})
    made = ColumnMapping.objects.get()
    assert kept.headers["Location"] == reverse("testing:mapping", args=[made.code])
    page = client.get(reverse("testing:mapping", args=[made.code])).content.decode()
    assert "turned round" in page


def test_what_is_no_table_says_so_instead_of_a_form(
    client: Client, ada: User, api: APIClient, bench: Bench
) -> None:
    diary = send_and_read(api, b"Dear diary,\nthe glovebox hummed.\n", test=bench.test.code)
    client.force_login(ada)
    answer = client.get(reverse("testing:map_file", args=[diary.pk]), follow=True)
    assert "cannot be named here" in answer.content.decode()
