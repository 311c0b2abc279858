"""Addresses of the API that belong to no app above."""

from django.urls import path, register_converter

from lims.api.converters import CodeConverter
from lims.api.views import CreateTokenView, TraceView
from lims.views import pages

register_converter(CodeConverter, "code")

urlpatterns = [
    path("auth/token/", CreateTokenView.as_view(), name="api_token"),
    path("trace/<code:code>/", TraceView.as_view(), name="api_trace"),
    path("health/live/", pages.live, name="api_live"),
    path("health/ready/", pages.ready, name="api_ready"),
]
