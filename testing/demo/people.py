"""The cast of the demo lab."""

from __future__ import annotations

from dataclasses import dataclass

from lims.audit import action, log
from lims.models import Membership, Project, Role, User

PASSWORD = "demo-lab"  # noqa: S105 - printed by `./lab run`; with it in, the server listens on 127.0.0.1 alone
PROJECT, OTHER_PROJECT = "NB-COAT", "SULFUR"


@dataclass(frozen=True)
class Cast:
    """Who the demo lab's records are entered by."""

    ada: User
    grace: User
    otto: User
    admin: User
    project: Project
    other_project: Project


@action
def bring_in_the_cast() -> Cast:
    """Return the demo lab's people and projects, made where they are missing."""
    project = _project(PROJECT, "Nb2O5-coated NMC532 (simulated)")
    other = _project(OTHER_PROJECT, "Sulfur cathodes (simulated)")
    return Cast(
        ada=_person("ada", "Ada", "Lovelace", Role.RESEARCHER, project),
        grace=_person("grace", "Grace", "Hopper", Role.MANAGER, project),
        otto=_person("otto", "Otto", "Hahn", Role.RESEARCHER, other),
        admin=_person("admin", "Admin", "", Role.MANAGER, None),
        project=project,
        other_project=other,
    )


def _project(code: str, name: str) -> Project:
    project, created = Project.objects.get_or_create(code=code, defaults={"name": name, "simulated": True})
    if created:
        log(None, "opened a project", code, name=name, simulated=True)
    return project


def _person(username: str, first_name: str, last_name: str, role: Role, project: Project | None) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        create = User.objects.create_superuser if username == "admin" else User.objects.create_user
        user = create(username, password=PASSWORD, first_name=first_name, last_name=last_name, role=role)
        log(None, "opened an account", username, role=role.value)
    if project is not None:
        Membership.objects.get_or_create(user=user, project=project)
    return user
