"""Pairing films that are weighed already, by a design's capacities and its N/P target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cells.basis import electrode_inputs
from cells.calc.balance import Quantity, capacities_for
from cells.calc.pairing import pair_electrodes
from cells.models import CellDesignEdition, LayerRole
from cells.planning import fractions_of
from materials.models import Powder


@dataclass(frozen=True)
class FilmPair:
    """A cathode and an anode, numbered from 1 as they were listed, with the N/P ratio that they give."""

    positive_number: int
    positive_mass_mg: float
    negative_number: int
    negative_mass_mg: float
    np_ratio: float


@dataclass(frozen=True)
class Pairing:
    """The pairs in the order of the cathodes, and what stays over, by number."""

    np_target: float
    np_basis: str
    pairs: list[FilmPair]
    positive_over: list[int]
    negative_over: list[int]
    largest_deviation: float


def pair_films(
    edition: CellDesignEdition,
    *,
    positive_masses_mg: Sequence[float],
    negative_masses_mg: Sequence[float],
    lots: Mapping[str, Powder | None],
    positive_collector_mg: float = 0.0,
    negative_collector_mg: float = 0.0,
) -> Pairing:
    """Return the pairs that come closest to the design's N/P target; nothing is saved.

    Masses are of whole films; the collector in each is taken out. Raises ValueError where the design has no target,
    no weighed electrodes on both sides, or states no share of active material for one of them.
    """
    positive, negative = edition.layer(LayerRole.POSITIVE), edition.layer(LayerRole.NEGATIVE)
    if (
        edition.np_target is None
        or positive is None
        or negative is None
        or positive.is_foil
        or negative.is_foil
    ):
        raise ValueError(f"{edition} balances no two weighed electrodes: there is nothing to pair.")
    fractions = fractions_of(edition, {role: lot for role, lot in lots.items() if lot is not None})
    missing = [layer.label for layer in (positive, negative) if layer.role not in fractions]
    if missing:
        raise ValueError(
            f"The share of active material in the {missing[0].lower()} is not known: name its lot."
        )
    facing = electrode_inputs(positive, Quantity(1.0), Quantity(fractions[LayerRole.POSITIVE]))
    if facing is None or negative.specific_capacity_mah_g is None:
        raise ValueError(f"{edition} states no capacities to balance.")
    counted = capacities_for(
        edition.np_basis, facing, negative.specific_capacity_mah_g, negative.theoretical_capacity_mah_g
    )
    per_mg = {
        "positive": fractions[LayerRole.POSITIVE] * counted.positive_mah_g / 1000,
        "negative": fractions[LayerRole.NEGATIVE] * counted.negative_mah_g / 1000,
    }
    found = pair_electrodes(
        positive_capacities_mah=[
            (m - positive_collector_mg) * per_mg["positive"] for m in positive_masses_mg
        ],
        negative_capacities_mah=[
            (m - negative_collector_mg) * per_mg["negative"] for m in negative_masses_mg
        ],
        np_target=edition.np_target,
    )
    pairs = [
        FilmPair(
            p.positive + 1,
            positive_masses_mg[p.positive],
            p.negative + 1,
            negative_masses_mg[p.negative],
            p.np_ratio,
        )
        for p in found
    ]
    return Pairing(
        np_target=edition.np_target,
        np_basis=edition.np_basis,
        pairs=pairs,
        positive_over=_over(len(positive_masses_mg), {pair.positive_number for pair in pairs}),
        negative_over=_over(len(negative_masses_mg), {pair.negative_number for pair in pairs}),
        largest_deviation=max(abs(pair.np_ratio - edition.np_target) for pair in pairs),
    )


def _over(count: int, used: set[int]) -> list[int]:
    return [number for number in range(1, count + 1) if number not in used]
