"""Taking files in: kept before the answer, the same bytes once, never a word about another project's files."""

from __future__ import annotations

import hashlib

import pytest
from rest_framework.test import APIClient

from lims.models import ApiToken, Blob, Job, Project, User
from testing.actions import complete_test, create_test, revoke_tokens
from testing.models import Submission
from tests import factories
from tests.testing.bench import (
    FILES,
    Bench,
    client_of,
    client_with,
    neighbour_bench,
    robo_of,
    second_project_of,
    send,
)

CONTENT = b"any bytes are kept, whoever can read them\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_a_persons_token_posts_a_file_for_a_test(bench: Bench) -> None:
    token = (
        APIClient().post("/api/v1/auth/token/", {"username": "ada", "password": "demo-lab"}).json()["token"]
    )
    answer = send(client_with(token), CONTENT, test=bench.test.code)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["sha256"], body["state"], body["test"]) == (SHA256, "received", bench.test.code)
    submission = Submission.objects.get(pk=body["id"])
    assert submission.blob.path.read_bytes() == CONTENT
    assert submission.sender.username == "ada"
    assert Job.objects.filter(target_id=submission.pk, state="queued").count() == 1


def test_an_instruments_token_posts_for_its_channel(bench: Bench, robo: APIClient) -> None:
    answer = send(robo, CONTENT, instrument=bench.instrument.code, channel="1")
    assert answer.status_code == 201
    assert answer.json()["test"] == bench.test.code
    assert Submission.objects.get().sender == bench.instrument.account


def test_an_instruments_token_posts_for_the_test_on_its_channel(bench: Bench, robo: APIClient) -> None:
    assert send(robo, CONTENT, test=bench.test.code).status_code == 201


def test_the_same_bytes_again_are_the_same_file_and_change_nothing(api: APIClient, bench: Bench) -> None:
    first = send(api, CONTENT, test=bench.test.code)
    again = send(api, CONTENT, name="renamed.csv", test=bench.test.code)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert (Submission.objects.count(), Blob.objects.count(), Job.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("wait", ["assigned", "test over"])
def test_an_instrument_that_sends_its_file_again_later_makes_no_second_one(
    api: APIClient, bench: Bench, robo: APIClient, ada: User, wait: str
) -> None:
    target = {"instrument": bench.instrument.code, "channel": "1"}
    if wait == "assigned":
        complete_test(test=bench.test, by=ada)
    first = send(robo, CONTENT, **target)
    if wait == "assigned":
        Submission.objects.update(state=Submission.State.UNASSIGNED)
        api.post(f"{FILES}{first.json()['id']}/assign/", {"test": bench.test.code})
    else:
        complete_test(test=bench.test, by=ada)
    again = send(robo, CONTENT, **target)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert Submission.objects.count() == 1


def test_the_same_bytes_for_another_test_are_a_file_of_its_own(
    api: APIClient, bench: Bench, ada: User
) -> None:
    other = create_test(cell=bench.cell, phase="rate", by=ada)
    first, second = send(api, CONTENT, test=bench.test.code), send(api, CONTENT, test=other.code)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_another_project_learns_nothing_of_the_same_bytes(
    api: APIClient, bench: Bench, otto: User, other_project: Project
) -> None:
    theirs = neighbour_bench(otto, other_project, bench)
    first = send(api, CONTENT, name="secret-name.csv", test=bench.test.code)
    answer = send(client_of(otto), CONTENT, name="mine.csv", test=theirs.test.code)
    assert answer.status_code == 201, "200 would tell that somebody has these bytes"
    body = answer.json()
    assert body["id"] != first.json()["id"]
    assert (body["name"], body["test"], body["project"]) == ("mine.csv", theirs.test.code, "SULFUR")
    assert "secret-name" not in answer.content.decode()
    assert client_of(otto).get(f"{FILES}{first.json()['id']}/").status_code == 404
    assert [row["id"] for row in client_of(otto).get(FILES).json()["results"]] == [body["id"]]


def test_a_file_for_a_cell_goes_to_its_one_open_test(api: APIClient, bench: Bench) -> None:
    assert send(api, CONTENT, cell=bench.cell.code).json()["test"] == bench.test.code


def test_a_cell_with_two_open_tests_leaves_the_choice_to_a_person(
    api: APIClient, bench: Bench, ada: User
) -> None:
    create_test(cell=bench.cell, phase="rate", by=ada)
    answer = send(api, CONTENT, cell=bench.cell.code)
    assert (answer.status_code, answer.json()["test"]) == (201, None)


def test_a_free_channels_file_waits_in_the_instruments_project(robo: APIClient, bench: Bench) -> None:
    answer = send(robo, CONTENT, instrument=bench.instrument.code, channel="2")
    assert (answer.status_code, answer.json()["test"], answer.json()["project"]) == (201, None, "NB-COAT")


def test_a_channel_that_is_not_there_is_named_with_those_that_are(api: APIClient, bench: Bench) -> None:
    answer = send(api, CONTENT, instrument=bench.instrument.code, channel="9")
    assert answer.status_code == 400
    assert answer.json() == {"channel": [f"{bench.instrument.code} has no channel '9'; it has: 1, 2."]}


def test_an_empty_file_is_refused_by_its_name(api: APIClient, bench: Bench) -> None:
    answer = send(api, b"", name="nothing.csv", test=bench.test.code)
    assert answer.status_code == 400
    assert answer.json() == {"file": ["nothing.csv is empty: it holds 0 bytes."]}
    assert not Submission.objects.exists()


def test_a_file_without_a_target_is_refused(api: APIClient, bench: Bench) -> None:
    answer = send(api, CONTENT)
    assert answer.status_code == 400
    assert "Name the test" in answer.json()["__all__"][0]


@pytest.mark.parametrize("names", [("test", "cell"), ("test", "instrument"), ("cell", "instrument")])
def test_a_file_for_two_targets_is_refused(api: APIClient, bench: Bench, names: tuple[str, str]) -> None:
    codes = {"test": bench.test.code, "cell": bench.cell.code, "instrument": bench.instrument.code}
    target = {name: codes[name] for name in names} | ({"channel": "1"} if "instrument" in names else {})
    answer = send(api, CONTENT, **target)
    assert answer.status_code == 400
    assert "one of the three" in answer.json()["__all__"][0]
    assert not Submission.objects.exists()


def test_a_post_without_a_file_is_refused(api: APIClient, bench: Bench) -> None:
    answer = api.post(FILES, {"test": bench.test.code}, format="multipart")
    assert (answer.status_code, list(answer.json())) == (400, ["file"])


@pytest.mark.parametrize("name", ["x" * 5000 + ".csv", "Ω" * 400 + ".csv", "../../etc/passwd", "a\tb\n.csv"])
def test_no_file_name_is_too_strange(api: APIClient, bench: Bench, name: str) -> None:
    answer = send(api, CONTENT, name=name, test=bench.test.code)
    assert answer.status_code == 201
    kept = answer.json()["name"]
    assert 0 < len(kept) <= 255
    assert "/" not in kept and kept.isprintable()


def test_a_test_of_another_project_is_not_there(
    api: APIClient, bench: Bench, otto: User, other_project: Project
) -> None:
    theirs = neighbour_bench(otto, other_project, bench)
    for target in (
        {"test": theirs.test.code},
        {"cell": theirs.cell.code},
        {"instrument": theirs.instrument.code, "channel": "1"},
        {"test": "TEST-9999"},
    ):
        answer = send(api, CONTENT, **target)
        assert answer.status_code == 404, target
        assert list(answer.json()) == ["__all__"]
    assert not Submission.objects.exists()


def test_an_instrument_posts_for_no_other_instrument(
    bench: Bench, robo: APIClient, ada: User, grace: User, project: Project
) -> None:
    other = factories.make_instrument(ada, project)
    assert send(robo, CONTENT, instrument=other.code, channel="1").status_code == 404
    assert send(robo_of(other, grace), CONTENT, test=bench.test.code).status_code == 404
    assert send(robo, CONTENT, cell=bench.cell.code).status_code in (403, 404)
    assert not Submission.objects.exists()


def test_an_instrument_sees_its_own_files_and_no_others(
    api: APIClient, bench: Bench, robo: APIClient, ada: User, grace: User
) -> None:
    other_test = create_test(cell=bench.cell, phase="rate", by=ada)
    hers = send(api, b"hers", test=other_test.code).json()["id"]
    its = send(robo, CONTENT, test=bench.test.code).json()["id"]
    assert robo.get(f"{FILES}{its}/").status_code == 200
    assert robo.get(f"{FILES}{hers}/").status_code == 404
    assert [row["id"] for row in robo.get(FILES).json()["results"]] == [its]


def test_an_instrument_can_follow_the_file_whose_bytes_somebody_else_had_sent(
    api: APIClient, bench: Bench, robo: APIClient
) -> None:
    send(api, CONTENT, test=bench.test.code)
    known = send(robo, CONTENT, test=bench.test.code)
    assert known.status_code == 200
    assert robo.get(f"{FILES}{known.json()['id']}/").status_code == 200


def test_a_revoked_token_is_shut_out_at_once(bench: Bench, grace: User) -> None:
    kept, gone = robo_of(bench.instrument, grace, "kept"), robo_of(bench.instrument, grace, "gone")
    assert gone.get(FILES).status_code == 200
    assert revoke_tokens(instrument=bench.instrument, label="gone", by=grace) == 1
    assert gone.get(FILES).status_code == 401
    assert send(gone, CONTENT, test=bench.test.code).status_code == 401
    assert kept.get(FILES).status_code == 200


def test_a_token_is_kept_only_as_a_digest(bench: Bench, grace: User) -> None:
    robo = robo_of(bench.instrument, grace)
    text = robo._credentials["HTTP_AUTHORIZATION"].removeprefix("Token ")
    stored = ApiToken.objects.get()
    assert text not in (stored.digest, stored.token_key)


def test_nobody_is_let_in_without_a_token(bench: Bench) -> None:
    assert send(APIClient(), CONTENT, test=bench.test.code).status_code == 401
    assert send(client_with("x" * 64), CONTENT, test=bench.test.code).status_code == 401


def test_a_reader_may_read_and_not_post(bench: Bench, project: Project) -> None:
    reader = client_of(factories.make_person("rita", "reader", project))
    assert reader.get(FILES).status_code == 200
    assert send(reader, CONTENT, test=bench.test.code).status_code == 403


def test_a_person_of_two_projects_keeps_them_apart(ada: User, bench: Bench, api: APIClient) -> None:
    second = second_project_of(ada)
    other = factories.make_instrument(ada, second)
    one = send(api, CONTENT, instrument=bench.instrument.code, channel="2").json()
    two = send(api, CONTENT, instrument=other.code, channel="2").json()
    assert (one["project"], two["project"]) == ("NB-COAT", "OTHER-1")
    assert one["id"] != two["id"]
