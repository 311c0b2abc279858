"""What a cell's report says of its building besides layers and presses: pellets, assembly, stack, exposure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testing.reporting import blocks

Section = dict[str, Any]
Passport = Mapping[str, Any]
ABOVE = "above 100 %: look at height, die and density"


def building_sections(passport: Passport) -> list[Section]:
    """Return the sections that have something to say, from what a cell's passport tells."""
    found = [
        _pellets(passport),
        _assembly(passport),
        _stack(passport),
        _exposure(passport),
        _corrections(passport),
    ]
    return [section for section in found if section is not None]


def _pellets(passport: Passport) -> Section | None:
    if not passport["pellets"]:
        return None
    columns: list[str | tuple[str, str]] = [
        "Pellet",
        "Measured",
        ("Thickness", "um"),
        ("Relative density", "fraction"),
        ("Porosity", "fraction"),
        "Note",
    ]
    rows = [
        [
            pellet["name"],
            pellet["measured"],
            blocks.number(
                pellet["thickness_um"], "um", uncertainty=pellet["thickness_uncertainty_um"], digits=1
            ),
            _share(pellet, "relative_density"),
            _share(pellet, "porosity"),
            pellet["reason"]
            or ("above 100 %: look at height, die and density" if pellet["above_full_density"] else ""),
        ]
        for pellet in passport["pellets"]
    ]
    return blocks.section("pellets", "Thickness and density", blocks.table(columns, rows))


def _share(pellet: Mapping[str, Any], name: str) -> dict[str, Any]:
    return blocks.number(pellet[name], "fraction", uncertainty=pellet["uncertainty"], digits=1)


def _assembly(passport: Passport) -> Section | None:
    told = passport["assembly"]
    names = ("open_circuit_voltage_v", "resistance_1khz_ohm", "temperature_c")
    if all(told[name] is None for name in names):
        return None
    rows = [
        ("Open-circuit voltage", blocks.exactly(told["open_circuit_voltage_v"], "V")),
        ("Resistance at 1 kHz", blocks.exactly(told["resistance_1khz_ohm"], "ohm")),
        ("Temperature", blocks.exactly(told["temperature_c"], "°C")),
    ]
    none = "Inside the limits of its design, as far as there are any."
    flags = blocks.items(told["flags"], title="Against the limits of its design", none=none)
    return blocks.section("assembly", "After assembly", blocks.facts(rows), flags)


def _stack(passport: Passport) -> Section | None:
    if not passport["stack"]:
        return None
    rows = [
        [
            one["at"],
            one["moment"],
            blocks.exactly(one["pressure_mpa"], "MPa"),
            blocks.exactly(one["temperature_c"], "°C"),
            blocks.exactly(one["soak_h"], "h"),
            " ".join(code for code in (one["frame"], one["load_cell"]) if code),
            one["note"],
        ]
        for one in passport["stack"]
    ]
    columns: list[str | tuple[str, str]] = [
        "When",
        "Moment",
        ("Pressure", "MPa"),
        ("Temperature", "°C"),
        ("Soak", "h"),
        "Frame, load cell",
        "Note",
    ]
    return blocks.section("stack", "Stack pressure", blocks.table(columns, rows))


def _exposure(passport: Passport) -> Section | None:
    told = passport["exposure"]
    if not told["lines"]:
        return None
    columns: list[str | tuple[str, str]] = [
        "Record",
        "What it is",
        ("Open", "h"),
        ("Sealed", "h"),
        ("O2", "ppm"),
        ("H2O", "ppm"),
        ("Age at pressing", "h"),
    ]
    names = ("open_h", "sealed_h", "oxygen_ppm", "water_ppm", "age_at_pressing_h")
    rows = [[line["code"], line["label"], *(_short(line[name]) for name in names)] for line in told["lines"]]
    note = "Times and the highest readings as recorded; whether doses add up is not known, and no dose is computed."
    return blocks.section("exposure", "Exposure", blocks.table(columns, rows, note=note))


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _corrections(passport: Passport) -> Section | None:
    rows = [
        [one["at"], one["who"], change["name"], change["old"], change["new"], one["reason"]]
        for one in passport["corrections"]
        for change in one["changes"]
    ]
    if not rows:
        return None
    columns = ["When", "Who", "What", "Was", "Is", "Why"]
    return blocks.section("corrections", "Corrections", blocks.table(columns, rows))
