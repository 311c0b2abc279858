"""From a field's name to what a page prints: its words and the unit that stands at its end."""

from __future__ import annotations

from typing import NamedTuple

# The longest ending first: `_mah_cm2` ends with `_cm2` too.
UNIT_ENDINGS = {
    "_mah_cm2": "mAh/cm²",
    "_ma_cm2": "mA/cm²",
    "_v_vs_li": "V vs Li",
    "_mg_cm2": "mg/cm²",
    "_g_cm3": "g/cm³",
    "_mah_g": "mAh/g",
    "_ms_cm": "mS/cm",
    "_g_mol": "g/mol",
    "_m2_g": "m²/g",
    "_c_min": "°C/min",
    "_angstrom": "Å",
    "_mtorr": "mTorr",
    "_mbar": "mbar",
    "_sccm": "sccm",
    "_ohm": "Ω",
    "_mah": "mAh",
    "_mpa": "MPa",
    "_cm2": "cm²",
    "_ppm": "ppm",
    "_rpm": "rpm",
    "_min": "min",
    "_um": "µm",
    "_nm": "nm",
    "_mm": "mm",
    "_mg": "mg",
    "_ml": "mL",
    "_ma": "mA",
    "_c": "°C",
    "_s": "s",
    "_h": "h",
    "_v": "V",
}


class Named(NamedTuple):
    """The words of a name and its unit, empty where it has none."""

    label: str
    unit: str


def named(name: str) -> Named:
    """Return the words and the unit of a field's name.

    >>> named("areal_capacity_mah_cm2")
    Named(label='Areal capacity', unit='mAh/cm²')
    >>> named("capacity_reference")
    Named(label='Capacity reference', unit='')
    """
    for ending, unit in UNIT_ENDINGS.items():
        if name.endswith(ending):
            return Named(_words(name.removesuffix(ending)), unit)
    return Named(_words(name), "")


def _words(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
