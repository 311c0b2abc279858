"""Pictures of voltage over capacity, and of impedance."""

from __future__ import annotations

from collections import defaultdict
from math import atan2, degrees, hypot
from typing import Any

from cells.models import Cell
from testing.models import Cycle, Dataset, Spectrum
from testing.picture import Axis, Line, Picture
from testing.pictures.fits import fitted
from testing.pictures.options import ONE_OF_EACH, VS_LI, Options
from testing.pictures.subject import Subject
from testing.spectra import points_of
from testing.tables import curves

MOST_CURVES = 72
# A fit takes a third of a second the first time that it is asked for.
MOST_FITS = 8
POINTS_OF_FEW, POINTS_OF_MANY, MANY = 400, 150, 12


def chosen_cells(subject: Subject, options: Options) -> list[Cell]:
    """Return every cell of a subject, or the first of each group."""
    return subject.one_of_each() if options.which == ONE_OF_EACH else list(subject.cells)


def voltage(subject: Subject, options: Options) -> Picture:
    """Return cell voltage over the charge passed, charge and discharge of the chosen cycles of each cell."""
    cells = {cell.pk: cell for cell in chosen_cells(subject, options)}
    found = Cycle.objects.filter(test__cell__in=cells, cycle_number__in=options.cycles)
    if options.phase:
        found = found.filter(phase=options.phase)
    chosen = list(found.select_related("test").order_by("test__cell", "test__place", "cycle_number"))
    datasets = datasets_of({cycle.test_id for cycle in chosen})
    points = POINTS_OF_FEW if len(chosen) <= MANY else POINTS_OF_MANY
    lines: list[Line] = []
    by_cell: dict[int, list[Line]] = defaultdict(list)
    for cycle in chosen:
        if cycle.test_id not in datasets:
            continue
        cell = cells[cycle.test.cell_id]
        offset = _offset_v(cell, options)
        by_cell[cell.pk] += [
            Line(
                label=f"{cell.code} cycle {cycle.cycle_number}, {half.direction}",
                x=half.capacity_mah,
                y=[volt + offset for volt in half.voltage_v],
                group=_cycle_group(subject.group_of[cell.pk], cycle, options),
                divisors=subject.divisors[cell.pk],
                url=subject.url(cell),
                aside=subject.aside.get(cell.pk, ""),
            )
            for half in curves(datasets[cycle.test_id], cycle, points=points)
        ]
    for key in cells:
        lines += by_cell[key]
    numbers = ", ".join(str(number) for number in options.cycles)
    return Picture(
        name="voltage",
        title=f"{subject.title}: voltage, cycle {numbers}",
        kind="lines",
        x=Axis("Capacity", capacity=True, least=0),
        y=Axis("Potential vs Li/Li⁺, nominal", "V")
        if options.reference == VS_LI
        else Axis("Cell voltage", "V"),
        lines=lines[: 2 * MOST_CURVES],
        simulated=subject.simulated,
        note="The first cell of each group." if options.which == ONE_OF_EACH else "",
        groups_by=subject.groups_by,
        left_out=f"{len(lines) // 2 - MOST_CURVES} more curves." if len(lines) > 2 * MOST_CURVES else "",
    )


def _cycle_group(group: str, cycle: Cycle, options: Options) -> str:
    """Return what colours a curve: several cycles of a group are told apart."""
    return group if len(options.cycles) == 1 else f"{group}, cycle {cycle.cycle_number}"


def _offset_v(cell: Cell, options: Options) -> float:
    """Return what a cell's voltages are raised by; true on the counter electrode's plateau only, hence nominal."""
    return (cell.edition.reference_offset_v or 0.0) if options.reference == VS_LI else 0.0


def datasets_of(tests: set[int]) -> dict[int, Dataset]:
    """Return the current dataset of each of these tests."""
    found = Dataset.objects.filter(test__in=tests, current=True).select_related("blob")
    return {dataset.test_id: dataset for dataset in found}


def _spectra(subject: Subject, options: Options) -> list[tuple[Cell, Spectrum]]:
    """Return the last sweep of each cell, or all of them where one of each group is enough."""
    cells = {cell.pk: cell for cell in chosen_cells(subject, options)}
    found = Spectrum.objects.filter(test__cell__in=cells).select_related("submission__table", "test")
    by_cell: dict[int, list[Spectrum]] = defaultdict(list)
    for spectrum in found.order_by("test__place", "submission", "sweep"):
        by_cell[spectrum.test.cell_id].append(spectrum)
    return [(cell, by_cell[key][-1]) for key, cell in cells.items() if by_cell[key]]


def nyquist(subject: Subject, options: Options) -> Picture:
    """Return the negative imaginary over the real part of each cell's last sweep, with the circuit that fits it."""
    lines: list[Line] = []
    told: list[str] = []
    spectra = _spectra(subject, options)
    for cell, spectrum in spectra:
        points = points_of(spectrum)
        label = f"{cell.code} {spectrum.test.code}"
        common: dict[str, Any] = {"group": subject.group_of[cell.pk], "url": subject.url(cell)}
        minus = [-value for value in points.imaginary_impedance_ohm]
        lines.append(Line(label, points.real_impedance_ohm, minus, style="points", **common))
        if len(spectra) > MOST_FITS:
            continue
        fit = fitted(spectrum, points)
        if "reason" in fit:
            told.append(f"{cell.code}: {fit['reason']}")
            continue
        minus = [-value for value in fit["imaginary_ohm"]]
        lines.append(Line(f"{label} {fit['words']}", fit["real_ohm"], minus, fit=True, **common))
        told.append(f"{cell.code} {fit['words']}.")
    return Picture(
        name="nyquist",
        title=f"{subject.title}: impedance",
        kind="nyquist",
        x=Axis("Real part", "Ω"),
        y=Axis("\u2212Imaginary part", "Ω"),
        lines=lines,
        simulated=subject.simulated,
        note=" ".join(["Points: measured, both electrodes together. Dotted: the fit.", *told]),
        groups_by=subject.groups_by,
        left_out="" if len(spectra) <= MOST_FITS else f"No fits are drawn for more than {MOST_FITS} spectra.",
    )


def bode(subject: Subject, options: Options) -> Picture:
    """Return magnitude and phase over the frequency of each cell's last sweep."""
    lines = []
    for cell, spectrum in _spectra(subject, options):
        points = points_of(spectrum)
        parts = list(zip(points.real_impedance_ohm, points.imaginary_impedance_ohm, strict=True))
        # A point at the origin has no logarithm and no phase.
        shown = [
            (f, part) for f, part in zip(points.frequency_hz, parts, strict=True) if part != (0, 0) and f > 0
        ]
        common: dict[str, Any] = {
            "x": [f for f, _ in shown],
            "group": subject.group_of[cell.pk],
            "url": subject.url(cell),
        }
        lines += [
            Line(
                label=f"{cell.code} magnitude", y=[hypot(*part) for _, part in shown], style="both", **common
            ),
            Line(
                label=f"{cell.code} phase",
                y=[-degrees(atan2(imaginary, real)) for _, (real, imaginary) in shown],
                axis="y2",
                style="points",
                **common,
            ),
        ]
    return Picture(
        name="bode",
        title=f"{subject.title}: impedance over frequency",
        kind="lines",
        x=Axis("Frequency", "Hz", decades=True),
        y=Axis("Magnitude", "Ω", decades=True),
        y2=Axis("\u2212Phase", "°"),
        lines=lines,
        simulated=subject.simulated,
        groups_by=subject.groups_by,
    )
