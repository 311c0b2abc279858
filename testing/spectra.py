"""Impedance files of a test: their sweeps as rows, and their points read back."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from testing.models import CellTest, Spectrum, Submission
from testing.tables import extends, read_table, scan

POINT_COLUMNS = ("frequency_hertz", "real_impedance_ohm", "imaginary_impedance_ohm")


@dataclass(frozen=True)
class Points:
    """The points of one sweep in the order of the file, all of shape (points,).

    imaginary_impedance_ohm is negative where the cell is capacitive.
    """

    frequency_hz: list[float]
    real_impedance_ohm: list[float]
    imaginary_impedance_ohm: list[float]


def replace_spectra(test: CellTest, submission: Submission) -> list[Spectrum]:
    """Enter the sweeps of an impedance file; those of an older export of the same file go.

    A file that is itself such an older export, come late, adds none.
    """
    if submission.table is None:
        raise ValueError(f"{submission.name} has not been read.")
    others = (
        test.submissions.filter(spectra__isnull=False)
        .exclude(pk=submission.pk)
        .select_related("blob")
        .distinct()
    )
    for other in others:
        if extends(other.blob, submission.blob):
            return []
        if extends(submission.blob, other.blob):
            other.spectra.all().delete()
    submission.spectra.all().delete()
    frame = read_table(submission.table)
    if "voltage_volt" not in frame.columns:
        frame = frame.with_columns(voltage_volt=pl.lit(None, dtype=pl.Float64))
    sweeps = frame.group_by("sweep", maintain_order=True).agg(
        points=pl.len(),
        lowest_frequency_hz=pl.col("frequency_hertz").min(),
        highest_frequency_hz=pl.col("frequency_hertz").max(),
        mean_voltage_v=pl.col("voltage_volt").mean(),
    )
    return Spectrum.objects.bulk_create(
        Spectrum(test=test, submission=submission, **sweep) for sweep in sweeps.iter_rows(named=True)
    )


def points_of(spectrum: Spectrum) -> Points:
    """Return the points of a sweep."""
    if spectrum.submission.table is None:
        raise ValueError(f"{spectrum.submission.name} has not been read.")
    frame = (
        scan(spectrum.submission.table)
        .filter(pl.col("sweep") == spectrum.sweep)
        .select(POINT_COLUMNS)
        .collect()
    )
    return Points(*(frame[name].to_list() for name in POINT_COLUMNS))
