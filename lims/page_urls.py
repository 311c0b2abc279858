"""Addresses of the lab's own pages."""

from django.urls import path

from lims.views import pages

app_name = "lims"
urlpatterns = [
    path("", pages.home, name="home"),
    path("scan/", pages.scan, name="scan"),
    path("log/", pages.log, name="log"),
]
