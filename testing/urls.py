"""Addresses."""
urlpatterns: list = []
app_name = "testing"
