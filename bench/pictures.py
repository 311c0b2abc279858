"""Pictures: a window of 3.6 million points, a study of 18 cells x 500 cycles, a comparison of 200 cells.

A window in the middle of 3.6 million points may take no longer than three times one of 36,000 points; the study's
page with its picture may take at most 300 ms and 300 kB, a comparison of 200 cells at most 1 s on the machine that
the budget names. Every time is printed beside that of a plain loop of arithmetic on the same machine, so that runs
on different machines can be compared.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import temporary

# isort: split

import numpy as np
import polars as pl
from django.conf import settings
from django.test import Client

from cells.models import Cell, CellBasis, Condition
from lims.blobs import store_path
from lims.models import Identity, User
from testing import windows
from testing.models import CellTest, Cycle
from testing.readers.parquet import write_table
from testing.tables import temporary_path
from tests import factories

MANY_POINTS, FEW_POINTS = 3_600_000, 36_000
WINDOW_MS, STUDY_MS, STUDY_KB, COMPARISON_MS = 30.0, 300.0, 300.0, 1000.0
CELLS_OF_A_STUDY, CELLS_COMPARED, CYCLES = 18, 200, 500
# What the plain loop takes on the machine that the budgets were set for.
LOOP_MS = 50.0


def main() -> int:
    """Measure all three and say what holds."""
    with temporary.database() as vendor:
        print(f"On {vendor}.")
        settings.FILE_UPLOAD_TEMP_DIR = temporary.FOLDER
        shelf = prepared()
        slower = loop_ms() / LOOP_MS
        print(f"A plain loop takes {slower:.2f} times what it takes on the budget's machine.")
        # Every one is measured, whatever the ones before it came to.
        held = [measure_windows(slower), *measure_pages(shelf, slower)]
        return 0 if all(held) else 1


def loop_ms() -> float:
    """Return how long a million additions take: the yardstick of this machine, now."""

    def add() -> int:
        total = 0
        for number in range(1_000_000):
            total += number
        return total

    return temporary.milliseconds(add, times=5)


def prepared() -> factories.Shelf:
    """Return a person's shelf to press from."""
    project = factories.make_project()
    return factories.make_shelf(factories.make_person("ada", project=project), project)


def trace(points: int) -> pl.DataFrame:
    """Return points as a cycler logs them: a wave with noise and six digits, one spike of one sample."""
    seconds = np.arange(points, dtype=np.float64)
    noise = np.random.default_rng(1).normal(0, 2e-4, points)
    voltage = np.round(2.3 + 0.6 * np.sin(seconds / 4000) + noise, 5)
    voltage[points // 3] = 4.0
    current = np.round(np.where(np.sin(seconds / 4000) > 0, 1e-3, -1e-3) + noise / 1000, 8)
    return pl.DataFrame(
        {
            "test_time_second": seconds,
            "voltage_volt": voltage,
            "current_ampere": current,
            "step_count": np.ones(points, dtype=np.int64),
        }
    )


def measure_windows(slower: float) -> bool:
    """Measure windows of every width in a small and a large dataset."""
    blobs = {}
    for points in (FEW_POINTS, MANY_POINTS):
        with temporary_path(".parquet") as path:
            write_table(trace(points), Path(path))
            blobs[points] = store_path(Path(path))
        begun = perf_counter()
        windows.outline_of(blobs[points])
        print(f"{points:,} points: the pyramid is built once, in {perf_counter() - begun:.2f} s.")

    def window(points: int, share: float) -> float:
        hours = points / 3600
        start = 0.37 * hours if share < 1 else None
        end = (0.37 + 0.6 * share) * hours if share < 1 else None

        def ask() -> None:
            for column in ("voltage_volt", "current_ampere"):
                windows.window(blobs[points], column, start=start, end=end, points=2000)

        return temporary.milliseconds(ask, times=9)

    worst, held = 0.0, []
    for share in (1.0, 0.5, 0.2, 0.1, 0.02, 0.005, 0.0005):
        small, large = window(FEW_POINTS, share), window(MANY_POINTS, share)
        worst = max(worst, large)
        print(
            f"  {share:8.2%} of the width: {small:6.2f} ms of {FEW_POINTS:,}, {large:6.2f} ms of {MANY_POINTS:,}"
        )
    held.append(worst <= WINDOW_MS * max(slower, 1))
    print(f"The slowest window takes {worst:.1f} ms (at most {WINDOW_MS:g} ms x {max(slower, 1):.2f}).")
    spike = windows.window(blobs[MANY_POINTS], "voltage_volt", start=None, end=None, points=2000)
    held.append(bool(spike.y.max() == 4.0))
    print(f"The spike of one sample is {'shown' if held[-1] else 'LOST'}.")
    return all(held)


def fill(shelf: factories.Shelf, count: int) -> Condition:
    """Enter a study of ``count`` cells with a long test of 500 cycles each, as rows: for size."""
    study = factories.make_study(shelf.by, shelf.project, tuple(f"Condition {n}" for n in range(6)))
    edition = factories.make_design(shelf)
    conditions = list(study.conditions.all())
    who = {"performed_by": shelf.by, "recorded_by": shelf.by}
    first = Identity.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    keys = range(first, first + count)
    rows = [Identity(pk=k, code=f"CELL-B{k}", kind="cells.cell", project=shelf.project) for k in keys]
    rows += [
        Identity(pk=k + count, code=f"TEST-B{k}", kind="testing.celltest", project=shelf.project)
        for k in keys
    ]
    temporary.insert(Identity, rows)
    temporary.insert(
        Cell,
        (
            Cell(pk=k, condition=conditions[k % 6], edition=edition, die=shelf.die, state="testing", **who)
            for k in keys
        ),
    )
    temporary.insert(
        CellBasis,
        (
            CellBasis(
                cell_id=k, version=1, method="bench", method_version="1", np_basis="reversible", area_cm2=0.2827,
                positive_active_mass_mg=5.15, positive_composite_mass_mg=8.1,
            )
            for k in keys
        ),
    )  # fmt: skip
    temporary.insert(
        CellTest, (CellTest(pk=k + count, cell_id=k, place=1, phase="long_term", **who) for k in keys)
    )
    temporary.insert(
        Cycle,
        (
            Cycle(
                test_id=k + count, cycle_number=n, phase="long_term", charge_capacity_mah=0.81 - n * 1e-4 + k * 1e-5,
                discharge_capacity_mah=0.8 - n * 1.01e-4 + k * 1e-5, coulombic_efficiency=0.9995 - n * 1e-7,
                duration_s=7200, complete=True, first_row=n, last_row=n,
            )
            for k in keys
            for n in range(1, CYCLES + 1)
        ),
    )  # fmt: skip
    temporary.settle()
    return conditions[0]


def measure_pages(shelf: factories.Shelf, slower: float) -> list[bool]:
    """Measure a study's page with its picture of cycles, and a comparison of 200 cells."""
    browser = Client()
    browser.force_login(User.objects.get(username="ada"))
    study = fill(shelf, CELLS_OF_A_STUDY).study
    page, picture = f"/studies/{study.code}/", f"/pictures/long-term.json?study={study.code}"
    headers = {"headers": {"Accept-Encoding": "gzip"}}

    def open_study() -> list[int]:
        answers = [browser.get(page, **headers), browser.get(picture, **headers)]
        if any(answer.status_code != 200 for answer in answers):
            raise SystemExit(f"A page did not open: {[answer.status_code for answer in answers]}")
        return [len(answer.content) for answer in answers]

    sizes = open_study()
    study_ms = temporary.milliseconds(open_study, times=7)
    kb = sum(sizes) / 1000
    print(
        f"A study of {CELLS_OF_A_STUDY} cells x {CYCLES} cycles, page and picture: {study_ms:.0f} ms (at most "
        f"{STUDY_MS:g} x {max(slower, 1):.2f}), {kb:.0f} kB (at most {STUDY_KB:g}), "
        f"{temporary.queries(open_study)} queries."
    )
    fill(shelf, CELLS_COMPARED)
    codes = ",".join(Cell.objects.order_by("-pk").values_list("identity__code", flat=True)[:CELLS_COMPARED])

    def compare() -> None:
        for url in (f"/compare/?cells={codes}", f"/pictures/long-term.json?cells={codes}"):
            if browser.get(url, **headers).status_code != 200:
                raise SystemExit("The comparison did not open.")

    comparison_ms = temporary.milliseconds(compare, times=5)
    print(
        f"{CELLS_COMPARED} cells compared: {comparison_ms:.0f} ms (at most {COMPARISON_MS:g} x {max(slower, 1):.2f})."
    )
    return [
        study_ms <= STUDY_MS * max(slower, 1) and kb <= STUDY_KB,
        comparison_ms <= COMPARISON_MS * max(slower, 1),
    ]


if __name__ == "__main__":
    sys.exit(main())
