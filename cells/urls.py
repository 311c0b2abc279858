"""Addresses of studies, designs and cells."""

from django.urls import path

from cells.views import build, cells, designs, studies

app_name = "cells"
urlpatterns = [
    path("studies/", studies.studies, name="studies"),
    path("studies/new/", studies.new_study, name="create_study"),
    path("studies/<str:code>/", studies.study, name="study"),
    path("cells/", cells.cells, name="cells"),
    path("cells/plan/", build.plan, name="plan"),
    path("cells/<str:code>/", cells.cell, name="cell"),
    path("cells/<str:code>/press/", build.press, name="press"),
    path("cells/<str:code>/finish/", build.finish, name="finish"),
    path("cells/<str:code>/fail/", build.fail, name="fail"),
    path("cells/<str:code>/correct/<str:role>/", build.correct, name="correct"),
    path("cells/<str:code>/deviation/", build.deviation, name="deviation"),
    path("designs/", designs.designs, name="designs"),
    path("designs/new/", designs.new_design, name="create_design"),
    path("designs/<str:code>/", designs.design, name="design"),
]
