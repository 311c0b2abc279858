"""An impedance file on the way from its bytes to the points of a plot."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from lims.jobs import work_all
from lims.models import User
from testing.actions import create_test
from testing.models import CellTest, Spectrum, Submission
from tests.testing.bench import Bench, send
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

FIRST = b"""EC-Lab ASCII FILE
Nb header lines : 6

Potentio Electrochemical Impedance Spectroscopy

freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\ttime/s\t<Ewe>/V\tcycle number
1000.0\t65.5\t0.5\t1.0\t3.70\t1
10.0\t90.0\t20.0\t2.0\t3.72\t1
"""
SECOND_SWEEP = b"1000.0\t66.0\t0.6\t3.0\t4.20\t2\n10.0\t95.0\t21.0\t4.0\t4.20\t2\n"


def spectra(api: APIClient, bench: Bench) -> list[dict[str, object]]:
    answer = api.get(f"/api/v1/tests/{bench.test.code}/spectra/")
    assert answer.status_code == 200
    return answer.json()["results"]


@pytest.mark.django_db(transaction=True)
def test_an_impedance_file_gives_its_sweeps_and_no_cycle(api: APIClient, bench: Bench) -> None:
    assert send(api, FIRST + SECOND_SWEEP, name="eis.mpt", test=bench.test.code).status_code == 201
    work_all()
    assert Submission.objects.get().state == Submission.State.READ
    assert bench.test.cycles.count() == 0
    first, second = spectra(api, bench)
    assert first["frequency_hz"] == [1000.0, 10.0]
    assert first["real_impedance_ohm"] == [65.5, 90.0]
    assert first["imaginary_impedance_ohm"] == [-0.5, -20.0], "capacitive is negative"
    assert (first["mean_voltage_v"], second["mean_voltage_v"]) == (pytest.approx(3.71), pytest.approx(4.2))
    assert CellTest.objects.get(pk=bench.test.pk).state == CellTest.State.RUNNING


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("longer_first", [False, True])
def test_a_file_that_grew_counts_once_whichever_came_first(
    api: APIClient, bench: Bench, longer_first: bool
) -> None:
    sent = [FIRST, FIRST + SECOND_SWEEP]
    for number, content in enumerate(reversed(sent) if longer_first else sent):
        send(api, content, name=f"eis {number}.mpt", test=bench.test.code)
        work_all()
    assert [row["real_impedance_ohm"] for row in spectra(api, bench)] == [[65.5, 90.0], [66.0, 95.0]]
    assert Spectrum.objects.values("submission").distinct().count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_pages_plots_have_the_points_of_each_sweep(
    api: APIClient, bench: Bench, ada: User, client: object
) -> None:
    send(api, FIRST, name="eis.mpt", test=bench.test.code)
    work_all()
    client.force_login(ada)  # type: ignore[attr-defined]
    page = client.get(f"/tests/{bench.test.code}/")  # type: ignore[attr-defined]
    assert "nyquist.json" in page.content.decode()
    nyquist = client.get(f"/tests/{bench.test.code}/plots/nyquist.json").json()  # type: ignore[attr-defined]
    assert [(line["x"], line["y"]) for line in nyquist["series"]] == [([65.5, 90.0], [0.5, 20.0])]
    bode = client.get(f"/tests/{bench.test.code}/plots/bode.json").json()  # type: ignore[attr-defined]
    assert bode["series"][0]["x"] == [3.0, 1.0]


@pytest.mark.django_db(transaction=True)
def test_impedance_measured_first_is_no_first_cycle_and_hides_none(
    api: APIClient, bench: Bench, ada: User
) -> None:
    """Most cells are measured as built, before their formation: that test has no cycle to come."""

    def ice() -> dict[str, object]:
        listed = api.get(f"/api/v1/cells/{bench.cell.code}/metrics/").json()
        return next(row for row in listed if row["name"] == "initial_coulombic_efficiency")

    send(api, FIRST, name="eis.mpt", test=bench.test.code)
    work_all()
    assert (ice()["value"], ice()["reason"]) == (
        None,
        "ICE not computed: the cell has no test but impedance.",
    )
    formation = create_test(cell=bench.cell, phase="formation", by=ada)
    send(api, squidstat([charge(10), discharge(9)]), name="formation.csv", test=formation.code)
    work_all()
    assert ice()["value"] == pytest.approx(0.9)
    assert str(ice()["basis"]).startswith(f"first cycle of {formation.code}")
