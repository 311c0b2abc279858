"""What reports of every kind say of a record: where it comes from, what happened to it, what is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lims import facts
from lims.facts import told_changes
from lims.models import Identity, LogEntry, Record, User
from lims.numbers import exact
from lims.trace import trace
from lims.units import mg_from_ug
from materials.lineage import drawn_kind
from materials.models import Powder
from testing import lineage_facts
from testing.reporting import blocks


def lineage(identity: Identity, by: User) -> dict[str, Any]:
    """Return the records that this one was made of, as far as ``by`` may see them, with the masses between them."""
    found = trace(identity, direction="up", user=by)
    facts = lineage_facts.of_powders(
        [n.identity_id for n in found.nodes if n.kind == Powder._meta.label_lower]
    )
    return {
        "nodes": [
            {
                "code": n.code,
                "kind": drawn_kind(n),
                "label": n.label,
                "facts": facts.get(n.identity_id, []),
            }
            for n in found.nodes
        ],
        "edges": [
            {
                "source": e.source,
                "target": e.target,
                "mass_mg": None if e.mass_ug is None else float(mg_from_ug(e.mass_ug)),
            }
            for e in found.edges
        ],
    }


def history(record: Record) -> list[dict[str, Any]]:
    """Return what the log tells of a record, oldest first."""
    entries = LogEntry.objects.filter(identity=record.pk).order_by("seq")
    return [
        {"at": entry.at.isoformat(timespec="seconds"), "who": entry.actor_name, "text": _told(entry)}
        for entry in entries
    ]


def _told(entry: LogEntry) -> str:
    """Return a log entry as a line: what was done, to what, and why."""
    changes = [
        f"{c['field']} {c['new']}" if c["old"] in (None, "") else f"{c['field']} {c['old']} → {c['new']}"
        for c in told_changes(entry.changes)
    ]
    told = f"{entry.verb}: {', '.join(changes)}" if changes else entry.verb
    return f"{told} ({entry.reason})" if entry.reason else told


def page_section(section: Mapping[str, Any]) -> blocks.Section:
    """Return a section of a record's page as a report prints it: the same facts in the same words."""
    rows = []
    for fact in section["facts"]:
        told = " ".join(str(part) for part in (fact["value"], fact.get("unit")) if part not in (None, ""))
        if fact.get("uncertainty"):
            told = f"{fact['value']} ± {fact['uncertainty']} {fact.get('unit') or ''}".strip()
        told = told or fact.get("blank", "")
        rows.append((fact["label"], f"{told} ({fact['hint']})" if told and fact.get("hint") else told))
    key = "".join(letter if letter.isalnum() else "_" for letter in section["title"].lower())
    return blocks.section(key, section["title"], blocks.facts(rows))


def origin_section(record: Record) -> blocks.Section:
    """Return who did it, when, and where the entry comes from."""
    return {**page_section(facts.origin(record)), "key": "origin", "title": "How it was recorded"}


def lineage_section(identity: Identity, by: User) -> blocks.Section:
    """Return what it was made of: the drawn thread, and a table of the same records."""
    found = lineage(identity, by)
    into: dict[str, list[str]] = {}
    for edge in found["edges"]:
        mass = "" if edge["mass_mg"] is None else f"{exact(edge['mass_mg'])} mg "
        into.setdefault(edge["source"], []).append(f"{mass}into {edge['target']}")
    rows = [
        [
            node["code"],
            node["label"],
            "; ".join(f"{name} {value}" for name, value in node["facts"]),
            "; ".join(into.get(node["code"], [])),
        ]
        for node in found["nodes"]
    ]
    caption = f"From the bought lots (left) to {identity.code} (right), with the mass that went into each next step."
    drawn = blocks.figure("lineage", found, caption=caption) if len(found["nodes"]) > 1 else None
    columns = ["Record", "What it is", "What is known of it", "Used"]
    return blocks.section("lineage", "Lineage", drawn, blocks.table(columns, rows))


def history_section(record: Record) -> blocks.Section:
    """Return what the log tells of a record."""
    rows = [[entry["at"], entry["who"], entry["text"]] for entry in history(record)]
    return blocks.section("history", "History", blocks.table(["When", "Who", "What"], rows))
