"""Who is built when and in which die, so that a condition does not coincide with a day or a die."""

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Slot:
    """One cell to build: its condition and replicate, the day (0 is the first), its turn on it, and its die."""

    condition: int
    replicate: int
    day: int
    turn: int
    die: int


def build_order(*, conditions: int, replicates: int, days: int, dies: int, seed: int | None) -> list[Slot]:
    """Return the cells in the order in which they are built.

    conditions, replicates, days, dies   How many there are of each; numbered from 0 in the answer.
    seed                                 The same seed gives the same order; None leaves conditions in their order.

    Randomised complete blocks: each replicate is a block that holds every condition once, in random order, and the
    blocks are spread over the days, so that a day has as many of each condition as can be. The dies are dealt out in
    turn within each condition, from a random beginning, so that each condition meets each die as often as can be.
    Raises ValueError where one of the counts is below 1. docs/science/randomised-building.md.

    >>> [slot.condition for slot in build_order(conditions=3, replicates=1, days=1, dies=1, seed=None)]
    [0, 1, 2]
    >>> plan = build_order(conditions=6, replicates=3, days=3, dies=2, seed=1)
    >>> sorted(slot.condition for slot in plan if slot.day == 0)
    [0, 1, 2, 3, 4, 5]
    """
    for name, count in (
        ("condition", conditions), ("replicate", replicates), ("day", days), ("die", dies),
    ):  # fmt: skip
        if count < 1:
            raise ValueError(f"There is at least one {name}, not {count}.")
    chance = random.Random(seed)  # noqa: S311 - an order that can be repeated, no secret
    total = conditions * replicates
    a_day = math.ceil(total / days)
    first_die = list(range(conditions))
    if seed is not None:
        first_die = [chance.randrange(dies) for _ in range(conditions)]
    slots: list[Slot] = []
    for replicate in range(replicates):
        block = list(range(conditions))
        if seed is not None:
            chance.shuffle(block)
        for condition in block:
            number = len(slots)
            slots.append(
                Slot(
                    condition=condition,
                    replicate=replicate,
                    day=number // a_day,
                    turn=number % a_day + 1,
                    die=(first_die[condition] + replicate) % dies,
                )
            )
    return slots
