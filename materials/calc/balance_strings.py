"""What a balance sends when its print key is pressed, read strictly: a stable net mass with its unit, or a reason.

Formats as their makers publish them: Mettler Toledo MT-SICS (``S S     12.345 g``), Sartorius SBI
(``N     +   12.345 mg``, without a unit while the pan is moving), A&D (``ST,+00012.34  mg``), Ohaus
(``   12.345 mg ?``, the question mark while it is moving). A number alone was typed by a person, in mg.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

UNITS_UG = {
    "mg": Decimal(1000), "g": Decimal(1_000_000), "kg": Decimal(1_000_000_000), "ug": Decimal(1), "µg": Decimal(1),
    "μg": Decimal(1),
}  # fmt: skip
# Square brackets mark digits that are not verified; they are digits all the same.
NUMBER = r"(?P<sign>[+-]?)\s*(?P<number>\d[\d\[\]]*(?:[.,][\d\[\]]+)?)"
UNIT = r"(?P<unit>[A-Za-zµμ%]*)"

MT_SICS = re.compile(rf"S\s+(?P<state>[SD])\s+{NUMBER}\s*{UNIT}", re.IGNORECASE)
MT_SICS_REFUSAL = re.compile(r"S\s*(?P<state>[I+-])", re.IGNORECASE)
AND = re.compile(rf"(?P<state>ST|US),\s*(?:(?:NT|GS|N|G),\s*)?{NUMBER}\s*{UNIT}", re.IGNORECASE)
AND_OVERLOAD = re.compile(r"OL,.*", re.IGNORECASE)
# This maker sets the sign apart from the number; its shorter line has no name before it.
SARTORIUS = re.compile(rf"(?P<kind>N|G#?|T)\s+{NUMBER}\s*{UNIT}", re.IGNORECASE)
SARTORIUS_SHORT = re.compile(r"(?P<sign>[+-])\s+(?P<number>\d[\d\[\]]*(?:[.,][\d\[\]]+)?)\s*" + UNIT)
SARTORIUS_STATE = re.compile(r"(?:Stat\s+)?(?P<state>High|H|Low|L|Err.*|Cal\.?.*|Off|OFF)", re.IGNORECASE)
OHAUS = re.compile(rf"{NUMBER}\s*{UNIT}\s*(?P<moving>\??)\s*(?P<kind>NET|N|G|B|PT|T)?", re.IGNORECASE)

MOVING = "The pan is still moving: wait until the balance is stable and print again."
OVERLOAD = "The balance is overloaded: take something off and print again."
UNDERLOAD = "The balance shows less than its zero: put the pan on, tare it and print again."


@dataclass(frozen=True)
class Reading:
    """A stable mass, to the microgram that the ledger keeps, and the words of the balance."""

    mass_ug: int
    raw: str


def read_balance(text: str) -> Reading:
    """Return the mass that a balance sent or a person typed, or raise ValueError with what is wrong with it.

    >>> read_balance("S S     12.345 g").mass_ug, read_balance("12,3").mass_ug
    (12345000, 12300)
    >>> read_balance("N     +   12.345")
    Traceback (most recent call last):
    ...
    ValueError: The pan is still moving: wait until the balance is stable and print again.
    """
    raw = text.strip()
    if MT_SICS_REFUSAL.fullmatch(raw):
        raise ValueError(
            {"+": OVERLOAD, "-": UNDERLOAD}.get(raw[-1], "The balance could not weigh: print again.")
        )
    if AND_OVERLOAD.fullmatch(raw):
        raise ValueError(OVERLOAD)
    if found := SARTORIUS_STATE.fullmatch(raw):
        raise ValueError(_state(found["state"].casefold(), raw))
    if found := MT_SICS.fullmatch(raw):
        return _reading(found, raw, moving=found["state"].upper() == "D")
    if found := AND.fullmatch(raw):
        return _reading(found, raw, moving=found["state"].upper() == "US")
    if found := SARTORIUS.fullmatch(raw) or SARTORIUS_SHORT.fullmatch(raw):
        _refuse_tare(found.groupdict().get("kind"), raw)
        # The unit is left out while the pan is moving.
        return _reading(found, raw, moving=not found["unit"])
    if found := OHAUS.fullmatch(raw):
        _refuse_tare(found["kind"], raw)
        return _reading(found, raw, moving=bool(found["moving"]), unit="mg")
    raise ValueError(f"{raw[:60]!r} is neither a mass nor a balance's print-out.")


def _refuse_tare(kind: str | None, raw: str) -> None:
    if (kind or "").upper() in ("T", "PT"):
        raise ValueError(f"{raw!r} is the tare, not what was weighed.")


def _state(state: str, raw: str) -> str:
    if state in ("high", "h"):
        return OVERLOAD
    if state in ("low", "l"):
        return UNDERLOAD
    return f"The balance says {raw!r} and shows no mass."


def _reading(found: re.Match[str], raw: str, *, moving: bool, unit: str = "") -> Reading:
    """Return the reading; ``unit`` is what a number without one is meant in."""
    if moving:
        raise ValueError(MOVING)
    named = found["unit"] or unit
    factor = UNITS_UG.get(named) or UNITS_UG.get(named.casefold())
    if factor is None:
        raise ValueError(f"{raw!r} is in {named or 'no unit'}: set the balance to mg or g.")
    number = Decimal(found["number"].replace("[", "").replace("]", "").replace(",", "."))
    if found["sign"] == "-" and number:
        raise ValueError(
            f"The balance shows {raw!r}, which is below zero: tare it with the empty boat and weigh again."
        )
    # A finer balance shows tenths of a microgram; the ledger keeps whole ones, and the words of the balance stay.
    mass_ug = int((number * factor).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    if mass_ug <= 0:
        raise ValueError("The balance shows nothing on the pan.")
    return Reading(mass_ug, raw)
