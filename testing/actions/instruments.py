"""Entering instruments and protocols, and giving an instrument the token it posts with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import ApiToken, Project, Role, User
from lims.permissions import require
from lims.records import create_record
from testing.models import Channel, Instrument


@action
def create_instrument(
    *, by: User, project: Project, name: str, channels: Sequence[str], **facts: Any
) -> Instrument:
    """Enter an instrument with its channels and the service account that its token acts as.

    Its project is where files go that name no test.
    """
    if not channels:
        raise ValidationError({"channels": "An instrument has at least one channel."})
    account = User(
        username=f"instrument-{User.objects.filter(role=Role.INSTRUMENT).count() + 1:04d}",
        role=Role.INSTRUMENT,
    )
    account.set_unusable_password()
    account.save()
    instrument = create_record(Instrument(name=name, account=account, **facts), project=project, by=by)
    for channel_name in channels:
        channel = Channel(instrument=instrument, name=channel_name)
        channel.full_clean()
        channel.save(force_insert=True)
    log(by, "named its channels", instrument, channels="; ".join(channels))
    return instrument


@action
def issue_instrument_token(*, instrument: Instrument, label: str, by: User) -> str:
    """Return a new token of the instrument; it is shown this once and can do little."""
    require(by, "issue_token")
    token, text = ApiToken.objects.create(instrument.account, label=label)
    log(by, "issued a token", instrument, label=label, token=token.token_key)
    return str(text)


@action
def revoke_tokens(
    *, instrument: Instrument, by: User, label: str | None = None, token_key: str | None = None
) -> int:
    """Revoke the instrument's tokens at once: all, those with a label, or one by how it begins. Return how many."""
    require(by, "issue_token")
    tokens = ApiToken.objects.filter(user=instrument.account)
    if label is not None:
        tokens = tokens.filter(label=label)
    if token_key is not None:
        tokens = tokens.filter(token_key=token_key)
    keys = list(tokens.values_list("token_key", flat=True))
    tokens.delete()
    if keys:
        log(by, "revoked tokens", instrument, tokens="; ".join(keys))
    return len(keys)
