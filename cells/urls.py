"""Addresses of studies, designs and cells."""

from django.urls import path

from cells.views import bench, build, cells, claims, designs, observe, panel, papers, planning, studies

app_name = "cells"
urlpatterns = [
    path("studies/", studies.studies, name="studies"),
    path("studies/new/", studies.new_study, name="create_study"),
    path("studies/<str:code>/", studies.study, name="study"),
    path("studies/<str:code>/plan/", planning.plan_study, name="plan_study"),
    path("studies/<str:code>/claims/new/", claims.make_claim, name="make_claim"),
    path("studies/<str:code>/claims/<int:number>/withdraw/", claims.withdraw_claim, name="withdraw_claim"),
    path("cells/", cells.cells, name="cells"),
    path("cells/plan/", build.plan, name="plan"),
    path("cells/bench/", bench.start, name="bench_start"),
    path("cells/run-sheets/", papers.run_sheets, name="run_sheets"),
    path("cells/<str:code>/", cells.cell, name="cell"),
    path("cells/<str:code>/what-if/", panel.cell_what_if, name="cell_what_if"),
    path("cells/<str:code>/build/", bench.build, name="bench"),
    path("cells/<str:code>/passport/", papers.passport, name="passport"),
    path("cells/<str:code>/press/", build.press, name="press"),
    path("cells/<str:code>/finish/", build.finish, name="finish"),
    path("cells/<str:code>/fail/", build.fail, name="fail"),
    path("cells/<str:code>/correct/<str:role>/", build.correct, name="correct"),
    path("cells/<str:code>/correct-press/<int:number>/", observe.correct_press, name="correct_press"),
    path("cells/<str:code>/change/", observe.change, name="change"),
    path("cells/<str:code>/height/", observe.height, name="height"),
    path("cells/<str:code>/thickness/", observe.thickness, name="thickness"),
    path("cells/<str:code>/stack/", observe.stack, name="stack"),
    path("cells/<str:code>/end/", observe.end, name="end"),
    path("cells/<str:code>/dismantle/", observe.dismantle, name="dismantle"),
    path("cells/<str:code>/rebuild/", observe.rebuild, name="rebuild"),
    path("records/<str:code>/exposure/", observe.exposure, name="exposure"),
    path("cells/<str:code>/deviation/", build.deviation, name="deviation"),
    path("designs/", designs.designs, name="designs"),
    path("designs/new/", designs.new_design, name="create_design"),
    path("designs/<str:code>/", designs.design, name="design"),
    path("designs/<str:code>/weigh/", planning.plan_lots, name="plan_lots"),
    path("designs/<str:code>/pair/", planning.pair, name="pair"),
    path("designs/<str:code>/what-if/", panel.design_what_if, name="design_what_if"),
    path("designs/<str:code>/edition/", designs.write_design_edition, name="write_design_edition"),
    path("designs/<str:code>/limits/", designs.set_limits, name="set_limits"),
]
