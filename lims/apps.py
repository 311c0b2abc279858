"""lims: what every app stands on."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LimsConfig(AppConfig):
    name = "lims"
    verbose_name = "Laboratory"

    def ready(self) -> None:
        from lims import checks, registry, triggers  # noqa: F401 - checks register themselves
        from lims.models import LogEntry, Note, NoteEdition
        from lims.notebook import entries_named
        from lims.views.home import jobs_card, people_card
        from lims.views.notebook import headings_of
        from lims.views.suspect_notes import suspects_card

        registry.immutable += [LogEntry, NoteEdition]
        registry.register(
            registry.Kind(
                Note, "Entry", "Notebook entries", "lims:note", "lims:notebook", "notebook-pen", headings_of
            )
        )
        registry.name_finders.append(entries_named)
        registry.home_cards += [suspects_card, jobs_card, people_card]
        registry.navigation.append(registry.NavigationItem("Notebook", "lims:notebook", "notebook-pen", 42))
        registry.navigation.append(registry.NavigationItem("Suspects", "lims:suspects", "flag", 45))
        post_migrate.connect(triggers.install_after_migrate)
