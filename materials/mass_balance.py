"""Whether a process closes: what went in and was gained is what came out and was lost, to the microgram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from materials.models import MassEntry, Powder, Use


@dataclass(frozen=True)
class MassBalance:
    """One process in whole micrograms: ``inputs_ug + gain_ug == outputs_ug + loss_ug``.

    A weighing sees gain and loss together, so that only their difference is known and one of them is 0.
    """

    inputs: Sequence[Use]
    inputs_ug: int
    gain_ug: int
    outputs_ug: int
    loss_ug: int


def mass_balance(powder: Powder) -> MassBalance | None:
    """Return what went into making ``powder`` and what came of it, corrections included; None for a bought lot.

    What was gained, lost or adjusted in the jar afterwards has a reason of its own and is no part of it.
    """
    if powder.kind == Powder.Kind.LOT:
        return None
    uses = (
        Use.objects.filter(consumer=powder.pk, powder__counted_in="")
        .exclude(purpose=Use.Purpose.PRECURSOR)
        .with_mass()
    )
    kinds, moved = MassEntry.Kind, Counter[str]()
    for kind, change_ug, reason in powder.entries.filter(use=None).values_list("kind", "change_ug", "reason"):
        if not (reason and kind in (kinds.GAINED, kinds.LOST)):
            moved[kind] += change_ug
    made_ug = moved[kinds.MADE] + moved[kinds.CORRECTED]
    more_ug = moved[kinds.GAINED] + moved[kinds.LOST] + moved[kinds.REBALANCED]
    return MassBalance(
        inputs=list(uses.select_related("powder__identity").order_by("pk")),
        inputs_ug=made_ug,
        gain_ug=max(more_ug, 0),
        outputs_ug=made_ug + more_ug,
        loss_ug=max(-more_ug, 0),
    )
