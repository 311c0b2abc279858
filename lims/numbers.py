"""How a number is written for a reader: rounded by its uncertainty, never by habit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

MINUS = "\u2212"
NO_VALUE = "\u2013"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Blank characters as wide as a digit and as a point, so that a padded column stays aligned on the decimal.
FIGURE_SPACE = "\u2007"
POINT_SPACE = "\u2008"

# Enough digits for any finite float with any count of decimals that a page asks for.
WIDE = Context(prec=700)

UNIT_SIGNS = {
    "": "",
    "1": "",
    "fraction": "%",
    "mg/cm2": "mg/cm²",
    "mAh/cm2": "mAh/cm²",
    "mA/cm2": "mA/cm²",
    "cm2": "cm²",
    "ohm": "Ω",
    "ohm cm2": "Ω·cm²",
    "um": "µm",
    "degC": "°C",
}


@dataclass(frozen=True)
class Rounded:
    """A value and its uncertainty as text, both ending at the same decimal place."""

    value: str
    uncertainty: str

    def __str__(self) -> str:
        return f"{self.value} ± {self.uncertainty}"


def rounded(value: float | Decimal, uncertainty: float | Decimal) -> str:
    """Return ``value ± uncertainty`` rounded by the uncertainty; see `rounded_parts`.

    >>> rounded(18.2305, 0.198)
    '18.23 ± 0.20'
    >>> rounded(79.8, 0.04)
    '79.80 ± 0.04'
    """
    return str(rounded_parts(value, uncertainty))


def rounded_parts(
    value: float | Decimal, uncertainty: float | Decimal, *, digits: int | None = None
) -> Rounded:
    """Return value and uncertainty rounded to the digits that the uncertainty supports.

    The uncertainty keeps one significant digit, and two when its first digit is 1, because rounding 0.14 to
    0.1 would change it by 29 %. ``digits`` keeps a stated number of them instead: two, the most that
    JCGM 100:2008 (7.2.6) finds useful, for a computed uncertainty that further numbers may be computed
    from. Ties go to the even digit (ISO 80000-1, annex B). Raises ValueError when the
    uncertainty is not above zero or a number is not finite.

    >>> rounded_parts(183.2, 23)
    Rounded(value='180', uncertainty='20')
    >>> str(rounded_parts(28.648, 0.311, digits=2))
    '28.65 ± 0.31'
    """
    exact_value, exact_uncertainty = _decimal(value), _decimal(uncertainty)
    if exact_uncertainty <= 0:
        raise ValueError(f"An uncertainty is above 0, not {uncertainty}.")
    keep = digits or (2 if exact_uncertainty.as_tuple().digits[0] == 1 else 1)
    place = exact_uncertainty.adjusted() - keep + 1
    return Rounded(value=_at_place(exact_value, place), uncertainty=_at_place(exact_uncertainty, place))


def plain(value: float | Decimal, digits: int) -> str:
    """Return ``value`` with ``digits`` decimals.

    >>> plain(0.84823, 4), plain(-1.5, 1)
    ('0.8482', '−1.5')
    """
    if digits < 0:
        raise ValueError(f"Decimals are counted from 0, not {digits}.")
    return _at_place(_decimal(value), -digits)


def significant(value: float | Decimal, digits: int = 4) -> str:
    """Return ``value`` with ``digits`` significant digits, for a number whose uncertainty nobody stated.

    >>> significant(0.84823), significant(14702.65), significant(0)
    ('0.8482', '14700', '0')
    """
    if digits < 1:
        raise ValueError(f"At least 1 significant digit is kept, not {digits}.")
    exact = _decimal(value)
    return _at_place(exact, exact.adjusted() - digits + 1) if exact else "0"


def exact(value: float | Decimal) -> str:
    """Return ``value`` with the digits it has, as for a weighed mass.

    >>> exact(8.3), exact(5000.0), exact(4961.3)
    ('8.3', '5000', '4961.3')
    """
    return f"{_decimal(value).normalize(WIDE):f}".replace("-", MINUS)


def significant_digits(value: float | Decimal) -> int:
    """Return how many significant digits ``value`` states, zeros at its end not counted.

    >>> significant_digits(0.035), significant_digits(1200)
    (2, 2)
    """
    return len(_decimal(value).normalize(WIDE).as_tuple().digits)


def percent(fraction: float | Decimal, digits: int) -> str:
    """Return a fraction as percent with ``digits`` decimals, without the sign.

    >>> percent(0.916, 1)
    '91.6'
    """
    return plain(_decimal(fraction) * 100, digits)


def aligned(texts: Sequence[str]) -> list[str]:
    """Return the texts with blanks behind them, so that a right-aligned column lines up on the decimal point.

    The blanks are as wide as the digits and the point that they stand for.

    >>> [text.replace(FIGURE_SPACE, "_").replace(POINT_SPACE, ",") for text in aligned(["8.23", "1.1", "60"])]
    ['8.23', '1.1_', '60,__']
    """
    widest = max((_decimals(text) for text in texts), default=0)
    return [text + _blanks(missing_from=_decimals(text), widest=widest) for text in texts]


def unit_sign(unit: str) -> str:
    """Return a unit as it is printed; fractions are printed as percent.

    >>> unit_sign("mAh/cm2"), unit_sign("fraction"), unit_sign("mg")
    ('mAh/cm²', '%', 'mg')
    """
    return UNIT_SIGNS.get(unit, unit)


def _decimal(number: float | Decimal) -> Decimal:
    # By way of the shortest text, so that 0.1 is the 0.1 somebody wrote and not its binary neighbour.
    exact = Decimal(str(number))
    if not exact.is_finite():
        raise ValueError(f"A number to print is finite, not {number}.")
    return exact


def _at_place(number: Decimal, place: int) -> str:
    """Write ``number`` rounded to the power of ten ``place``, with a true minus sign."""
    at_place = number.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_EVEN, context=WIDE)
    # What rounds to zero has lost its sign: "-0.00" says nothing that "0.00" does not.
    return f"{at_place or abs(at_place):f}".replace("-", MINUS)


def _decimals(text: str) -> int:
    return len(text.partition(".")[2]) if "." in text else 0


def _blanks(*, missing_from: int, widest: int) -> str:
    point = POINT_SPACE if widest and not missing_from else ""
    return point + FIGURE_SPACE * (widest - missing_from)
