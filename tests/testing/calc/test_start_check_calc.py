"""The first half hour against the card. The currents are the paper's: 0.8482 mA at 4.3 V, 1.0539 mA at 4.7 V."""

from __future__ import annotations

import numpy as np
import pytest

from testing.calc.start_check import (
    Expectation,
    OtherCurrent,
    settings_findings,
    start_findings,
)

OWN, UNSCALED = 1.0539, 0.8482
CARD = Expectation(
    one_c_current_ma=OWN, set_one_c_ma=OWN, c_rate=0.1, direction="charge", upper_v=3.15, lower_v=1.45,
    temperature_c=60.0, others=(OtherCurrent("a 4.3 V cell", UNSCALED), OtherCurrent("a 4.5 V cell", 0.9510)),
)  # fmt: skip
TIME_S = np.arange(0.0, 1900.0, 10.0)


def found(
    current_ma: float, *, card: Expectation = CARD, volt: np.ndarray | None = None, **more: object
) -> list[str]:
    voltage = np.linspace(1.5, 2.1, TIME_S.size) if volt is None else volt
    current = np.full(TIME_S.size, current_ma)
    return [
        finding.code
        for finding in start_findings(card, time_s=TIME_S, voltage_v=voltage, current_ma=current, **more)  # type: ignore[arg-type]
    ]


def test_a_start_as_the_card_says_is_silent() -> None:
    assert found(0.1 * OWN, temperature_c=np.full(TIME_S.size, 60.4)) == []
    assert settings_findings(CARD) == []


def test_the_unscaled_1c_is_named_as_what_it_is() -> None:
    [finding] = start_findings(
        CARD, time_s=TIME_S, voltage_v=np.linspace(1.5, 2.1, TIME_S.size),
        current_ma=np.full(TIME_S.size, 0.1 * UNSCALED),
    )  # fmt: skip
    assert finding.code == "wrong_current"
    assert "0.8482 mA is 1C of a 4.3 V cell, not scaled to this one" in finding.sentence
    assert finding.evidence["expected_ma"] == pytest.approx(0.10539)


def test_a_few_percent_of_mass_are_no_mistake_and_a_tenth_is() -> None:
    assert found(0.1 * OWN * 1.04) == []
    assert found(0.1 * OWN * 1.06) == ["wrong_current"]


def test_without_a_stated_rate_a_usual_one_of_the_own_1c_is_fine_and_of_another_is_not() -> None:
    card = Expectation(one_c_current_ma=OWN, others=CARD.others)
    assert found(OWN / 20, card=card) == []
    assert found(UNSCALED / 10, card=card) == ["wrong_current"]
    assert found(105.0, card=card) == ["wrong_current"], "mA taken for A"


def test_rest_before_the_first_current_is_not_judged() -> None:
    current = np.where(TIME_S < 600, 0.0, 0.1 * OWN)
    volt = np.where(TIME_S < 600, 0.9, 1.9)
    assert start_findings(CARD, time_s=TIME_S, voltage_v=volt, current_ma=current) == [], (
        "an LTO cell may rest low"
    )


def test_a_start_in_the_wrong_direction_is_told() -> None:
    assert found(-0.1 * OWN) == ["wrong_direction"]


def test_reversed_leads_are_told_and_nothing_else_of_them() -> None:
    assert found(0.1 * OWN, volt=np.linspace(-1.5, -1.2, TIME_S.size)) == ["reversed_leads"]


def test_a_short_is_suspected_where_current_meets_no_voltage() -> None:
    assert found(0.1 * OWN, volt=np.full(TIME_S.size, 0.0005)) == ["short"]


def test_a_voltage_beyond_the_limit_is_told() -> None:
    assert found(0.1 * OWN, volt=np.linspace(2.9, 3.20, TIME_S.size)) == ["wrong_limits"]
    assert found(-0.1 * OWN, volt=np.linspace(1.6, 1.3, TIME_S.size)) == ["wrong_limits", "wrong_direction"]


def test_a_cold_oven_is_told() -> None:
    assert found(0.1 * OWN, temperature_c=np.full(TIME_S.size, 25.0)) == ["wrong_temperature"]
    assert found(0.1 * OWN, temperature_c=np.full(TIME_S.size, np.nan)) == []


def test_what_comes_after_half_an_hour_is_not_the_start() -> None:
    time_s = np.arange(0.0, 7200.0, 10.0)
    current = np.where(time_s <= 1800, 0.1 * OWN, 5 * OWN)
    assert start_findings(CARD, time_s=time_s, voltage_v=np.full(time_s.size, 2.0), current_ma=current) == []


def test_no_points_are_no_finding_and_uneven_columns_an_error() -> None:
    assert start_findings(CARD, time_s=[], voltage_v=[], current_ma=[]) == []
    with pytest.raises(ValueError, match="2, 1 and 2 points"):
        start_findings(CARD, time_s=[0, 1], voltage_v=[1], current_ma=[0, 1])
