"""testing: what was measured, what it means, the reports that say so, and the demo lab."""

from django.apps import AppConfig


class TestingConfig(AppConfig):
    name = "testing"

    def ready(self) -> None:
        from testing import provided, provides

        provides.register()
        provided.register()
