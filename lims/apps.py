"""lims: what every app stands on."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LimsConfig(AppConfig):
    name = "lims"
    verbose_name = "Laboratory"

    def ready(self) -> None:
        from lims import checks, registry, triggers  # noqa: F401 - checks register themselves
        from lims.models import LogEntry

        registry.immutable.append(LogEntry)
        post_migrate.connect(triggers.install_after_migrate)
