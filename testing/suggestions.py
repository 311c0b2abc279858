"""Which test a file belongs to, by what it says: the name on the set-up card, its channel at that time, its lines."""

from __future__ import annotations

from dataclasses import dataclass

from testing.models import CellTest, ChannelInterval, Submission
from testing.naming import NamedTest, read_name
from testing.tables import extends

LOOKED_AT = 30
SAID_IN = ("experiment", "test_name", "cell_name", "comment")


@dataclass(frozen=True)
class Suggestion:
    """A test that a file may belong to, and why; a sure one is taken where no other sure one speaks against it."""

    test: CellTest
    why: str
    sure: bool


@dataclass(frozen=True)
class Decision:
    """The test that a file belongs to, or why a person has to say."""

    test: CellTest | None
    reason: str


def suggestions_for(submission: Submission) -> list[Suggestion]:
    """Return the tests that ``submission`` may belong to, one row each, the surest first."""
    found = [*_by_name(submission), *_by_channel(submission), *_by_lines(submission)]
    best: dict[int, Suggestion] = {}
    for suggestion in found:
        known = best.get(suggestion.test.pk)
        if known is None:
            best[suggestion.test.pk] = suggestion
        else:
            why = f"{known.why}; {suggestion.why}"
            best[suggestion.test.pk] = Suggestion(known.test, why, known.sure or suggestion.sure)
    return sorted(best.values(), key=lambda suggestion: not suggestion.sure)


def decide(submission: Submission) -> Decision:
    """Return the one test that the file surely belongs to, or why there is not exactly one."""
    sure = [suggestion for suggestion in suggestions_for(submission) if suggestion.sure]
    if len(sure) > 1:
        told = "; ".join(f"{one.test.code}: {one.why}" for one in sure)
        return Decision(None, f"Two signs point to different tests ({told}). Say which one is right.")
    if not sure:
        return Decision(None, "Say which test this file belongs to.")
    twin = (
        Submission.objects.filter(blob=submission.blob_id, test=sure[0].test)
        .exclude(pk=submission.pk)
        .first()
    )
    if twin is not None:
        return Decision(None, f"{sure[0].test.code} has these very bytes already, as {twin.name}.")
    return Decision(sure[0].test, sure[0].why)


def named_tests(name: str, project_id: int) -> list[CellTest]:
    """Return the tests of a project that a name means: one, several where it leaves that open, or none."""
    named = read_name(name)
    if named is None:
        return []
    tests = CellTest.objects.with_codes().with_cells().filter(identity__project=project_id)
    if named.test:
        return list(tests.filter(identity__code=named.test))
    of_cell = tests.filter(cell__identity__code=named.cell).order_by("place")
    return _of_phase(list(of_cell), named)


def _of_phase(tests: list[CellTest], named: NamedTest) -> list[CellTest]:
    if not named.phase:
        return tests
    of_phase = [test for test in tests if test.phase == named.phase]
    return of_phase[named.number - 1 : named.number]


def _by_name(submission: Submission) -> list[Suggestion]:
    said = [submission.name, *(str(submission.metadata.get(name, "")) for name in SAID_IN)]
    for text in said:
        tests = named_tests(text, submission.project_id)
        if tests:
            why = f"the name {text[:80]!r} says so"
            return [Suggestion(test, why, len(tests) == 1) for test in tests]
    return []


def _by_channel(submission: Submission) -> list[Suggestion]:
    channel = submission.channel
    if channel is None and submission.instrument and submission.metadata.get("channel"):
        channel = submission.instrument.channels.filter(name=str(submission.metadata["channel"])).first()
    if channel is None:
        return []
    held = ChannelInterval.objects.assigned().filter(channel=channel).with_names()
    if submission.started_at is not None:
        hung = held.at(submission.started_at).first()
        return [_hung(hung, f"it hung on {channel} when the file started", sure=True)] if hung else []
    hung = held.at(submission.received_at).first() if submission.received_at else None
    return [_hung(hung, f"it hung on {channel} when the file came", sure=False)] if hung else []


def _hung(interval: ChannelInterval, why: str, *, sure: bool) -> Suggestion:
    if interval.test is None:
        raise ValueError(f"{interval} is no assignment.")
    return Suggestion(interval.test, why, sure)


def _by_lines(submission: Submission) -> list[Suggestion]:
    """Return the test of a shorter export of the same file: it begins with the very same lines."""
    earlier = (
        Submission.objects.filter(project=submission.project_id, test__isnull=False, name=submission.name)
        .exclude(pk=submission.pk)
        .select_related("blob", "test__identity__project", "test__cell__identity")
        .order_by("-pk")[:LOOKED_AT]
    )
    for file in earlier:
        if file.test is not None and extends(submission.blob, file.blob):
            return [Suggestion(file.test, "it continues a file of that test line by line", sure=True)]
    return []
