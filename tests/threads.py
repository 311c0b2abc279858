"""Calls that really happen at the same time, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def at_once(*calls: Callable[[], Any], seconds: float = 30) -> list[Any]:
    """Return what each call returned or raised, in their order; fails if one of them never ends."""
    outcomes: list[Any] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            gate.wait(seconds)
            outcomes[place] = call()
        except Exception as error:  # noqa: BLE001 - the caller judges it
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    assert not any(thread.is_alive() for thread in threads), f"A call has not ended after {seconds:g} s."
    return outcomes


def succeed(outcomes: list[Any]) -> list[Any]:
    """Return the outcomes, or raise the first error among them."""
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return outcomes
