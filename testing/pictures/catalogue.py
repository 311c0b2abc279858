"""Which pictures there are, what each is called, and what it shows where nobody has chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from testing.models import Phase
from testing.picture import Picture
from testing.pictures import curves, cycling, measured, spread
from testing.pictures.options import ONE_OF_EACH, Options
from testing.pictures.subject import Subject


@dataclass(frozen=True)
class Entry:
    """A picture that a page offers with one click.

    choices   Which of the options a person may change: phase, cycles, which, quantity, against.
    """

    name: str
    label: str
    build: Callable[[Subject, Options], Picture]
    options: Options = field(default_factory=Options)
    choices: tuple[str, ...] = ()


CATALOGUE = {
    entry.name: entry
    for entry in (
        Entry("efficiency", "Initial efficiency", spread.bars, choices=("quantity",)),
        Entry(
            "first-cycle",
            "First cycle",
            curves.voltage,
            Options(phase=Phase.FORMATION, which=ONE_OF_EACH),
            ("phase", "cycles", "which", "reference"),
        ),
        Entry("rate", "Rate capability", cycling.rate, Options(phase=Phase.RATE)),
        Entry("formation", "Formation by cycle", cycling.cycles, Options(phase=Phase.FORMATION)),
        Entry("rate-cycles", "Rate test by cycle", cycling.cycles, Options(phase=Phase.RATE)),
        Entry("long-term", "Long-term cycling", cycling.cycles, Options(phase=Phase.LONG_TERM), ("phase",)),
        Entry(
            "dqdv",
            "dQ/dV",
            measured.differential,
            Options(phase=Phase.FORMATION, which=ONE_OF_EACH),
            ("phase", "cycles", "which"),
        ),
        Entry(
            "dqdv-rates",
            "dQ/dV by rate",
            measured.differential,
            Options(phase=Phase.RATE, cycles=(3, 9), which=ONE_OF_EACH),
            ("phase", "cycles", "which"),
        ),
        Entry("nyquist", "Impedance (Nyquist)", curves.nyquist, Options(which=ONE_OF_EACH), ("which",)),
        Entry("bode", "Impedance (Bode)", curves.bode, Options(which=ONE_OF_EACH), ("which",)),
        Entry("gitt", "Titration (GITT)", measured.titration, Options(phase=Phase.GITT), ("which",)),
        Entry("cv", "Voltammetry (CV)", measured.voltammogram, Options(phase=Phase.CV), ("which",)),
        Entry("distribution", "Distribution", spread.distribution, choices=("quantity",)),
        Entry(
            "correlation",
            "Correlation",
            spread.correlation,
            Options(against="active_loading_mg_cm2"),
            ("quantity", "against"),
        ),
    )
}


def build(name: str, subject: Subject, options: Options) -> Picture:
    """Return a picture of the catalogue; an unknown name is a KeyError."""
    return CATALOGUE[name].build(subject, options)
