"""Writes that may be sent twice: a double tap, a retry after a lost answer, a script run again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from lims.audit import action
from lims.models import IdempotencyKey, User


class DifferentRequest(ValidationError):
    """The key was used for something else."""


def fingerprint(*parts: str | bytes) -> str:
    """Return the SHA-256 that tells one request from another."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()


class _Used(Exception):
    """Somebody has used the key; the transaction that tried again is undone."""


def once(
    *, user: User, key: str, request_fingerprint: str, perform: Callable[[], tuple[int, Any]]
) -> tuple[int, Any, bool]:
    """Do ``perform`` unless this user's key has been used, and return status, answer and whether it was done now.

    The key and what it stands for are committed together, so a second call at the same time waits and then
    gets the first one's answer.
    """
    if len(key) > 100:
        raise ValidationError(f"An idempotency key has at most 100 characters; this one has {len(key)}.")
    stored = answered(user=user, key=key, request_fingerprint=request_fingerprint)
    if stored is not None:
        return (*stored, False)
    try:
        return (*_do_once(user, key, request_fingerprint, perform), True)
    except _Used:
        stored = answered(user=user, key=key, request_fingerprint=request_fingerprint)
        if stored is None:
            raise RuntimeError(f"Idempotency key {key} was used and is gone.") from None
        return (*stored, False)


@action
def _do_once(
    user: User, key: str, request_fingerprint: str, perform: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(user=user, key=key, fingerprint=request_fingerprint)
    except IntegrityError as error:
        raise _Used from error
    row.status, row.answer = perform()
    row.save(update_fields=["status", "answer"])
    return row.status, row.answer


def answered(*, user: User, key: str, request_fingerprint: str) -> tuple[int, Any] | None:
    """Return what this user's key was answered, or None; raises DifferentRequest if it stood for something else."""
    row = IdempotencyKey.objects.filter(user=user, key=key).first()
    if row is None:
        return None
    if row.fingerprint != request_fingerprint:
        raise DifferentRequest(f"The idempotency key {key!r} was used for a different request.")
    return row.status, row.answer
