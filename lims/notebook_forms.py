"""What people write in the notebook, and how its list can be narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from lims.change_forms import ChangeMixin
from lims.forms import ActionForm, ProjectField
from lims.models import Identity, Note, SavedView, User
from lims.models.notebook import LONGEST_BODY
from lims.notebook import search

BODY_HELP = (
    "Markdown: **bold**, - lists, | tables |. A code such as CELL-0042 becomes a link, and that record's page tells of "
    "this entry. A picture: attach it to the entry, then write ![words](its-name.png)."
)


class NoteForm(ActionForm):
    """An entry: of a project, or about a record."""

    project = ProjectField()
    kind = forms.ChoiceField(choices=Note.Kind.choices, initial=Note.Kind.ENTRY)
    about = forms.CharField(
        max_length=24, required=False, label="About", help_text="The code of a record; empty: of the project."
    )
    heading = forms.CharField(max_length=200)
    body = forms.CharField(
        max_length=LONGEST_BODY, label="Text", help_text=BODY_HELP, widget=forms.Textarea(attrs={"rows": 14})
    )

    def __init__(self, *args: Any, user: User, about: Identity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        project = self.fields["project"]
        if isinstance(project, ProjectField):
            project.offer(user)
        if about is not None:
            self.fields["about"].initial = about.code
            self.fields["project"].initial = about.project.code if about.project else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        code = cleaned.pop("about", "").strip().upper()
        cleaned["subject"] = None
        if code:
            cleaned["subject"] = Identity.objects.visible_to(self.user).filter(code=code).first()
            if cleaned["subject"] is None:
                raise ValidationError({"about": f"There is no record {code} that you may see."})
        return cleaned


class RewriteNoteForm(ChangeMixin, ActionForm):
    """The next edition of an entry."""

    heading = forms.CharField(max_length=200)
    body = forms.CharField(
        max_length=LONGEST_BODY, label="Text", help_text=BODY_HELP, widget=forms.Textarea(attrs={"rows": 14})
    )

    def __init__(self, *args: Any, user: User, note: Note, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.read(note)
        self.fields["heading"].initial, self.fields["body"].initial = note.heading, note.body


class NoteFilter(django_filters.FilterSet):
    """Entries by their words, kind and who wrote them."""

    words = django_filters.CharFilter(method="by_words", label="Holds the words")
    about = django_filters.CharFilter(field_name="subject__code", lookup_expr="iexact", label="About")
    mentions = django_filters.CharFilter(
        field_name="mentions__identity__code", lookup_expr="iexact", label="Mentions"
    )
    by = django_filters.CharFilter(
        field_name="performed_by__username", lookup_expr="iexact", label="By (user name)"
    )
    kind = django_filters.ChoiceFilter(choices=Note.Kind.choices, empty_label="any")

    class Meta:
        model = Note
        fields: list[str] = []

    def by_words(self, rows: QuerySet[Any], name: str, words: str) -> QuerySet[Any]:
        return search(rows, words)


class SaveViewForm(forms.ModelForm):
    """A list with its filters, under a name."""

    class Meta:
        model = SavedView
        fields = ["name", "path", "query"]

    def clean_path(self) -> str:
        path = str(self.cleaned_data["path"])
        # An address of another host would be a trap under a name of one's own.
        if not path.startswith("/") or path.startswith("//") or "\\" in path:
            raise ValidationError("A view is a page of this lab.")
        return path
