"""Addresses of tests, files, instruments, protocols, reports and of what plots draw."""

from django.urls import path

from testing.views import files, instruments, plots, protocols, reports, tests

app_name = "testing"
urlpatterns = [
    path("tests/", tests.tests, name="tests"),
    path("tests/<str:code>/", tests.test, name="test"),
    path("tests/<str:code>/complete/", tests.complete, name="complete_test"),
    path("tests/<str:code>/files/", files.upload, name="upload"),
    path("tests/<str:code>/plots/voltage.json", plots.voltage, name="voltage_data"),
    path("cells/<str:code>/tests/new/", tests.new_test, name="create_test"),
    path("cells/<str:code>/plots/cycles.json", plots.cycles, name="cycles_data"),
    path("cells/<str:code>/report/", reports.ask, name="request_report"),
    path("studies/<str:code>/plots/ice.svg", plots.ice, name="ice_figure"),
    path("files/", files.files, name="files"),
    path("files/<int:pk>/", files.file, name="file"),
    path("files/<int:pk>/assign/", files.assign, name="assign_file"),
    path("files/<int:pk>/progress/", files.progress, name="file_progress"),
    path("files/<int:pk>/content/", files.content, name="file_content"),
    path("instruments/", instruments.instruments, name="instruments"),
    path("instruments/new/", instruments.new_instrument, name="create_instrument"),
    path("instruments/<str:code>/", instruments.instrument, name="instrument"),
    path("instruments/<str:code>/tokens/", instruments.issue_token, name="issue_token"),
    path("instruments/<str:code>/tokens/revoke/", instruments.revoke, name="revoke_tokens"),
    path("protocols/", protocols.protocols, name="protocols"),
    path("protocols/new/", protocols.new_protocol, name="create_protocol"),
    path("protocols/<str:code>/", protocols.protocol, name="protocol"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<str:code>/", reports.report, name="report"),
    path("reports/<str:code>/progress/", reports.progress, name="report_progress"),
    path("reports/<str:code>/pdf/", reports.pdf, name="report_pdf"),
]
