"""Who may do what. A role says what in the whole lab; membership of a project says to which records."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from lims.models import Role, User

# Each capability and the roles that have it; an administrator has all of them.
CAPABILITIES: dict[str, frozenset[str]] = {
    "read": frozenset({Role.READER, Role.RESEARCHER, Role.MANAGER}),
    "record": frozenset({Role.RESEARCHER, Role.MANAGER}),
    "report": frozenset({Role.READER, Role.RESEARCHER, Role.MANAGER}),
    "review": frozenset({Role.MANAGER}),
    "release": frozenset({Role.MANAGER}),
    "issue_token": frozenset({Role.MANAGER}),
    "post_file": frozenset({Role.RESEARCHER, Role.MANAGER, Role.INSTRUMENT}),
}


def may(user: User | AnonymousUser, capability: str) -> bool:
    """Return whether ``user`` has ``capability``; an unknown one is a KeyError, not a quiet no."""
    roles = CAPABILITIES[capability]
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.is_superuser or user.role in roles


def require(user: User | AnonymousUser, capability: str) -> User:
    """Return ``user``, or raise PermissionDenied with what their role lacks."""
    if not may(user, capability) or not isinstance(user, User):
        role = user.get_role_display() if isinstance(user, User) else "visitor"
        raise PermissionDenied(f"A {role.lower()} cannot do this ({capability.replace('_', ' ')}).")
    return user
