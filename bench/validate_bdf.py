"""Exports in the Battery Data Format before its publisher's own validator, in an environment of its own.

The demo's files of each phase are read, each test's points exported as CSV and as Parquet, and each export given to
``bdf.validate_df`` of batterydf. It must pass; a column that the validator does not know is named.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import temporary

# isort: split

from django.conf import settings
from rest_framework.test import APIClient

from lims import jobs
from lims.models import User
from testing.bdf_export import SIMULATED, Form, bdf_bytes
from testing.demo.lab import enter_the_lab
from testing.models import Dataset, Instrument
from tests.testing.bench import robo_of, send

PACKAGE = "batterydf==0.1.0"
# Labels of the ontology's version 1.3, which this validator does not know yet, and the mark that the format lacks.
IGNORED = {"Record Index / 1", "Step ID", SIMULATED}
OF_EACH_PHASE = 2
FORMS: tuple[Form, ...] = ("csv", "parquet")
PROGRAM = """
import json, pathlib, sys, warnings
warnings.filterwarnings("error", message="Non-monotonic")
import pandas
from bdf.validate import validate_df
told = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    read = pandas.read_csv if path.suffix == ".csv" else pandas.read_parquet
    told[path.name] = validate_df(read(path), raise_on_error=False)
print(json.dumps(told, default=str))
"""


def main() -> int:
    """Export, validate, and say what passed."""
    with temporary.database():
        settings.FILE_UPLOAD_TEMP_DIR = temporary.FOLDER
        folder = Path(temporary.FOLDER) / "exports"
        folder.mkdir()
        read_some_of_each_phase()
        export_all(folder)
        told = validated(folder)
    for name, report in told.items():
        print(f"{'passes' if report['ok'] else 'FAILS '}  {name}, {report['n_rows']} rows")
    unknown = {column for report in told.values() for column in (*report["extras"], *report["legacy_labels"])}
    print(f"{sum(report['ok'] for report in told.values())} of {len(told)} exports pass {PACKAGE}.")
    print(f"Columns that it does not know: {', '.join(sorted(unknown)) or 'none'}")
    return 0 if told and all(report["ok"] for report in told.values()) and unknown <= IGNORED else 1


def read_some_of_each_phase() -> None:
    """Enter the demo lab and read the first files of each phase of its study."""
    seen: dict[str, int] = {}
    files = enter_the_lab().files
    robo: APIClient = robo_of(Instrument.objects.get(), User.objects.get(username="grace"))
    for file in files:
        phase = file.test.phase
        seen[phase] = seen.get(phase, 0) + 1
        if seen[phase] <= OF_EACH_PHASE:
            export = file.export()
            send(robo, export.content, name=export.name, test=file.test.code)
    jobs.work_all()


def export_all(folder: Path) -> None:
    """Write each test's points to ``folder``."""
    for dataset in Dataset.objects.filter(current=True).select_related("test__identity"):
        for form in FORMS:
            content = bdf_bytes(dataset, form, simulated=True)
            (folder / f"{dataset.test.phase}-{dataset.test.pk}.bdf.{form}").write_bytes(content)


def validated(folder: Path) -> dict[str, dict[str, object]]:
    """Return the validator's report on each file of ``folder``."""
    environment = Path(temporary.FOLDER) / "batterydf"
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", PACKAGE], check=True)
    answer = subprocess.run(
        [python, "-c", PROGRAM, str(folder)], check=True, capture_output=True, text=True
    ).stdout
    told: dict[str, dict[str, object]] = json.loads(answer.splitlines()[-1])
    return told


if __name__ == "__main__":
    sys.exit(main())
