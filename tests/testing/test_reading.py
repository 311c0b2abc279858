"""From a posted file to cycles and metrics. Every capacity here is current times time, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from lims import jobs
from lims.models import User
from testing import ingest
from testing.actions import assign_file, create_test
from testing.models import CellTest, Cycle, Dataset, Metric, Submission
from testing.tables import read_table
from tests.testing.bench import FILES, Bench, send, send_and_read
from tests.testing.squidstat_by_hand import Dialect, charge, discharge, rest, squidstat

# 0.1 mA for 10 h in, for 9 h out.
IN_MAH, OUT_MAH = 1.0, 0.9
ONE_CYCLE = (charge(10), discharge(9))
BROKEN = settings.BASE_DIR.parent / "shared" / "data" / "broken"
FIRST_CYCLE = {"initial_coulombic_efficiency", "first_charge_capacity_mah", "first_discharge_capacity_mah"}


def cut(content: bytes, share: float) -> bytes:
    """Return the first whole lines of an export, as it was when it was copied too early."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: round(share * len(lines))])


def cycles_of(client: APIClient, test: CellTest) -> list[dict[str, Any]]:
    return client.get(f"/api/v1/tests/{test.code}/cycles/").json()["results"]


def metrics_of(client: APIClient, bench: Bench) -> dict[str, dict[str, Any]]:
    rows = client.get(f"/api/v1/cells/{bench.cell.code}/metrics/").json()
    return {row["name"]: row for row in rows}


@pytest.mark.parametrize("dialect", ["2.11", "later"])
def test_a_squidstat_export_becomes_cycles(api: APIClient, bench: Bench, dialect: Dialect) -> None:
    content = squidstat([*ONE_CYCLE, charge(9.5), discharge(9.0)], dialect=dialect)
    file = send_and_read(api, content, test=bench.test.code)
    assert (file.state, file.reason, file.rows) == ("read", "", 101 + 91 + 96 + 91)
    assert file.reader == "squidstat-csv"
    first, second = cycles_of(api, bench.test)
    assert first["charge_capacity_mah"] == pytest.approx(IN_MAH, rel=1e-6)
    assert first["discharge_capacity_mah"] == pytest.approx(OUT_MAH, rel=1e-6)
    assert first["coulombic_efficiency"] == pytest.approx(0.9, rel=1e-6)
    assert (second["cycle_number"], second["phase"], second["complete"]) == (2, "formation", True)
    assert second["charge_capacity_mah"] == pytest.approx(0.95, rel=1e-6)
    # A die of 6 mm has pi / 4 * 0.36 = 0.28274 cm2.
    assert first["charge_areal_capacity_mah_cm2"] == pytest.approx(1 / 0.2827433, rel=1e-6)


def test_the_test_and_its_file_say_what_was_done(api: APIClient, bench: Bench) -> None:
    file = send_and_read(api, squidstat(ONE_CYCLE), test=bench.test.code)
    assert api.get(f"{FILES}{file.pk}/").json()["rows"] == 192
    assert api.get(f"/api/v1/tests/{bench.test.code}/").json()["state"] == "running"
    verbs = list(bench.test.identity.log.order_by("seq").values_list("verb", flat=True))
    assert verbs[-2:] == ["sent a file", "read a file"]


def test_the_first_cycle_gives_the_initial_efficiency_with_its_basis(api: APIClient, bench: Bench) -> None:
    send_and_read(api, squidstat(ONE_CYCLE), test=bench.test.code)
    ice = metrics_of(api, bench)["initial_coulombic_efficiency"]
    assert ice["value"] == pytest.approx(0.9, rel=1e-6)
    assert (ice["reason"], ice["unit"], ice["method"]) == ("", "fraction", "ice")
    assert f"first cycle of {bench.test.code}" in ice["basis"]
    assert len(ice["inputs_sha256"]) == 64
    # Nobody has stated the instrument's offset, so nobody knows the uncertainty.
    assert ice["uncertainty"] is None
    assert "current offset is not stated" in ice["basis"]
    assert api.get(f"/api/v1/tests/{bench.test.code}/metrics/").json() == list(
        metrics_of(api, bench).values()
    )


def test_an_instrument_that_states_its_offset_gives_an_uncertainty(api: APIClient, bench: Bench) -> None:
    bench.instrument.current_offset_ma = 0.0001
    bench.instrument.save()
    send_and_read(api, squidstat(ONE_CYCLE), test=bench.test.code)
    ice = metrics_of(api, bench)["initial_coulombic_efficiency"]
    # 0.1 uA over 10 h adds 0.001 of the charge and over 9 h takes 0.001 of the discharge: 0.9 * 0.002.
    assert ice["uncertainty"] == pytest.approx(0.0018, rel=0.01)


def test_only_the_cells_first_test_gives_the_initial_efficiency(
    api: APIClient, bench: Bench, ada: User
) -> None:
    rate = create_test(cell=bench.cell, phase="rate", by=ada)
    send_and_read(api, squidstat([charge(5), discharge(5)]), test=rate.code)
    ice = metrics_of(api, bench)["initial_coulombic_efficiency"]
    assert (ice["value"], ice["reason"]) == (None, "ICE not computed: the cell's first test has no data yet.")
    send_and_read(api, squidstat(ONE_CYCLE), test=bench.test.code)
    assert metrics_of(api, bench)["initial_coulombic_efficiency"]["value"] == pytest.approx(0.9)
    of_rate = {row["name"] for row in api.get(f"/api/v1/tests/{rate.code}/metrics/").json()}
    assert not of_rate & FIRST_CYCLE


def test_a_last_discharge_that_was_cut_short_is_no_small_one(api: APIClient, bench: Bench) -> None:
    send_and_read(api, squidstat([charge(10), discharge(4, to_v=2.2)]), test=bench.test.code)
    (cycle,) = cycles_of(api, bench.test)
    assert cycle["charge_capacity_mah"] == pytest.approx(IN_MAH)
    assert cycle["discharge_capacity_mah"] is None
    assert cycle["discharge_areal_capacity_mah_cm2"] is None
    assert cycle["coulombic_efficiency"] is None
    assert cycle["complete"] is False
    metrics = metrics_of(api, bench)
    ice = metrics["initial_coulombic_efficiency"]
    assert (ice["value"], ice["reason"]) == (None, "ICE not computed: the first discharge is incomplete.")
    assert metrics["first_charge_capacity_mah"]["value"] == pytest.approx(IN_MAH)
    assert metrics["first_discharge_capacity_mah"]["value"] is None


def test_a_test_that_begins_with_a_discharge_has_no_initial_efficiency(api: APIClient, bench: Bench) -> None:
    send_and_read(api, squidstat([discharge(5), *ONE_CYCLE]), test=bench.test.code)
    leading, first = cycles_of(api, bench.test)
    assert (leading["cycle_number"], leading["charge_capacity_mah"]) == (0, None)
    assert (first["cycle_number"], first["coulombic_efficiency"]) == (1, pytest.approx(0.9))
    metrics = metrics_of(api, bench)
    for metric in (metrics[name] for name in FIRST_CYCLE):
        assert (metric["value"], metric["reason"]) == (
            None,
            "ICE not computed: the first half cycle is a discharge.",
        )


def test_a_growing_export_is_a_new_version_of_the_same_dataset(api: APIClient, bench: Bench) -> None:
    whole = squidstat([*ONE_CYCLE, charge(9.5), discharge(9.0)])
    for content, cycles in ((cut(whole, 0.6), 2), (whole, 2)):
        assert send_and_read(api, content, test=bench.test.code).state == "read"
        assert len(cycles_of(api, bench.test)) == cycles
    newest, oldest = Dataset.objects.order_by("-version")
    assert (newest.version, newest.current, oldest.current) == (2, True, False)
    assert newest.places.count() == 1, "the longer export takes the place of the shorter one"
    assert cycles_of(api, bench.test)[1]["discharge_capacity_mah"] == pytest.approx(OUT_MAH)


def test_a_growing_export_may_have_ended_in_half_a_line(api: APIClient, bench: Bench) -> None:
    whole = squidstat(ONE_CYCLE)
    first = send_and_read(api, cut(whole, 0.5)[:-5], test=bench.test.code)
    assert first.state == "read"
    assert first.flags, "half a line is said aloud"
    assert send_and_read(api, whole, test=bench.test.code).state == "read"
    assert Dataset.objects.get(current=True).rows == 192
    assert cycles_of(api, bench.test)[0]["charge_capacity_mah"] == pytest.approx(IN_MAH)


def test_an_older_export_that_comes_late_changes_nothing(api: APIClient, bench: Bench) -> None:
    whole = squidstat(ONE_CYCLE)
    send_and_read(api, whole, test=bench.test.code)
    before = (cycles_of(api, bench.test), metrics_of(api, bench), Dataset.objects.get().version)
    late = send_and_read(api, cut(whole, 0.7), test=bench.test.code)
    assert late.state == "read"
    assert [flag["code"] for flag in late.flags][-1] == "older_export"
    assert (cycles_of(api, bench.test), metrics_of(api, bench), Dataset.objects.get().version) == before


def test_a_second_file_that_overlaps_is_a_conflict_for_a_person(
    api: APIClient, bench: Bench, ada: User
) -> None:
    send_and_read(api, squidstat(ONE_CYCLE), test=bench.test.code)
    second = send_and_read(api, squidstat(ONE_CYCLE, start_s=3600), test=bench.test.code, name="second.csv")
    assert second.state == "conflict"
    assert "second.csv begins at 3600 s" in second.reason and "ends at 68400 s" in second.reason
    assert len(cycles_of(api, bench.test)) == 1
    # A person gives it a test of its own, and it is read for that.
    own = create_test(cell=bench.cell, phase="formation", by=ada)
    assert api.post(f"{FILES}{second.pk}/assign/", {"test": own.code}).status_code == 200
    jobs.work_all()
    assert len(cycles_of(api, own)) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_second_element_of_an_experiment_is_joined(
    api: APIClient, bench: Bench, order: tuple[int, int]
) -> None:
    elements = [squidstat([charge(10)]), squidstat([discharge(9)], start_s=36_000)]
    for place in order:
        send_and_read(api, elements[place], test=bench.test.code, name=f"{place + 1}_experiment.csv")
    (cycle,) = cycles_of(api, bench.test)
    assert cycle["charge_capacity_mah"] == pytest.approx(IN_MAH)
    assert cycle["coulombic_efficiency"] == pytest.approx(0.9)
    places = Dataset.objects.get(current=True).places.order_by("order")
    assert [place.submission.name for place in places] == ["1_experiment.csv", "2_experiment.csv"]


def test_a_rest_before_the_first_charge_is_read_though_it_holds_no_cycle(
    api: APIClient, bench: Bench
) -> None:
    waiting = send_and_read(api, squidstat([rest(1)]), test=bench.test.code)
    assert (waiting.state, waiting.reason) == ("read", "")
    assert cycles_of(api, bench.test) == []
    assert "No cycle was found" in Dataset.objects.get().flags[-1]
    ice = metrics_of(api, bench)["initial_coulombic_efficiency"]
    assert (ice["value"], ice["reason"]) == (None, "ICE not computed: the test has no cycle.")
    send_and_read(api, squidstat(ONE_CYCLE, start_s=3600), test=bench.test.code)
    assert metrics_of(api, bench)["initial_coulombic_efficiency"]["value"] == pytest.approx(0.9)


def test_a_file_without_a_test_waits_and_is_assigned(api: APIClient, robo: APIClient, bench: Bench) -> None:
    file = send_and_read(robo, squidstat(ONE_CYCLE), instrument=bench.instrument.code, channel="2")
    assert (file.state, file.test, file.rows) == ("unassigned", None, 192)
    assert not Cycle.objects.exists()
    answer = api.post(f"{FILES}{file.pk}/assign/", {"test": bench.test.code})
    assert (answer.status_code, answer.json()["test"]) == (200, bench.test.code)
    jobs.work_all()
    assert api.get(f"{FILES}{file.pk}/").json()["state"] == "read"
    assert len(cycles_of(api, bench.test)) == 1
    again = api.post(f"{FILES}{file.pk}/assign/", {"test": bench.test.code})
    assert (again.status_code, list(again.json())) == (400, ["test"])


@pytest.mark.parametrize("readable", [True, False])
def test_an_assignment_made_while_the_file_is_read_is_not_lost(
    api: APIClient, bench: Bench, ada: User, monkeypatch: pytest.MonkeyPatch, readable: bool
) -> None:
    content = squidstat(ONE_CYCLE) if readable else b"Dear diary, the glovebox hummed.\n"
    posted = send(api, content, instrument=bench.instrument.code, channel="2").json()["id"]
    read: Callable[..., Any] = ingest.read_apart

    def read_while_somebody_assigns(*args: Any, **kwargs: Any) -> Any:
        assign_file(submission=Submission.objects.get(pk=posted), test=bench.test, by=ada)
        monkeypatch.setattr(ingest, "read_apart", read)
        return read(*args, **kwargs)

    monkeypatch.setattr(ingest, "read_apart", read_while_somebody_assigns)
    jobs.work_all()
    file = Submission.objects.get(pk=posted)
    assert (file.test, file.state) == (bench.test, "read" if readable else "parked")


def test_what_no_reader_knows_is_parked_with_the_reason(api: APIClient, bench: Bench) -> None:
    file = send_and_read(api, b"Dear diary,\ntoday the glovebox hummed.\n", test=bench.test.code)
    assert file.state == "parked"
    assert len(file.reason) > 20
    assert file.blob.path.read_bytes().startswith(b"Dear diary")
    assert not Metric.objects.filter(value__isnull=False).exists()


def test_a_unit_is_never_guessed(api: APIClient, bench: Bench) -> None:
    content = squidstat(ONE_CYCLE).replace(b"Current (mA)", b"Current (furlong)")
    file = send_and_read(api, content, test=bench.test.code)
    assert file.state == "parked"
    assert "furlong" in file.reason


def test_an_export_saved_again_by_a_spreadsheet_gives_the_same_capacities(
    api: APIClient, bench: Bench
) -> None:
    text = squidstat(ONE_CYCLE).decode("cp1252").replace("\r\n", "\n")
    content = ("\ufeff" + text.replace("\n", "\r\n")).encode()
    assert send_and_read(api, content, test=bench.test.code).state == "read"
    assert cycles_of(api, bench.test)[0]["discharge_capacity_mah"] == pytest.approx(OUT_MAH)


@pytest.mark.parametrize(
    "path", sorted(BROKEN.glob("*.csv")) if BROKEN.is_dir() else [], ids=lambda p: p.name
)
def test_a_broken_file_is_read_with_its_fault_or_parked_with_the_reason(
    api: APIClient, bench: Bench, path: Path
) -> None:
    file = send_and_read(api, path.read_bytes(), name=path.name, test=bench.test.code)
    assert file.state in ("read", "parked")
    assert file.flags if file.state == "read" else len(file.reason) > 20


def test_the_dataset_holds_every_row_in_volts_amperes_and_seconds(api: APIClient, bench: Bench) -> None:
    send_and_read(api, squidstat(ONE_CYCLE), test=bench.test.code)
    frame = read_table(Dataset.objects.get().blob)
    assert frame.height == 192
    assert frame["current_ampere"].max() == pytest.approx(1e-4)
    assert frame["voltage_volt"].max() == pytest.approx(2.75)
    assert frame["test_time_second"][-1] == pytest.approx(19 * 3600)
