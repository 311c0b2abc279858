"""Addresses of the API that belong to no app above."""

from django.urls import path

from lims.api.views import CreateTokenView, TraceView
from lims.views import pages

urlpatterns = [
    path("auth/token/", CreateTokenView.as_view(), name="api_token"),
    path("trace/<str:code>/", TraceView.as_view(), name="api_trace"),
    path("health/live/", pages.live, name="api_live"),
    path("health/ready/", pages.ready, name="api_ready"),
]
