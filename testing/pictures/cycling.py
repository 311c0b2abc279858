"""Pictures of cycles: capacity and efficiency over the cycle number, and what is left of it at each rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from testing.models import CellTest, Cycle, Phase
from testing.picture import Axis, Line, Picture
from testing.pictures.options import Options
from testing.pictures.subject import Subject

# A screen is about this many points wide for all lines together; beyond it every k-th cycle is drawn.
MOST_POINTS = 60_000
# Two currents within this share of each other are one rate.
SAME_RATE = 0.03


class Row(NamedTuple):
    """A cycle as these pictures need it."""

    test: int
    number: int
    charge_mah: float | None
    discharge_mah: float | None
    efficiency: float | None
    charge_ma: float | None


def rows_of(subject: Subject, phase: str) -> dict[int, list[Row]]:
    """Return the cycles of each test of these cells, in order, with one question."""
    cycles = Cycle.objects.filter(test__cell__in=[cell.pk for cell in subject.cells])
    if phase:
        cycles = cycles.filter(phase=phase)
    found: dict[int, list[Row]] = defaultdict(list)
    columns = (
        "test_id", "cycle_number", "charge_capacity_mah", "discharge_capacity_mah", "coulombic_efficiency",
        "charge_current_ma",
    )  # fmt: skip
    for row in cycles.order_by("test_id", "cycle_number").values_list(*columns):
        found[row[0]].append(Row(*row))
    return found


def _tests(subject: Subject, phase: str) -> list[tuple[int, int, str]]:
    """Return (cell, test, label) of the tests that these cells have, in the subject's order."""
    tests = CellTest.objects.filter(cell__in=[cell.pk for cell in subject.cells]).order_by("place")
    by_cell: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for cell, test, code in tests.values_list("cell_id", "pk", "identity__code"):
        by_cell[cell].append((test, code))
    return [
        (cell.pk, test, cell.code if phase else f"{cell.code} {code}")
        for cell in subject.cells
        for test, code in by_cell[cell.pk]
    ]


def cycles(subject: Subject, options: Options) -> Picture:
    """Return discharge capacity (left) and coulombic efficiency (right) over the cycle number, one line a cell."""
    rows = rows_of(subject, options.phase)
    every = max(1, -(-2 * sum(len(own) for own in rows.values()) // MOST_POINTS))
    lines = []
    cells = {cell.pk: cell for cell in subject.cells}
    for cell, test, label in _tests(subject, options.phase):
        own = rows.get(test)
        if not own:
            continue
        shown = [row for n, row in enumerate(own) if n % every == 0 or n == len(own) - 1]
        numbers = [row.number for row in shown]
        common: dict[str, Any] = {
            "group": subject.group_of[cell],
            "url": subject.url(cells[cell]),
            "aside": subject.aside.get(cell, ""),
        }
        lines.append(
            Line(
                label=label,
                x=numbers,
                y=[row.discharge_mah for row in shown],
                divisors=subject.divisors[cell],
                style="both",
                **common,
            )
        )
        efficiency = [None if row.efficiency is None else 100 * row.efficiency for row in shown]
        lines.append(Line(label=f"{label} CE", x=numbers, y=efficiency, axis="y2", style="both", **common))
    thinned = f" Every {every}th cycle is drawn; the CSV of a test has all." if every > 1 else ""
    return Picture(
        name="cycles",
        title=f"{subject.title}: capacity and coulombic efficiency{_phase_words(options.phase)}",
        kind="lines",
        x=Axis("Cycle number", whole=True),
        y=Axis("Discharge capacity", capacity=True, least=0),
        y2=Axis("Coulombic efficiency", "%"),
        lines=lines,
        simulated=subject.simulated,
        means=True,
        note=f"Dotted: efficiency. Line: one cell; cycles are not replicates, n counts cells.{thinned}",
        groups_by=subject.groups_by,
    )


def _phase_words(phase: str) -> str:
    return f", {Phase(phase).label.lower()}" if phase else ""


def rate(subject: Subject, options: Options) -> Picture:  # noqa: ARG001 - every builder is given the options
    """Return the discharge capacity at each C-rate: the last cycle at it, as the first carries the change of rate."""
    rows = rows_of(subject, Phase.RATE)
    one_c = dict(
        CellTest.objects.filter(cell__in=[cell.pk for cell in subject.cells]).values_list(
            "pk", "one_c_current_ma"
        )
    )
    lines = []
    cells = {cell.pk: cell for cell in subject.cells}
    missing = 0
    for cell, test, label in _tests(subject, Phase.RATE):
        own, current = rows.get(test), one_c.get(test)
        if not own:
            continue
        if not current:
            missing += 1
            continue
        points = last_at_each_rate(own, current)
        lines.append(
            Line(
                label=label,
                x=[point[0] for point in points],
                y=[point[1] for point in points],
                group=subject.group_of[cell],
                divisors=subject.divisors[cell],
                style="both",
                url=subject.url(cells[cell]),
                aside=subject.aside.get(cell, ""),
            )
        )
    return Picture(
        name="rate",
        title=f"{subject.title}: rate capability",
        kind="lines",
        x=Axis("C-rate of the charge, by the applied 1C", decades=True),
        y=Axis("Discharge capacity", capacity=True, least=0),
        lines=lines,
        simulated=subject.simulated,
        means=True,
        note="The last of the cycles at each rate on the way up; the return to the first rate is left out.",
        groups_by=subject.groups_by,
        left_out=f"{missing} test{'s' * (missing != 1)} without a 1C current." if missing else "",
    )


def last_at_each_rate(rows: Sequence[Row], one_c_ma: float) -> list[tuple[float, float]]:
    """Return (C-rate, discharge capacity in mAh) of the last cycle at each rate while the rate rises.

    >>> at = lambda n, ma, mah: Row(1, n, mah, mah, 1.0, ma)
    >>> last_at_each_rate([at(1, 0.1, 3.0), at(2, 0.1, 2.9), at(3, 1.0, 2.0), at(4, 0.1, 2.8)], 1.0)
    [(0.1, 2.9), (1.0, 2.0)]
    """
    found: list[tuple[float, float]] = []
    for row in rows:
        if row.charge_ma is None or row.discharge_mah is None:
            continue
        rate_now = float(f"{abs(row.charge_ma) / one_c_ma:.2g}")
        if found and abs(rate_now - found[-1][0]) <= SAME_RATE * found[-1][0]:
            found[-1] = (found[-1][0], row.discharge_mah)
        elif found and rate_now < found[-1][0]:
            break
        else:
            found.append((rate_now, row.discharge_mah))
    return found
