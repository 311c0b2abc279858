"""The notebook: entries in Markdown about records, with every edition kept, and the records that they mention."""

from __future__ import annotations

from django.db import models

from lims.models.people import User
from lims.models.records import Identity, Record

LONGEST_BODY = 100_000


class Note(Record):
    """An entry of the notebook; its words are those of its newest edition."""

    CODE_PREFIX = "NOTE"

    class Kind(models.TextChoices):
        ENTRY = "entry", "Entry"
        CONCLUSION = "conclusion", "Conclusion"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ENTRY)
    subject = models.ForeignKey(
        Identity,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notes",
        help_text="The record that it is about; empty: of the project as a whole.",
    )
    heading = models.CharField(max_length=200)
    body = models.TextField(max_length=LONGEST_BODY, help_text="Markdown.")

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                name="a_conclusion_is_of_something",
                condition=~models.Q(kind="conclusion") | models.Q(subject__isnull=False),
                violation_error_message="A conclusion is drawn from something: say which record.",
            ),
        ]

    @property
    def title(self) -> str:
        return self.heading


class NoteEdition(models.Model):
    """What an entry said in one edition, and who wrote it; never changed."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    heading = models.CharField(max_length=200)
    body = models.TextField(max_length=LONGEST_BODY)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["note", "-number"]
        constraints = [models.UniqueConstraint(name="one_note_edition_each", fields=["note", "number"])]

    def __str__(self) -> str:
        return f"edition {self.number} of {self.note_id}"


class Mention(models.Model):
    """That an entry names a record by its code."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="mentions")

    class Meta:
        ordering = ["note", "identity"]
        constraints = [models.UniqueConstraint(name="one_mention_each", fields=["note", "identity"])]

    def __str__(self) -> str:
        return f"{self.identity_id} in {self.note_id}"


class SavedView(models.Model):
    """A page with its filters, kept by a person under a name."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    path = models.CharField(max_length=200)
    query = models.CharField(max_length=2000, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                name="one_view_of_a_name",
                fields=["user", "name"],
                violation_error_message="You have a view of this name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path
