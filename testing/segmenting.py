"""Cycles of a dataset: found in the points, told apart by protocol and data, beside the instrument's own numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

import polars as pl

from lims.models import Blob
from testing.calc.cycles import CycleSummary, Segmentation, cycles
from testing.calc.phases import with_phases
from testing.calc.plan import PlannedHalf, planned_halves
from testing.models import CellTest, Cycle
from testing.protocols import setting_of, steps_of
from testing.tables import scan

CYCLE_FIELDS = [field.name for field in fields(CycleSummary)]
INSTRUMENT_CYCLE = "cycle_count"


def plan_of(test: CellTest) -> tuple[PlannedHalf, ...]:
    """Return the half cycles that a test's protocol asks for; none where it has none or the cell says too little."""
    try:
        return planned_halves(steps_of(test.protocol_edition), setting_of(test))
    except ValueError:
        return ()


def segment(frame: pl.DataFrame, blob: Blob, test: CellTest) -> Segmentation:
    """Return the cycles of the test so far; without any, the flag says why, as of a rest before the first charge."""
    edition = test.cell.edition
    plan = plan_of(test)
    try:
        found = cycles(
            frame,
            lower_limit_v=edition.lower_cell_voltage_v,
            upper_limit_v=edition.upper_cell_voltage_v,
        )
    except ValueError as problem:
        return Segmentation(cycles=(), half_cycles=(), flags=(f"No cycle was found: {problem}",))
    phased = with_phases(
        _with_instrument_numbers(found.cycles, blob),
        phase=test.phase,
        one_c_current_ma=test.one_c_current_ma,
        plan=plan,
    )
    return replace(found, cycles=phased.cycles, flags=(*found.flags, *phased.flags))


def _with_instrument_numbers(found: Iterable[CycleSummary], blob: Blob) -> list[CycleSummary]:
    """Return cycles with the number that the instrument gave their first row; where it gave none, without."""
    listed = list(found)
    table = scan(blob)
    if not listed or INSTRUMENT_CYCLE not in table.collect_schema().names():
        return listed
    numbers = table.select(pl.col(INSTRUMENT_CYCLE)).collect()[INSTRUMENT_CYCLE]
    own = numbers.gather([cycle.first_row for cycle in listed]).to_list()
    return [
        replace(cycle, instrument_cycle=None if number is None else int(number))
        for cycle, number in zip(listed, own, strict=True)
    ]


def replace_cycles(test: CellTest, segmentation: Segmentation) -> None:
    """Put the cycles that were found in place of the test's last ones."""
    test.cycles.all().delete()
    Cycle.objects.bulk_create(
        (
            Cycle(test=test, **{name: getattr(found, name) for name in CYCLE_FIELDS})
            for found in segmentation.cycles
        ),
        batch_size=500,
    )
