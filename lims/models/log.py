"""The log: append-only, and chained by hashes so that a hole or a change shows."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import models

from lims.models.people import User
from lims.models.records import Identity


class LogHead(models.Model):
    """The end of the chain. Its one row is locked by whoever appends, last in the transaction."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last_seq = models.PositiveBigIntegerField(default=0)
    last_hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"entry {self.last_seq}"


class LogEntry(models.Model):
    """Who did what to which record, what it was and what it is now, when and why."""

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=150)
    actor_role = models.CharField(max_length=20)
    verb = models.CharField(max_length=60)
    identity = models.ForeignKey(Identity, null=True, on_delete=models.PROTECT, related_name="log")
    subject = models.CharField(max_length=120)
    # Canonical text rather than a JSON column: PostgreSQL would re-spell the numbers and break the hash.
    changes_json = models.TextField(default="{}")
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=32, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-seq"]
        verbose_name_plural = "log entries"
        indexes = [models.Index(fields=["identity", "-seq"], name="log_of_record")]

    def __str__(self) -> str:
        return f"{self.seq}: {self.actor_name} {self.verb} {self.subject}"

    @property
    def changes(self) -> dict[str, Any]:
        """Return what changed: ``{field: [old, new]}``, or ``{name: value}`` for a new thing."""
        loaded: dict[str, Any] = json.loads(self.changes_json)
        return loaded

    def computed_hash(self) -> str:
        """Return the SHA-256 over every field and the hash before it."""
        facts = [
            self.seq,
            self.at.isoformat(),
            self.actor_id,
            self.actor_name,
            self.actor_role,
            self.verb,
            self.identity_id,
            self.subject,
            self.changes_json,
            self.reason,
            self.request_id,
            self.previous_hash,
        ]
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()
