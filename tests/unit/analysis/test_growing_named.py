"""A program that runs by itself: who holds its growth is known before anything is traced."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze, next_command
from leakscan.model.run import Verdict
from tests.unit.analysis.live_runs import (
    ENTRIES_PER_SECOND,
    OF_A_WORKER,
    OTHER,
    SEEN,
    a_growing_program,
    named_untraced,
)
from tests.unit.analysis.records import a_held_by, a_share, a_traced_site

CUT_OFF = wire.Ended("finished", -15, 60.0, unanswered="Explain")


def test_the_containers_that_grow_are_named_before_the_program_is_traced() -> None:
    proved = a_growing_program()

    first = next_command(OF_A_WORKER, proved, is_live=True)
    second = next_command(OF_A_WORKER, [*proved, named_untraced()], is_live=True)

    assert first == wire.NameGrowing((SEEN,))
    assert isinstance(second, wire.StartTracing)


def test_an_agent_that_cannot_name_them_goes_on_to_trace() -> None:
    failed = wire.AgentFailed("NameGrowing", "RuntimeError: no", "")

    command = next_command(OF_A_WORKER, [*a_growing_program(), failed], is_live=True)

    assert isinstance(command, wire.StartTracing)


def test_a_run_that_ends_in_the_explanation_has_the_holder_and_its_rate() -> None:
    records = [
        *a_growing_program(),
        named_untraced(),
        wire.Tracing(16, 0),
        wire.Sites(0, 97.0, 0.0, ()),
        wire.Sites(0, 98.0, 1.0, (a_traced_site(),)),
        CUT_OFF,
    ]

    analysis = analyze(records, Settings())

    (finding,) = analysis.findings
    assert finding.holder is not None
    assert (analysis.verdict, analysis.exit_code, finding.holder.name) == (
        Verdict.LEAKING,
        1,
        "worker.seen",
    )
    assert finding.holder.entries_per_call == pytest.approx(ENTRIES_PER_SECOND)
    assert finding.bytes_per_call == pytest.approx(150 * ENTRIES_PER_SECOND)
    assert "before it was known where the entries of the holder are allocated" in " ".join(analysis.warnings)


def test_holders_that_were_explained_and_not_named_have_the_names_of_before() -> None:
    explained = wire.Explained(
        (
            a_held_by(OTHER, type="list", entries=4, entries_before=4),
            a_held_by(SEEN, a_share(0), entries=9_700),
        )
    )
    records = [
        *a_growing_program(),
        named_untraced(),
        wire.Tracing(16, 0),
        wire.Sites(0, 97.0, 0.0, ()),
        wire.Sites(0, 98.0, 1.0, (a_traced_site(blocks=200),)),
        explained,
        wire.Ended("finished", -15, 60.0, unanswered="Prove"),
    ]

    analysis = analyze(records, Settings())

    assert [finding.holder and finding.holder.name for finding in analysis.findings] == ["worker.seen"]
    assert analysis.findings[0].sites[0].frame.line == a_traced_site().frames[0][1]


def test_what_grows_fast_is_traced_no_longer_than_it_takes_to_see_it() -> None:
    begun = [*a_growing_program(), named_untraced(), wire.Tracing(16, 0)]

    command = next_command(OF_A_WORKER, begun, is_live=True)

    assert isinstance(command, wire.Watch)
    assert command.rounds * command.interval_seconds == pytest.approx(1.0)
