"""materials: powders, what is made from them, and where every microgram went."""

from django.apps import AppConfig


class MaterialsConfig(AppConfig):
    name = "materials"

    def ready(self) -> None:
        from materials import provides

        provides.register()
