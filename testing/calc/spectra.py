"""One impedance sweep as the calculations take it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]

FEWEST_POINTS = 10


@dataclass(frozen=True)
class Sweep:
    """Points of one sweep, highest frequency first, all of shape (n,).

    frequency_hz   Above zero.
    impedance_ohm  Complex; its imaginary part is negative where the cell is capacitive.
    """

    frequency_hz: Floats
    impedance_ohm: Complexes

    @property
    def omega(self) -> Floats:
        """The angular frequency in 1/s."""
        return 2 * np.pi * self.frequency_hz

    @property
    def decades(self) -> float:
        """How many decades of frequency the points span."""
        return float(np.log10(self.frequency_hz[0] / self.frequency_hz[-1]))

    def capacitive(self) -> "Sweep":
        """Return the points at which the cell is capacitive."""
        return self._kept(self.impedance_ohm.imag < 0)

    def between(self, *, lowest_hz: float | None = None, highest_hz: float | None = None) -> "Sweep":
        """Return the points whose frequency lies within the two, both included."""
        low = -np.inf if lowest_hz is None else lowest_hz
        high = np.inf if highest_hz is None else highest_hz
        return self._kept((self.frequency_hz >= low) & (self.frequency_hz <= high))

    def _kept(self, rows: npt.NDArray[np.bool_]) -> "Sweep":
        return Sweep(self.frequency_hz[rows], self.impedance_ohm[rows])


def sweep(
    *, frequency_hz: Sequence[float], real_ohm: Sequence[float], imaginary_ohm: Sequence[float]
) -> Sweep:
    """Return the points as a sweep, highest frequency first.

    All of shape (n,); imaginary_ohm is negative where the cell is capacitive, whatever the export printed.
    Raises ValueError for fewer than 10 points, a value that is no finite number or a frequency of 0 or less.

    >>> found = sweep(frequency_hz=range(1, 11), real_ohm=[5.0] * 10, imaginary_ohm=[-1.0] * 10)
    >>> found.frequency_hz[0], found.impedance_ohm[0]
    (np.float64(10.0), np.complex128(5-1j))
    """
    frequency = np.asarray(frequency_hz, dtype=np.float64)
    impedance = np.asarray(real_ohm, dtype=np.float64) + 1j * np.asarray(imaginary_ohm, dtype=np.float64)
    if len(frequency) < FEWEST_POINTS:
        raise ValueError(f"A sweep of {len(frequency)} points says too little; {FEWEST_POINTS} are needed.")
    if not (np.isfinite(frequency).all() and np.isfinite(impedance).all()):
        raise ValueError("A point of the sweep is not a finite number.")
    if frequency.min() <= 0:
        raise ValueError(f"A point has a frequency of {frequency.min():g} Hz; it must be above zero.")
    if not np.abs(impedance).min() > 0:
        raise ValueError("A point of the sweep has an impedance of zero.")
    order = np.argsort(-frequency, kind="stable")
    return Sweep(frequency[order], impedance[order])
