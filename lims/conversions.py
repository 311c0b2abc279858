"""Units that people write in the head of a column, and how each becomes the unit that the lab keeps."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple


class Step(NamedTuple):
    """How a number in one unit becomes one in another: times the factor, plus the offset."""

    factor: Decimal
    offset: Decimal


def _table(offset: dict[str, str] | None = None, **factors: str) -> dict[str, Step]:
    return {name: Step(Decimal(by), Decimal((offset or {}).get(name, "0"))) for name, by in factors.items()}


# By the unit that is kept: every unit that may be written instead. One torr is 1.33322368 mbar (NIST SP 811).
UNITS: dict[str, dict[str, Step]] = {
    "mg": _table(ug="0.001", mg="1", g="1000", kg="1000000"),
    "nm": _table(pm="0.001", nm="1", um="1000", angstrom="0.1"),
    "um": _table(nm="0.001", um="1", mm="1000"),
    "min": _table(min="1", h="60", d="1440"),
    "h": _table(h="1", d="24"),
    "°C": _table({"K": "-273.15"}, K="1") | _table(degC="1"),
    "°C/min": {"°C/min": Step(Decimal(1), Decimal(0)), "K/min": Step(Decimal(1), Decimal(0))},
    "mbar": _table(mbar="1", hPa="1", bar="1000", Pa="0.01", kPa="10", Torr="1.33322368", mTorr="0.00133322368"),
    "mTorr": _table(mTorr="1", Torr="1000"),
    "fraction": _table(fraction="1") | {"%": Step(Decimal("0.01"), Decimal(0))},
    "ppm": _table(ppm="1", ppb="0.001") | {"%": Step(Decimal(10_000), Decimal(0))},
    "g/mL": {
        "g/mL": Step(Decimal(1), Decimal(0)),
        "mg/mL": Step(Decimal("0.001"), Decimal(0)),
        "g/L": Step(Decimal("0.001"), Decimal(0)),
        "% w/v": Step(Decimal("0.01"), Decimal(0)),
    },
    "rpm": _table(rpm="1"),
    "sccm": _table(sccm="1"),
    "mL": _table(uL="0.001", mL="1", L="1000"),
}  # fmt: skip
SPELLINGS = {
    "Å": "angstrom",
    "A": "angstrom",
    "C": "degC",
    "°C": "degC",
    "hr": "h",
    "hours": "h",
    "ml": "mL",
    "l": "L",
}


@dataclass(frozen=True)
class UnknownUnit(Exception):
    """A head names a unit that its column cannot have."""

    unit: str
    kept: str

    def __str__(self) -> str:
        return f"the unit {self.unit!r} is not one of {', '.join(_known(self.kept))}"


def _known(kept: str) -> list[str]:
    shown = {"degC": "°C", "angstrom": "Å"}
    return [shown.get(name, name) for name in UNITS.get(kept, {kept: None})]


def step_to(kept: str, written: str) -> Step:
    """Return how a number in ``written`` becomes one in ``kept``, or raise UnknownUnit.

    >>> step_to("mg", "g").factor
    Decimal('1000')
    >>> step_to("mg", "oz")
    Traceback (most recent call last):
    ...
    lims.conversions.UnknownUnit: the unit 'oz' is not one of ug, mg, g, kg
    """
    plain = written.strip().replace("µ", "u").replace("μ", "u")
    known = UNITS.get(kept, {})
    for name in (plain, SPELLINGS.get(plain, plain)):
        if name in known:
            return known[name]
    if plain == kept.replace("µ", "u"):
        return Step(Decimal(1), Decimal(0))
    raise UnknownUnit(written, kept)


def converted(text: str, step: Step) -> str:
    """Return a number's text in the unit that is kept; what is no number is left for its field to refuse.

    >>> converted("0.5", step_to("mg", "g"))
    '500'
    """
    if step == Step(Decimal(1), Decimal(0)):
        return text
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return text
    return f"{(number * step.factor + step.offset).normalize():f}"
