"""cells: how a cell is meant, how it was built, and the studies that group cells."""

from django.apps import AppConfig


class CellsConfig(AppConfig):
    name = "cells"

    def ready(self) -> None:
        from cells import provides  # noqa: PLC0415 - what this app shows elsewhere, once models are loaded

        provides.register()
