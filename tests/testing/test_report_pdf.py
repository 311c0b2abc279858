"""The cell report as a reader gets it: text can be found, plots are vectors, hostile text fetches nothing."""

import copy
import io
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdf
import pytest

from lims.pdf import render_pdf
from materials.figures import Edge, Node, lineage_figure
from testing.figures import Curve, Group, cycles_figure, ice_figure, voltage_figure
from testing.report_contexts.cell import cell_report_context

SAMPLE = Path(__file__).parent / "fixtures" / "cell_report_snapshot.json"
Snapshot = dict[str, Any]


@pytest.fixture
def snapshot() -> Snapshot:
    loaded: Snapshot = json.loads(SAMPLE.read_text())
    return loaded


def printed(snapshot: Snapshot) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(render_pdf("reports/cell.html", cell_report_context(snapshot))))


def text_of(reader: pypdf.PdfReader) -> str:
    """All text of the document, every run of blanks as one."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


@pytest.fixture(scope="module")
def sample_pdf() -> pypdf.PdfReader:
    return printed(json.loads(SAMPLE.read_text()))


def test_the_papers_numbers_can_be_found_and_copied(sample_pdf: pypdf.PdfReader) -> None:
    text = text_of(sample_pdf)
    for expected in (
        "Cathode active loading 18.23 ± 0.20 mg/cm²",
        "Design areal capacity 3.01 ± 0.03 mAh/cm²",
        "N/P ratio, reversible 1.100 ± 0.006",
        "Initial coulombic efficiency 91.60 ± 0.19 %",
        "520 14.70 600",
        "8.30 0.20 8.10 ± 0.04",
        "LPSC-F-0311",
        "none: The main peak lies within 30 mV",
    ):
        assert expected in text


def test_the_plots_are_vectors_with_text_that_can_be_selected(sample_pdf: pypdf.PdfReader) -> None:
    for page in sample_pdf.pages:
        kinds = [thing["/Subtype"] for thing in _x_objects(page["/Resources"])]
        assert "/Image" not in kinds
    text = text_of(sample_pdf)
    for axis in ("Areal capacity (mAh/cm²)", "Coulombic efficiency (%)", "Cell voltage (V)", "Cycle number"):
        assert axis in text


def _x_objects(resources: Any) -> Iterator[Any]:
    """Every external object of a page, those within drawings included."""
    for entry in resources.get_object().get("/XObject", {}).values():
        thing = entry.get_object()
        yield thing
        if "/Resources" in thing:
            yield from _x_objects(thing["/Resources"])


def test_every_page_carries_its_number_and_the_hash_of_the_inputs(
    sample_pdf: pypdf.PdfReader, snapshot: Snapshot
) -> None:
    count = len(sample_pdf.pages)
    for number, page in enumerate(sample_pdf.pages, start=1):
        text = page.extract_text()
        assert f"page {number} of {count}" in text
        assert f"Inputs SHA-256 {snapshot['inputs_sha256'][:12]}" in text
    assert snapshot["inputs_sha256"] in sample_pdf.pages[-1].extract_text().replace("\n", "")


def test_simulated_data_is_marked_on_every_page_and_measured_data_on_none(
    sample_pdf: pypdf.PdfReader, snapshot: Snapshot
) -> None:
    assert all("simulated data" in page.extract_text().lower() for page in sample_pdf.pages)
    snapshot["simulated"] = False
    assert "simulated" not in text_of(printed(snapshot)).lower()


def test_the_files_are_named_with_their_whole_hash(sample_pdf: pypdf.PdfReader, snapshot: Snapshot) -> None:
    text = text_of(sample_pdf).replace(" ", "")
    for file in (file for test in snapshot["tests"] for file in test["files"]):
        assert file["sha256"] in text


def test_the_same_snapshot_gives_the_same_bytes(snapshot: Snapshot) -> None:
    first = render_pdf("reports/cell.html", cell_report_context(snapshot))
    again = render_pdf("reports/cell.html", cell_report_context(copy.deepcopy(snapshot)))
    assert first == again
    snapshot["cell"]["note"] += "."
    assert render_pdf("reports/cell.html", cell_report_context(snapshot)) != first


def test_the_context_leaves_the_snapshot_as_it_was(snapshot: Snapshot) -> None:
    before = copy.deepcopy(snapshot)
    cell_report_context(snapshot)
    assert snapshot == before


def test_a_long_test_prints_its_ends_and_says_what_it_leaves_out(snapshot: Snapshot) -> None:
    one = snapshot["tests"][0]["cycles"][0]
    snapshot["tests"][0]["cycles"] = [{**one, "cycle_number": number} for number in range(1, 501)]
    test = cell_report_context(snapshot)["report"]["tests"][0]
    assert [row.number for row in test["cycle_rows"]] == [*range(1, 31), *range(471, 501)]
    assert [row.number for row in test["cycle_rows"] if row.gap_before] == [471]
    assert "Cycles 31 to 470 (440 rows) are left out" in text_of(printed(snapshot))


def test_sixty_cycles_are_printed_whole(snapshot: Snapshot) -> None:
    one = snapshot["tests"][0]["cycles"][0]
    snapshot["tests"][0]["cycles"] = [{**one, "cycle_number": number} for number in range(1, 61)]
    test = cell_report_context(snapshot)["report"]["tests"][0]
    assert len(test["cycle_rows"]) == 60
    assert test["cycles_left_out"] == ""


def test_a_cell_without_anything_still_has_a_report(snapshot: Snapshot) -> None:
    cell = dict.fromkeys(snapshot["cell"])
    empty: Snapshot = {
        **snapshot,
        "cell": {**cell, "code": "CELL-0099"},
        "lineage": {"nodes": [], "edges": []},
        **{
            part: []
            for part in ("balance", "layers", "press_steps", "tests", "deviations", "not_recorded", "history")
        },
    }
    text = text_of(printed(empty))
    assert "No test is recorded for this cell." in text
    assert "No layer is recorded." in text


def test_an_incomplete_half_cycle_is_a_dash_and_a_gap(snapshot: Snapshot) -> None:
    last = snapshot["tests"][0]["cycles"][-1]
    last.update(
        discharge_capacity_mah=None,
        discharge_areal_capacity_mah_cm2=None,
        coulombic_efficiency=None,
        complete=False,
    )
    row = cell_report_context(snapshot)["report"]["tests"][0]["cycle_rows"][-1]
    assert (row.discharge, row.discharge_areal, row.efficiency, row.complete) == ("–", "–", "–", False)


# --- hostile text ---


class Ear:
    """A listening socket that remembers who connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.visitors: list[object] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, visitor = self.socket.accept()
            except OSError:
                return
            self.visitors.append(visitor)
            connection.close()

    def heard(self) -> int:
        """Return how many came so far: our own visit queues behind all of theirs and is not counted."""
        with socket.create_connection(("127.0.0.1", self.port)) as own:
            mine = own.getsockname()
            while mine not in self.visitors:
                time.sleep(0.01)
        self.visitors.remove(mine)
        return len(self.visitors)


@pytest.fixture
def ear() -> Iterator[Ear]:
    listening = Ear()
    yield listening
    listening.socket.close()


PAYLOADS = [
    'http://127.0.0.1:{port}/a"><img src="http://127.0.0.1:{port}/b">',
    "<img src='file:///etc/passwd'><link rel=attachment href='file:///etc/passwd'>",
    "</style><style>@import url(http://127.0.0.1:{port}/c); * {{ background: url(http:d) }}</style>",
    "</title></text></svg><svg><image href='http://127.0.0.1:{port}/e' xlink:href='file:///etc/passwd'/></svg>",
    "{{% include '/etc/passwd' %}}{{{{ report }}}}",
    "]]><!DOCTYPE s [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e; $\\frac{{1}}{{0}}$ _hidden",
]


def with_every_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: with_every_text(part, change) for key, part in value.items()}
    if isinstance(value, list):
        return [with_every_text(part, change) for part in value]
    return change(value) if isinstance(value, str) else value


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_hostile_text_in_every_field_is_printed_and_fetches_nothing(
    number: int, snapshot: Snapshot, ear: Ear
) -> None:
    payload = PAYLOADS[number].format(port=ear.port)
    # Fewer rows say the same: every field is still there.
    for test in snapshot["tests"]:
        test.update(cycles=test["cycles"][:2], curves=test["curves"][:2], metrics=test["metrics"][-1:])
    lineage = snapshot["lineage"]
    lineage.update(nodes=lineage["nodes"][:3], edges=lineage["edges"][:2])
    reader = printed(with_every_text(snapshot, lambda text: f"{text} {payload}"))
    assert ear.heard() == 0
    assert reader.attachments == {}
    assert "root:" not in text_of(reader)
    assert payload[:20].replace(" ", "") in text_of(reader).replace(" ", "")


def test_the_ear_hears(ear: Ear) -> None:
    socket.create_connection(("127.0.0.1", ear.port)).close()
    assert ear.heard() == 1


# --- figures ---


def test_figures_carry_the_mark_of_simulated_data_only_when_it_is() -> None:
    for simulated in (True, False):
        drawn = [
            cycles_figure(
                cycle_numbers=[1, 2],
                charge_mah_cm2=[3.29, 3.03],
                discharge_mah_cm2=[3.01, None],
                efficiency=[0.916, None],
                simulated=simulated,
            ),
            voltage_figure(
                curves=[Curve(label="1C", capacity_mah_cm2=[0, 1], voltage_v=[1.5, 2.7])], simulated=simulated
            ),
            ice_figure([Group(name="coated", values=[0.916], mean=0.916, sd=None)], simulated=simulated),
        ]
        assert [("simulated data" in svg) for svg in drawn] == [simulated] * 3


def test_group_labels_give_mean_and_sample_standard_deviation() -> None:
    groups = [Group(name="uncoated, 4.7 V", values=[0.7976, 0.798, 0.7984], mean=0.798, sd=0.0004)]
    drawn = ice_figure(groups, simulated=False)
    assert "79.80 ± 0.04" in drawn
    assert "n = 3" in drawn


def test_series_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        cycles_figure(
            cycle_numbers=[1, 2],
            charge_mah_cm2=[3.0],
            discharge_mah_cm2=[3.0],
            efficiency=[1.0],
            simulated=False,
        )
    with pytest.raises(ValueError, match="2 capacities and 1 voltages"):
        voltage_figure(curves=[Curve(label="1C", capacity_mah_cm2=[0, 1], voltage_v=[1])], simulated=False)


def test_a_lineage_of_one_and_of_forty_records_is_drawn_without_boxes_on_each_other() -> None:
    alone = lineage_figure(nodes=[Node(code="LOT-0001", kind="lot", label="NMC532")], edges=[])
    assert "LOT-0001" in alone
    nodes = [Node(code="MIX-0001", kind="composite", label="Cathode")]
    nodes += [Node(code=f"CELL-{n:04d}", kind="cell", label="Cell") for n in range(39)]
    edges = [Edge(source="MIX-0001", target=node.code, label="8.1 mg") for node in nodes[1:]]
    boxes = [
        tuple(map(float, found))
        for found in re.findall(
            r'<rect x="([\d.]+)" y="([\d.]+)" width="112" height="([\d.]+)"',
            lineage_figure(nodes=nodes, edges=edges),
        )
    ]
    assert len(boxes) == 40
    for column in {x for x, _, _ in boxes}:
        in_column = sorted((y, height) for x, y, height in boxes if x == column)
        assert all(y + height <= below for (y, height), (below, _) in pairwise(in_column))


def test_arrows_of_a_lineage_run_from_left_to_right() -> None:
    nodes = [Node(code=code, kind="lot", label="") for code in "ABCD"]
    edges = [Edge(source=s, target=t, label="") for s, t in ("AB", "BC", "CD", "AD")]
    drawn = lineage_figure(nodes=nodes, edges=edges)
    places = dict(re.findall(r'<title>(\w)</title><rect x="([\d.]+)"', drawn))
    assert float(places["A"]) < float(places["B"]) < float(places["C"]) < float(places["D"])


def test_what_is_made_from_itself_is_refused() -> None:
    nodes = [Node(code=code, kind="lot", label="") for code in "AB"]
    with pytest.raises(ValueError, match="made from itself"):
        lineage_figure(nodes=nodes, edges=[Edge("A", "B", ""), Edge("B", "A", "")])
    with pytest.raises(ValueError, match="names C"):
        lineage_figure(nodes=nodes, edges=[Edge("A", "C", "")])
    with pytest.raises(ValueError, match="A stands there twice"):
        lineage_figure(nodes=[nodes[0], nodes[0]], edges=[])
    with pytest.raises(ValueError, match="at least one record"):
        lineage_figure(nodes=[], edges=[])


def test_boxes_are_links_only_where_an_address_is_given_and_all_text_is_escaped() -> None:
    hostile = '"><script>alert(1)</script>'
    drawn = lineage_figure(
        nodes=[
            Node(code=hostile, kind=hostile, label=hostile, url=f"/lots/1/?{hostile}"),
            Node("B", "lot", "b"),
        ],
        edges=[Edge(source=hostile, target="B", label=hostile)],
    )
    assert "<script" not in drawn
    assert drawn.count("<a ") == 1
    # A strict content security policy refuses style in the page.
    assert "style=" not in drawn
    assert "<style" not in drawn
