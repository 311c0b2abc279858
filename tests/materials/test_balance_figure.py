"""The drawing of what a jar held: level until the next entry changes it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from materials.balance_figure import Level, balance_figure

FIRST = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def levels(*left: float, apart: timedelta = timedelta(days=1)) -> list[Level]:
    return [Level(FIRST + n * apart, value) for n, value in enumerate(left)]


def test_the_line_stays_level_and_then_steps() -> None:
    svg = balance_figure(levels(100, 50, 75), unit="mg", title="x")
    path = re.search(r'<path d="M([\d.]+),([\d.]+)H([\d.]+)V([\d.]+)H([\d.]+)V([\d.]+)"', svg)
    assert path is not None
    left, top, middle, half, right, three_quarters = map(float, path.groups())
    assert middle - left == pytest.approx(right - middle)
    # Half and three quarters of the height from the bottom: 132 of the 170 are the plot's.
    assert half - top == pytest.approx(66)
    assert half - three_quarters == pytest.approx(33)


def test_entries_of_one_minute_stand_beside_each_other() -> None:
    svg = balance_figure(levels(3, 2, 1, apart=timedelta(seconds=1)), unit="discs", title="x")
    places = {round(float(x)) for x in re.findall(r'<circle cx="([\d.]+)"', svg)}
    assert len(places) == 3
    assert "entry 3" in svg
    assert "3 discs" not in svg, "the axis has round numbers"
    assert "5 discs" in svg


def test_words_are_escaped_and_simulated_data_is_marked() -> None:
    svg = balance_figure(levels(1, 2), unit="<b>", title='"<script>', simulated=True)
    assert "<script>" not in svg
    assert "<b>" not in svg
    assert "simulated data" in svg
    assert "style=" not in svg, "a strict policy refuses it in a page"


def test_nothing_is_no_drawing() -> None:
    with pytest.raises(ValueError, match="first entry"):
        balance_figure([], unit="mg", title="x")
