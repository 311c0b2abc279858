"""What a person may choose of a picture, read from an address and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from testing.models import Phase

# More half cycles than this cannot be told apart.
MOST_CYCLES = 12
ALL, ONE_OF_EACH = "all", "one"
AT_CELL, VS_LI = "cell", "li"


@dataclass(frozen=True)
class Options:
    """The choices of a picture; what a kind has no use for it leaves alone.

    phase     formation, rate or long_term; "" for all.
    cycles    Which cycles a voltage curve shows.
    which     Every cell, or the first of each group.
    reference Voltages at the cell, or against Li/Li+ by the nominal potential of the counter electrode.
    quantity  The name of a stored number; ``against`` the one along x of a correlation.
    """

    phase: str = ""
    cycles: tuple[int, ...] = (1,)
    which: str = ALL
    quantity: str = "initial_coulombic_efficiency"
    against: str = ""
    reference: str = "cell"


def read_options(given: Mapping[str, str], defaults: Options) -> Options:
    """Return what an address asks for on top of a picture's own choice, or raise ValidationError."""
    phase = given.get("phase", defaults.phase)
    if phase and phase not in Phase.values:
        raise ValidationError({"phase": f"{phase!r} is no phase; there is: {', '.join(Phase.values)}."})
    which = given.get("which", defaults.which)
    if which not in (ALL, ONE_OF_EACH):
        raise ValidationError({"which": f"{which!r} is neither all nor one."})
    reference = given.get("reference") or defaults.reference
    if reference not in (AT_CELL, VS_LI):
        raise ValidationError({"reference": f"{reference!r} is neither cell nor li."})
    return Options(
        phase=phase,
        cycles=_cycles(given["cycles"]) if given.get("cycles") else defaults.cycles,
        which=which,
        quantity=given.get("quantity") or defaults.quantity,
        against=given.get("against") or defaults.against,
        reference=reference,
    )


def _cycles(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts):
        raise ValidationError({"cycles": "Cycles are whole numbers with commas between them."})
    if len(parts) > MOST_CYCLES:
        raise ValidationError({"cycles": f"At most {MOST_CYCLES} cycles at once, not {len(parts)}."})
    return tuple(int(part) for part in parts)
