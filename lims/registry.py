"""What the apps above tell this one about themselves, each in its ``AppConfig.ready()``.

Search, home, navigation, lineage, jobs and staleness must show or reach upper things; lims imports none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
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
class Drawing:
    """A lineage as SVG that may stand in a page, empty for a record alone, and what had to be left out of it."""

    svg: str
    note: str = ""


class Section(StrEnum):
    """Where on the home page a card stands."""

    TODAY = "today"
    WRONG = "wrong"
    FINISHED = "finished"
    OVERVIEW = "overview"


@dataclass(frozen=True)
class Card:
    """A card of the home page."""

    title: str
    icon: str
    lines: Sequence[dict[str, Any]]
    empty: str
    action: tuple[str, str] | None = None
    section: Section = Section.OVERVIEW


@dataclass(frozen=True)
class LabelWords:
    """What a label says of a record besides its code, the most important line first."""

    title: str
    lines: Sequence[str] = ()
    signal_word: str = ""
    hazard_codes: Sequence[str] = ()


@dataclass(frozen=True)
class HeaderPart:
    """What stands in the bar of every page beside a person's name: an icon, a number, where it leads."""

    label: str
    url: str
    icon: str
    count: int = 0
    urgent: bool = False


Describer = Callable[[Iterable[int]], dict[int, str]]
Labeller = Callable[[Iterable[int]], dict[int, LabelWords]]
# Takes a word and returns the keys of the records that it names, of whatever project: who asks, cuts them.
Finder = Callable[[str], models.QuerySet[Any]]

kinds: dict[str, Kind] = {}
navigation: list[NavigationItem] = []
# A card that has nothing to say to somebody is left out.
home_cards: list[Callable[[User], Card | None]] = []
header_parts: list[Callable[[User], HeaderPart]] = []
# Called by the sweep every few seconds on some worker: each is quick, and may be called by two at once.
periodic: list[Callable[[], None]] = []
job_handlers: dict[str, Callable[[Job, Any], None]] = {}
job_failures: dict[str, Callable[[Job, str], None]] = {}
immutable: list[type[models.Model]] = []
# Each takes the identities whose facts changed and does what rests on them, in the same transaction.
dependents: list[Callable[[frozenset[int]], None]] = []
# Each takes identities and returns the edges (source, target, mass in ug or None) that leave or enter them.
lineage_edges: list[Callable[[Iterable[int], bool], list[tuple[int, int, int | None]]]] = []
# Each takes a record, what was walked from it and the direction, and tells of its mass where it keeps one.
mass_tellers: list[Callable[[int, Any, Any], Any]] = []
# Draws nodes and edges of a thread around one record, as far as they fit; told by the app that draws.
thread_drawers: list[Callable[[Sequence[Any], Any, str, bool], Drawing]] = []
# Labels of the models whose records are made of others, or others of them: their pages lead to their thread.
on_threads: set[str] = set()
# By model label: each adds to the context of a record's page what an app above knows of it; lists are joined.
detail_parts: dict[str, list[Callable[[Any, User], dict[str, Any]]]] = {}
# By model label: what can be done with the chosen rows of such a list, as {label, url, icon}; the url takes ?code=.
list_actions: dict[str, list[Callable[[], dict[str, str]]]] = {}
# Each takes the identities that a suspicion touches and who looks, and returns [{title, table}] of what rests on them.
suspect_parts: list[Callable[[Collection[int], User], list[dict[str, Any]]]] = []
# By model label: what labels of such records say; a kind that says nothing is labelled by its name.
labellers: dict[str, Labeller] = {}
# What is printed on things that come from outside: a supplier's lot number, an instrument's serial number.
number_finders: list[Finder] = []
# What people call things.
name_finders: list[Finder] = []


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


def titles_of(identities: Iterable[Identity]) -> dict[int, str]:
    """Return what each of these records is called, with one question for each kind among them."""
    by_kind: dict[str, list[int]] = {}
    for identity in identities:
        by_kind.setdefault(identity.kind, []).append(identity.pk)
    titles: dict[int, str] = {}
    for kind, keys in by_kind.items():
        titles |= kinds[kind].describe(keys)
    return titles


def add_detail_part(model: type[Record], part: Callable[[Any, User], dict[str, Any]]) -> None:
    """Let ``part`` add to the page of every record of ``model``."""
    detail_parts.setdefault(model._meta.label_lower, []).append(part)


def facts_changed(identities: Iterable[int]) -> None:
    """Tell everything that rests on these records; called inside the correcting action."""
    changed = frozenset(identities)
    for dependent in dependents:
        dependent(changed)
