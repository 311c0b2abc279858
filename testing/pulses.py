"""What is known of a test now, from its files where no live points say more."""

from __future__ import annotations

import polars as pl
from django.utils import timezone

from testing.calc.running import Running, from_end
from testing.models import CellTest, Dataset, TestPulse
from testing.tables import scan

MA_PER_A = 1000.0
TAIL_ROWS = 200_000


def note_table(test: CellTest, dataset: Dataset) -> None:
    """Carry the end of a test's table to its pulse, unless live points reach further."""
    pulse, _ = TestPulse.objects.select_for_update().get_or_create(test=test)
    lazy = scan(dataset)
    names = ["test_time_second", "voltage_volt", "current_ampere", "step_id"]
    tail = (
        lazy.select([name for name in names if name in lazy.collect_schema().names()])
        .tail(TAIL_ROWS)
        .collect()
    )
    if not tail.height:
        return
    time_s = tail["test_time_second"].cast(pl.Float64)
    if pulse.test_time_s is not None and pulse.test_time_s >= time_s[-1]:
        return
    current_ma = tail["current_ampere"].cast(pl.Float64) * MA_PER_A
    end: Running = from_end(time_s.to_numpy(), current_ma.to_numpy())
    pulse.test_time_s, pulse.current_ma = end.test_time_s, end.current_ma
    pulse.half_capacity_mah, pulse.half_sign = end.half_capacity_mah, end.sign
    pulse.voltage_v = float(tail["voltage_volt"].cast(pl.Float64)[-1])
    pulse.step = str(tail["step_id"][-1] or "")[:40] if "step_id" in tail.columns else ""
    last = test.cycles.order_by("-cycle_number").first()
    pulse.cycle_number = last.cycle_number if last else None
    pulse.received_at = pulse.point_at = timezone.now()
    pulse.save()
