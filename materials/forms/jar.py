"""What people type about one jar: drawn from, returned to, weighed, spilled, held, thrown away."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.forms import ActionForm, MassField
from lims.models import User
from materials.forms.choices import balance_field, offer_balances
from materials.forms.despite import DespiteMixin
from materials.models import Powder

# The book adds the masses to what is typed when a jar is weighed, and both must fit its reason.
WEIGHING_NOTE_LETTERS = 300


def reason_field(help_text: str, label: str = "Why", *, required: bool = True) -> forms.CharField:
    return forms.CharField(max_length=500, label=label, help_text=help_text, required=required)


class DrawForm(DespiteMixin, ActionForm):
    """A plain draw."""

    mass_ug = MassField(label="Mass")
    purpose = forms.CharField(
        max_length=200, help_text="What it is taken for: XRD, a test pellet, a colleague."
    )
    balance = balance_field()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_balances(self, user)


class ReturnForm(ActionForm):
    """Some of a draw, put back."""

    mass_ug = MassField(label="Mass put back")
    reason = reason_field("Such as: the trial took less.", required=False)


class CorrectDrawForm(ActionForm):
    """What a draw really took."""

    mass_ug = MassField(label="Mass that was really taken", help_text="Less what has been put back.")
    reason = reason_field("Such as: misread the balance.")


class ChangeForm(ActionForm):
    """A gain or loss in the jar."""

    mass_ug = MassField(label="Mass")
    reason = reason_field("Such as: spilled, left on the wall, took up moisture.")


class AdjustForm(ActionForm):
    """What the jar holds, without a weighing of the jar."""

    mass_ug = MassField(label="Mass that is in the jar", allow_zero=True)
    reason = reason_field("How it is known: emptied into a boat and weighed, counted out.")


class WeighJarForm(ActionForm):
    """The jar as it stands on the balance."""

    gross_ug = MassField(label="Jar with lid and powder", help_text="As the balance shows it.")
    tare_ug = MassField(label="Tare: the empty jar with its lid", help_text="Kept for the next time.")
    balance = balance_field()
    reason = forms.CharField(max_length=WEIGHING_NOTE_LETTERS, required=False, label="Remark")

    def __init__(self, *args: Any, user: User, powder: Powder, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_balances(self, user)
        self.fields["balance"].help_text = "Stands in the ledger beside the weighing."
        known_ug = powder.container_tare_ug
        if known_ug is not None:
            self.fields["tare_ug"].initial = known_ug
            self.fields["tare_ug"].required = False


class ReasonForm(ActionForm):
    """That something is done with the whole jar, and why."""

    reason = reason_field("It stays in the history of the powder.")


class VerdictForm(ActionForm):
    """What a manager makes of a draw that needed a reason."""

    verdict = forms.CharField(
        max_length=500,
        label="Verdict",
        help_text="Such as: fine for this; measure the moisture before the next.",
    )
