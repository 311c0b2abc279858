"""Addresses of the API that belong to no app above."""

from django.urls import include, path, register_converter
from rest_framework.routers import SimpleRouter

from lims.api.attachments import AttachmentFileView, RecordAttachmentsView, WithdrawAttachmentView
from lims.api.converters import CodeConverter
from lims.api.labels import LabelsView, LabelView, ScanView
from lims.api.notebook import NoteViewSet
from lims.api.suspects import ClearSuspicionView, SuspicionsView, SuspicionView
from lims.api.trace import TraceView
from lims.api.views import CreateTokenView
from lims.views import pages

register_converter(CodeConverter, "code")

router = SimpleRouter()
router.register("notes", NoteViewSet, basename="api-note")

urlpatterns = [
    path("", include(router.urls)),
    path("auth/token/", CreateTokenView.as_view(), name="api_token"),
    path("trace/<code:code>/", TraceView.as_view(), name="api_trace"),
    path("suspicions/", SuspicionsView.as_view(), name="api_suspicions"),
    path("suspicions/<int:pk>/", SuspicionView.as_view(), name="api_suspicion"),
    path("suspicions/<int:pk>/clear/", ClearSuspicionView.as_view(), name="api_clear_suspicion"),
    path("records/<code:code>/attachments/", RecordAttachmentsView.as_view(), name="api_attachments"),
    path("records/<code:code>/label.pdf", LabelView.as_view(), name="api_label"),
    path("attachments/<int:pk>/file/", AttachmentFileView.as_view(), name="api_attachment_file"),
    path("attachments/<int:pk>/withdraw/", WithdrawAttachmentView.as_view(), name="api_withdraw_attachment"),
    path("labels/", LabelsView.as_view(), name="api_labels"),
    path("scan/", ScanView.as_view(), name="api_scan"),
    path("health/live/", pages.live, name="api_live"),
    path("health/ready/", pages.ready, name="api_ready"),
]
