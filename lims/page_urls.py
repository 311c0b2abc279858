"""Addresses of the lab's own pages."""

from django.urls import path

from lims.views import attachments, home, labels, notebook, pages, saved, scan, suspects, trace

app_name = "lims"
urlpatterns = [
    path("", home.home, name="home"),
    path("scan/", scan.scan, name="scan"),
    path("s/<str:code>", scan.short, name="short"),
    path("log/", pages.log, name="log"),
    path("trace/<str:code>/", trace.thread, name="trace"),
    path("suspects/", suspects.suspects, name="suspects"),
    path("suspects/<int:pk>/", suspects.suspicion, name="suspicion"),
    path("suspects/<int:pk>/clear/", suspects.clear, name="clear_suspicion"),
    path("records/<str:code>/suspect/", suspects.mark, name="mark_suspect"),
    path("notebook/", notebook.notes, name="notebook"),
    path("notebook/new/", notebook.write, name="write_note"),
    path("notebook/<str:code>/", notebook.note, name="note"),
    path("notebook/<str:code>/anew/", notebook.rewrite, name="rewrite_note"),
    path("views/", saved.save, name="save_view"),
    path("views/<int:pk>/drop/", saved.drop, name="drop_view"),
    path("labels/", labels.choose, name="labels"),
    path("labels/labels.pdf", labels.pdf, name="label_pdf"),
    path("records/<str:code>/attachments/", attachments.attachments, name="attachments"),
    path("attachments/<int:pk>/", attachments.content, name="attachment"),
    path("attachments/<int:pk>/thumbnail/", attachments.small, name="thumbnail"),
    path("attachments/<int:pk>/withdraw/", attachments.withdraw, name="withdraw_attachment"),
]
