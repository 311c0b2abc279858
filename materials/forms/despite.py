"""Reasons for a draw that something speaks against: asked for when they are missing, given with one tap."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from materials.actions import Despite


class ReasonInput(forms.TextInput):
    """A box whose value may come from a button of a usual reason instead; hidden until it is asked for."""

    input_type = "hidden"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(f"{name}_ready") or super().value_from_datadict(data, files, name)


class ReasonField(forms.CharField):
    """A reason that is hidden until an action asks for it, with the usual ones as buttons that also send the form.

    ready    The usual reasons.
    send     What the button says that sends the reason as it was typed.
    """

    def __init__(self, *, label: str, send: str, ready: tuple[str, ...]) -> None:
        super().__init__(
            label=label,
            required=False,
            max_length=500,
            widget=ReasonInput,
        )
        self.template_name = "materials/_reason_field.html"
        self.send, self.ready = send, ready

    def ask(self) -> None:
        """Show the box and its buttons."""
        self.widget.input_type = "text"


class DespiteMixin(forms.Form):
    """Reasons that are asked for only when something speaks against a draw; an action takes them as ``despite``."""

    lot_reason = ReasonField(
        label="Why it is used all the same",
        send="Use it all the same",
        ready=("Checked: it is good for this", "For a trial only, not for a cell", "Agreed with a manager"),
    )
    book_reason = ReasonField(
        label="Why the book is wrong",
        send="The book was wrong: correct it and go on",
        ready=("Weighed more than the book says", "Entered late", "Typing error"),
    )

    def show(self, error: ValidationError) -> None:
        """Ask for the reason that is missing, above all other fields: it alone holds the draw up."""
        missing = [name for name in ("lot_reason", "book_reason") if name in error.update_error_dict({})]
        for name in missing:
            self.fields[name].ask()  # type: ignore[attr-defined]  # a ReasonField
        self.order_fields(missing)
        super().show(error)  # type: ignore[misc]  # the other parent is an ActionForm

    def asked(self) -> list[forms.BoundField]:
        """Return the reasons that are asked for."""
        return [self[name] for name in ("lot_reason", "book_reason") if not self[name].is_hidden]

    def arguments(self) -> dict[str, Any]:
        given: dict[str, Any] = super().arguments()  # type: ignore[misc]  # the other parent is an ActionForm
        # Taken out first: what is spread before it is taken out would still be there.
        despite = Despite(given.pop("lot_reason"), given.pop("book_reason"))
        return {**given, "despite": despite}
