"""The demo lab end to end: its files posted through the intake give the paper's numbers at the study's address."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from cells.models import Cell, CellDesign, PressStep, Study
from lims import jobs
from lims.models import LogEntry, Membership, Project, User
from materials.models import Equipment, MassEntry, Material, Powder, Use
from testing.demo import study as demo_study
from testing.demo.people import bring_in_the_cast
from testing.demo.powders import fill_the_shelves
from testing.demo.squidstat_writer import write_squidstat
from testing.models import CellTest, Channel, Instrument, Phase, Protocol, Submission
from tests.testing.bench import client_of, robo_of, send

# Each test is a savepoint within the demo's own transaction, so none sees what another did.
pytestmark = pytest.mark.django_db

STATISTICS = "/api/v1/studies/STUDY-0001/statistics/"
# Initial coulombic efficiency in percent, mean and sample sd of three cells, as the paper prints them.
PAPER = {
    "Nb2O5-coated, 4.3 V": ("91.6", "0.5"),
    "Nb2O5-coated, 4.5 V": ("90.6", "0.3"),
    "Nb2O5-coated, 4.7 V": ("88.5", "0.2"),
    "uncoated, 4.3 V": ("82.8", "0.6"),
    "uncoated, 4.5 V": ("82.2", "0.6"),
    "uncoated, 4.7 V": ("79.8", "0.04"),
}
COUNTED = [
    Cell,
    CellDesign,
    CellTest,
    Channel,
    Equipment,
    Instrument,
    MassEntry,
    Material,
    Membership,
    Powder,
]
COUNTED += [PressStep, Project, Protocol, Study, Submission, Use, User]


def run_the_demo() -> None:
    call_command("demo", no_files=True, stdout=io.StringIO())


def counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in COUNTED}


def planned_files() -> list[demo_study.PlannedFile]:
    cast = bring_in_the_cast()
    stock = fill_the_shelves(ada=cast.ada, grace=cast.grace, project=cast.project)
    study, instrument = demo_study.open_the_study(grace=cast.grace, project=cast.project, stock=stock)
    cells = demo_study.build_the_cells(ada=cast.ada, stock=stock, study=study, instrument=instrument)
    return [file for files in cells for file in files]


@pytest.fixture(scope="module")
def _demo_lab(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Enter the demo lab once, post its formation files as the instrument does, and undo it all at the end."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "incoming").mkdir()
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(settings, "DATA_DIR", folder)
        patch.setattr(settings, "BLOB_DIR", folder / "blobs")
        patch.setattr(settings, "FILE_UPLOAD_TEMP_DIR", str(folder / "incoming"))
        with transaction.atomic():
            run_the_demo()
            robo = robo_of(Instrument.objects.get(), User.objects.get(username="grace"))
            for file in planned_files():
                if file.test.phase == Phase.FORMATION:
                    _post(robo, file)
            jobs.work_all()
            yield
            transaction.set_rollback(True)


def _post(robo: APIClient, file: demo_study.PlannedFile) -> None:
    export = write_squidstat(
        file.trace(), element_name="Formation", started_at=file.started_at, dialect="later"
    )
    answer = send(robo, export.content, name=export.name, test=file.test.code)
    assert answer.status_code == 201, answer.json()


@pytest.fixture(autouse=True)
def _own_data_folder(_demo_lab: None) -> None:
    """Stand on the demo's own folder instead of an empty one."""


@pytest.fixture
def ada() -> APIClient:
    return client_of(User.objects.get(username="ada"))


def statistics_of(client: APIClient) -> dict[str, dict[str, Any]]:
    rows = client.get(STATISTICS, {"metric": "initial_coulombic_efficiency"}).json()
    return {row["group"]: row for row in rows}


def test_the_study_gives_the_papers_means_and_spreads_to_its_digits(ada: APIClient) -> None:
    groups = statistics_of(ada)
    assert list(groups) == list(PAPER), "the conditions stand in the study's order"
    for name, (mean, sd) in PAPER.items():
        group = groups[name]
        assert (group["n"], len(group["values"]), group["excluded"]) == (3, 3, [])
        assert f"{100 * group['mean']:.1f}" == mean
        assert f"{100 * group['sd']:.{len(sd.partition('.')[2])}f}" == sd


def test_the_count_says_how_many_mixes_and_coating_runs_stand_behind_three_cells(ada: APIClient) -> None:
    for name, group in statistics_of(ada).items():
        assert group["mixes"] == 1, "all cells of a condition were pressed from one mix"
        assert group["coating_runs"] == (0 if name.startswith("uncoated") else 1)


def test_a_shorted_cell_is_left_out_with_the_reason(ada: APIClient) -> None:
    name, (cell, *_) = next(
        (g["group"], [v["cell"] for v in g["values"]]) for g in statistics_of(ada).values()
    )
    body = {"state": "shorted", "reason": "0 V after pressing"}
    assert ada.post(f"/api/v1/cells/{cell}/fail/", body).status_code == 200
    group = statistics_of(ada)[name]
    assert group["n"] == 2
    assert group["excluded"] == [{"cell": cell, "reason": "The cell is shorted."}]


def test_every_file_of_the_demo_is_read_and_marked_as_simulated(ada: APIClient) -> None:
    files = ada.get("/api/v1/files/").json()["results"]
    assert len(files) == 18
    assert {(file["state"], file["simulated"]) for file in files} == {("read", True)}


def test_otto_sees_nothing_of_it() -> None:
    otto = client_of(User.objects.get(username="otto"))
    assert otto.get(STATISTICS, {"metric": "initial_coulombic_efficiency"}).status_code == 404
    for name in ("cells", "tests", "files", "reports", "studies"):
        assert otto.get(f"/api/v1/{name}/").json()["results"] == []


def test_the_cells_are_those_of_the_study(ada: APIClient) -> None:
    page = ada.get("/api/v1/cells/", {"study": "STUDY-0001", "page_size": 100}).json()
    assert page["count"] == 18
    assert {row["group"] for row in page["results"]} == set(PAPER)


def test_the_demo_run_again_adds_nothing() -> None:
    before, log_before = counts(), LogEntry.objects.count()
    run_the_demo()
    assert counts() == before
    assert LogEntry.objects.count() == log_before
