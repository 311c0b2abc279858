"""Drawings of an ALD run: what they say, and that they cannot carry anything else."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from materials.coating_figures import DrawnStep, Stop, cycle_figure, cycles_figure

CYCLE = [
    DrawnStep("pulse", "Nb(OEt)5", 1),
    DrawnStep("exposure", "Nb(OEt)5", 5),
    DrawnStep("purge", "Ar", 20),
    DrawnStep("pulse", "H2O", 0.1),
    DrawnStep("purge", "Ar", 20),
]


def words(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]


def test_a_cycle_names_its_precursors_durations_and_times() -> None:
    told = words(cycle_figure(CYCLE))
    assert {"Nb(OEt)5", "H2O", "purge", "0.1 s", "20 s Ar"} <= set(told)
    assert [text for text in told if re.fullmatch(r"[\d.]+", text)] == ["0", "1", "6", "26", "26.1", "46.1"]
    assert "time in s; widths are not to scale" in told


def test_a_bar_says_planned_and_done_and_where_the_run_stood_still() -> None:
    told = words(cycles_figure(planned=30, done=24, stops=[Stop(8, "after 8: 45 min"), Stop(24, "after 24")]))
    assert {"24 of 30 cycles done", "after 8: 45 min", "after 24", "30"} <= set(told)


def test_a_run_may_go_on_beyond_its_plan() -> None:
    assert "35 of 30 cycles done" in words(cycles_figure(planned=30, done=35))


def test_what_is_typed_stays_text_and_nothing_needs_a_style() -> None:
    evil = '"><script>alert(1)</script>'
    for svg in (
        cycle_figure([DrawnStep("pulse", evil, 1)]),
        cycles_figure(planned=1, done=1, stops=[Stop(1, evil)]),
    ):
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()}
        assert tags <= {"svg", "g", "title", "rect", "path", "text"}
        assert "style=" not in svg


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        cycle_figure([])
    with pytest.raises(ValueError, match="more than 0 s"):
        cycle_figure([DrawnStep("pulse", "H2O", 0)])
    with pytest.raises(ValueError, match="at least one cycle"):
        cycles_figure(planned=30, done=0)
    with pytest.raises(ValueError, match="lies outside 10 cycles"):
        cycles_figure(planned=30, done=10, stops=[Stop(11, "")])
