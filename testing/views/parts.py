"""Parts that several pages of the testing app show: cycles, metrics, files with their progress."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from cells.models import Cell
from lims.models import Job
from lims.numbers import NO_VALUE, percent, plain, unit_sign
from lims.tables import Column, Table
from lims.templatetags.numbers import number_parts
from testing import ingest, printed
from testing.analyse import LABELS
from testing.models import CellTest, Cycle, Submission

# A page opens at once; the plot shows every cycle and its CSV holds them.
CYCLE_ROWS = 60


def cycles_table(test: CellTest, area_cm2: float | None) -> Table:
    """Return the first cycles of a test; per area where the cell's area is known."""
    cycles = test.cycles.order_by("cycle_number")[:CYCLE_ROWS]
    unit = "mAh/cm²" if area_cm2 else "mAh"
    rows = [printed.cycle_row(cycle, area_cm2) for cycle in cycles]

    def capacity(which: str) -> Any:
        name = f"{which}_areal_capacity_mah_cm2" if area_cm2 else f"{which}_capacity_mah"
        return lambda row: NO_VALUE if row[name] is None else plain(row[name], 3 if area_cm2 else 4)

    columns = [
        Column("Cycle", lambda row: str(row["cycle_number"])),
        Column(f"Charge, {unit}", capacity("charge"), numeric=True),
        Column(f"Discharge, {unit}", capacity("discharge"), numeric=True),
        Column("CE, %", _efficiency, numeric=True),
        Column("", lambda row: "" if row["complete"] else "incomplete"),
    ]
    return Table.of(columns, rows)


def _efficiency(row: dict[str, Any]) -> str:
    fraction = row["coulombic_efficiency"]
    return NO_VALUE if fraction is None else percent(fraction, 2)


def cycles_note(test: CellTest) -> str:
    """Return what the table of cycles leaves out."""
    count = Cycle.objects.filter(test=test).count()
    return (
        f"The first {CYCLE_ROWS} of {count} cycles; the plot and its CSV have all."
        if count > CYCLE_ROWS
        else ""
    )


def metric_rows(cell: Cell) -> list[dict[str, Any]]:
    """Return the cell's metrics rounded as the report rounds them."""
    rows = []
    order = list(LABELS)
    for row in sorted(printed.metric_rows(cell), key=lambda row: order.index(row["name"])):
        parts = number_parts(row)
        rows.append(
            {
                "name": row["label"],
                "value": None if row["value"] is None else parts.value,
                "uncertainty": parts.uncertainty,
                "unit": unit_sign(row["unit"]),
                "basis": row["basis"],
                "method": f"{row['method']} {row['method_version']}",
                "reason": row["reason"],
            }
        )
    return rows


def quantity_rows(rows: Iterable[dict[str, Any]], np_target: float) -> list[dict[str, Any]]:
    """Return a cell's quantities rounded by their uncertainty, with N/P's target beside it."""
    shown = []
    for row in rows:
        parts = number_parts(row)
        note = f"{row['note']}; target {np_target:g}" if row["name"] == "np_ratio" else row["note"]
        shown.append(
            {
                "label": row["label"],
                "value": parts.value,
                "uncertainty": parts.uncertainty,
                "unit": unit_sign(row["unit"]),
                "note": note,
            }
        )
    return shown


def file_lines(submissions: Iterable[Submission]) -> list[dict[str, Any]]:
    """Return files as ``ui/submissions.html`` takes them."""
    listed = list(submissions)
    jobs = jobs_of(file.pk for file in listed if not file.settled)
    return [
        {
            "name": file.name,
            "url": file.get_absolute_url(),
            "state": file.state,
            "state_label": file.get_state_display(),
            "reason": file.reason,
            "rows": file.rows,
            "reader": f"{file.reader} {file.reader_version}".strip(),
            "progress": None if file.settled else file_progress(file, jobs.get(file.pk)),
        }
        for file in listed
    ]


def jobs_of(targets: Iterable[int], kind: str = ingest.KIND) -> dict[int, Job]:
    """Return the newest job of each target, in one query."""
    jobs = Job.objects.filter(kind=kind, target_id__in=list(targets)).order_by("pk")
    return {job.target_id: job for job in jobs}


def file_progress(file: Submission, job: Job | None) -> dict[str, Any]:
    """Return how far the reading of a file is."""
    return job_line(job, reverse("testing:file_progress", args=[file.pk]), waiting="Waiting to be read")


def job_line(job: Job | None, url: str, *, waiting: str) -> dict[str, Any]:
    """Return a job as ``ui/progress.html`` takes it."""
    if job is None or job.state == Job.State.QUEUED:
        return {"value": None, "text": waiting, "url": url, "done": False}
    if job.state == Job.State.FAILED:
        return {"value": None, "text": job.reason, "url": "", "failed": True}
    done = job.state == Job.State.DONE
    return {"value": job.progress, "text": job.progress_text or "Working", "url": url, "done": done}
