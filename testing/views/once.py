"""Forms whose action makes a row that is no record: done once, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from lims import idempotency
from lims.forms import ActionForm


def perform_plain(form: ActionForm, do: Callable[..., Any], **known: Any) -> Any:
    """Carry out ``do`` with what the form says and return the row it made, or None when the form must be shown."""
    if not form.is_valid():
        return None
    made: list[Any] = []

    def act() -> tuple[int, Any]:
        made.append(do(**known, **form.arguments(), by=form.user))
        return 302, {"row": made[-1].pk, "model": made[-1]._meta.label}

    fingerprint = form.fingerprint(do.__name__, *(f"{name}={known[name]}" for name in sorted(known)))
    try:
        _, answer, _ = idempotency.once(
            user=form.user, key=form.key(), request_fingerprint=fingerprint, perform=act
        )
    except idempotency.DifferentRequest:
        form.offer_again()
        return None
    except ValidationError as error:
        form.show(error)
        return None
    return made[-1] if made else _Row(int(answer["row"]))


class _Row:
    """What was made the first time, by its key."""

    def __init__(self, pk: int) -> None:
        self.pk = pk
