"""Draws that went on although something spoke against them: a manager looks at each."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from lims import registry
from lims.facts import Fact, fact, record_fact, spelled
from lims.models import User
from lims.permissions import may, require
from lims.tables import Cell, Column
from lims.views.screens import Listing, form_screen, list_screen, person
from materials import actions
from materials.filters import DrawReviewFilter
from materials.forms.jar import VerdictForm
from materials.models import DrawReview
from materials.views.ledger import taken_text

# The card is a reminder; the page has all of them.
CARD_LINES = 4


def reviews_card(user: User) -> registry.Card | None:
    """Show a manager the draws that wait for a review; nobody else, and nothing where none waits."""
    if not may(user, "review"):
        return None
    waiting = DrawReview.objects.visible_to(user).with_draws(user).waiting()[: CARD_LINES + 1]
    lines = [
        {
            "text": f"{row.use.powder.code} · {row.reason}",
            "url": row.get_absolute_url(),
            "badge": row.why,
            "hint": row.by.display_name,
        }
        for row in waiting
    ]
    if not lines:
        return None
    return registry.Card(
        title="Draws to review",
        icon="clipboard-check",
        lines=lines[:CARD_LINES],
        empty="",
        action=("See all", reverse("materials:draw_reviews")),
        section=registry.Section.TODAY,
    )


@login_required
def reviews(request: HttpRequest) -> HttpResponse:
    """List the draws that needed a reason, those that wait first."""
    user = require(request.user, "review")
    columns = [
        Column("When", lambda r: Cell(f"{timezone.localtime(r.at):%Y-%m-%d %H:%M}")),
        Column("Powder", lambda r: Cell(r.use.powder.code, hint=r.use.powder.name)),
        Column("Although", lambda r: Cell(r.get_why_display(), badge=r.why)),
        Column("Reason given", lambda r: r.reason),
        Column("By", lambda r: r.by.display_name),
        Column("Verdict", _verdict),
    ]
    listing = Listing(
        title="Draws to review",
        lead="Draws from powders that were on hold, expired or suspect. They went on with a reason; look at each.",
        columns=columns,
        empty_text="No draw has needed a reason yet.",
    )
    rows = DrawReview.objects.visible_to(user).with_draws(user)
    return list_screen(
        request,
        rows.order_by(F("reviewed_at").desc(nulls_first=True), "-pk"),
        listing,
        filterset=DrawReviewFilter,
    )


def _verdict(review: DrawReview) -> Cell:
    if review.reviewed_by is None:
        return Cell("waiting", badge="waiting")
    return Cell(review.verdict, hint=f"{review.reviewed_by.display_name}, {spelled(review.reviewed_at)}")


@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one such draw, and take the verdict where it waits."""
    user = person(request)
    row = DrawReview.objects.visible_to(user).with_draws(user).filter(pk=pk).first()
    if row is None:
        raise Http404(f"There is no draw {pk} to review that you may see.")
    require(user, "review")
    return form_screen(
        request,
        VerdictForm(request.POST or None, user=user),
        actions.review_draw,
        title="Review a draw",
        submit_label="Accept",
        done="The draw from {record.code} has been reviewed.",
        cancel_url=reverse("materials:draw_reviews"),
        record=row.use.powder,
        template="materials/draw_review.html",
        extra={"facts": _facts(row), "waiting": row.reviewed_by is None},
        review=row,
    )


def _facts(review: DrawReview) -> list[Fact]:
    use = review.use
    told: list[Any] = [
        record_fact("Powder", use.powder),
        fact("Taken", taken_text(use)),
        _what_for(review),
        fact("Although it was", review.get_why_display()),
        fact("Reason given", review.reason),
        fact("By", review.by.display_name),
        fact("When", review.at),
    ]
    if review.reviewed_by is not None:
        told += [
            fact("Verdict", review.verdict),
            fact("Reviewed by", review.reviewed_by.display_name),
            fact("Reviewed", review.reviewed_at),
        ]
    return told


def _what_for(review: DrawReview) -> Fact:
    consumer = review.use.consumer
    if consumer is None:
        return fact("For", review.use.purpose_text)
    if not review.consumer_is_seen:
        return fact("For", "something of another project")
    return fact("For", consumer.code, url=registry.url_of(consumer))
