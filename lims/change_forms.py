"""Forms that change a record: they carry the version that was read, and why it is changed."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.facts import told_changes
from lims.form_parts import ModelFieldsForm
from lims.models import LogEntry, Record, User
from lims.records import StaleRecord


class ChangeMixin(forms.Form):
    """The version that the page showed, and the reason; put it before an ActionForm."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(
        max_length=500, label="Why it is changed", help_text="Kept in the history, beside old and new."
    )

    def read(self, record: Record) -> None:
        """Begin with the version that ``record`` has now."""
        self.fields["expected_version"].initial = record.version

    def show_stale(self, stale: StaleRecord) -> None:
        """Say what somebody else has changed meanwhile, and let this be sent again over it."""
        form: Any = self
        typed = form._typed().copy()
        typed[form.add_prefix("expected_version")] = str(stale.record.version)
        form.data = typed
        changes = "; ".join(what_changed(stale.record, since_version=stale.expected_version))
        form.add_error(
            None,
            f"Somebody else has changed {stale.record.code} since you opened this page: {changes}. "
            "Your own values stand below: send them again to put them in place of these.",
        )


def what_changed(record: Record, *, since_version: int) -> list[str]:
    """Return in words what was changed in ``record`` after it had this version, newest first."""
    # Whatever raises a version writes at least one entry.
    entries = LogEntry.objects.filter(identity=record.pk)[: record.version - since_version]
    told = []
    for entry in entries:
        changes = ", ".join(
            f"{c['field']} {c['old']} → {c['new']}"
            if c["old"] not in (None, "")
            else f"{c['field']} {c['new']}"
            for c in told_changes(entry.changes)
        )
        told.append(f"{entry.actor_name} {entry.verb}" + (f" {changes}" if changes else ""))
    return told


class ChangeForm(ChangeMixin, ModelFieldsForm):
    """A record's own fields, filled with what it says now."""

    def __init__(self, *args: Any, user: User, record: Record, **kwargs: Any) -> None:
        initial = {name: getattr(record, name) for name in self.model_field_names}
        kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
        super().__init__(*args, user=user, **kwargs)
        self.read(record)
        self.order_fields([name for name in self.fields if name != "reason"])
