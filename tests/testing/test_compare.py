"""Comparing cells of any studies, keeping a comparison, and charting what is made again and again."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from cells.models import Cell, Condition
from lims.models import Project, User
from testing.actions import change_comparison, save_comparison
from testing.models import Comparison
from testing.process import PROCESSES
from tests import factories
from tests.factories import Shelf


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return factories.make_shelf(ada, project)


@pytest.fixture
def cells(shelf: Shelf, ada: User, project: Project) -> list[Cell]:
    """Three planned cells, of two studies."""
    edition = factories.make_design(shelf)
    conditions = [factories.make_study(ada, project).conditions.first() for _ in range(2)]
    return [
        factories.plan_cell(shelf, condition=condition, edition=edition)
        for condition in (conditions[0], conditions[0], conditions[1])
    ]


def test_cells_are_named_by_code_or_by_their_study_and_what_is_not_there_is_said(
    cells: list[Cell], ada: User
) -> None:
    client = browser(ada)
    page = client.get(
        f"/compare/?code={cells[2].code.lower()}&code={cells[0].study.code}&code=CELL-9999"
    ).content.decode()
    assert [page.index(cell.code) for cell in (cells[2], cells[0], cells[1])] == sorted(
        page.index(cell.code) for cell in cells
    )
    assert "Nothing that you may see is called CELL-9999" in page
    assert "Compare cells" in client.get("/compare/").content.decode()


def test_another_projects_person_learns_of_none_of_them(cells: list[Cell], otto: User) -> None:
    page = browser(otto).get(f"/compare/?code={cells[0].code}").content.decode()
    assert f"is called {cells[0].code}" in page
    assert "What each cell rests on" not in page


def test_a_comparison_is_kept_once_per_tap_and_changed_without_losing_what_one_cannot_see(
    cells: list[Cell], ada: User, otto: User, project: Project, other_project: Project
) -> None:
    client = browser(ada)
    sent = {
        "idempotency_key": "k1", "name": "Both", "project": project.code, "colour_by": "study", "question": "",
        "cells": f"{cells[0].code} {cells[2].code}",
    }  # fmt: skip
    first, second = (client.post("/compare/keep/", sent)["Location"] for _ in range(2))
    assert first == second
    record = Comparison.objects.get()
    page = client.get(first).content.decode()
    assert page.index(cells[0].code) < page.index(cells[2].code)
    # A cell of Otto's project that Ada does not see stays in the comparison when she changes it.
    hidden_condition = factories.make_study(otto, other_project).conditions.first()
    hidden = factories.cell_actions.plan_cell(condition=hidden_condition, edition=cells[0].edition, by=otto)
    record.members.create(cell=hidden, order=9)
    assert "1 cell of projects that you do not belong to is not shown" in client.get(first).content.decode()
    changed = change_comparison(
        comparison=record,
        by=ada,
        name="Both",
        cells=[cells[1]],
        colour_by="cell",
        expected_version=record.version,
    )
    assert [m.cell_id for m in changed.members.all()] == [cells[1].pk, hidden.pk]
    assert hidden.code not in client.get(first).content.decode()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"cells": []}, "at least one cell"),
        ({"colour_by": "moon"}, "nothing to colour by"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    cells: list[Cell], ada: User, project: Project, facts: dict[str, object], words: str
) -> None:
    given = {"cells": cells, "colour_by": "condition", "name": "x", **facts}
    with pytest.raises(ValidationError, match=words):
        save_comparison(by=ada, project=project, **given)
    with pytest.raises(ValidationError, match="stands in a comparison once"):
        save_comparison(by=ada, project=project, name="x", cells=[cells[0], cells[0]])


def test_control_charts_count_batches_and_have_no_limits_before_twenty(
    shelf: Shelf, cells: list[Cell], ada: User, otto: User
) -> None:
    Cell.objects.filter(pk__in=[cell.pk for cell in cells]).update(open_circuit_voltage_v=1.3)
    client = browser(ada)
    chart = client.get("/control/ocv.json").json()
    assert "No limits yet: 3 cells of the 20 that limits need" in chart["note"]
    assert [mark["label"] for mark in chart["marks"]] == ["mean"]
    growth = client.get("/control/growth.json").json()
    # 5 nm over 30 cycles: golden check G14.
    assert [series["y"][0] for series in growth["series"]] == pytest.approx([1.66667], abs=1e-4)
    assert (
        "simulated" in str(browser(otto).get("/control/ocv.json").json()["series"])
        or browser(otto).get("/control/ocv.json").json()["series"] == []
    )
    for name in PROCESSES:
        assert client.get(f"/control/?process={name}").status_code == 200
    condition = Condition.objects.first()
    for _ in range(17):
        made = factories.cell_actions.plan_cell(condition=condition, edition=cells[0].edition, by=ada)
        Cell.objects.filter(pk=made.pk).update(open_circuit_voltage_v=1.31)
    limits = client.get("/control/ocv.json").json()
    assert [mark["label"] for mark in limits["marks"]] == ["mean", "upper limit", "lower limit"]
