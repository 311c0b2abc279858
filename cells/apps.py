"""cells: how a cell is meant, how it was built, and the studies that group cells."""

from django.apps import AppConfig


class CellsConfig(AppConfig):
    name = "cells"

    def ready(self) -> None:
        from cells import provides

        provides.register()
