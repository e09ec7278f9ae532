"""What is asked for beside the verdict: graphs, tables that stayed large, the list of caches."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze, next_command
from leakscan.model.analysis import LeakGraph
from leakscan.model.run import RunOptions
from tests.unit.analysis.records import a_header, a_sound_control
from tests.unit.analysis.scripted import LEAK, Workload, conversation


def test_holders_are_drawn_after_they_are_named_and_only_if_that_was_asked_for() -> None:
    plain, drawing = conversation(LEAK), conversation(LEAK, draws=True)

    (named,) = drawing.asked(wire.Name)
    assert plain.asked(wire.DrawGraphs) == []
    assert drawing.asked(wire.DrawGraphs) == [wire.DrawGraphs(((0,),))]
    assert (named.draws, plain.asked(wire.Name)[0].draws) == (True, False)
    (finding,) = analyze(drawing.records, Settings()).findings
    assert finding.leak_graph == LeakGraph(dot="digraph {}", holders=("p0n2",), growing=(("p0n1", "p0n2"),))
    assert analyze(plain.records, Settings()).findings[0].leak_graph is None


def test_what_leaked_until_a_target_raised_is_drawn_too() -> None:
    leak = Workload(blocks=LEAK.blocks, entries=LEAK.entries, raises_at=20_000, seconds_per_call=1e-5)

    run = conversation(leak, draws=True)

    assert run.commands[-1] == wire.DrawGraphs(((0,),))


def test_a_clean_target_is_not_drawn() -> None:
    run = conversation(Workload(), draws=True)

    assert run.asked(wire.DrawGraphs) == []


def test_a_cycle_is_drawn_where_it_is_found() -> None:
    piling = Workload(garbage=lambda calls: 3 * calls, is_collecting=False)

    run = conversation(piling, draws=True)

    assert [command.draws for command in run.asked(wire.CollectGarbage)] == [True]
    assert run.asked(wire.DrawGraphs) == []
    (finding,) = analyze(run.records, Settings()).findings
    assert finding.leak_graph == LeakGraph(dot="digraph {}", holders=(), growing=(("g1", "g1"),))


def test_a_picture_that_was_not_made_is_a_warning_and_the_finding_stays() -> None:
    drawn = [
        record for record in conversation(LEAK, draws=True).records if not isinstance(record, wire.Graphs)
    ]

    analysis = analyze([*drawn, wire.Graphs((), "it took longer than 20 s")], Settings())

    [warning] = analysis.warnings
    assert warning == (
        "what is around the holders could not be drawn (it took longer than 20 s); "
        "a graph shows their chains alone"
    )
    assert [finding.leak_graph for finding in analysis.findings] == [None]


def test_tables_that_stayed_large_are_looked_for_where_nothing_grows() -> None:
    flat = conversation(Workload())
    leaking = conversation(LEAK)

    assert len(flat.asked(wire.FindSpareCapacity)) == 1
    assert leaking.asked(wire.FindSpareCapacity) == []


@pytest.mark.parametrize("workload", [Workload(), LEAK], ids=["clean", "leak"])
def test_the_caches_are_listed_once_and_after_all_else(workload: Workload) -> None:
    run = conversation(workload, lists_caches=True)

    assert len(run.asked(wire.ListCaches)) == 1
    assert isinstance(run.commands[-1], wire.ListCaches)
    assert analyze(run.records, Settings()).caches is not None


def test_the_caches_are_not_listed_unless_somebody_asks() -> None:
    run = conversation(LEAK)

    assert run.asked(wire.ListCaches) == []
    assert analyze(run.records, Settings()).caches is None


def test_the_list_of_caches_changes_nothing_else() -> None:
    without, with_it = conversation(LEAK), conversation(LEAK, lists_caches=True)

    assert with_it.commands[:-1] == without.commands


def test_the_caches_of_a_target_that_raised_are_listed() -> None:
    run = conversation(Workload(raises_at=300), lists_caches=True)

    assert isinstance(run.commands[-1], wire.ListCaches)


@pytest.mark.parametrize(
    ("how", "command"),
    [("exited", wire.ListCaches()), ("raised", wire.ListCaches()), ("interrupted", None)],
)
def test_the_caches_are_listed_after_every_end_but_an_interruption(
    how: str, command: wire.Command | None
) -> None:
    stop = wire.Raised(how, "", None, 3)
    records: list[wire.Record] = [a_header(), a_sound_control(), wire.Loaded("app:handle", 0.1), stop]

    assert next_command(RunOptions(target="app:handle", lists_caches=True), records) == command


def test_a_list_that_failed_is_not_asked_for_again() -> None:
    options = RunOptions(target="app:handle", lists_caches=True)
    records: list[wire.Record] = [
        *(a_header(), a_sound_control(), wire.Loaded("app:handle", 0.1), wire.Raised("exited", "", None, 3)),
        wire.AgentFailed("ListCaches", "RuntimeError: no", ""),
    ]

    assert next_command(options, records) is None
