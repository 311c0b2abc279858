"""On hold, expired or suspect: a draw asks for a reason, goes on, and a manager looks at it later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from lims.models import LogEntry, Project, User
from lims.suspicion import mark_suspect
from materials.actions import (
    Despite,
    draw_mass,
    put_on_hold,
    release,
    review_draw,
    take_aliquots,
    treat_powder,
)
from materials.models import DrawReview, Hold, Powder
from tests.factories import make_lot

pytestmark = pytest.mark.django_db
ALL_THE_SAME = Despite(lot_reason="Checked: it is good for this")


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return make_lot(ada, project, received_mg=100)


def draw(powder: Powder, by: User, despite: Despite = ALL_THE_SAME) -> None:
    draw_mass(powder=powder, mass_ug=1_000, purpose="XRD", by=by, despite=despite)


def asks(powder: Powder, by: User) -> list[str]:
    """Return what is said when it is drawn from without a reason."""
    with pytest.raises(ValidationError) as refusal:
        draw(powder, by, Despite(lot_reason="  "))
    assert list(refusal.value.message_dict) == ["lot_reason"]
    return refusal.value.message_dict["lot_reason"]


def test_a_held_powder_is_drawn_from_with_a_reason_that_waits_for_a_manager(lot: Powder, ada: User) -> None:
    put_on_hold(powder=lot, reason="moisture is not known", by=ada)
    (sentence,) = asks(lot, ada)
    assert sentence.startswith("LOT-0001 is on hold: moisture is not known.")
    assert lot.balance_now_ug() == 100_000
    draw(lot, ada)
    assert lot.balance_now_ug() == 99_000
    review = DrawReview.objects.waiting().get()
    assert (review.why, review.reason, review.by) == ("on_hold", "Checked: it is good for this", ada)


def test_an_expired_lot_asks_from_the_day_after_its_last(ada: User, project: Project) -> None:
    today = timezone.localdate()
    good = make_lot(ada, project, expires_on=today)
    draw(good, ada, Despite())
    gone = make_lot(ada, project, expires_on=today - timedelta(days=1))
    assert f"expired on {today - timedelta(days=1)}" in asks(gone, ada)[0]


def test_all_that_speaks_against_it_is_told_at_once(ada: User, project: Project) -> None:
    lot = make_lot(ada, project, expires_on=timezone.localdate() - timedelta(days=1))
    put_on_hold(powder=lot, reason="x", by=ada)
    mark_suspect(identity=lot.identity, reason="smells", by=ada)
    assert len(asks(lot, ada)) == 3
    draw(lot, ada)
    assert set(DrawReview.objects.values_list("why", flat=True)) == {"on_hold", "expired", "suspect"}


def test_what_holds_for_a_jar_holds_for_its_aliquots_and_not_for_what_was_made_of_it(
    lot: Powder, ada: User
) -> None:
    (jar,) = take_aliquots(powder=lot, masses_ug=[50_000], by=ada)
    (inner,) = take_aliquots(powder=jar, masses_ug=[20_000], by=ada)
    dried = treat_powder(powder=lot, kind="dry", load_mass_ug=10_000, recovered_mass_ug=9_000, by=ada)
    put_on_hold(powder=lot, reason="x", by=ada)
    assert asks(inner, ada)[0].startswith(f"{inner.code} is on hold")
    draw(dried, ada, Despite())


def test_a_hold_has_a_reason_and_is_placed_once(lot: Powder, ada: User) -> None:
    with pytest.raises(ValidationError, match="Say why it is put on hold"):
        put_on_hold(powder=lot, reason="  ", by=ada)
    put_on_hold(powder=lot, reason="x", by=ada)
    with pytest.raises(ValidationError, match="on hold already"):
        put_on_hold(powder=lot, reason="y", by=ada)


def test_a_manager_releases_and_says_why(lot: Powder, ada: User, grace: User) -> None:
    with pytest.raises(ValidationError, match="LOT-0001 is not on hold"):
        release(powder=lot, reason="x", by=grace)
    put_on_hold(powder=lot, reason="moisture", by=ada)
    with pytest.raises(PermissionDenied):
        release(powder=lot, reason="dry enough", by=ada)
    with pytest.raises(ValidationError, match="Say why it is released"):
        release(powder=lot, reason=" ", by=grace)
    release(powder=lot, reason="41 ppm", by=grace)
    hold = Hold.objects.get()
    assert (hold.released_by, hold.release_reason) == (grace, "41 ppm")
    draw(lot, ada, Despite())
    entry = LogEntry.objects.get(verb="released")
    assert (entry.reason, entry.changes) == ("41 ppm", {"held_for": "moisture"})


def test_a_manager_reviews_a_draw_once_and_says_what_they_make_of_it(
    lot: Powder, ada: User, grace: User
) -> None:
    put_on_hold(powder=lot, reason="x", by=ada)
    draw(lot, ada)
    waiting = DrawReview.objects.get()
    with pytest.raises(PermissionDenied):
        review_draw(review=waiting, verdict="fine", by=ada)
    with pytest.raises(ValidationError, match="Say what you make of it"):
        review_draw(review=waiting, verdict=" ", by=grace)
    review_draw(review=waiting, verdict="fine for XRD", by=grace)
    assert not DrawReview.objects.waiting().exists()
    with pytest.raises(ValidationError, match="Grace has reviewed this draw already"):
        review_draw(review=waiting, verdict="fine", by=grace)
