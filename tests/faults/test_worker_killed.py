"""A worker killed in the middle of its work: no file is lost, none is read into the lab twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from testing.demo.post import Poster, wait_for
from testing.demo.simulator import Trace
from testing.demo.squidstat_writer import Export, write_squidstat
from tests.faults.running_lab import RunningLab, kill_group, prepared, running_lab, wait_until

FILES = 50
READ = "SELECT count(*) FROM testing_submission WHERE state = 'read'"


def short_file(number: int) -> Export:
    """Return an hour of charge and 54 minutes of discharge, each file at a current of its own."""
    time_s = np.concatenate([np.linspace(10, 3600, 20), np.linspace(3610, 6840, 20)])
    current_a = np.repeat([1e-3 + number * 1e-6, -1e-3 - number * 1e-6], 20)
    voltage_v = np.concatenate([np.linspace(1.6, 2.75, 20), np.linspace(2.7, 1.45, 20)])
    trace = Trace(
        experiment=f"short {number}",
        time_s=time_s,
        voltage_v=voltage_v,
        current_a=current_a,
        step_number=("2_1",) * 20 + ("4_1",) * 20,
        step_name=("Constant Current",) * 40,
        lower_limit_v=1.45,
        upper_limit_v=2.75,
        truth=(),
    )
    return write_squidstat(trace, element_name="cycle", started_at=datetime(2024, 3, 12, 9, 0, tzinfo=UTC))


def post_all(lab: RunningLab) -> None:
    made = prepared(lab)
    wait_for(lab.url)
    poster = Poster(lab.url, made["token"])
    assert len(made["tests"]) == FILES
    for number, test in enumerate(made["tests"], start=1):
        file = short_file(number)
        assert poster.post(name=file.name, content=file.content, test=test)["test"] == test


def test_a_worker_killed_half_way_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with running_lab(tmp_path) as lab:
        lab.start_web()
        worker = lab.start_worker()
        post_all(lab)
        wait_until(
            lambda: (
                lab.number(READ) >= FILES // 3
                and lab.number("SELECT count(*) FROM lims_job WHERE state = 'running'") > 0
            ),
            seconds=60,
            what="a third of the files read and one under way",
        )
        kill_group(worker)
        assert lab.number(READ) < FILES, "it was killed half way"
        interrupted = lab.rows("SELECT id FROM lims_job WHERE state = 'running'")
        assert interrupted, "a file was being read"

        lab.start_worker()
        wait_until(lambda: lab.number(READ) == FILES, seconds=60, what="every file read")
        wait_until(
            lambda: lab.rows("SELECT DISTINCT state FROM lims_job") == [("done",)],
            seconds=10,
            what="every job done",
        )
        judge(lab, [job for (job,) in interrupted])


def judge(lab: RunningLab, interrupted: list[int]) -> None:
    assert lab.number("SELECT count(*) FROM testing_submission") == FILES
    assert lab.number("SELECT count(*) FROM testing_dataset") == FILES
    assert lab.number("SELECT max(version) FROM testing_dataset") == 1
    assert lab.number("SELECT count(DISTINCT test_id) FROM testing_cycle") == FILES
    assert lab.number("SELECT count(*) FROM testing_cycle") == FILES
    assert lab.number("SELECT count(*) FROM lims_logentry WHERE verb = 'read a file'") == FILES
    assert lab.number("SELECT count(*) FROM lims_job WHERE kind = 'read_file'") == FILES
    numbers = ", ".join(map(str, interrupted))
    assert lab.number(f"SELECT min(attempts) FROM lims_job WHERE id IN ({numbers})") == 2, (
        "what was cut short was done again"
    )
    chain = lab.run(
        "manage.py", "shell", "-v", "0", "-c", "from lims.audit import verify_chain; print(verify_chain())"
    )
    assert chain.strip() == "[]"
