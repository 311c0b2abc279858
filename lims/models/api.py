"""What scripts and instruments carry: tokens, and keys that make a repeated call harmless."""

from __future__ import annotations

from django.db import models
from knox.models import AbstractAuthToken

from lims.models.people import User


class ApiToken(AbstractAuthToken):
    """A token of a person or an instrument. Only its digest is kept; the text is shown once."""

    label = models.CharField(max_length=80, blank=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user} {self.token_key}…"


class IdempotencyKey(models.Model):
    """That a write with this key was done, and what was answered."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_use_per_key", fields=["user", "key"])]

    def __str__(self) -> str:
        return self.key
