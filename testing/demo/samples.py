"""What the paper's microscopes found, as samples with their history; what it does not say is left open."""

from __future__ import annotations

from typing import Any

from cells.models import Cell, Study
from lims.models import Project, User
from materials.models import Powder
from testing import actions
from testing.demo.catalogue import PAPER
from testing.models import Sample

WASHED = [
    {"solvent": "ethanol", "sonicated": True},
    {"solvent": "isopropanol", "sonicated": True},
]
TEM = "Talos F200X G2, Super-X"
XPS = "Kratos Axis Ultra, monochromated Al Kα"
COATED = "Nb2O5-coated SC-NMC532"
INVENTED = "Which cell of the condition it was is invented for the demo lab."

# name, condition (or "" for the coated powder), what is said of its past, results
OPENED: list[tuple[str, str, dict[str, Any], list[dict[str, Any]]]] = [
    (
        "Coated NMC532 after 500 cycles to 4.7 V", "Nb2O5-coated, 4.7 V",
        {"state": "discharged", "last": True, "kind": "fragment", "washes": WASHED},
        [
            {"technique": "tem", "instrument": TEM, "conditions": "HR-TEM, drop-cast from isopropanol",
             "findings": "The coating is still there; below it a thin rock-salt layer.",
             "values": [{"quantity": "coating thickness", "value": 5, "unit": "nm"},
                        {"quantity": "rock-salt depth", "value": 1, "value_to": 2, "unit": "nm"},
                        {"quantity": "d (003)", "value": 0.48, "unit": "nm"}]},
        ],
    ),
    (
        "Uncoated NMC532 after 500 cycles to 4.3 V", "uncoated, 4.3 V",
        {"state": "discharged", "last": False, "kind": "fragment", "washes": WASHED,
         "history": "after 500 cycles at 4.3 V; the paper shows long-term data for 4.5 and 4.7 V only"},
        [
            {"technique": "tem", "instrument": TEM, "conditions": "HR-TEM and FFT",
             "findings": "Rock-salt at the surface (Fm-3m) over the layered bulk (R-3m).",
             "values": [{"quantity": "rock-salt depth", "value": 2, "value_to": 5, "unit": "nm"},
                        {"quantity": "d, rock-salt", "value": 0.25, "unit": "nm"}]},
            {"technique": "fib", "instrument": "Helios G4 PFIB UXe", "findings": "Cross-section for the lamella.",
             "flags": ["which particle was cut is not stated"]},
        ],
    ),
]  # fmt: skip
AS_COATED: list[dict[str, Any]] = [
    {"technique": "tem", "instrument": TEM, "conditions": "HR-TEM, before cycling",
     "findings": "Amorphous, conformal.", "values": [{"quantity": "coating thickness", "value": 5, "unit": "nm"}]},
    {"technique": "eds", "instrument": TEM, "findings": "Nb follows the outline of the particles."},
    {"technique": "xps", "instrument": XPS, "conditions": "transferred through the glovebox, no air",
     "values": [{"quantity": "Nb:O", "value": 0.4}, {"quantity": "O 1s, Nb-O", "value": 530.0, "unit": "eV"},
                {"quantity": "O 1s, adventitious", "value": 531.6, "unit": "eV"}]},
]  # fmt: skip


def look_at_samples(*, ada: User, study: Study, project: Project) -> int:
    """Enter the samples of the paper that are missing, and return how many there are."""
    for name, condition, facts, results in OPENED:
        cell = _cell_of(study, condition, last=facts["last"])
        if cell is None or Sample.objects.filter(name=name, cell__condition__study=study).exists():
            continue
        told = {key: value for key, value in facts.items() if key != "last"}
        # The paper looked at a cell after 500 cycles at 4.3 V and shows no such test: it stays an orphan.
        after = cell.tests.order_by("-place").first() if facts["last"] else None
        sample = actions.take_sample(
            by=ada,
            cell=cell,
            name=name,
            after_test=after,
            air_exposure="unknown",
            note=f"{PAPER}. {INVENTED}",
            **told,
        )
        for result in results:
            actions.record_characterisation(by=ada, sample=sample, note=PAPER, **result)
    coated = Powder.objects.filter(name=COATED, identity__project=project).with_codes().first()
    if coated is not None and not coated.characterisations.exists():
        for result in AS_COATED:
            actions.record_characterisation(by=ada, powder=coated, note=PAPER, **result)
    return Sample.objects.filter(cell__condition__study=study).count()


def _cell_of(study: Study, condition: str, *, last: bool) -> Cell | None:
    """Return the cell of a condition with the most tests, or its newest one."""
    cells: list[Cell] = list(
        Cell.objects.filter(condition__study=study, condition__name=condition).with_codes().order_by("pk")
    )
    if last:
        cells.sort(key=lambda cell: cell.tests.count())
    return cells[-1] if cells else None
