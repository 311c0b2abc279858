"""Pairing films that are weighed already, so that every pair comes as close to the N/P target as can be."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment


@dataclass(frozen=True)
class Pair:
    """A positive and a negative by their places in the lists, and the N/P ratio that they give."""

    positive: int
    negative: int
    np_ratio: float


def pair_electrodes(
    *, positive_capacities_mah: Sequence[float], negative_capacities_mah: Sequence[float], np_target: float
) -> list[Pair]:
    """Return the pairs with the least sum of squared distances of log(N/P) from the target's.

    positive, negative capacities   Of each film in mAh, on the basis of the target; any order, any lengths. Of the
                                    longer list the films that fit worst stay over.

    The logarithm counts 10 % too much and 10 % too little alike. Solved exactly as a linear assignment (Kuhn 1955;
    Crouse 2016, doi 10.1109/TAES.2016.140952). Raises ValueError where a list is empty or a number not above 0.
    docs/science/pairing.md.

    >>> pair_electrodes(positive_capacities_mah=[1.0, 2.0], negative_capacities_mah=[2.2, 1.1], np_target=1.1)
    [Pair(positive=0, negative=1, np_ratio=1.1), Pair(positive=1, negative=0, np_ratio=1.1)]
    """
    for name, capacities in (("positive", positive_capacities_mah), ("negative", negative_capacities_mah)):
        if not capacities:
            raise ValueError(f"There is no {name} film to pair.")
        wrong = next((value for value in capacities if not (math.isfinite(value) and value > 0)), None)
        if wrong is not None:
            raise ValueError(f"A {name} film holds more than 0 mAh, not {wrong:g}.")
    if not np_target > 0:
        raise ValueError(f"An N/P ratio must be above 0, not {np_target:g}.")
    ratios = np.divide.outer(np.asarray(negative_capacities_mah), np.asarray(positive_capacities_mah)).T
    chosen = linear_sum_assignment(np.log(ratios / np_target) ** 2)
    return [Pair(int(p), int(n), float(ratios[p, n])) for p, n in zip(*chosen, strict=True)]
