"""Which number of a cell is meant: a metric's name, with its variant and its test's phase where there are several."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from testing.analyse import LABELS, UNITS
from testing.models import Metric, Phase

SEPARATOR = "~"
RATE = re.compile(r"(?:C/([1-9][\d.]*)|(\d[\d.]*)C)( again.*)?")
# A variant of fewer cells than this compares nothing: the name of a file, say.
LEAST_CELLS = 2
MOST_OFFERED = 120


@dataclass(frozen=True)
class MetricKey:
    """A metric's name; its variant (a rate, a voltage) and the phase of the test where it is one test's."""

    name: str
    variant: str = ""
    phase: str = ""

    def __str__(self) -> str:
        """Return the key as addresses spell it.

        >>> str(MetricKey("ice")), str(MetricKey("capacity", "1C", "rate"))
        ('ice', 'capacity~1C~rate')
        """
        return SEPARATOR.join((self.name, self.variant, self.phase)).rstrip(SEPARATOR)

    @property
    def label(self) -> str:
        words = [LABELS.get(self.name, self.name), self.variant]
        if self.phase:
            words.append(f"({Phase(self.phase).label.lower()})")
        return " ".join(word for word in words if word)

    @property
    def unit(self) -> str:
        return UNITS.get(self.name, "")


def read_key(text: str) -> MetricKey:
    """Return the key that ``text`` spells, or raise ValueError where it names no metric.

    >>> read_key("luck")
    Traceback (most recent call last):
    ValueError: 'luck' is no metric.
    """
    parts = (*text.split(SEPARATOR), "", "")
    if parts[0] not in LABELS or (parts[2] and parts[2] not in Phase.values):
        raise ValueError(f"{text[:80]!r} is no metric.")
    return MetricKey(parts[0], parts[1], parts[2])


def metrics_of(cells: Iterable[int], key: MetricKey) -> dict[int, Metric]:
    """Return what the key names of each cell; where several of its tests have it, the latest test's."""
    rows = Metric.objects.filter(cell__in=list(cells), name=key.name, variant=key.variant)
    rows = rows.filter(test__phase=key.phase) if key.phase else rows.filter(test=None)
    return {metric.cell_id: metric for metric in rows.order_by("test__place")}


def place_of_variant(variant: str) -> tuple[bool, float, str]:
    """Return what sorts variants as people run them: rates from the slowest, those that come back at the end.

    >>> sorted(["1C", "2C", "C/10", "C/10 again", "C/2", "C/5"], key=place_of_variant)
    ['C/10', 'C/5', 'C/2', '1C', '2C', 'C/10 again']
    >>> sorted(["arc 2", "arc 1"], key=place_of_variant)
    ['arc 1', 'arc 2']
    """
    found = RATE.fullmatch(variant)
    if found is None:
        return (False, 0.0, variant)
    part, times, again = found.groups()
    return (bool(again), float(times) if times else 1 / float(part), variant)


def keys_of(cells: Iterable[int]) -> list[MetricKey]:
    """Return the metrics that these cells have, in the order of the registry, those of one cell left out."""
    found = (
        Metric.objects.filter(cell__in=list(cells), name__in=LABELS)
        .order_by()
        .values_list("name", "variant", "test__phase")
        .annotate(cells=Count("cell", distinct=True))
    )
    keys = [MetricKey(name, variant, phase or "") for name, variant, phase, n in found if n >= LEAST_CELLS]
    order = {name: place for place, name in enumerate(LABELS)}
    keys.sort(key=lambda key: (order[key.name], key.phase, place_of_variant(key.variant)))
    return keys[:MOST_OFFERED]
