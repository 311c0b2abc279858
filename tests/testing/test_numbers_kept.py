"""Stored numbers: recalculated when what they rest on changes, the old one kept, methods tried before a switch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from rest_framework.test import APIClient

from cells.actions import correct_layer
from lims import jobs
from lims.models import Job, User
from testing import actions, analyse, methods, trials
from testing.methods.base import Answers, Inputs, Method, Number, Output, Parameter
from testing.models import MethodInUse, MethodTrial, Metric, PastMetric
from tests.testing.bench import Bench, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

ICE = "initial_coulombic_efficiency"
USED = "made_up_utilisation"


def _utilisation(inputs: Inputs, *, times: float) -> Answers:
    first = inputs.test.cycles[0].charge_capacity_mah if inputs.test.cycles else None
    if first is None or inputs.basis is None or inputs.basis.capacity_mah is None:
        raise ValueError("Utilisation not computed: no whole first charge.")
    return {USED: Number(times * first / inputs.basis.capacity_mah.value, "first charge over the design")}


def _version(number: str) -> Method:
    return Method(
        "made_up", number, "first", [Output(USED, "Utilisation", "fraction")], frozenset({"cycles", "basis"}),
        _utilisation, "none", [Parameter("times", 1.0 if number == "1" else 2.0, "Times")],
    )  # fmt: skip


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A method that rests on mass, in two versions, of which the lab uses the first."""
    monkeypatch.setattr(methods, "METHODS", (*methods.METHODS, _version("1")))
    analyse.in_use()
    monkeypatch.setattr(methods, "METHODS", (*methods.METHODS, _version("2")))
    yield


@pytest.fixture
def tested(api: APIClient, bench: Bench, made_up: None) -> Bench:
    send_and_read(api, squidstat([charge(8), discharge(7)]), test=bench.test.code)
    return bench


def value(name: str = USED) -> float | None:
    return Metric.objects.get(name=name).value


def test_a_corrected_mass_marks_at_once_and_recomputes_and_keeps_the_old(
    tested: Bench, ada: User, api: APIClient
):
    before, ice = value(), Metric.objects.get(name=ICE)
    correct_layer(cell=tested.cell, role="positive", mass_ug=9_000, reason="Misread.", by=ada)
    waiting = Metric.objects.get(name=USED)
    assert (waiting.stale, waiting.value) == (True, before)
    jobs.work_all()
    assert value() == pytest.approx((before or 0) * 8.1 / 9.0)
    assert not Metric.objects.get(name=USED).stale
    (past,) = PastMetric.objects.all()
    assert (past.name, past.value, past.cause) == (USED, before, "basis 3 of the cell in place of 2")
    # Free of mass: nothing to compute, and its own row was not touched.
    assert Metric.objects.get(name=ICE).computed_at == ice.computed_at
    told = api.get(f"/api/v1/cells/{tested.cell.code}/past-metrics/").json()["results"]
    assert [row["cause"] for row in told] == [past.cause]


def test_per_gram_follows_a_corrected_mass_without_any_job(tested: Bench, ada: User, api: APIClient):
    def per_gram() -> float:
        rows = api.get(f"/api/v1/cells/{tested.cell.code}/metrics/").json()
        return float(next(r for r in rows if r["name"] == "first_charge_capacity_mah")["per_gram"]["value"])

    before = per_gram()
    assert before == pytest.approx(0.8 / (8.1e-3 * 70 / 110), rel=1e-4)
    correct_layer(cell=tested.cell, role="positive", mass_ug=9_000, reason="Misread.", by=ada)
    assert per_gram() == pytest.approx(before * 8.1 / 9.0)


def test_a_storm_of_edits_is_one_calculation_a_cell_while_it_waits(db: None):
    cells = range(1, 1001)
    for _ in range(100):
        jobs.enqueue_many(analyse.KIND, cells, by=None, bulk=True)
    waiting = Job.objects.filter(kind=analyse.KIND)
    assert waiting.count() == 1000
    # All of them have begun; what is edited meanwhile is computed once more, and no oftener.
    waiting.update(state="done")
    for _ in range(100):
        jobs.enqueue_many(analyse.KIND, cells, by=None, bulk=True)
    assert Job.objects.filter(kind=analyse.KIND).count() == 2000


def test_ten_edits_under_two_cells_are_at_most_four_calculations(tested: Bench, ada: User):
    jobs.work_all()
    done = Job.objects.filter(kind=analyse.KIND).count()
    for mass_ug in range(8_200, 9_200, 100):
        correct_layer(cell=tested.cell, role="positive", mass_ug=mass_ug, reason="Misread.", by=ada)
    jobs.work_all()
    assert Job.objects.filter(kind=analyse.KIND).count() - done == 1
    assert PastMetric.objects.filter(name=USED).count() == 1


def test_a_method_is_tried_beside_compared_and_switched_by_a_manager(tested: Bench, grace: User, ada: User):
    before = value() or 0
    with pytest.raises(PermissionDenied):
        actions.try_method(name="made_up", version="2", parameters={}, why="twice", by=ada)
    trial = actions.try_method(name="made_up", version="2", parameters={}, why="Counts both.", by=grace)
    with pytest.raises(ValidationError, match="still being computed"):
        actions.decide_trial(trial=trial, take=True, decision="now", by=grace)
    jobs.work_all()
    assert value() == before
    (row,) = trials.compared(MethodTrial.objects.get(), ada)
    assert (row.changed, row.difference) == (True, pytest.approx(before))
    actions.decide_trial(trial=trial, take=True, decision="It agrees with the paper.", by=grace)
    assert Metric.objects.get(name=USED).stale
    jobs.work_all()
    assert value() == pytest.approx(2 * before)
    assert Metric.objects.get(name=USED).method_version == "2"
    assert MethodInUse.objects.get(name="made_up").version == "2"
    assert "version 2 of the method in place of 1" in PastMetric.objects.get(name=USED).cause
    with pytest.raises(ValidationError, match="decided already"):
        actions.decide_trial(trial=trial, take=False, decision="again", by=grace)


def test_a_lab_keeps_its_version_until_somebody_switches(tested: Bench):
    assert MethodInUse.objects.get(name="made_up").version == "1"
    assert Metric.objects.get(name=USED).method_version == "1"


def test_what_another_project_computes_is_not_compared_for_me(tested: Bench, grace: User, otto: User):
    trial = actions.try_method(name="made_up", version="2", parameters={}, why="Counts both.", by=grace)
    jobs.work_all()
    assert trials.compared(trial, otto) == []
    client = Client()
    client.force_login(otto)
    assert client.get(f"/cells/{tested.cell.code}/past-numbers/").status_code == 404
    client.force_login(grace)
    page = client.get(f"/methods/trials/{trial.pk}/").content.decode()
    assert "1 would change" in page


def test_a_cell_is_kept_out_with_a_reason_and_counted_again_with_one(
    tested: Bench, ada: User, api: APIClient
):
    url = f"/api/v1/cells/{tested.cell.code}/exclusions/"
    assert api.post(url, {"reason": " "}, format="json").status_code == 400
    made = api.post(url, {"reason": "The die was cracked."}, format="json")
    assert made.status_code == 201
    assert "already" in str(api.post(url, {"reason": "again", "metric": ICE}, format="json").json())
    lifted = api.post(f"{url}{made.json()['id']}/lift/", {"reason": "It was the other die."}, format="json")
    assert (lifted.status_code, lifted.json()["lift_reason"]) == (200, "It was the other die.")
    assert list(tested.cell.exclusions.standing()) == []
