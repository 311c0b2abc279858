"""Pictures of what single tests measured: dQ/dV, titrations and voltammograms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from cells.models import Cell
from testing.calc.differential import differential_capacity
from testing.calc.polarisation import constant_current
from testing.calc.pyramid import thin
from testing.calc.rate_capability import rate_label
from testing.models import CellTest, Cycle, Dataset, Phase
from testing.picture import Axis, Line, Picture
from testing.pictures.curves import chosen_cells, datasets_of
from testing.pictures.options import Options
from testing.pictures.subject import Subject
from testing.tables import POINTS, read_rows

MOST_HALVES = 60
POINTS_OF_A_CURVE = 300
POINTS_OF_A_TEST = 2500
SECONDS_PER_HOUR = 3600


def differential(subject: Subject, options: Options) -> Picture:
    """Return dQ/dV of the chosen cycles: charge above zero, discharge below it, the constant-current part alone."""
    cells = {cell.pk: cell for cell in chosen_cells(subject, options)}
    cycles = Cycle.objects.filter(test__cell__in=cells, cycle_number__in=options.cycles)
    if options.phase:
        cycles = cycles.filter(phase=options.phase)
    chosen = list(cycles.select_related("test").order_by("test__cell", "test__place", "cycle_number"))[
        :MOST_HALVES
    ]
    datasets = datasets_of({cycle.test_id for cycle in chosen})
    by_cell: dict[int, list[Line]] = defaultdict(list)
    refused: list[str] = []
    for cycle in chosen:
        if cycle.test_id not in datasets:
            continue
        cell = cells[cycle.test.cell_id]
        for direction, voltage, current, time in _halves(datasets[cycle.test_id], cycle):
            label = f"{cell.code} cycle {cycle.cycle_number}, {direction}"
            try:
                curve = constant_current(time, voltage, current)
                found = differential_capacity(curve.voltage_v, curve.capacity_mah)
            except ValueError as problem:
                refused.append(f"{label}: {problem}")
                continue
            sign = 1.0 if direction == "charge" else -1.0
            kept = _evenly(len(found.voltage_v), POINTS_OF_A_CURVE)
            by_cell[cell.pk].append(
                Line(
                    label=label,
                    x=found.voltage_v[kept].tolist(),
                    y=(sign * found.dq_dv_mah_v[kept]).tolist(),
                    group=_group(subject, cell, cycle, options),
                    divisors=subject.divisors[cell.pk],
                    url=subject.url(cell),
                    aside=subject.aside.get(cell.pk, ""),
                )
            )
    return Picture(
        name="dqdv",
        title=f"{subject.title}: dQ/dV, cycle {', '.join(str(number) for number in options.cycles)}",
        kind="lines",
        x=Axis("Cell voltage", "V"),
        y=Axis("dQ/dV", capacity=True, per="V"),
        lines=[line for key in cells for line in by_cell[key]],
        simulated=subject.simulated,
        note="Constant-current part; Gaussian of 10 mV; charge above zero, discharge below.",
        groups_by=subject.groups_by,
        left_out=" ".join(refused[:3]),
    )


def _group(subject: Subject, cell: Cell, cycle: Cycle, options: Options) -> str:
    """Return what colours a curve: several cycles of a group are told apart, in a rate test by their rate."""
    group = subject.group_of[cell.pk]
    if len(options.cycles) == 1:
        return group
    one_c_ma = cycle.test.one_c_current_ma
    if cycle.phase != Phase.RATE or not one_c_ma or cycle.charge_current_ma is None:
        return f"{group}, cycle {cycle.cycle_number}"
    return f"{group}, {rate_label(abs(cycle.charge_current_ma) / one_c_ma)}"


Half = tuple[str, np.ndarray, np.ndarray, np.ndarray]


def _halves(dataset: Dataset, cycle: Cycle) -> Iterator[Half]:
    """Return direction, voltage, current and time of the charge and the discharge of a cycle."""
    rows = read_rows(
        dataset, POINTS[:3], first_row=cycle.first_row, rows=cycle.last_row - cycle.first_row + 1
    )
    voltage, current, time = (
        rows[n].to_numpy() for n in ("voltage_volt", "current_ampere", "test_time_second")
    )
    for direction, flows in (("charge", current > 0), ("discharge", current < 0)):
        if flows.sum() > 2:
            yield direction, voltage[flows], current[flows], time[flows]


def _evenly(count: int, points: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, points)).astype(int))


def titration(subject: Subject, options: Options) -> Picture:
    """Return voltage over time of each cell's titration (GITT)."""
    return _over_time(subject, options, Phase.GITT, "gitt", "titration (GITT)")


def _over_time(subject: Subject, options: Options, phase: str, name: str, words: str) -> Picture:
    lines = []
    for cell, test, dataset in _tests(subject, options, phase):
        rows = read_rows(dataset, POINTS[:3])
        hours = rows["test_time_second"].to_numpy() / SECONDS_PER_HOUR
        voltage = rows["voltage_volt"].to_numpy()
        kept = thin(hours, voltage, POINTS_OF_A_TEST)
        lines.append(
            Line(
                label=f"{cell.code} {test.code}",
                x=hours[kept].tolist(),
                y=voltage[kept].tolist(),
                group=subject.group_of[cell.pk],
                url=subject.url(cell),
            )
        )
    return Picture(
        name=name,
        title=f"{subject.title}: {words}",
        kind="lines",
        x=Axis("Test time", "h"),
        y=Axis("Cell voltage", "V"),
        lines=lines,
        simulated=subject.simulated,
        groups_by=subject.groups_by,
    )


def voltammogram(subject: Subject, options: Options) -> Picture:
    """Return current over voltage of each cell's voltammogram."""
    lines = []
    for cell, test, dataset in _tests(subject, options, Phase.CV):
        rows = read_rows(dataset, POINTS[:3])
        kept = _evenly(rows.height, POINTS_OF_A_TEST)
        area_cm2 = subject.divisors[cell.pk].get("cm2")
        scale = 1000.0 / area_cm2 if area_cm2 else 1000.0
        lines.append(
            Line(
                label=f"{cell.code} {test.code}{'' if area_cm2 else ' (mA, no area known)'}",
                x=rows["voltage_volt"].to_numpy()[kept].tolist(),
                y=(scale * rows["current_ampere"].to_numpy()[kept]).tolist(),
                group=subject.group_of[cell.pk],
                url=subject.url(cell),
            )
        )
    return Picture(
        name="cv",
        title=f"{subject.title}: cyclic voltammetry",
        kind="lines",
        x=Axis("Cell voltage", "V"),
        y=Axis("Current density", "mA/cm²"),
        lines=lines,
        simulated=subject.simulated,
        groups_by=subject.groups_by,
    )


def _tests(subject: Subject, options: Options, phase: str) -> Iterator[tuple[Cell, CellTest, Dataset]]:
    """Return the chosen cells' tests of a phase that have data."""
    cells = {cell.pk: cell for cell in chosen_cells(subject, options)}
    tests = list(CellTest.objects.with_codes().filter(cell__in=cells, phase=phase).order_by("cell", "place"))
    datasets = datasets_of({test.pk for test in tests})
    places = {key: place for place, key in enumerate(cells)}
    for test in sorted(tests, key=lambda test: places[test.cell_id]):
        if test.pk in datasets:
            yield cells[test.cell_id], test, datasets[test.pk]
