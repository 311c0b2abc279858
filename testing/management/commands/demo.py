"""Enter the demo lab: the paper's study through the lab's own actions, its files through the HTTP intake."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from testing.actions import issue_instrument_token, revoke_tokens
from testing.demo.lab import enter_the_lab
from testing.demo.people import PASSWORD, Cast
from testing.demo.planned import PlannedFile
from testing.demo.post import Poster, ServerSilent, wait_for
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
        lab = enter_the_lab()
        self.stdout.write(
            f"{lab.study.code}: {lab.study.cells_built()} cells, {len(lab.files)} tests, {lab.samples} opened cells "
            "looked at."
        )
        if not no_files:
            self._post(lab.files, lab.instrument, lab.cast, url.rstrip("/"))
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
            export = file.export()
            answer = poster.post(name=export.name, content=export.content, test=file.test.code)
            self.stdout.write(f"{number}/{len(missing)} {file.test.code} {export.name}: {answer['state']}")
        revoke_tokens(instrument=instrument, by=cast.grace, label=TOKEN_LABEL)
