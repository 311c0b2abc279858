"""Two hundred posts of one file by four tokens at once: one blob, one file, one dataset, each within its rights."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from lims import jobs
from lims.models import Blob, Project, User
from testing.models import Dataset, Submission
from tests.testing.bench import Bench, client_of, neighbour_bench, robo_of, send
from tests.testing.squidstat_by_hand import charge, discharge, squidstat
from tests.threads import at_once

CONTENT = squidstat([charge(10), discharge(9)])
OF_EACH, ROUND = 50, 40


@pytest.mark.django_db(transaction=True)
def test_two_hundred_posts_of_one_file_by_four_tokens(
    bench: Bench, api: APIClient, ada: User, grace: User, otto: User, other_project: Project
) -> None:
    theirs = neighbour_bench(otto, other_project, bench)
    senders: list[tuple[APIClient, bool]] = [
        (robo_of(bench.instrument, grace), True),
        (client_of(ada), True),
        (client_of(grace), True),
        # Of another instrument, in another project: this test is not there for it.
        (robo_of(theirs.instrument, _manager_of(other_project)), False),
    ]

    def post(number: int) -> Any:
        client, _ = senders[number % 4]
        fresh = APIClient()
        fresh.handler = client.handler
        fresh._credentials = client._credentials
        return send(fresh, CONTENT, test=bench.test.code)

    answers: list[Any] = []
    # As many at once as a server has threads for; a thousand threads would only measure this test.
    for begin in range(0, 4 * OF_EACH, ROUND):
        calls = [lambda number=number: post(number) for number in range(begin, begin + ROUND)]
        answers += at_once(*calls, seconds=120)
    told = [(answer.status_code, answer.json()) for answer in answers]
    allowed = [pair for place, pair in enumerate(told) if senders[place % 4][1]]
    refused = [pair for place, pair in enumerate(told) if not senders[place % 4][1]]
    assert sorted({status for status, _ in allowed}) == [200, 201]
    assert sum(status == 201 for status, _ in allowed) == 1, "one of them brought it"
    assert len({body["id"] for _, body in allowed}) == 1
    assert {status for status, _ in refused} == {404}
    assert all(list(body) == ["__all__"] for _, body in refused)
    assert (Blob.objects.count(), Submission.objects.count()) == (1, 1)
    jobs.work_all()
    assert Dataset.objects.filter(test=bench.test).count() == 1


def _manager_of(project: Project) -> User:
    from lims.models import Membership, Role

    manager = User.objects.create_user("gustav", role=Role.MANAGER)
    Membership.objects.create(user=manager, project=project)
    return manager
