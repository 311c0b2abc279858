"""Who may be named as the one who did something."""

from __future__ import annotations

from django.db.models import QuerySet

from lims.models import Role, User

LONGEST_USERNAME = 150


def people() -> QuerySet[User]:
    """Return the people of the lab, those who have left included: old notebooks name them. No instruments."""
    return User.objects.exclude(role=Role.INSTRUMENT).order_by("-is_active", "first_name", "username")
