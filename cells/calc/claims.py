"""Whether a number that somebody states is what the records give, judged by the digits that were stated."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True)
class Stated:
    """A number as it was written: its value, and what half of its last digit is."""

    value: Decimal
    half_digit: Decimal

    def agrees_with(self, number: float) -> bool:
        """Return whether ``number`` rounds to what was stated; a tie agrees either way."""
        return abs(Decimal(repr(number)) - self.value) <= self.half_digit


def stated(text: str) -> Stated:
    """Return a number as it was written, or raise ValueError where it is none.

    Zeros at the end count as digits: "3.0" states more than "3". docs/science/claims.md.

    >>> stated("18.2").agrees_with(18.2305), stated("18.2").agrees_with(28.648)
    (True, False)
    >>> stated("3.0").agrees_with(3.008), stated("1.25").agrees_with(1.2424)
    (True, False)
    """
    try:
        value = Decimal(text.strip().replace("\u2212", "-"))
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no number.") from error
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{text!r} is no finite number.")
    return Stated(value, Decimal(1).scaleb(exponent) / 2)


def rounded_like(text: str, number: float) -> str:
    """Return ``number`` with as many decimals as ``text`` states.

    >>> rounded_like("1.25", 1.2424)
    '1.24'
    """
    exponent = Decimal(text.strip().replace("\u2212", "-")).as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"{number:.{digits}f}"
