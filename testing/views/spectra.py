"""The numbers that plots of impedance draw."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, degrees, hypot, log10
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from lims.views.screens import find, person
from testing.models import CellTest, Spectrum
from testing.spectra import Points, points_of

# More sweeps than this cannot be told apart.
MOST_SWEEPS = 12


@login_required
@require_GET
def nyquist(request: HttpRequest, code: str) -> JsonResponse:
    """Answer with the negative imaginary over the real part of a test's sweeps."""
    return _plot(request, code, "Real part (Ω)", "\u2212Imaginary part (Ω)", _nyquist_of)


@login_required
@require_GET
def bode(request: HttpRequest, code: str) -> JsonResponse:
    """Answer with the logarithm of the magnitude, and the phase, over the logarithm of the frequency."""
    return _plot(
        request,
        code,
        "log₁₀ of frequency in Hz",
        "log₁₀ of magnitude in Ω",
        _bode_of,
        y2="\u2212Phase (degrees)",
    )


def _plot(
    request: HttpRequest,
    code: str,
    x_label: str,
    y_label: str,
    series_of: Callable[[str, Points], list[dict[str, Any]]],
    y2: str = "",
) -> JsonResponse:
    test: CellTest = find(CellTest.objects.with_cells(), code, person(request))
    spectra = list(test.spectra.select_related("submission__table").order_by("submission", "sweep"))
    shown = [*spectra[: MOST_SWEEPS - 1], *spectra[-1:]] if len(spectra) > MOST_SWEEPS else spectra
    axes = {"x": {"label": x_label}, "y": {"label": y_label}} | ({"y2": {"label": y2}} if y2 else {})
    return JsonResponse(
        {
            "title": f"{test.cell.code} {test.code} impedance",
            "simulated": test.simulated,
            **axes,
            "series": [line for one in shown for line in series_of(_label(one), points_of(one))],
        }
    )


def _label(spectrum: Spectrum) -> str:
    at = "" if spectrum.mean_voltage_v is None else f" at {spectrum.mean_voltage_v:.3f} V"
    return f"{spectrum.submission.name[:40]}, sweep {spectrum.sweep}{at}"


def _nyquist_of(label: str, points: Points) -> list[dict[str, Any]]:
    minus_imaginary = [-value for value in points.imaginary_impedance_ohm]
    return [{"label": label, "axis": "y", "x": points.real_impedance_ohm, "y": minus_imaginary}]


def _bode_of(label: str, points: Points) -> list[dict[str, Any]]:
    pairs = zip(points.real_impedance_ohm, points.imaginary_impedance_ohm, strict=True)
    # A point at the origin has no logarithm and no phase.
    measured = [(f, pair) for f, pair in zip(points.frequency_hz, pairs, strict=True) if pair != (0, 0)]
    parts = [pair for _, pair in measured]
    decades = [log10(frequency) for frequency, _ in measured]
    return [
        {
            "label": f"{label}, magnitude",
            "axis": "y",
            "x": decades,
            "y": [log10(hypot(*pair)) for pair in parts],
        },
        {
            "label": f"{label}, phase",
            "axis": "y2",
            "x": decades,
            "y": [-degrees(atan2(imaginary, real)) for real, imaginary in parts],
        },
    ]
