"""Who holds what grew, also in a target that raised."""

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.run import Kind, Verdict
from tests.unit.analysis.scripted import LEAK, Workload, conversation, verdict_of


def test_a_holder_is_not_emptied_if_its_user_says_so() -> None:
    run = conversation(LEAK, proves=False)

    assert run.asked(wire.Prove) == []
    (finding,) = analyze(run.records, Settings()).findings
    assert finding.holder is not None
    assert finding.holder.freed_share is None


def test_garbage_that_nobody_collects_is_looked_at() -> None:
    run = conversation(Workload(garbage=lambda calls: 3 * calls, is_collecting=False))

    analysis = analyze(run.records, Settings())
    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.CYCLIC_GARBAGE)
    assert len(run.asked(wire.CollectGarbage)) == 1
    assert not any(command.collects for command in run.asked(wire.TakeSites))


def test_garbage_that_is_collected_by_itself_is_no_leak() -> None:
    run = conversation(Workload(garbage=lambda calls: 3 * calls))

    assert verdict_of(run) is Verdict.CLEAN


def test_a_target_that_raises_is_not_called_again() -> None:
    run = conversation(Workload(raises_at=41))

    last_calls = max(place for place, c in enumerate(run.commands) if isinstance(c, wire.Rounds))
    assert last_calls == len(run.commands) - 1
    analysis = analyze(run.records, Settings())
    assert analysis.failure is not None
    assert analysis.failure.message == "the target raised ValueError: no in call 41"
    assert analysis.exit_code == 3


def test_what_leaked_until_a_target_raised_is_still_named() -> None:
    run = conversation(
        Workload(blocks=LEAK.blocks, entries=LEAK.entries, raises_at=20_000, seconds_per_call=1e-5)
    )

    analysis = analyze(run.records, Settings())
    assert analysis.exit_code == 1
    assert [f.holder.name for f in analysis.findings if f.holder is not None] == ["app.CACHE"]
    stop = next(i for i, r in enumerate(run.records) if isinstance(r, wire.Raised))
    assert not [r for r in run.records[stop:] if isinstance(r, wire.Sample)]


def test_a_leak_that_ends_in_an_error_is_named_by_its_last_look() -> None:
    run = conversation(
        Workload(
            blocks=lambda calls: calls, entries=lambda calls: calls, raises_at=2_000, seconds_per_call=1e-5
        )
    )

    analysis = analyze(run.records, Settings())

    assert run.asked(wire.Rounds)[-1].stage == wire.Stage.SCREEN
    assert analysis.failure is not None
    (finding,) = analysis.findings
    assert finding.holder is not None
    assert (finding.holder.name, finding.holder.entries_per_call) == ("app.CACHE", 1.0)
    assert finding.bytes_per_call == 190.0
