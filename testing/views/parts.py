"""Parts that several pages of the testing app show: cycles, metrics, files with their progress."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from lims.models import Job
from lims.numbers import NO_VALUE, percent, plain, unit_sign
from lims.tables import Column, Table
from lims.templatetags.numbers import number_parts
from testing import ingest, printed
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


def spectra_table(test: CellTest) -> Table | None:
    """Return the sweeps of a test's impedance files, or None where it has none."""
    spectra = list(test.spectra.select_related("submission").order_by("submission", "sweep")[:CYCLE_ROWS])
    if not spectra:
        return None
    columns = [
        Column("File", lambda s: s.submission.name),
        Column("Sweep", lambda s: str(s.sweep), numeric=True),
        Column("Points", lambda s: str(s.points), numeric=True),
        Column("From", lambda s: _frequency(s.highest_frequency_hz), numeric=True),
        Column("To", lambda s: _frequency(s.lowest_frequency_hz), numeric=True),
        Column(
            "Voltage, V",
            lambda s: NO_VALUE if s.mean_voltage_v is None else plain(s.mean_voltage_v, 3),
            numeric=True,
        ),
    ]
    return Table.of(columns, spectra)


def _frequency(hertz: float) -> str:
    """Return a frequency as people say it: 7 MHz, 0.1 Hz."""
    for prefix, size in (("M", 1e6), ("k", 1e3), ("", 1), ("m", 1e-3)):
        if hertz >= size:
            return f"{hertz / size:.3g} {prefix}Hz"
    return f"{hertz:.3g} Hz"


def cycles_note(test: CellTest) -> str:
    """Return what the table of cycles leaves out."""
    count = Cycle.objects.filter(test=test).count()
    return (
        f"The first {CYCLE_ROWS} of {count} cycles; the plot and its CSV have all."
        if count > CYCLE_ROWS
        else ""
    )


def metric_rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return metrics rounded as the report rounds them."""
    shown = []
    for row in rows:
        parts = number_parts(row)
        shown.append(
            {
                "name": row["label"],
                "test": row["test"] or "",
                "value": None if row["value"] is None else parts.value,
                "uncertainty": parts.uncertainty,
                "unit": unit_sign(row["unit"]),
                "others": [_other(row[per]) for per in ("per_area", "per_gram") if row[per]],
                "basis": row["basis"],
                "method": f"{row['method']} {row['method_version']}",
                "reason": row["reason"],
                "stale": row["stale"],
            }
        )
    return shown


def _other(derived: dict[str, Any]) -> dict[str, Any]:
    parts = number_parts(derived)
    return {"value": parts.value, "uncertainty": parts.uncertainty, "unit": unit_sign(derived["unit"])}


def quantity_rows(rows: Iterable[dict[str, Any]], np_target: float | None) -> list[dict[str, Any]]:
    """Return a cell's quantities rounded by their uncertainty, with N/P's target beside it."""
    shown = []
    for row in rows:
        parts = number_parts(row)
        with_target = row["name"] == "np_ratio" and np_target is not None
        note = f"{row['note']}; target {np_target:g}" if with_target else row["note"]
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
