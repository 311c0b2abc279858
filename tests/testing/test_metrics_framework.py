"""The framework of metrics: a number or a reason for each method, computed once for the same inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from lims import jobs
from lims.models import Job, User
from testing import analyse, methods
from testing.inputs import gather
from testing.methods.base import (
    Basis,
    Inputs,
    Known,
    Method,
    NoNumber,
    Number,
    Output,
    Parameter,
    run,
)
from testing.methods.per import per_area
from testing.models import MethodInUse, Metric, PastMetric
from tests.testing.bench import Bench


def give(**answers: object) -> Method:
    outputs = [Output(name, name.title(), "mAh") for name in answers]
    return Method("made_up", "1", "test", outputs, frozenset(), lambda _: answers, "none")


def test_each_output_has_a_number_or_a_reason():
    found = run(
        give(a=Number(1.0, "all of it"), b=[NoNumber("no 1C", "1C"), Number(2.0, "C/10", variant="C/10")]),
        Inputs("C", ()),
        {},
    )
    assert [(r.name, r.variant, r.value, r.reason) for r in found] == [
        ("a", "", 1.0, ""),
        ("b", "1C", None, "no 1C"),
        ("b", "C/10", 2.0, ""),
    ]


def test_a_refusal_is_the_reason_of_every_output_and_a_bug_rises():
    def refuse(inputs: Inputs) -> dict[str, Number]:
        raise ValueError("The window holds no cycle.")

    def forget(inputs: Inputs) -> dict[str, Number]:
        return {}

    method = Method(
        "m", "1", "test", [Output("a", "A", "V"), Output("b", "B", "V")], frozenset(), refuse, "none"
    )
    assert {r.reason for r in run(method, Inputs("C", ()), {})} == {"The window holds no cycle."}
    with pytest.raises(KeyError):
        run(
            Method("m", "1", "test", [Output("a", "A", "V")], frozenset(), forget, "none"),
            Inputs("C", ()),
            {},
        )


def test_what_is_no_number_becomes_a_reason():
    (found,) = run(give(a=Number(float("nan"), "")), Inputs("C", ()), {})
    assert found.value is None
    assert "no number" in found.reason


def test_parameters_are_judged():
    method = Method(
        "m", "1", "test", [], frozenset(), dict, "none",
        [Parameter("cycle", 2, "Reference cycle"), Parameter("of", "charge", "Of", choices=["charge", "discharge"])],
    )  # fmt: skip
    assert method.judged({"cycle": 3}) == {"cycle": 3, "of": "charge"}
    for wrong, sentence in (
        ({"cycle": 2.5}, "whole number"),
        ({"of": "both"}, "one of charge"),
        ({"x": 1}, "no parameter"),
    ):
        with pytest.raises(ValueError, match=sentence):
            method.judged(wrong)


def test_names_are_unique_and_every_science_page_exists():
    outputs = [output.name for method in methods.newest().values() for output in method.outputs]
    assert len(outputs) == len(set(outputs))
    pages = Path(__file__).parents[2] / "docs" / "science"
    assert [m.science for m in methods.METHODS if not (pages / f"{m.science}.md").exists()] == []


def test_per_area_multiplies_a_resistance_and_leaves_a_fraction_alone():
    basis = Basis(1, area_cm2=Known(0.5, 0.005))
    assert per_area(Known(10.0, 0.1), "ohm", basis) == Known(5.0, pytest.approx(5.0 * 2**0.5 * 0.01))
    assert per_area(Known(10.0), "mAh", basis) == Known(20.0, None)
    assert per_area(Known(0.9), "fraction", basis) is None


def test_the_same_inputs_are_computed_once(bench: Bench, ada: User):
    analyse.compute(bench.cell)
    first = list(Metric.objects.order_by("pk").values_list("pk", "computed_at"))
    analyse.compute(bench.cell)
    assert list(Metric.objects.order_by("pk").values_list("pk", "computed_at")) == first
    assert not PastMetric.objects.exists()
    assert {row.name for row in MethodInUse.objects.all()} == set(methods.newest())


def test_asking_while_one_waits_is_one_calculation(bench: Bench):
    for _ in range(3):
        analyse.request([bench.cell.pk])
    assert Job.objects.filter(kind=analyse.KIND).count() == 1
    jobs.work_all()
    assert Metric.objects.filter(cell=bench.cell).exists()


def test_gathering_takes_as_many_queries_for_two_tests_as_for_one(
    bench: Bench, ada: User, django_assert_num_queries
):
    with django_assert_num_queries(6):
        gather(bench.cell)
