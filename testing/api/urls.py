"""Addresses of the testing app's API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from testing.api import views

router = SimpleRouter()
router.register("instruments", views.InstrumentViewSet, basename="api-instrument")
router.register("protocols", views.ProtocolViewSet, basename="api-protocol")
router.register("tests", views.TestViewSet, basename="api-test")
router.register("files", views.FileViewSet, basename="api-file")
router.register("reports", views.ReportViewSet, basename="api-report")

urlpatterns = [
    path("cells/<code:code>/metrics/", views.CellMetricsView.as_view(), name="api-cell-metrics"),
    path("studies/<code:code>/statistics/", views.StudyStatisticsView.as_view(), name="api-study-statistics"),
    path("", include(router.urls)),
]
