"""Forms in groups: what is asked at the bench first, then whose it is, the rest folded away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

Group = dict[str, Any]
# Title, names of its fields, and whether it is folded away.
Groups = tuple[tuple[str, tuple[str, ...], bool], ...]


class GroupsMixin(forms.Form):
    """Fields in groups, some for whoever stands at the bench, others folded; before an ActionForm."""

    GROUPS: Groups = ()
    REST = "Project and name"

    def groups(self) -> Iterator[Group]:
        """Return each group with its fields: those at the bench, what no group names, the folded ones.

        The project is among what no group names and is never folded, since left empty it shares the record with
        the whole lab. A folded group with an error is open.
        """
        named = {name for _, names, _ in self.GROUPS for name in names}
        asked = [field.name for field in self.asked()] if hasattr(self, "asked") else []
        rest = tuple(f.name for f in self.visible_fields() if f.name not in named and f.name not in asked)
        if asked:
            yield {"title": "Before it goes on", "fields": [self[name] for name in asked], "folded": False}
        at_the_bench = [group for group in self.GROUPS if not group[2]]
        folded_away = [group for group in self.GROUPS if group[2]]
        for title, names, folded in (*at_the_bench, (self.REST, rest, False), *folded_away):
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                is_open = any(field.errors for field in fields)
                yield {"title": title, "fields": fields, "folded": folded, "open": is_open}
