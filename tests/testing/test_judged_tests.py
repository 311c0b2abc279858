"""Checks and conformance of real files, samples with their history, and cells found by their numbers."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from rest_framework.test import APIClient

from lims import jobs
from lims.models import User
from testing import actions, number_search
from testing.demo.protocols import FORMATION, PROTOCOLS
from testing.models import CellTest, Cycle, ProtocolDeparture, QualityCheck, Sample
from tests.testing.bench import Bench, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

ICE = "initial_coulombic_efficiency"


@pytest.fixture
def tested(api: APIClient, bench: Bench, ada: User) -> Bench:
    """Two cycles at 0.1 mA without a hold, on a protocol of three at 0.0848 mA with one."""
    edition = actions.create_protocol(by=ada, name=FORMATION, text=PROTOCOLS[FORMATION][0])
    CellTest.objects.filter(pk=bench.test.pk).update(protocol_edition=edition, one_c_current_ma=0.848)
    send_and_read(api, squidstat([charge(10), discharge(9), charge(9), discharge(9.1)]), test=bench.test.code)
    return bench


def test_the_checks_flag_what_the_file_shows_with_their_threshold(tested: Bench, api: APIClient):
    found = {row["check"]: row for row in api.get(f"/api/v1/tests/{tested.test.code}/checks/").json()}
    above = found["efficiency_above"]
    assert (above["state"], above["threshold"], above["cycles"]) == ("flagged", 1.0, [2])
    assert "101.11 %" in above["sentence"]
    assert found["efficiency_drop"]["state"] == "passed"


def test_a_threshold_is_a_managers_with_a_reason_and_judges_again(tested: Bench, ada: User, grace: User):
    with pytest.raises(PermissionDenied):
        actions.set_threshold(name="efficiency_above", value=1.02, reason="noise", by=ada)
    actions.set_threshold(name="efficiency_above", value=1.02, reason="Our offset allows it.", by=grace)
    jobs.work_all()
    check = QualityCheck.objects.get(name="efficiency_above")
    assert (check.state, check.threshold) == ("passed", 1.02)


def test_a_flag_leaves_nothing_out(tested: Bench):
    assert QualityCheck.objects.filter(state="flagged").exists()
    assert not tested.cell.exclusions.exists()


def test_a_file_is_held_against_its_protocol(tested: Bench, api: APIClient, ada: User):
    told = api.get(f"/api/v1/tests/{tested.test.code}/conformance/").json()
    assert (told["half_cycles_planned"], told["half_cycles_run"]) == (6, 4)
    kinds = {(row["category"], row["impact"]) for row in told["departures"]}
    assert ("setpoint_deviation", "major") in kinds
    first = told["half_cycles"][0]
    assert (first["asked_current_ma"], first["current_ma"]) == (pytest.approx(0.0848), pytest.approx(0.1))
    assert ProtocolDeparture.objects.filter(test=tested.test, category="setpoint_deviation").exists()
    client = Client()
    client.force_login(ada)
    page = client.get(f"/tests/{tested.test.code}/conformance/").content.decode()
    assert "0.1 mA (+17.9 %) in place of 0.0848 mA" in page


def test_ending_a_test_early_is_a_premature_termination(tested: Bench, ada: User):
    actions.complete_test(test=tested.test, by=ada, aborted=True, reason="The chamber failed.")
    jobs.work_all()
    assert ProtocolDeparture.objects.filter(category="premature_termination").exists()


def test_cycles_carry_rate_phase_and_the_instruments_own_number(tested: Bench):
    first = Cycle.objects.get(test=tested.test, cycle_number=1)
    assert first.charge_rate == pytest.approx(0.1 / 0.848, rel=1e-3)
    assert (first.phase_cycle, first.first_at_rate, first.instrument_cycle) == (1, True, None)
    assert (first.charge_ended_by, first.charge_mean_voltage_v is None) == ("voltage limit", False)


def test_a_sample_knows_what_its_cell_went_through(tested: Bench, ada: User, api: APIClient):
    answer = api.post(
        "/api/v1/samples/",
        {
            "name": "Cathode after formation", "kind": "fragment", "cell": tested.cell.code,
            "after_test": tested.test.code, "state": "discharged",
            "washes": [{"solvent": "ethanol", "minutes": 10, "sonicated": True}],
        },
        format="json",
    )  # fmt: skip
    assert answer.status_code == 201, answer.json()
    code = answer.json()["code"]
    assert answer.json()["tests_before"] == [tested.test.code]
    found = api.post(
        "/api/v1/characterisations/",
        {
            "sample": code, "technique": "tem", "instrument": "Talos F200X G2",
            "values": [{"quantity": "rock-salt depth", "value": 2, "value_to": 5, "unit": "nm", "sites": 4}],
        },
        format="json",
    )  # fmt: skip
    assert found.status_code == 201, found.json()
    client = Client()
    client.force_login(ada)
    page = client.get(f"/samples/{code}/").content.decode()
    assert "rock-salt depth: 2 to 5 nm (4 sites)" in page
    assert tested.test.code in page
    assert "ethanol, 10 min, sonicated" in page
    assert code in client.get(f"/cells/{tested.cell.code}/").content.decode()
    assert client.get(f"/characterisations/{found.json()['code']}/").status_code == 200


def test_a_cycled_sample_without_a_test_is_an_orphan(tested: Bench, ada: User):
    common = {"by": ada, "kind": "fragment", "cell": tested.cell}
    lost = actions.take_sample(
        name="After 500 cycles", state="discharged", history="500 cycles at 4.3 V", **common
    )
    actions.take_sample(name="Fresh", state="pristine", **common)
    actions.take_sample(name="Known", state="discharged", after_test=tested.test, **common)
    nowhere = actions.take_sample(
        name="Found in a drawer", kind="powder", project=tested.cell.project, by=ada
    )
    assert set(Sample.objects.orphans()) == {lost, nowhere}
    client = Client()
    client.force_login(ada)
    assert "500 cycles at 4.3 V" in client.get("/samples/orphans/").content.decode()


def test_a_sample_belongs_to_one_parent_and_its_test_to_its_cell(tested: Bench, ada: User):
    with pytest.raises(ValidationError, match="not of both"):
        actions.take_sample(
            name="x", kind="powder", cell=tested.cell, powder=tested.shelf.coated_composite, by=ada
        )
    with pytest.raises(ValidationError, match="another cell"):
        actions.take_sample(
            name="x", kind="powder", powder=tested.shelf.coated_composite, after_test=tested.test, by=ada
        )
    with pytest.raises(ValidationError, match="number, or say in words"):
        actions.record_characterisation(
            by=ada, powder=tested.shelf.coated_composite, technique="bet", instrument="x"
        )


def test_samples_of_another_project_are_not_there(tested: Bench, ada: User, otto: User):
    sample = actions.take_sample(name="x", kind="fragment", cell=tested.cell, by=ada)
    client = Client()
    client.force_login(otto)
    assert client.get(f"/samples/{sample.code}/").status_code == 404
    assert sample.code not in client.get("/samples/").content.decode()


def found(api: APIClient, *where: str) -> list[str]:
    answer = api.get("/api/v1/find/cells/", {"where": list(where)})
    assert answer.status_code == 200, answer.json()
    return [row["code"] for row in answer.json()["results"]]


def test_cells_are_found_by_efficiency_balance_and_coating(tested: Bench, api: APIClient):
    code = tested.cell.code
    assert found(api, f"{ICE}>0.89", "np_ratio=1.05..1.15", "coating=Nb2O5") == [code]
    assert found(api, f"{ICE}>0.91") == []
    assert found(api, f"{ICE}>=0.9", "np_ratio=1.2..1.3") == []
    assert found(api, f"{ICE}>0.89", "coating=uncoated") == []
    assert found(api, "upper_cut_off_v_vs_li=4.29..4.31", "first_charge_capacity_mah<1.1") == [code]


def test_the_search_page_is_an_address_and_speaks_percent(tested: Bench, ada: User, otto: User):
    client = Client()
    client.force_login(ada)
    added = client.get("/find/cells/", {"quantity": ICE, "sign": ">=", "value": "89"})
    assert added["Location"] == f"/find/cells/?where={ICE}%3E%3D0.89"
    page = client.get(added["Location"]).content.decode()
    assert tested.cell.code in page
    assert "Initial coulombic efficiency &gt;= 89 %" in page
    client.force_login(otto)
    assert tested.cell.code not in client.get(added["Location"]).content.decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("password>1", "nothing that cells can be found by"),
        ("np_ratio=1.1", "never exactly"),
        ("np_ratio=1.2..1.1", "holds nothing"),
        ("np_ratio>many", "is no number"),
        ("coating>Nb2O5", "is a word"),
        ("np_ratio~1C>1", "has no variants"),
        ("np_ratio", "is no condition"),
    ],
)
def test_what_is_no_condition_is_refused_in_page_and_api(text: str, sentence: str, api: APIClient, ada: User):
    answer = api.get("/api/v1/find/cells/", {"where": text})
    assert (answer.status_code, sentence in str(answer.json())) == (400, True)
    client = Client()
    client.force_login(ada)
    assert client.get("/find/cells/", {"where": text}).status_code == 400


def test_a_search_takes_as_many_queries_for_many_cells_as_for_one(
    tested: Bench, ada: User, django_assert_max_num_queries
):
    conditions = number_search.read_conditions([f"{ICE}>0.1", "np_ratio=1..2", "coating=Nb2O5"])
    with django_assert_max_num_queries(40):
        rows = list(number_search.cells_where(ada, conditions).with_codes())
        number_search.numbers_of(rows, conditions)
