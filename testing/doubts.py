"""What in a test's joined data speaks against itself, in sentences for the dataset's page."""

from __future__ import annotations

import polars as pl

from lims.models import Blob
from testing.calc import crosschecks
from testing.calc.cycles import Segmentation
from testing.models import CellTest, Polarity
from testing.tables import read_rows, scan


def doubts(test: CellTest, points: pl.DataFrame, blob: Blob, segmentation: Segmentation) -> list[str]:
    """Return what a person should look at before believing the numbers; nothing is changed by it."""
    told = [
        _corrected(test),
        crosschecks.leads_look_reversed(points["voltage_volt"].to_numpy(), segmentation.half_cycles),
        crosschecks.current_is_implausible(points["current_ampere"].to_numpy(), test.one_c_current_ma),
    ]
    names = scan(blob).collect_schema().names()
    if "unix_time_second" in names:
        clock = read_rows(blob, ["unix_time_second"])["unix_time_second"].to_numpy()
        told.append(crosschecks.time_is_in_another_unit(points["test_time_second"].to_numpy(), clock))
    counters = crosschecks.counter_columns(names)
    disagreements = crosschecks.counters_disagree(
        {name: read_rows(blob, [name])[name].to_numpy() for name in counters},
        charge_ah=_sum_ah(segmentation, "charge"),
        discharge_ah=_sum_ah(segmentation, "discharge"),
    )
    return [sentence for sentence in told if sentence] + disagreements


def _corrected(test: CellTest) -> str | None:
    if test.polarity == Polarity.AS_RECORDED:
        return None
    return f"Corrected by a person: {test.get_polarity_display()}. The files themselves are as they came."


def _sum_ah(segmentation: Segmentation, direction: str) -> float:
    return sum(half.charge_mah for half in segmentation.half_cycles if half.direction == direction) / 1000
