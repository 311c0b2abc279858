"""What in a test's joined data speaks against itself, in sentences for the dataset's page."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lims.models import Blob
from testing.calc import counters, crosschecks
from testing.calc.cycles import Segmentation
from testing.calc.integrate import row_charge_ah
from testing.models import CellTest, Polarity
from testing.tables import read_rows, scan

# DOMAIN 3.4: an integral and the instrument's own counter that are this far apart are said aloud on the dataset. The
# quality check of a test looks closer, by the lab's own threshold.
COUNTER_DISAGREEMENT = 0.005


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
    return [sentence for sentence in told if sentence] + _counters_apart(points, blob, names)


def _counters_apart(points: pl.DataFrame, blob: Blob, names: Sequence[str]) -> list[str]:
    present = [name for name in counters.COUNTERS if name in names]
    if not present:
        return []
    read = read_rows(blob, present)
    compared = counters.compare(
        {name: read[name].to_numpy() for name in present},
        time_s=points["test_time_second"].to_numpy(),
        current_a=points["current_ampere"].to_numpy(),
        charge_ah=row_charge_ah(points).to_numpy(),
    )
    return [f"{one.sentence} The integral counts." for one in compared if abs(one.off) > COUNTER_DISAGREEMENT]


def _corrected(test: CellTest) -> str | None:
    if test.polarity == Polarity.AS_RECORDED:
        return None
    return f"Corrected by a person: {test.get_polarity_display()}. The files themselves are as they came."
