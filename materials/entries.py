"""A powder's book, mass or count alike."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from lims.models import Identity, User
from materials.models import CountEntry, MassEntry, Powder

Entry = MassEntry | CountEntry


def entries_of(powder: Powder, user: User) -> QuerySet[Any]:
    """Return the entries of a powder, newest first; ``consumer_is_seen``: may ``user`` see what each fed."""
    model: type[Entry] = CountEntry if powder.counted_in else MassEntry
    seen = Identity.objects.visible_to(user).filter(pk=OuterRef("use__consumer"))
    entries = model._default_manager.filter(powder=powder).select_related("by", "use__consumer")
    return entries.annotate(consumer_is_seen=Exists(seen)).order_by("-seq")
