"""From cycles to metrics: each a number with its basis and inputs, or the reason why there is none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields

from django.conf import settings

from cells.models import Cell
from lims import registry
from testing.calc import efficiency
from testing.calc.cycles import CycleSummary
from testing.models import CellTest, Cycle, Dataset, Instrument, Metric

ICE = "initial_coulombic_efficiency"
FIRST_CHARGE = "first_charge_capacity_mah"
FIRST_DISCHARGE = "first_discharge_capacity_mah"
LABELS = {
    ICE: "Initial coulombic efficiency",
    FIRST_CHARGE: "First charge capacity",
    FIRST_DISCHARGE: "First discharge capacity",
}
UNITS = {ICE: "fraction", FIRST_CHARGE: "mAh", FIRST_DISCHARGE: "mAh"}


@dataclass(frozen=True)
class Found:
    """A value with its uncertainty (absolute, k = 1; None where the instrument states none), or a reason."""

    value: float | None
    uncertainty: float | None
    basis: str
    reason: str = ""


def refresh(cell: Cell) -> None:
    """Recompute what the cell's first test says of it, in the transaction that changed its data."""
    test = cell.tests.order_by("place").select_related("channel__instrument", "identity").first()
    dataset = test.datasets.filter(current=True).first() if test else None
    found = _first_cycle_metrics(test, dataset)
    inputs = _inputs_hash(test, dataset)
    for name, result in found.items():
        Metric.objects.update_or_create(
            cell=cell,
            test=None,
            name=name,
            defaults={
                "value": result.value,
                "uncertainty": result.uncertainty,
                "unit": UNITS[name],
                "basis": result.basis,
                "reason": result.reason,
                "method": efficiency.METHOD,
                "method_version": efficiency.VERSION,
                "inputs_sha256": inputs,
                "software_version": settings.VERSION,
            },
        )
    registry.facts_changed({cell.pk})


def _first_cycle_metrics(test: CellTest | None, dataset: Dataset | None) -> dict[str, Found]:
    if test is None or dataset is None:
        reason = "ICE not computed: the cell's first test has no data yet."
        return {name: Found(None, None, "", reason) for name in LABELS}
    cycles = summaries(test.cycles.order_by("cycle_number")[:1])
    basis = f"first cycle of {test.code}, the cell's first test, constant-voltage part included"
    instrument = test.channel.instrument if test.channel else None
    offset_ma = instrument.current_offset_ma if instrument else None
    # Digits alone are not the uncertainty: what the instrument does not state is said, not left out.
    told = (
        ""
        if offset_ma is not None
        else "; the instrument's current offset is not stated, so no uncertainty is given"
    )
    try:
        ice = efficiency.initial_coulombic_efficiency(cycles)
    except ValueError as problem:
        return {name: Found(None, None, basis, str(problem)) for name in LABELS} | _charge_alone(
            cycles, dataset, instrument, basis + told
        )
    charge, discharge = _measured(cycles[0], dataset)
    uncertainty = efficiency.coulombic_efficiency(charge=charge, discharge=discharge, offset_ma=offset_ma)
    stated = uncertainty.instrument_stated
    return {
        ICE: Found(ice.value, uncertainty.uncertainty if stated else None, basis + told),
        FIRST_CHARGE: _capacity(charge, instrument, basis + told),
        FIRST_DISCHARGE: _capacity(discharge, instrument, basis + told),
    }


def _charge_alone(
    cycles: list[CycleSummary], dataset: Dataset, instrument: Instrument | None, basis: str
) -> dict[str, Found]:
    """Return the first charge where it is whole, though the discharge after it is not there yet."""
    if not cycles or cycles[0].cycle_number == 0 or cycles[0].charge_capacity_mah is None:
        return {}
    charge, _ = _measured(cycles[0], dataset)
    return {FIRST_CHARGE: _capacity(charge, instrument, basis)}


def _capacity(measured: efficiency.MeasuredCharge, instrument: Instrument | None, basis: str) -> Found:
    if instrument is None or instrument.current_offset_ma is None:
        return Found(measured.capacity_mah, None, basis)
    uncertainty = efficiency.capacity_uncertainty_mah(
        capacity_mah=measured.capacity_mah,
        duration_s=measured.duration_s,
        offset_ma=instrument.current_offset_ma,
        gain=instrument.current_gain_fraction,
        digits_mah=measured.digits_uncertainty_mah,
    )
    return Found(measured.capacity_mah, uncertainty, basis)


def _measured(
    cycle: CycleSummary, dataset: Dataset
) -> tuple[efficiency.MeasuredCharge, efficiency.MeasuredCharge]:
    """Return both half cycles with what the file's own digits leave of them."""
    place = dataset.places.select_related("submission").order_by("order").first()
    digits = place.submission.digits if place else {}
    halves = []
    end_s = 0.0
    for capacity, duration_s, current_ma in (
        (cycle.charge_capacity_mah, cycle.charge_duration_s, cycle.charge_current_ma),
        (cycle.discharge_capacity_mah, cycle.discharge_duration_s, cycle.discharge_current_ma),
    ):
        duration, current = duration_s or 0.0, current_ma or 0.0
        end_s += duration
        left = efficiency.digits_uncertainty_mah(
            duration_s=duration,
            end_time_s=end_s,
            current_ma=current,
            time_digits=digits.get("test_time_second"),
            current_digits=digits.get("current_ampere"),
        )
        halves.append(efficiency.MeasuredCharge(capacity or 0.0, duration, left))
    return halves[0], halves[1]


def summaries(cycles: Iterable[Cycle]) -> list[CycleSummary]:
    """Return stored cycles as the calculations take them."""
    names = [field.name for field in fields(CycleSummary)]
    return [CycleSummary(**{name: getattr(cycle, name) for name in names}) for cycle in cycles]


def _inputs_hash(test: CellTest | None, dataset: Dataset | None) -> str:
    facts = [test.code, dataset.version, dataset.blob.sha256] if test and dataset else []
    return hashlib.sha256(json.dumps([efficiency.METHOD, efficiency.VERSION, facts]).encode()).hexdigest()
