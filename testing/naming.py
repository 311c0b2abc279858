"""The name on the set-up card: what a person types into the cycler so that its files find their test."""

from __future__ import annotations

import re
from dataclasses import dataclass

from testing.models import CellTest, Phase

TAGS: dict[str, str] = {
    Phase.FORMATION: "FORM",
    Phase.RATE: "RATE",
    Phase.LONG_TERM: "LONG",
    Phase.OTHER: "OTHER",
}
TEST_CODE = re.compile(r"(?<![A-Z0-9])(TEST-\d{4,})(?!\d)", re.IGNORECASE)
CARD = re.compile(r"(?<![A-Z0-9])(CELL-\d{4,})(?!\d)(?:[_ .-]*([A-Z]+)(?:-(\d+))?(?![A-Z]))?", re.IGNORECASE)


@dataclass(frozen=True)
class NamedTest:
    """What a file's name says: a test, or a cell and perhaps which of its phases, and the how-many-eth of them."""

    test: str = ""
    cell: str = ""
    phase: str = ""
    number: int = 1


def tag_of(phase: str) -> str:
    """Return a phase's tag; one that nobody gave a tag is its own name.

    >>> tag_of("formation"), tag_of("eis")
    ('FORM', 'EIS')
    """
    return TAGS.get(phase, phase.upper())


def card_name(test: CellTest) -> str:
    """Return what is typed into the cycler for ``test``, such as CELL-0042_FORM, or CELL-0042_FORM-2."""
    before = CellTest.objects.filter(cell=test.cell_id, phase=test.phase, place__lt=test.place).count()
    name = f"{test.cell.code}_{tag_of(test.phase)}"
    return f"{name}-{before + 1}" if before else name


def read_name(name: str) -> NamedTest | None:
    """Return what ``name`` says of its test, or None where it names neither a test nor a cell.

    >>> read_name("1_CELL-0042_FORM-2-Cycling 20240304 120000.csv")
    NamedTest(test='', cell='CELL-0042', phase='formation', number=2)
    >>> read_name("export of test-0101.csv").test, read_name("readme.csv") is None
    ('TEST-0101', True)
    """
    named = TEST_CODE.search(name)
    if named:
        return NamedTest(test=named[1].upper())
    found = CARD.search(name)
    if found is None:
        return None
    tag = (found[2] or "").upper()
    phases = {tag_of(phase): phase for phase in Phase.values}
    phase = phases.get(tag, "")
    return NamedTest(cell=found[1].upper(), phase=phase, number=int(found[3] or 1) if phase else 1)
