"""People, the instruments that act like people, and the projects that decide who may see what."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q


class Role(models.TextChoices):
    """A role holds in the whole lab; membership of a project gives sight."""

    READER = "reader", "Reader"
    RESEARCHER = "researcher", "Researcher"
    MANAGER = "manager", "Manager"
    INSTRUMENT = "instrument", "Instrument"


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox has no types
    """Somebody, or an instrument, in whose name things are written."""

    role = models.CharField(max_length=12, choices=Role, default=Role.RESEARCHER)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="instrument_is_no_administrator",
                condition=~Q(role="instrument") | Q(is_superuser=False, is_staff=False),
                violation_error_message="An instrument's account cannot administer the lab.",
            ),
        ]

    @property
    def is_instrument(self) -> bool:
        return self.role == Role.INSTRUMENT

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class ProjectQuerySet(models.QuerySet["Project"]):
    """Questions about projects."""

    def visible_to(self, user: User) -> ProjectQuerySet:
        """Return the projects whose records ``user`` may see."""
        if user.is_superuser:
            return self
        return self.filter(membership__user=user)


class Project(models.Model):
    """Who may see its records, and whether they were measured or simulated."""

    code = models.SlugField(
        max_length=20,
        unique=True,
        validators=[
            RegexValidator(r"^[A-Z][A-Z0-9-]*$", "A project's code is capital letters, digits and hyphens.")
        ],
    )
    name = models.CharField(max_length=120)
    simulated = models.BooleanField(
        default=False,
        help_text="Its numbers come from a simulator. Every page, file and report of it says so.",
    )
    members = models.ManyToManyField(User, through="Membership", related_name="projects")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Membership(models.Model):
    """That a person belongs to a project."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    project = models.ForeignKey(Project, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_membership_each", fields=["user", "project"])]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}"
