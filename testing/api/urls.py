"""Addresses of the testing app's API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from testing.api import (
    alerts,
    comparisons,
    files,
    instruments,
    live,
    mappings,
    metrics,
    quality,
    reports,
    samples,
    trials,
    uploads,
    views,
)

router = SimpleRouter()
router.register("instruments", instruments.InstrumentViewSet, basename="api-instrument")
router.register("reservations", instruments.ReservationViewSet, basename="api-reservation")
router.register("alerts", alerts.AlertViewSet, basename="api-alert")
router.register("protocols", views.ProtocolViewSet, basename="api-protocol")
router.register("tests", views.TestViewSet, basename="api-test")
router.register("files", files.FileViewSet, basename="api-file")
router.register("column-mappings", mappings.ColumnMappingViewSet, basename="api-column-mapping")
router.register("report-layouts", reports.ReportLayoutViewSet, basename="api-report-layout")
router.register("samples", samples.SampleViewSet, basename="api-sample")
router.register("characterisations", samples.CharacterisationViewSet, basename="api-characterisation")
router.register("reports", reports.ReportViewSet, basename="api-report")

router.register("comparisons", comparisons.ComparisonViewSet, basename="api-comparison")

urlpatterns = [
    path(
        "studies/<code:code>/differences/",
        comparisons.StudyDifferencesView.as_view(),
        name="api-study-differences",
    ),
    path("pictures/<slug:name>/", comparisons.PictureView.as_view(), name="api-picture"),
    path("find/cells/", quality.CellsByNumbersView.as_view(), name="api-find-cells"),
    path("checks/", quality.ThresholdsView.as_view(), name="api-checks"),
    path("checks/<str:name>/", quality.ThresholdView.as_view(), name="api-check"),
    path("method-trials/", trials.TrialsView.as_view(), name="api-trials"),
    path("method-trials/<int:pk>/compared/", trials.TrialView.as_view(), name="api-trial"),
    path("method-trials/<int:pk>/decide/", trials.DecideTrialView.as_view(), name="api-decide-trial"),
    path("tests/<code:code>/checks/", quality.TestChecksView.as_view(), name="api-test-checks"),
    path("tests/<code:code>/conformance/", quality.ConformanceView.as_view(), name="api-conformance"),
    path("cells/<code:code>/past-metrics/", quality.PastMetricsView.as_view(), name="api-past-metrics"),
    path("cells/<code:code>/exclusions/", quality.ExclusionsView.as_view(), name="api-exclusions"),
    path(
        "cells/<code:code>/exclusions/<int:pk>/lift/",
        quality.LiftExclusionView.as_view(),
        name="api-lift-exclusion",
    ),
    path("metrics/names/", metrics.MetricNamesView.as_view(), name="api-metric-names"),
    path("reports/verify/", reports.VerifyView.as_view(), name="api-verify"),
    path("cells/<code:code>/metrics/", views.CellMetricsView.as_view(), name="api-cell-metrics"),
    path("studies/<code:code>/statistics/", views.StudyStatisticsView.as_view(), name="api-study-statistics"),
    path("instruments/<code:code>/heartbeat/", instruments.HeartbeatView.as_view(), name="api-heartbeat"),
    path("board/", instruments.BoardView.as_view(), name="api-board"),
    path("tests/<code:code>/rows/", live.RowsView.as_view(), name="api-rows"),
    path("uploads/", uploads.UploadsView.as_view(), name="api-uploads"),
    path("uploads/<uuid:key>/", uploads.UploadView.as_view(), name="api-upload"),
    path("", include(router.urls)),
]
