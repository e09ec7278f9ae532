"""Which child processes speak against calling a target clean, told from looks at them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.analysis.busy_children import busy_children
from leakscan.model.analysis import Analysis
from leakscan.model.run import Kind, Verdict
from tests.unit.analysis.records import a_header, a_sample, a_sound_control, a_window


def _child(
    pid: int = 7, *, cpu: float = 1.0, rss: int = 20_000_000, started: float = 5.0
) -> wire.ChildProcess:
    return wire.ChildProcess(pid, started, cpu, rss)


def _looks(*processes: tuple[wire.ChildProcess, ...], unreaped: int = 0) -> list[wire.Record]:
    """A look every two seconds; with each, so many more have ended that nobody waits for."""
    return [wire.Children(2.0 * n, each, unreaped * n) for n, each in enumerate(processes)]


def _flat() -> list[wire.Record]:
    return [record for n in range(3) for record in a_window([5_000] * 25, after=2_400 * n)]


def _judged(*records: wire.Record) -> Analysis:
    return analyze([a_header(), a_sound_control(), *records, wire.Ended("finished", 0, 9.0)], Settings())


def test_a_child_that_works_is_busy() -> None:
    looks = _looks((_child(cpu=1.0),), (_child(cpu=1.5),), (_child(cpu=2.0),))

    children = busy_children(looks)

    assert children is not None
    assert (children.processes, children.cpu_seconds, children.seconds, children.grown_bytes) == (
        1,
        1.0,
        4.0,
        0,
    )


def test_a_child_that_grows_without_much_work_is_busy() -> None:
    children = busy_children(_looks((_child(),), (_child(rss=23_000_000),)))

    assert children is not None
    assert children.grown_bytes == 3_000_000


@pytest.mark.parametrize(("gained", "is_busy"), [(900_000, False), (1_200_000, True)])
def test_a_child_that_gains_a_megabyte_grows_and_one_that_gains_less_does_not(
    gained: int, *, is_busy: bool
) -> None:
    children = busy_children(_looks((_child(),), (_child(rss=20_000_000 + gained),)))

    assert (children is not None) is is_busy


@pytest.mark.parametrize(("share", "is_busy"), [(0.004, False), (0.006, True)])
def test_a_child_that_uses_half_a_percent_of_the_time_works(share: float, *, is_busy: bool) -> None:
    looks = _looks(*((_child(cpu=2.0 * n * share),) for n in range(5)))

    assert (busy_children(looks) is not None) is is_busy


@pytest.mark.parametrize(("without", "is_busy"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_child_that_was_there_for_half_of_the_time_counts(without: int, *, is_busy: bool) -> None:
    """It works from the first look on that sees it, of five."""
    looks = _looks(*[()] * without, *((_child(cpu=float(n)),) for n in range(5 - without)))

    assert (busy_children(looks) is not None) is is_busy


def test_a_reading_that_falls_takes_nothing_from_the_work_of_other_children() -> None:
    children = busy_children(
        _looks((_child(1, cpu=1.0), _child(2, cpu=5.0)), (_child(1, cpu=2.0), _child(2, cpu=0.0)))
    )

    assert children is not None
    assert children.cpu_seconds == 1.0


@given(st.integers(0, 40))
def test_children_that_only_wait_are_not_busy(count: int) -> None:
    waiting = tuple(_child(pid) for pid in range(count))

    assert busy_children(_looks(waiting, waiting, waiting)) is None


def test_a_server_that_wakes_up_ten_times_a_second_is_not_busy() -> None:
    looks = _looks(*((_child(cpu=n * 0.002),) for n in range(5)))

    assert busy_children(looks) is None


def test_the_commands_that_a_call_runs_to_their_end_are_not_busy() -> None:
    looks = _looks(*((_child(pid, cpu=0.5, started=float(pid)),) for pid in range(6)))

    assert busy_children(looks) is None


def test_one_number_given_to_another_process_is_not_one_process() -> None:
    looks = _looks((_child(cpu=0.1, started=1.0),), (_child(cpu=9.0, started=2.0),))

    assert busy_children(looks) is None


def test_children_that_have_ended_are_not_busy() -> None:
    assert busy_children(_looks((_child(cpu=1.0),), (_child(cpu=3.0),), ())) is None


def test_children_that_become_more_and_more_are_busy_though_they_wait() -> None:
    looks = _looks(*(tuple(_child(pid) for pid in range(10 * n)) for n in range(1, 6)))

    children = busy_children(looks)

    assert children is not None
    assert (children.processes, children.more) == (50, 40)


@pytest.mark.parametrize(("looks", "more"), [(4, 0), (5, 4)])
def test_three_waiting_children_more_are_few_and_four_are_many(looks: int, more: int) -> None:
    children = busy_children(_looks(*(tuple(_child(pid) for pid in range(n + 1)) for n in range(looks))))

    assert (0 if children is None else children.more) == more


def test_children_that_have_ended_and_that_nobody_waits_for_pile_up() -> None:
    children = busy_children(_looks((), (), (), unreaped=10))

    assert children is not None
    assert (children.processes, children.more) == (20, 20)


def test_a_pool_that_starts_its_workers_one_by_one_and_rests_is_not_busy() -> None:
    workers = tuple(_child(pid) for pid in range(8))

    assert busy_children(_looks(workers[:2], workers, workers, workers, workers)) is None


def test_a_flat_target_with_children_at_work_has_no_answer() -> None:
    looks = _looks((_child(1), _child(2)), (_child(1, cpu=2.0, rss=22_500_000), _child(2)))

    analysis = _judged(*_flat(), *looks)

    assert (analysis.verdict, analysis.kind) == (Verdict.INCONCLUSIVE, Kind.CHILD_PROCESSES)
    assert (analysis.exit_code, analysis.failure) == (4, None)
    assert analysis.reason.startswith(
        "2 child processes used 1.00 s of processor time and grew by 2.5 MB in 2.0 s, and are not followed"
    )


def test_a_parent_that_only_waits_for_a_child_at_work_did_not_do_nothing() -> None:
    waiting = [a_sample(0, 5_000, stage=wire.Stage.WATCH, at=float(n), cpu_seconds=0.0) for n in range(25)]
    watched: list[wire.Record] = [*waiting, wire.RoundsDone(wire.Stage.WATCH, 24, is_returned=False)]

    alone = _judged(*watched)
    with_child = _judged(*watched, *_looks((_child(),), (_child(cpu=2.0),)))

    assert alone.exit_code == 3
    assert "did nothing while it was watched" in alone.reason
    assert (with_child.exit_code, with_child.failure) == (4, None)
    assert "1 child process used 1.00 s" in with_child.reason


@pytest.mark.parametrize(("share", "is_idle"), [(0.0005, True), (0.01, False)])
def test_a_call_that_uses_a_hundredth_of_the_time_does_something(share: float, *, is_idle: bool) -> None:
    samples = [
        a_sample(0, 5_000, stage=wire.Stage.WATCH, at=float(n), cpu_seconds=n * share) for n in range(25)
    ]

    analysis = _judged(*samples, wire.RoundsDone(wire.Stage.WATCH, 24, is_returned=False))

    assert ("did nothing while it was watched" in analysis.reason) is is_idle


def test_what_is_told_of_children_says_of_a_leak_beside_them_nothing_else() -> None:
    noisy = [*a_window([5_000] * 25), *a_window([5_000 + 90 * n for n in range(25)])]

    analysis = _judged(*noisy, *_looks((_child(),), (_child(cpu=2.0),)))

    assert analysis.kind is Kind.NOISE
    assert analysis.reason.endswith(
        "; beside it 1 child process used 1.00 s of processor time in 2.0 s, and is not followed"
    )


def test_what_a_child_takes_to_get_ready_is_no_work() -> None:
    ready = _child(cpu=1.2, rss=30_000_000)

    assert busy_children(_looks((_child(),), (ready,), (ready,), (ready,))) is None
