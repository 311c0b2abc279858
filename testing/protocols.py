"""Protocols on a cell: which currents, volts and hours their steps mean for one test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cells.models import Cell, CellBasis
from testing.calc.protocol import Setting, Step, first_current_step, rate_text, unrolled
from testing.calc.protocol_data import read_steps
from testing.calc.protocol_time import Duration, expected_duration
from testing.models import CellTest, ProtocolEdition

# What a set-up card always names, whether the protocol uses it or not.
CARD_RATES = (0.1, 0.04)


def steps_of(edition: ProtocolEdition | None) -> tuple[Step, ...]:
    """Return an edition's steps; none where there is no protocol."""
    return read_steps(edition.steps) if edition is not None and edition.steps else ()


def setting_of_cell(cell: Cell, one_c_current_ma: float | None = None) -> Setting:
    """Return what a protocol needs to know of a cell; 1C is its design's at its cut-off unless one is given."""
    if one_c_current_ma is None:
        basis = CellBasis.objects.filter(cell=cell, current=True).first()
        one_c_current_ma = basis.one_c_current_ma if basis else None
    edition = cell.edition
    return Setting(
        one_c_current_ma=one_c_current_ma,
        lower_cell_v=edition.lower_cell_voltage_v,
        upper_cell_v=edition.upper_cell_voltage_v,
        reference_offset_v=edition.reference_offset_v,
    )


def setting_of(test: CellTest) -> Setting:
    """Return what a protocol needs to know of a test: the 1C current that it states, else the cell's own."""
    return setting_of_cell(test.cell, test.one_c_current_ma)


def first_step(edition: ProtocolEdition | None) -> dict[str, Any]:
    """Return mode, direction, c_rate and current_ma of the first step that drives a current; empty without one."""
    step = first_current_step(steps_of(edition))
    if step is None:
        return {}
    return {
        "mode": step.mode,
        "direction": step.direction,
        "c_rate": step.c_rate,
        "current_ma": step.current_ma,
    }


def duration_of(test: CellTest) -> Duration | None:
    """Return how long a test's protocol takes, or None where it has none or the cell says too little."""
    steps = steps_of(test.protocol_edition)
    if not steps:
        return None
    try:
        return expected_duration(steps, setting_of(test))
    except ValueError:
        return None


def expected_end(test: CellTest, start: datetime) -> datetime | None:
    """Return when a test that began at ``start`` ends if each half cycle moves the design capacity."""
    duration = duration_of(test)
    return start + timedelta(seconds=duration.seconds) if duration else None


def duration_text(duration: Duration) -> str:
    """Return a duration as people say it, with what only the cell decides.

    >>> duration_text(Duration(216_000, 3)), duration_text(Duration(600))
    ('60 h and 3 holds', '10 min')
    """
    hours = duration.seconds / 3600
    told = (
        f"{duration.seconds / 60:.3g} min"
        if hours < 1
        else f"{hours:.3g} h"
        if hours < 1000
        else f"{hours:,.0f} h"
    )
    if not duration.open_holds:
        return told
    return f"{told} and {duration.open_holds} hold{'s' if duration.open_holds > 1 else ''}"


@dataclass(frozen=True)
class RateCurrent:
    """A rate and the current that it is on this cell."""

    label: str
    current_ma: float
    current_density_ma_cm2: float | None


def currents_of(test: CellTest, area_cm2: float | None) -> list[RateCurrent]:
    """Return the currents of a test's rates: its protocol's and always C/10 and C/25, the slowest first."""
    setting = setting_of(test)
    if setting.one_c_current_ma is None:
        return []
    rates = set(CARD_RATES) | {1.0}
    for placed in unrolled(steps_of(test.protocol_edition)):
        ends = (*placed.step.terminations, *placed.step.hold_terminations)
        rates |= {placed.step.c_rate} if placed.step.c_rate else set()
        rates |= {end.value for end in ends if end.quantity == "c_rate" and end.value}
    found = {}
    for rate in sorted(rates):
        current = rate * setting.one_c_current_ma
        density = current / area_cm2 if area_cm2 else None
        found[rate_text(rate)] = RateCurrent(rate_text(rate), current, density)
    return list(found.values())
