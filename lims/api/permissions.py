"""The one permission class: the view names the capability, the role has it or not."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from lims.models import User
from lims.permissions import may


class LabPermission(BasePermission):
    """Reading needs ``read``, writing what the view's ``capability`` says, ``record`` by default.

    An instrument is let in only where the view says ``instruments = True``.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        if user.is_instrument:
            return bool(getattr(view, "instruments", False))
        if request.method in SAFE_METHODS:
            return may(user, "read")
        return may(user, getattr(view, "capability", "record"))
