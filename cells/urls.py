"""Addresses."""
urlpatterns: list = []
app_name = "cells"
