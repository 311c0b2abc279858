"""Reports: a study's beside WeasyPrint alone, a passport, a hundred passports by one worker and by two.

The study is the demo's, 18 cells with the files of their formation, rate and impedance tests read. Printing its
report, figures, process of its own and hashes included, may take at most 1.3 times what WeasyPrint alone takes to lay
out the same page in this process; a passport at most 1.5 s on the machine that the budget names; two workers at most
0.6 of the time of one for a hundred passports; and no process of theirs more than 500 MB of memory.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from time import perf_counter

import temporary

# isort: split

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from rest_framework.test import APIClient

from cells.models import Cell, Study
from lims import jobs
from lims.models import Job, User
from lims.pdf import write_pdf
from testing.actions import request_report
from testing.demo.lab import enter_the_lab
from testing.models import Instrument, Phase, Report
from testing.reporting.data import attached_data
from testing.reporting.kinds import KINDS
from testing.reporting.printing import context_of
from tests.testing.bench import robo_of, send

STUDY_RATIO, PASSPORT_S, WORKERS_RATIO, WORKER_MB = 1.3, 1.5, 0.6, 500
PASSPORTS = 100
WORK = """
import django
django.setup()
from django.db import connection
from lims import jobs
{where}
jobs.work_all()
"""


def main() -> int:
    """Enter the demo, print, and say what holds."""
    with temporary.database() as vendor:
        print(f"On {vendor}.")
        settings.FILE_UPLOAD_TEMP_DIR = temporary.FOLDER
        enter_the_study()
        held = [measure_study(), measure_passport(), measure_workers()]
        held.append(measure_memory())
        return 0 if all(held) else 1


def enter_the_study() -> None:
    """Enter the demo lab and read the formation, rate and impedance files of its 18 cells."""
    files = enter_the_lab().files
    robo: APIClient = robo_of(Instrument.objects.get(), User.objects.get(username="grace"))
    for file in files:
        if file.test.phase in (Phase.FORMATION, Phase.RATE, Phase.EIS):
            export = file.export()
            send(robo, export.content, name=export.name, test=file.test.code)
    print(f"{jobs.work_all()} jobs: the files of 18 cells are read.")


def asked(kind: str, subject: Study | Cell) -> Report:
    """Ask for a report, which is then in the queue."""
    return request_report(kind=kind, subject=subject.identity, by=User.objects.get(username="grace"))


def seconds_to_print(kind: str, subject: Study | Cell) -> tuple[float, Report]:
    """Return how long the queue takes for a report that was asked for, and the report."""
    report = asked(kind, subject)
    begun = perf_counter()
    jobs.work_all()
    taken = perf_counter() - begun
    printed: Report = Report.objects.with_codes().get(pk=report.pk)
    if printed.state != Report.State.READY:
        raise SystemExit(f"{printed.code} was not printed: {printed.reason}")
    return taken, printed


def seconds_alone(report: Report) -> float:
    """Return how long WeasyPrint takes in this process for a report's page, as it stands."""
    page = render_to_string(KINDS[report.kind].template, context_of(report))
    attached = attached_data(report)
    begun = perf_counter()
    write_pdf(page, identifier=report.code, attached=attached)
    return perf_counter() - begun


def measure_study() -> bool:
    """Print the study's report, and its page by WeasyPrint alone, three times by turns."""
    study = Study.objects.with_codes().coded("STUDY-0001")
    ours, alone = [], []
    for _ in range(3):
        taken, report = seconds_to_print("study", study)
        ours.append(taken)
        alone.append(seconds_alone(report))
    figures = sum(block["type"] == "figure" for s in report.snapshot["sections"] for block in s["blocks"])
    ratio = min(ours) / min(alone)
    print(
        f"Study report, {study.cells_built()} cells, {figures} figures: {min(ours):.2f} s, WeasyPrint alone "
        f"{min(alone):.2f} s, ratio {ratio:.2f} (at most {STUDY_RATIO})"
    )
    return ratio <= STUDY_RATIO


def measure_passport() -> bool:
    """Print one cell's passport, three times."""
    cell = Cell.objects.with_codes().coded("CELL-0001")
    taken = min(seconds_to_print("cell", cell)[0] for _ in range(3))
    print(f"Cell passport: {taken:.2f} s (at most {PASSPORT_S})")
    return taken <= PASSPORT_S


def seconds_of_workers(count: int) -> float:
    """Return how long so many worker processes take for a hundred passports that are asked for at once."""
    cells = list(Cell.objects.with_codes().filter(condition__study__identity__code="STUDY-0001"))
    for number in range(PASSPORTS):
        asked("cell", cells[number % len(cells)])
    where = f"connection.settings_dict['NAME'] = {connection.settings_dict['NAME']!r}"
    begun = perf_counter()
    workers = [
        subprocess.Popen([sys.executable, "-c", WORK.format(where=where)], cwd=temporary.ROOT)
        for _ in range(count)
    ]
    if any(worker.wait() for worker in workers):
        raise SystemExit("A worker ended badly.")
    taken = perf_counter() - begun
    if left := Job.objects.exclude(state="done").count():
        raise SystemExit(f"{left} jobs are not done.")
    return taken


def measure_workers() -> bool:
    """Print a hundred passports by one worker and by two."""
    one, two = seconds_of_workers(1), seconds_of_workers(2)
    print(
        f"{PASSPORTS} passports: {one:.1f} s by one worker, {two:.1f} s by two, ratio {two / one:.2f} "
        f"(at most {WORKERS_RATIO})"
    )
    return two / one <= WORKERS_RATIO


def measure_memory() -> bool:
    """Say how much the largest process took that any of the above started; Linux counts in kB of 1,024 bytes."""
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    print(f"The largest process of all took {largest:.0f} MB (at most {WORKER_MB})")
    return largest <= WORKER_MB


if __name__ == "__main__":
    sys.exit(main())
