"""The administrator's door: people and projects are edited here; what is immutable can only be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from lims.models import Identity, Job, LogEntry, Membership, Project, User


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that are written by actions alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(admin.TabularInline):
    """Who belongs to a project."""

    model = Membership
    extra = 1
    autocomplete_fields = ["user"]


@admin.register(User)
class LabUserAdmin(UserAdmin):
    """People, with their role in the lab."""

    list_display = ["username", "first_name", "last_name", "role", "is_active"]
    list_filter = ["role", "is_active"]
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Laboratory", {"fields": ["role"]}))
    add_fieldsets = (*UserAdmin.add_fieldsets, ("Laboratory", {"fields": ["role"]}))


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):
    """Projects and their members."""

    list_display = ["code", "name", "simulated"]
    inlines = [MembershipInline]


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """The log."""

    list_display = ["seq", "at", "actor_name", "verb", "subject"]
    search_fields = ["subject", "actor_name", "verb"]


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    """Every code that was given out."""

    list_display = ["code", "kind", "project"]
    search_fields = ["code"]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Work, waiting and done."""

    list_display = ["kind", "target_id", "state", "attempts", "progress", "reason"]
    list_filter = ["state", "kind"]
