"""A value with its standard uncertainty, and the way into and out of arithmetic that propagates it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uncertainties import ufloat

# The package carries no types.
_uncertain: Callable[[float, float], Any] = ufloat


@dataclass(frozen=True)
class Quantity:
    """A value and its standard uncertainty (absolute, k = 1) in one unit."""

    value: float
    uncertainty: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.uncertainty) and self.uncertainty >= 0):
            raise ValueError(f"{self.value} with an uncertainty of {self.uncertainty} is no quantity.")


def variable(quantity: Quantity) -> Any:
    """Return a number that carries its uncertainty; an exact one stays a float, which the package asks for."""
    return _uncertain(quantity.value, quantity.uncertainty) if quantity.uncertainty else quantity.value


def quantity(number: Any) -> Quantity:
    """Take value and uncertainty out again; what was computed from exact numbers only is a plain float."""
    if isinstance(number, float | int):
        return Quantity(float(number))
    return Quantity(float(number.nominal_value), float(number.std_dev))
