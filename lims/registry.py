"""What the apps above tell this one about themselves, each in its ``AppConfig.ready()``.

Search, home, navigation, lineage, jobs and staleness must show or reach upper things; lims imports none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse

from lims.models import Identity, Job, Record, User


@dataclass(frozen=True)
class Kind:
    """A kind of record: where its page is and how lists and lineage name it."""

    model: type[Record]
    label: str
    plural: str
    detail_url: str
    list_url: str
    icon: str
    describe: Callable[[Iterable[int]], dict[int, str]]


@dataclass(frozen=True)
class NavigationItem:
    """An entry of the main navigation."""

    label: str
    url_name: str
    icon: str
    order: int


@dataclass(frozen=True)
class Card:
    """A card of the home page."""

    title: str
    icon: str
    lines: Sequence[dict[str, Any]]
    empty: str
    action: tuple[str, str] | None = None


Describer = Callable[[Iterable[int]], dict[int, str]]

kinds: dict[str, Kind] = {}
navigation: list[NavigationItem] = []
home_cards: list[Callable[[User], Card]] = []
job_handlers: dict[str, Callable[[Job, Any], None]] = {}
job_failures: dict[str, Callable[[Job, str], None]] = {}
immutable: list[type[models.Model]] = []
# Each takes the identities whose facts changed and does what rests on them, in the same transaction.
dependents: list[Callable[[frozenset[int]], None]] = []
# Each takes identities and returns the edges (source, target, mass in ug or None) that leave or enter them.
lineage_edges: list[Callable[[Iterable[int], bool], list[tuple[int, int, int | None]]]] = []
# By model label: each adds to the context of a record's page what an app above knows of it; lists are joined.
detail_parts: dict[str, list[Callable[[Any, User], dict[str, Any]]]] = {}


def immutable_tables() -> list[str]:
    return [model._meta.db_table for model in immutable]


def register(kind: Kind) -> None:
    kinds[kind.model._meta.label_lower] = kind


def kind_of(record: Record) -> Kind:
    return kinds[record._meta.label_lower]


def record_of(identity: Identity) -> Record:
    """Return the record that an identity stands for."""
    record: Record = kinds[identity.kind].model._default_manager.with_codes().get(pk=identity.pk)
    return record


def url_of(identity: Identity) -> str:
    """Return the page of the record that an identity stands for."""
    return reverse(kinds[identity.kind].detail_url, args=[identity.code])


def add_detail_part(model: type[Record], part: Callable[[Any, User], dict[str, Any]]) -> None:
    """Let ``part`` add to the page of every record of ``model``."""
    detail_parts.setdefault(model._meta.label_lower, []).append(part)


def facts_changed(identities: Iterable[int]) -> None:
    """Tell everything that rests on these records; called inside the correcting action."""
    changed = frozenset(identities)
    for dependent in dependents:
        dependent(changed)
