"""Protocols: what is written is understood, what is not is refused with its line, and the paper's come out."""

from __future__ import annotations

import pytest

from testing.calc.protocol import Setting, Voltage, cell_voltage, first_current_step, rate_text, unrolled
from testing.calc.protocol_data import read_steps, steps_data
from testing.calc.protocol_outline import outline
from testing.calc.protocol_text import parse, write
from testing.calc.protocol_time import expected_duration
from testing.demo.protocols import FORMATION, LONG_TERM_CC, LONG_TERM_CCCV, PROTOCOLS, RATE, SCAN

# DOMAIN 1.3: 4.7 V cell, 1C = 3.727 mA/cm2 on 0.282743 cm2.
CELL_4_7 = Setting(one_c_current_ma=1.0539, lower_cell_v=1.45, upper_cell_v=3.15, reference_offset_v=1.55)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_what_is_written_is_read_back_as_text_and_as_data(name: str):
    steps = parse(PROTOCOLS[name][0])
    assert parse(write(steps)) == steps
    assert read_steps(steps_data(steps)) == steps


@pytest.mark.parametrize(
    ("name", "hours", "holds"),
    [
        (FORMATION, 60, 3),
        (RATE, 171, 0),
        (LONG_TERM_CC, 1000, 0),
        (LONG_TERM_CCCV, 1000, 0),
        (SCAN, 26.11, 0),
    ],
)
def test_the_papers_protocols_take_as_long_as_the_paper_allows(name: str, hours: float, holds: int):
    duration = expected_duration(parse(PROTOCOLS[name][0]), CELL_4_7)
    assert duration.seconds / 3600 == pytest.approx(hours, abs=0.01)
    assert duration.open_holds == holds


def test_a_rate_is_a_current_of_the_cell_at_its_cut_off():
    (charge, discharge) = outline(parse(PROTOCOLS[FORMATION][0]), CELL_4_7)[1:]
    assert charge.current_ma == pytest.approx(0.10539)
    assert (charge.voltages_v, discharge.voltages_v) == ((3.15,), (1.45,))


def test_a_voltage_without_its_reference_is_refused_in_text_and_in_data():
    with pytest.raises(ValueError, match=r"Line 1: say whether 4.3 V is 'at the cell' or 'vs Li'"):
        parse("charge at C/10 until 4.3 V")
    data = [{"mode": "cv", "voltage": {"value_v": 4.3}}]
    with pytest.raises(ValueError, match=r"step 1: say whether 4.3 V is at the cell"):
        read_steps(data)


def test_volts_against_lithium_become_volts_at_the_cell_once():
    assert cell_voltage(Voltage(value_v=4.7, basis="vs_li"), CELL_4_7) == 3.15
    assert cell_voltage(Voltage(value_v=3.15, basis="cell"), CELL_4_7) == 3.15
    with pytest.raises(ValueError, match="does not say where the counter electrode stands"):
        cell_voltage(Voltage(value_v=4.7, basis="vs_li"), Setting())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("charge at C/10", "say 'at' which rate"),
        ("charge at C/10 until 5", "'5' is no voltage"),
        ("charge at ten until upper limit", "'ten' is no current"),
        ("charge at C/0 until upper limit", "is no current"),
        ("wait 5 min", "begins no step"),
        ("repeat 3 times:", "nothing is indented"),
        ("repeat three times:\n  rest 1 h", "is not understood"),
        ("   rest 1 h", "indent by 2 spaces"),
        ("  rest 1 h", "no group stands above"),
        ("rest 1 h\n    rest 1 h", "Line 2"),
        ("charge at 1C until 1 h, then hold until C/25", "no voltage is named"),
        ("impedance 1 Hz to 1 MHz", "highest"),
        ("", "at least one step"),
        ("repeat 1000 times:\n  repeat 1000 times:\n    rest 1 s", "1000000 steps"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(text: str, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        parse(text)


def ending(**facts: object) -> list[object]:
    return [{"mode": "rest", "terminations": [{"quantity": "duration", "value_s": 1, **facts}]}]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([{"mode": "boost"}], "'boost' is no mode"),
        ([{"mode": "cc", "direction": "charge", "c_rate": 0.1}], "run for ever"),
        ([{"mode": "cc", "c_rate": 0.1, "terminations": []}], "goes in a direction"),
        (
            [
                {
                    "mode": "rest",
                    "terminations": [{"quantity": "duration", "direction": "above", "value_s": 1}],
                }
            ],
            "elapsed",
        ),
        ([{"mode": "rest", "speed": 3}], "'speed' is nothing that a step has"),
        (
            [
                {
                    "mode": "rest",
                    "terminations": [{"quantity": "duration", "direction": "elapsed", "value_s": -1}],
                }
            ],
            "above 0",
        ),
        ([{"mode": "group", "repeat": 2.5, "steps": []}], "whole number"),
        ("rest", "list"),
    ],
)
def test_data_that_are_no_steps_are_refused(data: object, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        read_steps(data)


def test_steps_run_in_order_with_their_round_and_phase():
    placed = list(unrolled(parse(PROTOCOLS[FORMATION][0])))
    assert [p.step.mode for p in placed] == ["cccv", "cc"] * 3
    assert {p.phase for p in placed} == {"formation"}
    assert placed[-1].name == "step 1.2, round 3"
    first = first_current_step(parse("rest 1 h\nrepeat 2 times:\n  discharge at C/3 until lower limit"))
    assert first is not None
    assert (first.direction, rate_text(first.c_rate or 0)) == ("discharge", "C/3")
