"""Which jars the weighing screen offers to be tapped: for a row, for the rest of one, and instead of the chosen one."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from lims.forms import ActionForm
from lims.models import User
from materials.forms import JarForm, RestForm
from materials.genealogy import substance_of
from materials.models import Powder
from materials.weighings import RowStanding

JARS_OFFERED = 6
# What each of them is of takes a question or two.
JARS_LOOKED_AT = 20


def jars(user: User, here: RowStanding) -> list[dict[str, Any]]:
    """Return the jars that can be tapped: the chosen one, or those of the right material."""
    if here.row.powder is not None:
        offered = [Powder.objects.with_codes().with_balance().get(pk=here.row.powder.pk)]
    elif here.row.part is not None:
        fitting = Powder.objects.visible_to(user).with_codes().with_balance().open().weighed()
        found = fitting.filter(material=here.row.part.material_id).order_by("-pk")
        offered = list(found[:JARS_OFFERED])
    else:
        offered = []
    return [
        {"form": JarForm(user=user, initial={"powder": jar}), "powder": jar, "left": jar.left_text()}
        for jar in offered
    ]


def rest_jars(user: User, here: RowStanding) -> list[dict[str, Any]]:
    """Return the other jars of the same material that what is missing of a weighed row can come from."""
    row = here.row
    if here.standing != "below" or row.powder is None:
        return []
    fitting = (
        Powder.objects.visible_to(user).with_codes().with_balance().open().weighed().exclude(pk=row.powder.pk)
    )
    if row.part is not None:
        fitting = fitting.filter(material=row.part.material_id)
    else:
        fitting = fitting.filter(Q(kind=Powder.Kind.COMPOSITE) | Q(material=None))
    first = substance_of(row.powder)
    same = [
        jar
        for jar in fitting.order_by("-pk")[:JARS_LOOKED_AT]
        if jar.balance_ug > 0 and substance_of(jar) == first
    ]
    return [
        {"form": RestForm(user=user, initial={"powder": jar}), "powder": jar, "left": jar.left_text()}
        for jar in same[:JARS_OFFERED]
    ]


def instead(user: User, here: RowStanding, form: ActionForm | None) -> JarForm | None:
    """Return the form that takes another jar of the right material than the chosen one, where that was scanned."""
    scanned = form.cleaned_data.get("powder") if form is not None and hasattr(form, "cleaned_data") else None
    part, chosen = here.row.part, here.row.powder
    if scanned is None or part is None or chosen is None or here.row.mass_ug is not None:
        return None
    if scanned.material_id != part.material_id or scanned.pk == chosen.pk:
        return None
    return JarForm(user=user, initial={"powder": scanned, "instead": "True"})
