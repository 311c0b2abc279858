"""Files made when they are asked for: the crate of a report, the points of a test in the Battery Data Format."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, HttpResponse

from testing.bdf_export import Form, bdf_bytes
from testing.models import Dataset, Report
from testing.reporting.crate import bdf_file_name, write_crate


def crate_response(report: Report) -> FileResponse:
    """Return a report's crate; raises ValidationError where it is not printed yet."""
    # Closed by the response that sends it; its name is gone as soon as it is open.
    file = tempfile.NamedTemporaryFile(suffix=".zip")  # noqa: SIM115
    write_crate(report, Path(file.name))
    return FileResponse(
        file, as_attachment=True, filename=f"{report.code}-crate.zip", content_type="application/zip"
    )


def bdf_response(dataset: Dataset, form: Form) -> HttpResponse:
    """Return the points of a dataset in the Battery Data Format."""
    test = dataset.test
    media_type = "text/csv; charset=utf-8" if form == "csv" else "application/vnd.apache.parquet"
    response = HttpResponse(bdf_bytes(dataset, form, simulated=test.simulated), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{bdf_file_name(test, form)}"'
    return response
