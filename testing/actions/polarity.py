"""Correcting how a test was wired: only a person says so, with a reason, and the files stay as they are."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from lims import jobs
from lims.audit import action
from lims.models import User
from lims.records import save_record
from testing.ingest import KIND
from testing.models import CellTest, Polarity, Submission


@action
def correct_polarity(
    *, test: CellTest, polarity: str, reason: str, by: User, expected_version: int | None = None
) -> CellTest:
    """Say that a test's leads, or the sign of its current, were reversed (or were not), and make its data anew."""
    if not reason.strip():
        raise ValidationError({"reason": "Say how you know it: what was seen at the channel."})
    locked = (
        CellTest.objects.select_for_update(of=("self",))
        .select_related("identity__project", "cell__identity")
        .get(pk=test.pk)
    )
    if locked.polarity == polarity:
        raise ValidationError(
            {"polarity": f"{locked.code} is taken as “{Polarity(polarity).label}” already."}
        )
    locked.polarity = polarity
    saved: CellTest = save_record(
        locked, by=by, reason=reason, expected_version=expected_version, verb="corrected its polarity"
    )
    _make_anew(saved, by)
    return saved


def _make_anew(test: CellTest, by: User) -> None:
    """Ask for the next version of the test's dataset: its last file is read again, and joined with the others."""
    last = (
        Submission.objects.filter(places__dataset__test=test, places__dataset__current=True)
        .order_by("places__order")
        .last()
    )
    if last is None:
        return
    last.state = Submission.State.RECEIVED
    last.save(update_fields=["state"])
    jobs.enqueue(KIND, last.pk, by=by, identity=test.identity)
