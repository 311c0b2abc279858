"""How fast a capacity fades: the robust slope, and the cycle at which too little is left."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

METHOD = "capacity_fade"
VERSION = "1"

# All pairs of more cycles than this are too many; then every k-th cycle is taken.
MOST_CYCLES = 1000
FEWEST_CYCLES = 10
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Fade:
    """A robust straight line through capacity over cycle number.

    per_cycle             Loss per cycle as a fraction of ``reference_mah``; positive if the cell fades.
    low, high             Its 95 % limits.
    n, every              How many cycles were used, and whether only every k-th.
    """

    per_cycle: float
    low: float
    high: float
    reference_mah: float
    n: int
    every: int
    method: str = METHOD
    method_version: str = VERSION


@dataclass(frozen=True)
class LifeEnd:
    """The first cycle below a threshold that at least one of the next two confirms."""

    cycle_number: int
    retention: float
    threshold: float


def fade_per_cycle(
    cycle_number: Sequence[int], capacity_mah: Sequence[float], *, reference_mah: float
) -> Fade:
    """Return the loss of capacity per cycle by the median of the slopes of all pairs (Theil-Sen).

    cycle_number   Rising, shape (n,).
    capacity_mah   In mAh, shape (n,).
    reference_mah  What the loss is a fraction of.

    A single bad cycle does not move the median. The limits are those of Sen (1968). Raises ValueError below 10
    cycles or for a reference that is not above zero. Sen, J. Am. Stat. Assoc. 63, 1379 (1968),
    doi 10.1080/01621459.1968.10480934. Method "capacity_fade", version "1": docs/science/capacity-fade.md.

    >>> found = fade_per_cycle(range(1, 101), [1 - 0.001 * n for n in range(100)], reference_mah=1.0)
    >>> round(found.per_cycle, 6), found.n
    (0.001, 100)
    """
    if not reference_mah > 0:
        raise ValueError(f"Fade not computed: a reference of {reference_mah:g} mAh says nothing.")
    number = np.asarray(cycle_number, dtype=np.float64)
    capacity = np.asarray(capacity_mah, dtype=np.float64)
    if len(number) < FEWEST_CYCLES:
        raise ValueError(f"Fade not computed: {len(number)} cycles are too few; {FEWEST_CYCLES} are needed.")
    every = -(-len(number) // MOST_CYCLES)
    number, capacity = number[::every], capacity[::every]
    slopes = _pair_slopes(number, capacity)
    low, high = _limits(slopes, len(number))
    slope = float(np.median(slopes))
    return Fade(
        per_cycle=-slope / reference_mah,
        low=-high / reference_mah,
        high=-low / reference_mah,
        reference_mah=reference_mah,
        n=len(number),
        every=every,
    )


def _pair_slopes(
    number: npt.NDArray[np.float64], capacity: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    first, second = np.triu_indices(len(number), k=1)
    slopes = (capacity[second] - capacity[first]) / (number[second] - number[first])
    return np.sort(slopes)


def _limits(slopes: npt.NDArray[np.float64], n: int) -> tuple[float, float]:
    """Return the slopes between which the true one lies with 95 %, from the variance of Kendall's S."""
    spread = float(special.ndtri((1 + CONFIDENCE) / 2)) * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    middle = len(slopes) / 2
    low = int(max(0, np.floor(middle - spread / 2)))
    high = int(min(len(slopes) - 1, np.ceil(middle + spread / 2)))
    return float(slopes[low]), float(slopes[high])


def cycles_to(
    cycle_number: Sequence[int],
    capacity_mah: Sequence[float],
    *,
    reference_mah: float,
    threshold: float = 0.8,
) -> LifeEnd:
    """Return the first cycle whose capacity falls below ``threshold`` of the reference and stays there.

    It counts if at least one of the next two cycles is below too, so that a single bad cycle ends no life.
    Raises ValueError with the reason if no cycle does; the last one alone confirms nothing.

    >>> cycles_to([1, 2, 3, 4, 5, 6], [1.0, 0.79, 0.9, 0.85, 0.78, 0.77], reference_mah=1.0).cycle_number
    5
    """
    if not reference_mah > 0:
        raise ValueError(f"Cycle life not computed: a reference of {reference_mah:g} mAh says nothing.")
    kept = np.asarray(capacity_mah, dtype=np.float64) / reference_mah
    if not len(kept):
        raise ValueError("Cycle life not computed: there is no complete cycle.")
    below = kept < threshold
    confirmed = np.zeros(len(kept), dtype=bool)
    confirmed[:-1] |= below[1:]
    confirmed[:-2] |= below[2:]
    found = np.flatnonzero(below & confirmed)
    if not len(found):
        raise ValueError(
            f"{100 * threshold:g} % not reached: {100 * kept[-1]:.1f} % is left at cycle {cycle_number[-1]}."
        )
    first = int(found[0])
    return LifeEnd(int(cycle_number[first]), float(kept[first]), threshold)
