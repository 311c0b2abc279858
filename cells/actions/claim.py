"""Claiming: what a text states about a study's cells."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from cells.claims import claimables
from cells.models import Claim, Study
from lims.audit import action, log
from lims.models import User
from lims.records import touch


@action
def make_claim(*, study: Study, by: User, **facts: Any) -> Claim:
    """Enter a number that a text states, to be compared with what the records give."""
    if facts.get("quantity") not in claimables:
        raise ValidationError({"quantity": f"Nothing here tells of {facts.get('quantity')!r}."})
    claim = Claim(study=study, recorded_by=by, **facts)
    claim.full_clean()
    claim.save(force_insert=True)
    touch(study)
    log(by, "entered a claim", study, text=claim.text, quantity=claim.quantity, stated=claim.stated)
    return claim


@action
def withdraw_claim(*, claim: Claim, reason: str, by: User) -> Claim:
    """Take a claim off the study's page, with the reason."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why the claim is withdrawn."})
    claim.withdrawn_reason = reason
    claim.full_clean()
    claim.save()
    touch(claim.study)
    log(by, "withdrew a claim", claim.study, reason=reason, text=claim.text)
    return claim
