"""Concentrations of solutions, as bottles state them."""

from __future__ import annotations

import re

# What one of the stated unit is in g/mL. A w/v percentage is grams in 100 mL.
IN_G_ML = {
    "% w/v": 0.01,
    "%(w/v)": 0.01,
    "%w/v": 0.01,
    "g/ml": 1.0,
    "mg/ml": 0.001,
    "g/l": 0.001,
    "mg/l": 0.000001,
}
NUMBER = r"(\d+(?:[.,]\d+)?)"
TYPED = re.compile(rf"^{NUMBER}\s*(\S.*)?$")


def concentration_g_ml(typed: str) -> float:
    """Return a concentration in g/mL from what a person types.

    typed   A number and its unit: ``5 % w/v``, ``0.05 g/mL``, ``50 mg/mL``, ``50 g/L``; a decimal comma is one.
    Raises ValueError with a sentence where the unit is missing or would need a density or a molar mass.

    >>> concentration_g_ml("5 % w/v"), concentration_g_ml("5% (w/v)"), concentration_g_ml("0,05 g/mL")
    (0.05, 0.05, 0.05)
    """
    found = TYPED.match(typed.strip())
    if found is None:
        raise ValueError(
            f"{typed.strip()} is no concentration: write a number and its unit, such as 5 % w/v."
        )
    number, unit = found[1], (found[2] or "").strip()
    if re.search(r",\d{3}$", number):
        raise ValueError(
            f"{number} may be a thousand or a fraction: write it with a point or without a comma."
        )
    per_unit = IN_G_ML.get(re.sub(r"\s+", " ", unit.lower()).replace("% (", "%("))
    if per_unit is None:
        raise ValueError(_unknown(unit))
    # Rounded to the digits that a label has, so that 5 x 0.01 is the 0.05 that somebody meant.
    return float(f"{float(number.replace(',', '.')) * per_unit:.12g}")


def _unknown(unit: str) -> str:
    if not unit:
        return "A concentration needs its unit: 5 % w/v, or 0.05 g/mL."
    if unit.startswith("%"):
        return f"{unit} does not say of what: write % w/v (grams in 100 mL), or g/mL."
    return f"{unit} is not known here: write % w/v, g/mL, mg/mL or g/L."


def concentration_text(g_ml: float) -> str:
    """Return a concentration as a bottle states it.

    >>> concentration_text(0.05)
    '5 % w/v'
    """
    return f"{g_ml * 100:.12g} % w/v"
