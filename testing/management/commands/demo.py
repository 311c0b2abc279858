"""Enter the demo lab: the paper's study through the lab's own actions, its files through the HTTP intake."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lims.units import ug_from_mg
from materials.actions import receive_lot
from materials.models import Material, PowderLot, Supplier
from testing.actions import issue_instrument_token, revoke_tokens
from testing.demo.people import PASSWORD, Cast, bring_in_the_cast
from testing.demo.post import Poster, ServerSilent, wait_for
from testing.demo.powders import INVENTED, fill_the_shelves
from testing.demo.squidstat_writer import write_squidstat
from testing.demo.study import PlannedFile, build_the_cells, open_the_study
from testing.models import Instrument, Submission

TOKEN_LABEL = "demo"  # noqa: S105 - a label


class Command(BaseCommand):
    """``manage.py demo``; run again it adds only what is missing."""

    help = "Enter the demo lab: the paper's study, 18 cells and their simulated files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        default = os.environ.get("LIMS_URL", f"http://127.0.0.1:{os.environ.get('LIMS_PORT', '8000')}")
        parser.add_argument("--url", default=default, help="Where the lab answers.")
        parser.add_argument("--no-files", action="store_true", help="Enter the records and post nothing.")

    def handle(self, *args: Any, url: str, no_files: bool, **options: Any) -> None:
        cast = bring_in_the_cast()
        stock = fill_the_shelves(ada=cast.ada, grace=cast.grace, project=cast.project)
        study, instrument = open_the_study(grace=cast.grace, project=cast.project, stock=stock)
        _something_for_otto(cast)
        files: list[PlannedFile] = []
        for planned in build_the_cells(ada=cast.ada, stock=stock, study=study, instrument=instrument):
            files += planned
        self.stdout.write(f"{study.code}: {study.cells_built()} cells, {len(files)} tests.")
        if not no_files:
            self._post(files, instrument, cast, url.rstrip("/"))
        self.stdout.write(f"People: ada, grace, otto, admin. Password of each: {PASSWORD}")

    def _post(self, files: list[PlannedFile], instrument: Instrument, cast: Cast, url: str) -> None:
        posted = set(
            Submission.objects.filter(test__in=[f.test for f in files]).values_list("test_id", flat=True)
        )
        missing = [file for file in files if file.test.pk not in posted]
        if not missing:
            self.stdout.write("Every file is there already.")
            return
        try:
            wait_for(url)
        except ServerSilent as problem:
            raise CommandError(str(problem)) from problem
        revoke_tokens(instrument=instrument, by=cast.grace, label=TOKEN_LABEL)
        token = issue_instrument_token(instrument=instrument, label=TOKEN_LABEL, by=cast.grace)
        poster = Poster(url, token)
        for number, file in enumerate(missing, start=1):
            export = write_squidstat(
                file.trace(),
                element_name=file.test.get_phase_display(),
                started_at=file.started_at,
                dialect="2.11" if "uncoated" not in file.condition else "later",
            )
            answer = poster.post(name=export.name, content=export.content, test=file.test.code)
            self.stdout.write(f"{number}/{len(missing)} {file.test.code} {export.name}: {answer['state']}")
        revoke_tokens(instrument=instrument, by=cast.grace, label=TOKEN_LABEL)


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
