"""The whole demo lab, entered by the lab's own actions; entered again it adds only what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from cells.models import Study
from lims.units import ug_from_mg
from materials.actions import receive_lot
from materials.models import Material, PowderLot, Supplier
from testing.demo.catalogue import INVENTED
from testing.demo.claims import state_the_claims
from testing.demo.electrolyte_study import enter_the_electrolyte
from testing.demo.people import Cast, bring_in_the_cast
from testing.demo.planned import PlannedFile
from testing.demo.powders import fill_the_shelves
from testing.demo.samples import look_at_samples
from testing.demo.study import build_the_cells, open_the_study
from testing.models import Instrument


@dataclass(frozen=True)
class DemoLab:
    """Who is in it, the paper's study, its instrument, and the files that the instrument will post."""

    cast: Cast
    study: Study
    instrument: Instrument
    files: list[PlannedFile]
    samples: int


def enter_the_lab() -> DemoLab:
    """Enter everything but the files."""
    cast = bring_in_the_cast()
    stock = fill_the_shelves(ada=cast.ada, grace=cast.grace, project=cast.project)
    study, instrument = open_the_study(grace=cast.grace, project=cast.project, stock=stock)
    _something_for_otto(cast)
    papers = build_the_cells(ada=cast.ada, stock=stock, study=study, instrument=instrument)
    files = [file for planned in papers for file in planned]
    others = enter_the_electrolyte(
        ada=cast.ada, grace=cast.grace, project=cast.project, stock=stock, instrument=instrument
    )
    files += [file for planned in others for file in planned]
    state_the_claims(study=study, grace=cast.grace)
    samples = look_at_samples(ada=cast.ada, study=study, project=cast.project)
    return DemoLab(cast, study, instrument, files, samples)


def _something_for_otto(cast: Cast) -> None:
    """Give the other project a lot of its own, so that what each sees differs."""
    if PowderLot.objects.filter(lot_number="DEMO-OTTO-01").exists():
        return
    receive_lot(
        by=cast.otto,
        project=cast.other_project,
        material=Material.objects.get(name="Li6PS5Cl"),
        supplier=Supplier.objects.get(name="MSE Supplies"),
        lot_number="DEMO-OTTO-01",
        name="Li6PS5Cl for sulfur cells",
        mass_ug=ug_from_mg(5000),
        note=INVENTED,
    )
