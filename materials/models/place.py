"""Where things stand: rooms, gloveboxes in them, shelves in those."""

from __future__ import annotations

from typing import Self

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Value
from django.db.models.functions import Collate, Replace

from lims.models import Record, RecordQuerySet

DEEPEST = 6
BETWEEN = " > "


class PlaceQuerySet(RecordQuerySet):
    """Questions about places."""

    def as_tree(self) -> Self:
        """Order them so that whatever is in a place follows it."""
        # By bytes, with what stands between names before any letter: a language's order would skip the sign.
        by_bytes = "C" if connection.vendor == "postgresql" else "BINARY"
        return self.order_by(Collate(Replace("path", Value(BETWEEN), Value("\x01")), by_bytes))


class Place(Record):
    """A room, a glovebox in it, a shelf in that; shared by the whole lab and labelled like a jar."""

    CODE_PREFIX = "LOC"
    name = models.CharField(max_length=80)
    inside = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="places",
        help_text="What it is in.",
    )
    path = models.CharField(max_length=500, editable=False, help_text="Room > glovebox > shelf.")

    objects = PlaceQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    class Meta(Record.Meta):
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(
                name="one_place_of_a_name",
                fields=["path"],
                violation_error_message="There is a place of this name already.",
            ),
        ]

    @property
    def title(self) -> str:
        return self.path

    @property
    def depth(self) -> int:
        """Return how many places it is inside."""
        return self.path.count(BETWEEN)

    def clean(self) -> None:
        super().clean()
        if BETWEEN.strip() in self.name:
            raise ValidationError({"name": f"{BETWEEN.strip()} stands between the names of places."})
        above, names = self.inside, [self.name.strip()]
        while above is not None:
            if above.pk == self.pk or len(names) >= DEEPEST:
                raise ValidationError({"inside": "A place cannot be inside itself, or more than six deep."})
            names.insert(0, above.name)
            above = above.inside
        self.path = BETWEEN.join(names)
