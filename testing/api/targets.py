"""What a post names as the place of its file: a test, a cell, a channel of an instrument, a project's inbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from rest_framework import serializers

from cells.models import Cell
from lims.models import Project, User
from testing.models import CellTest, Channel, Instrument


def find_record(queryset: Any, code: str) -> Any:
    """Return the record with this code among those that the caller may see, or 404."""
    try:
        return queryset.with_codes().coded(code.strip().upper())
    except queryset.model.DoesNotExist as error:
        raise Http404(f"No record that you may see has the code {code}.") from error


def target_of(facts: Mapping[str, Any], user: User) -> dict[str, Any]:
    """Return whatever a post names of test, cell and channel; what its sender may not see is not there."""
    target: dict[str, Any] = {}
    if "test" in facts:
        target["test"] = find_record(tests_of(user), facts["test"])
    if "cell" in facts:
        target["cell"] = find_record(Cell.objects.visible_to(user), facts["cell"])
    if "instrument" in facts:
        instrument = find_record(instruments_of(user), facts["instrument"])
        if user.is_instrument and not facts.get("channel"):
            # One folder for all channels: the file's own words find its test, or a person does.
            target["project"] = instrument.project
        else:
            target["channel"] = find_channel(instrument, facts.get("channel", ""))
    return target


def project_of(facts: Mapping[str, Any], user: User) -> dict[str, Any]:
    """Return the project that a post names, for a file that waits in its inbox."""
    if not facts.get("project") or user.is_instrument:
        return {}
    project = Project.objects.visible_to(user).filter(code__iexact=facts["project"].strip()).first()
    if project is None:
        raise Http404(f"You belong to no project {facts['project']}.")
    return {"project": project}


def find_channel(instrument: Instrument, name: str) -> Channel:
    """Return a channel of an instrument, or say which ones there are."""
    channel = instrument.channels.filter(name=name).select_related("instrument__identity__project").first()
    if channel is None:
        names = ", ".join(c.name for c in instrument.channels.all())
        raise serializers.ValidationError(
            {"channel": [f"{instrument.code} has no channel {name!r}; it has: {names}."]}
        )
    return channel


def tests_of(user: User) -> Any:
    """Return the tests that ``user`` may post for; an instrument's are those on its own channels."""
    tests = CellTest.objects.with_cells()
    return tests.filter(channel__instrument__account=user) if user.is_instrument else tests.visible_to(user)


def instruments_of(user: User) -> Any:
    """Return the instruments that ``user`` may post for; an instrument posts for itself."""
    instruments = Instrument.objects.all()
    return instruments.filter(account=user) if user.is_instrument else instruments.visible_to(user)
