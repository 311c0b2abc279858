"""The circuit that fits a spectrum, computed once for each sweep and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from testing.calc.circuit_fit import VERSION, interfacial_resistance
from testing.calc.spectra import sweep
from testing.models import Spectrum
from testing.spectra import Points

POINTS_PER_DECADE = 12


def fitted(spectrum: Spectrum, points: Points) -> dict[str, Any]:
    """Return ``{frequency_hz, real_ohm, imaginary_ohm, words}`` of the fit, or ``{reason}`` where there is none."""
    if spectrum.submission.table is None:
        return {"reason": "The file has not been read."}
    key = f"{spectrum.submission.table.sha256}-{spectrum.sweep}.json"
    kept = Path(settings.DATA_DIR) / "cache" / f"fits-{VERSION}" / key
    if kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text())
        return found
    computed = _fit(points)
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and renamed, so that nobody reads half of it.
    aside = kept.with_suffix(f".{id(computed)}")
    aside.write_text(json.dumps(computed))
    aside.rename(kept)
    return computed


def _fit(points: Points) -> dict[str, Any]:
    try:
        measured = sweep(
            frequency_hz=points.frequency_hz,
            real_ohm=points.real_impedance_ohm,
            imaginary_ohm=points.imaginary_impedance_ohm,
        )
        found = interfacial_resistance(measured)
    except ValueError as problem:
        return {"reason": str(problem)}
    frequency = np.logspace(
        np.log10(measured.frequency_hz[0]),
        np.log10(measured.frequency_hz[-1]),
        int(POINTS_PER_DECADE * measured.decades) + 2,
    )
    values = np.array(list(found.fit.parameters.values()))
    impedance, _ = found.fit.circuit.impedance(2 * np.pi * frequency, values)
    return {
        "frequency_hz": frequency.tolist(),
        "real_ohm": impedance.real.tolist(),
        "imaginary_ohm": impedance.imag.tolist(),
        "words": f"{found.fit.circuit.name}: {found.resistance_ohm:.4g} ± {found.uncertainty_ohm:.2g} Ω",
    }
