"""What cells of rows may name: records of the lab, what rows above have made, and people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db.models import Q

from lims.models import Record, RecordQuerySet, User
from lims.people import people

MOST_OPTIONS = 200


@dataclass
class Seen:
    """What rows above are called and have made, and what was looked up already."""

    made: dict[str, list[Record]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    found: dict[tuple[str, str], Any] = field(default_factory=dict)

    def add(self, words: Iterable[str], record: Record, row: int) -> None:
        for word in {one.strip().casefold() for one in words if one.strip()}:
            self.made.setdefault(word, []).append(record)
            self.failed.pop(word, None)

    def fail(self, words: Iterable[str], row: int) -> None:
        for word in words:
            self.failed.setdefault(word.strip().casefold(), row)


class Cell(Protocol):
    """What turns the text of a cell into a value."""

    @property
    def required(self) -> bool: ...

    def read(self, text: str, by: User, seen: Seen) -> Any: ...

    def options(self, by: User) -> list[str]: ...


@dataclass(frozen=True)
class Reference:
    """A cell that names another record: by its code, by what a row above calls it, or by its name.

    what     What it names, for the sentences.
    among    Returns the records that fit.
    names    The lookups by which a record is called, such as ``name``.
    several  The cell may name several, with commas between them.
    """

    what: str
    among: Callable[[], RecordQuerySet]
    names: tuple[str, ...] = ("name",)
    required: bool = False
    several: bool = False
    above: bool = False

    def read(self, text: str, by: User, seen: Seen) -> Any:
        if self.several:
            return [self._one(word.strip(), by, seen) for word in re.split(r"[,;]", text) if word.strip()]
        return self._one(text, by, seen) if text else None

    def _one(self, word: str, by: User, seen: Seen) -> Record:
        if not word.isprintable():
            raise ValidationError(f"{word!r} is no {self.what}.")
        found = self._stored(word, by, seen)
        if self.above:
            found = list({one.pk: one for one in [*found, *self._above(word, seen)]}.values())
        if not found and self.above and word.casefold() in seen.failed:
            raise ValidationError(f'"{word}" is row {seen.failed[word.casefold()]}, which is not right yet.')
        if not found:
            raise ValidationError(f'There is no {self.what} "{word}" that you may see, by code or by name.')
        if len(found) > 1:
            codes = ", ".join(one.code for one in found[:5])
            raise ValidationError(f'"{word}" may be any of {codes}: write the code.')
        return found[0]

    def _above(self, word: str, seen: Seen) -> list[Record]:
        return [one for one in seen.made.get(word.casefold(), []) if isinstance(one, self.among().model)]

    def _stored(self, word: str, by: User, seen: Seen) -> list[Record]:
        key = (self.what, word.casefold())
        # What rows above have made is in the database too, and is found anew each time.
        if key not in seen.found or self.above:
            fitting = self.among().visible_to(by).with_codes()
            coded = list(fitting.filter(identity__code=word.upper())[:1])
            called = Q()
            for name in self.names:
                called |= Q(**{f"{name}__iexact": word})
            seen.found[key] = coded or list(fitting.filter(called).order_by("pk").distinct()[:6])
        return list(seen.found[key])

    def options(self, by: User) -> list[str]:
        fitting = self.among().visible_to(by).with_codes()
        return [one.code if self.above else one.title for one in fitting[:MOST_OPTIONS]]


@dataclass(frozen=True)
class Person:
    """A cell that names somebody of the lab, by user name or by full name."""

    required: bool = False

    def read(self, text: str, by: User, seen: Seen) -> User | None:
        if not text:
            return None
        key = ("person", text.casefold())
        if key not in seen.found:
            seen.found[key] = [
                user
                for user in people()
                if text.casefold() in (user.username.casefold(), user.display_name.casefold())
            ]
        if len(seen.found[key]) != 1:
            raise ValidationError(f'There is no one person "{text}" in the lab: write the user name.')
        found: User = seen.found[key][0]
        return found

    def options(self, by: User) -> list[str]:
        return [user.username for user in people()[:MOST_OPTIONS]]
