"""What came out of a process over what went in."""

from __future__ import annotations

from lims.facts import Fact, fact, percent_fact
from lims.models import Blank
from lims.units import mass_text
from materials.mass_balance import mass_balance
from materials.models import Powder


def yield_fact(powder: Powder, how: str) -> Fact:
    """Return what came out over what went in, corrections included."""
    balance = mass_balance(powder)
    if balance is None or not balance.inputs_ug:
        return fact("Yield", None)
    if "recovered_mass_ug" in powder.blanks:
        # What was not weighed is taken for all of it, and a yield of 100 % would say that it was.
        return fact("Yield", None, blank=Blank(powder.blanks["recovered_mass_ug"]).label)
    hint = f"{how}: {mass_text(balance.outputs_ug)} of {mass_text(balance.inputs_ug)}"
    return percent_fact("Yield", balance.outputs_ug / balance.inputs_ug, 1, hint=hint)
