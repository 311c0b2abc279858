"""The demo lab end to end: its files posted through the intake give the paper's numbers at the study's address."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from cells.models import Cell, CellDesign, PressStep, Study
from lims import jobs
from lims.models import LogEntry, Membership, Project, User
from lims.numbers import NO_VALUE
from lims.trace import ancestors_of
from materials.models import Equipment, MassEntry, Material, Powder, Use
from testing.demo.lab import enter_the_lab
from testing.demo.planned import LEVELS, PELLET, SCAN, TITRATION, PlannedFile
from testing.metric_keys import keys_of
from testing.models import CellTest, Channel, Instrument, Metric, Phase, Protocol, Report, Submission
from testing.report_contexts.document import written_sections
from tests.testing.bench import client_of, robo_of, send

# Each test is a savepoint within the demo's own transaction, so none sees what another did.
# One process runs them all: entering the demo takes half a minute.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo-lab")]

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


def is_posted(file: PlannedFile) -> bool:
    """Every formation, one condition's rates, one of each other kind but the long ones, and every pellet."""
    middle = file.replicate == 2 and file.condition == "Nb2O5-coated, 4.7 V"
    return (
        file.test.phase == Phase.FORMATION
        or (file.test.phase == Phase.RATE and file.condition == "Nb2O5-coated, 4.3 V")
        or (middle and file.test.phase in (Phase.EIS, Phase.OTHER))
        or file.plan.kind == PELLET
        or (file.plan == TITRATION and file.condition.startswith("Nb2O5"))
        or file.plan in (SCAN, LEVELS)
    )


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
            files = enter_the_lab().files
            robo = robo_of(Instrument.objects.get(), User.objects.get(username="grace"))
            for file in files:
                if is_posted(file):
                    _post(robo, file)
            jobs.work_all()
            yield
            transaction.set_rollback(True)


def _post(robo: APIClient, file: PlannedFile) -> None:
    export = file.export()
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
    assert len(files) == 31
    assert {(file["state"], file["simulated"]) for file in files} == {("read", True)}


NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?: · 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def is_printed_of(text: str, value: float | None, *, unit: str = "") -> bool:
    """Tell whether a printed number is this value, of a fraction in percent, rounded to the digits that it has."""
    if value is None:
        return text == ""
    digits, _, power = text.replace("−", "-").partition(" · 10")
    scale = 10 ** int(power.translate(POWERS) or "0")
    decimals = len(digits.partition(".")[2])
    meant = 100 * value if "%" in unit else value
    # Half a digit of the last place, and what adding in binary costs.
    return abs(float(digits) * scale - meant) <= (0.5 + 1e-6) * 10**-decimals * scale


def printed_tables(code: str) -> dict[str, list[Any]]:
    """Return the printed tables of a report's sections: each a list of rows of (text, uncertainty, unit)."""
    report = Report.objects.coded(code)
    empty = ("", NO_VALUE)
    tables: dict[str, list[Any]] = {}
    for section in written_sections(report.snapshot):
        for block in section["blocks"]:
            if block["type"] == "table" and block["printed"]:
                rows = [
                    [("" if c["value"] in empty else c["value"], c["uncertainty"], c["unit"]) for c in row]
                    for row in block["rows"]
                ]
                tables.setdefault(section["key"], []).append((block["title"], rows))
    return tables


def assert_summary(client: APIClient, metric: str, rows: list[Any]) -> None:
    """Mean, spread, interval, counts and every cell of a condition are those that the API gives."""
    groups = {g["group"]: g for g in client.get(STATISTICS, {"metric": metric}).json()}
    assert [row[0][0] for row in rows] == list(groups)
    for (name, *_), (mean, *_), (interval, *_), (counted, *_), (singles, *_) in rows:
        group = groups[name]
        told = NUMBER.findall(mean)
        spread = [group["sd"]] if " ± " in mean else []
        for text, value in zip(told, [group["mean"], *spread] if told else [], strict=True):
            assert is_printed_of(text, value, unit=mean), (metric, name, text, value)
        limits = [group["ci95_low"], group["ci95_high"]] if interval else []
        for text, value in zip(NUMBER.findall(interval), limits, strict=True):
            assert is_printed_of(text, value, unit=mean), (metric, name, text, value)
        if group["n"]:
            counts = [group["n"], group["mixes"], group["coating_runs"]]
            assert [int(n) for n in re.findall(r"\d+", counted)] == [n for n in counts if n], (name, counted)
        shown = [one.partition(" ") for one in singles.split(", ") if one]
        values = {v["cell"]: v["value"] for v in group["values"]}
        assert [cell for cell, _, _ in shown] == list(values)
        for cell, _, text in shown:
            assert is_printed_of(NUMBER.findall(text)[0], values[cell], unit=mean), (metric, cell, text)


def assert_side_by_side(client: APIClient, metrics: list[str], unit: str, rows: list[Any]) -> None:
    """Mean, spread and count of each condition at each rate are those that the API gives."""
    for place, metric in enumerate(metrics):
        groups = {g["group"]: g for g in client.get(STATISTICS, {"metric": metric}).json()}
        assert [row[0][0] for row in rows] == list(groups)
        for (name, *_), (count, *_), *entries in rows:
            group, entry = groups[name], entries[place][0]
            number, _, fewer = entry.partition(" (n = ")
            assert (int(fewer.rstrip(")")) if fewer else int(count)) == group["n"] or not entry
            told = NUMBER.findall(number)
            values = [group["mean"], *([group["sd"]] if " ± " in number else [])] if told else []
            for text, value in zip(told, values, strict=True):
                assert is_printed_of(text, value, unit=unit), (metric, name, text, value)


def test_every_number_of_the_study_report_is_found_in_the_api(ada: APIClient) -> None:
    asked = ada.post("/api/v1/reports/", {"kind": "study", "subject": "STUDY-0001"}).json()
    tables = printed_tables(asked["code"])
    (_, summary), (_, compared) = tables["headline"]
    assert_summary(ada, "initial_coulombic_efficiency", summary)
    keys = keys_of(
        Cell.objects.filter(condition__study__identity__code="STUDY-0001").values_list("pk", flat=True)
    )
    by_label = {key.label: str(key) for key in keys}
    walked = 0
    for title, rows in tables["numbers"]:
        if title in by_label:
            assert_summary(ada, by_label[title], rows)
            continue
        label, _, unit = title.rpartition(", ")
        rates = [
            str(key)
            for key in keys
            if key.variant
            and replace(key, variant="").label == label
            and any(group["n"] for group in ada.get(STATISTICS, {"metric": str(key)}).json())
        ]
        assert len(rates) == len(rows[0]) - 2, title
        assert_side_by_side(ada, rates, unit, rows)
        walked += 1
    assert walked > 3

    differences = ada.get("/api/v1/studies/STUDY-0001/differences/").json()
    assert len(compared) == len(differences) > 0
    for row, pair in zip(compared, differences, strict=True):
        texts = [text for text, _, _ in row]
        assert texts[0] == f"{pair['first']} less {pair['second']}"
        values = ["difference", "ci95_low", "ci95_high", "t", "degrees_of_freedom", "p_value", "p_adjusted"]
        told = [number for text in texts[1:] for number in NUMBER.findall(text)]
        for text, name, place in zip(told, values, range(len(values)), strict=True):
            assert is_printed_of(text, pair[name], unit="%" if place < 3 else ""), (
                texts[0],
                name,
                text,
                pair,
            )

    (_, cells) = tables["cells"][0]
    assert len(cells) == 18
    wanted = ("active_loading_mg_cm2", "areal_capacity_mah_cm2", "np_ratio", "one_c_current_ma")
    for (code, *_), (condition, *_), (state, *_), *numbers in cells:
        cell = ada.get(f"/api/v1/cells/{code}/").json()
        assert (cell["group"], cell["state"]) == (condition, state.lower())
        for (value, uncertainty, _), name in zip(numbers, wanted, strict=True):
            assert is_printed_of(value, cell["derived"][name]["value"]), (code, name, value)
            assert is_printed_of(uncertainty, cell["derived"][name]["uncertainty"]), (code, name, uncertainty)

    (_, conditions) = tables["conditions"][0]
    for (name, *_), (count, *_), (shorted, *_), (failed, *_), (codes, *_) in conditions:
        rows = [one for one in ada.get("/api/v1/cells/", {"study": "STUDY-0001", "page_size": 100}).json()["results"]
                if one["group"] == name]  # fmt: skip
        assert codes.split(", ") == sorted(one["code"] for one in rows)
        states = [one["state"] for one in rows]
        assert (int(count), int(shorted), int(failed)) == (
            len(rows), states.count("shorted"), states.count("failed"),
        )  # fmt: skip
    # A section with a table of its own is walked here too, or this fails; those that are not walked above hold words,
    # versions and moments, and the table of every cell's metrics travels as a file (test_report_document.py).
    assert set(tables) <= {
        "headline",
        "numbers",
        "cells",
        "conditions",
        "metrics",
        "deviations",
        "history",
        "origin",
    }


def clicks_to(client: Client, start: str, *, most: int) -> dict[str, int]:
    """Return every address in reach of a page by links of its main part, with the number of clicks."""
    reached, edge = {start: 0}, [start]
    for clicks in range(1, most + 1):
        found = []
        for address in edge:
            answer = client.get(address)
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
                found += re.findall(r'href="(/(?:powders|tests|files)/[^"#?]+)"', main)
        edge = [address for address in dict.fromkeys(found) if address not in reached]
        reached |= dict.fromkeys(edge, clicks)
    return reached


def test_each_number_s_cell_leads_to_its_lots_and_its_files_in_three_clicks(client: Client) -> None:
    client.force_login(User.objects.get(username="ada"))
    told = Metric.objects.filter(
        name="initial_coulombic_efficiency",
        value__isnull=False,
        cell__condition__study__identity__code="STUDY-0001",
    )
    cells = {metric.cell for metric in told.select_related("cell__identity")}
    assert len(cells) == 18
    for cell in sorted(cells, key=lambda cell: cell.code)[::9]:
        start = client.get("/scan/", {"code": cell.code}).url
        reached = clicks_to(client, start, most=3)
        lots = Powder.objects.with_codes().filter(
            kind=Powder.Kind.LOT, pk__in=[source for source, _, _ in ancestors_of([cell.pk])]
        )
        assert len(lots) > 3
        files = Submission.objects.filter(test__cell=cell, test__phase=Phase.FORMATION)
        wanted = [f"/powders/{lot.code}/" for lot in lots] + [f"/files/{file.pk}/content/" for file in files]
        assert len(wanted) > len(lots)
        assert [address for address in wanted if address not in reached] == []


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


def metrics_of(ada: APIClient, name: str) -> dict[tuple[str, str], float]:
    """Return the values of one name over the whole lab, by test and variant."""
    found = Metric.objects.filter(name=name, value__isnull=False).select_related("test__identity")
    return {(m.test.code if m.test else m.cell.code, m.variant): m.value for m in found}


def test_each_other_kind_of_test_gives_its_numbers(ada: APIClient) -> None:
    interfaces = metrics_of(ada, "interfacial_resistance_ohm")
    after_rate = [value for (_, variant), value in interfaces.items() if variant == ""]
    assert after_rate == [pytest.approx(160, rel=0.01)]
    assert sorted(variant for _, variant in interfaces if variant) == ["2.35 V", "2.75 V", "2.95 V", "3.15 V"]
    pulses = metrics_of(ada, "dc_resistance_ohm")
    assert all(value == pytest.approx(184.7, rel=0.02) for value in pulses.values())
    assert len(pulses) == 2
    assert len(metrics_of(ada, "gitt_total_resistance_ohm")) == 24
    assert metrics_of(ada, "diffusion_coefficient_cm2_s") == {}
    conductivity = metrics_of(ada, "ionic_conductivity_ms_cm")
    assert len(conductivity) == 4
    assert max(conductivity.values()) > 7
    assert list(metrics_of(ada, "activation_energy_ev").values()) == [pytest.approx(0.35, abs=0.005)]
    assert len(metrics_of(ada, "oxidation_onset_v")) == 2
    # In mA: 0.6 mA/cm2 on the area of the die.
    assert list(metrics_of(ada, "critical_current_ma").values()) == [pytest.approx(0.6 * 0.282743, rel=1e-4)]
