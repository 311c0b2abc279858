"""Claims on a study's page: what texts state, and whether the records agree."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cells import actions
from cells.claims import standing, verdicts
from cells.models import Claim, Study
from cells.plan_forms import ClaimForm, WithdrawClaimForm
from lims.models import User
from lims.numbers import unit_sign
from lims.permissions import may, require
from lims.views.screens import find, form_screen

BADGES = {True: ("done", "agrees"), False: ("failed", "does not agree"), None: ("waiting", "no record")}


def claims_of_study(study: Study, user: User) -> dict[str, Any]:
    """Return a study's claims with their verdicts, for its page."""
    claims = standing(study)
    found = verdicts(study, claims)
    return {
        "claims": [_line(study, claim, found[claim.pk], changeable=may(user, "record")) for claim in claims],
        "claim_url": reverse("cells:make_claim", args=[study.code]) if may(user, "record") else "",
    }


def _line(study: Study, claim: Claim, verdict: Any, *, changeable: bool) -> dict[str, Any]:
    state, label = BADGES[verdict.agrees]
    about = claim.condition.name if claim.condition else claim.cell.code if claim.cell else "all cells"
    over = f" over {claim.compared_to.name}" if claim.compared_to else ""
    withdraw = reverse("cells:withdraw_claim", args=[study.code, claim.pk]) if changeable else ""
    return {
        "text": claim.text,
        "source": claim.source,
        "stated": f"{claim.stated} {unit_sign(verdict.unit)}".strip(),
        "label": verdict.label,
        "about": f"{about}{over}",
        "state": state,
        "state_label": label,
        "sentence": verdict.sentence,
        "withdraw_url": withdraw,
    }


@login_required
def make_claim(request: HttpRequest, code: str) -> HttpResponse:
    """Enter what a text states."""
    user = require(request.user, "record")
    record: Study = find(Study.objects.all(), code, user)
    return form_screen(
        request,
        ClaimForm(request.POST or None, user=user, study=record),
        actions.make_claim,
        title="Enter a claim",
        lead="A number from a paper, a report or a talk. The study's page says whether its records give it, within the "
        "digits that it was printed with, and which other quantity would.",
        submit_label="Compare it",
        cancel_url=reverse("cells:study", args=[record.code]),
        record=record,
        study=record,
    )


@login_required
def withdraw_claim(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Take a claim off the page."""
    user = require(request.user, "record")
    record: Study = find(Study.objects.all(), code, user)
    claim = get_object_or_404(record.claims.filter(withdrawn_reason=""), pk=number)
    claim.study = record
    return form_screen(
        request,
        WithdrawClaimForm(request.POST or None, user=user),
        actions.withdraw_claim,
        title="Withdraw a claim",
        lead=f"“{claim.text}”",
        submit_label="Withdraw it",
        cancel_url=reverse("cells:study", args=[record.code]),
        record=record,
        claim=claim,
    )
