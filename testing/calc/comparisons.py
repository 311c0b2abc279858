"""Which differences between groups can be stated, in which words, and what stands in the way of believing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from testing.calc.statistics import WelchResult, holm, welch

METHOD = "welch_holm"
VERSION = "1"


@dataclass(frozen=True)
class Sample:
    """The values of one group, one a replicate, and how many batches they come from.

    batches  How many batches (mixes, coating runs) stand behind the values; 0 where that is not known.
    """

    name: str
    values: Sequence[float]
    batches: int = 0


@dataclass(frozen=True)
class Comparison:
    """What can be said of the difference of two groups (first minus second), or why nothing can.

    p_adjusted   Holm's adjustment over all comparisons of one family; None where no test was made.
    batches_only Whether the result compares these batches and not the treatments, since one batch stands for a group.
    """

    first: str
    second: str
    result: WelchResult | None
    p_adjusted: float | None
    family: int
    batches_only: bool
    reason: str = ""


def compare(pairs: Sequence[tuple[Sample, Sample]]) -> list[Comparison]:
    """Return Welch's test of each pair with p values adjusted by Holm over the pairs that could be tested.

    A pair that cannot be tested (fewer than three values in a group, no spread) keeps the reason and does not
    count in the family. See docs/science/group-statistics.md.

    >>> coated, bare = Sample("coated", [91.1, 91.6, 92.1], 1), Sample("bare", [82.2, 82.8, 83.4], 1)
    >>> found = compare([(coated, bare), (coated, Sample("two", [80.0, 81.0]))])
    >>> round(found[0].result.difference, 1), found[0].family, found[0].batches_only
    (8.8, 1, True)
    >>> found[1].reason
    'No test below 3 values a group: there are 3 and 2.'
    """
    results: list[WelchResult | str] = [_tested(first, second) for first, second in pairs]
    tested = [result for result in results if isinstance(result, WelchResult)]
    adjusted = iter(holm([result.p_value for result in tested]))
    return [
        Comparison(
            first=first.name,
            second=second.name,
            result=result if isinstance(result, WelchResult) else None,
            p_adjusted=next(adjusted) if isinstance(result, WelchResult) else None,
            family=len(tested),
            batches_only=min(first.batches, second.batches) <= 1,
            reason=result if isinstance(result, str) else "",
        )
        for (first, second), result in zip(pairs, results, strict=True)
    ]


def _tested(first: Sample, second: Sample) -> WelchResult | str:
    try:
        return welch(first.values, second.values)
    except ValueError as problem:
        return str(problem)


def coinciding(group_of: Mapping[Any, str], value_of: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the groups whose members all share one value that no member of another group has, with that value.

    group_of   The group of each member.
    value_of   The value of one fact (who pressed it, in which week, from which lot) for each member where it is known.

    Such a group cannot be told from its fact: a difference may come from either. Groups of one member and facts
    that are the same for everybody say nothing and are left out.

    >>> group_of = {1: "coated", 2: "coated", 3: "bare", 4: "bare"}
    >>> coinciding(group_of, {1: "ada", 2: "ada", 3: "grace", 4: "ada"})
    {}
    >>> coinciding(group_of, {1: "ada", 2: "ada", 3: "grace", 4: "grace"})
    {'coated': 'ada', 'bare': 'grace'}
    """
    members: dict[str, list[Any]] = {}
    for member, group in group_of.items():
        members.setdefault(group, []).append(member)
    found: dict[str, Any] = {}
    for group, own in members.items():
        values = {value_of.get(member) for member in own}
        others = {value_of[m] for m in group_of if group_of[m] != group and m in value_of}
        if len(own) > 1 and len(values) == 1 and None not in values and others and not values & others:
            found[group] = values.pop()
    return found
