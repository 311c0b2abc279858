"""What endangers who opens a jar: the hazardous substances that went into it, at whatever step."""

from __future__ import annotations

from collections.abc import Sequence

from materials.models import Material, Powder, Use

# What is used up in the reactor is not in the powder that comes out of it.
USED_UP = (Use.Purpose.PRECURSOR, Use.Purpose.FILLED)


def hazards_of(keys: Sequence[int]) -> dict[int, set[Material]]:
    """Return for each powder the hazardous substances that were put into it, at whatever step.

    A precursor is left out: it is used up in the reactor.
    """
    above = _powders_above(set(keys))
    rows = Powder.objects.filter(pk__in=list(above)).select_related(
        "material", "coating__edition__recipe__coating"
    )
    own = {powder.pk: {m for m in _substances(powder) if m.is_hazardous} for powder in rows}
    return {key: set().union(*(own[source] for source in (key, *_walk(key, above)))) for key in keys}


def _substances(powder: Powder) -> list[Material]:
    """Return what a powder is of itself, besides what it was made from."""
    found = [powder.material] if powder.material else []
    if powder.kind == Powder.Kind.COATING:
        found.append(powder.coating.edition.recipe.coating)
    return found


def _powders_above(keys: set[int]) -> dict[int, set[int]]:
    """Return for each powder on the way up what it was made from directly."""
    above: dict[int, set[int]] = {key: set() for key in keys}
    level = keys
    while level:
        uses = Use.objects.filter(consumer__in=level).exclude(purpose__in=USED_UP)
        for made, source in uses.values_list("consumer_id", "powder_id"):
            above[made].add(source)
        level = {source for made in level for source in above[made]} - set(above)
        above |= {key: set() for key in level}
    return above


def _walk(key: int, above: dict[int, set[int]]) -> set[int]:
    found: set[int] = set()
    waiting = set(above[key])
    while waiting:
        source = waiting.pop()
        found.add(source)
        waiting |= above[source] - found
    return found
