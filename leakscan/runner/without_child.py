"""Runs a target in this very process: the same stages and the same agent, without a child."""

import os
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from leakscan import wire
from leakscan.agent.originals import Originals
from leakscan.analysis import next_command
from leakscan.model.run import RunOptions
from leakscan.recording import Recording
from leakscan.runner.child_process_snapshots import ChildProcessSnapshots
from leakscan.runner.header import header_of

if TYPE_CHECKING:
    from leakscan.agent import counters, memory_file, session
    from leakscan.agent.calling import caller, host_freeze
    from leakscan.agent.heap import census
    from leakscan.agent.references import roots
else:
    # Here, too, the target may put another clock in the place of this one, wherever a module has it.
    _originals = Originals(str(Path(__file__).resolve().parent.parent.parent), is_guest_of_tests=True)
    session = _originals.loaded_whole("leakscan.agent.session")
    counters, memory_file, caller, host_freeze, census, roots = (
        _originals.module(f"leakscan.agent.{name}")
        for name in (
            "counters",
            "memory_file",
            "calling.caller",
            "calling.host_freeze",
            "heap.census",
            "references.roots",
        )
    )

WARM_UP_SHARE = 1 / 6
"""Of a number of calls that is given: they are not judged."""
MIN_CALLS = 12
ROUNDS = 24
"""Into which the other calls are cut: two windows, that have to say the same."""
MANY_CALLS = 480
"""From which on there are twice as many rounds, in more windows."""


def options_for(
    target: str, *, calls: int | None, max_time_seconds: float | None, shows_keys: bool = False
) -> RunOptions:
    """The options of a run in this process, of about so many calls in all, or of as many as it takes.

    Raises ValueError for fewer calls than MIN_CALLS.
    """
    options = RunOptions(
        target=target, max_time_seconds=max_time_seconds, shares_process=True, shows_keys=shows_keys
    )
    if calls is None:
        return options
    if calls < MIN_CALLS:
        raise ValueError(f"{calls} calls can't tell growth from noise; give {MIN_CALLS} or more")
    warmup = max(2, round(calls * WARM_UP_SHARE))
    rounds = min(2 * ROUNDS if calls >= MANY_CALLS else ROUNDS, calls - warmup)
    return replace(options, warmup=warmup, rounds=rounds, calls=(calls - warmup) // rounds)


class OverheardCaller(caller.Caller):
    """Remembers what a call raised: here, somebody is there to catch it."""

    error: BaseException | None = None

    def run(self, calls: int) -> None:
        """Call so many times."""
        try:
            super().run(calls)
        except BaseException as error:
            self.error = error
            raise

    def _is_end_of_call(self, error: BaseException) -> bool:
        """An exit is that of this process, and its owner's to judge."""
        del error
        return False


class Host(NamedTuple):
    """Whoever calls the target in this process, as far as a reader of the report should know."""

    names: dict[str, object]
    """What a chain may begin with, by the name that its user has for it: `fixture 'store'`."""
    insides: tuple[object, ...]
    """What a chain leads through only if there is no other way."""


def _nobody() -> Host:
    return Host({}, ())


class Runs:
    """Runs that follow one another in this very process: each goes on from the last census of the one before.

    A run of a fixed number of rounds begins with a census of its own.
    What a call raises ends a run, and is raised by it. The process is left as it was: its collector, its
    frozen objects, its tracing. Of a `tracemalloc` that was on already, the traces until then are lost.
    """

    def __init__(self) -> None:
        self._host_freeze = host_freeze.HostFreeze()
        self._census_taker = census.CensusTaker()

    def run(
        self, caller: OverheardCaller, options: RunOptions, *, host: Callable[[], Host] = _nobody
    ) -> Recording:
        """Call until growth is proved or excluded, and return what was seen.

        `host` is asked when a holder is to be named.
        """
        started = counters.clock()
        # Where few calls have to tell all, nothing that grew before them may count.
        census_taker = self._census_taker if options.rounds is None else census.CensusTaker()
        with memory_file.Records() as records, _without_tracing():
            records.keep(header_of(options))
            agent = session.Session(
                records.keep,
                given=caller,
                host_freeze=self._host_freeze,
                census_taker=census_taker,
                find_host=lambda: _host_process(host()),
            )
            children = ChildProcessSnapshots(os.getpid(), lambda: counters.clock() - started)
            try:
                while True:
                    so_far = records.all()
                    command = next_command(options, so_far)
                    for seen in children.before(command, so_far):
                        records.keep(seen)
                    # No record lies in the heap while the target is called.
                    del so_far
                    if command is None:
                        break
                    agent.obey(command)
                    if caller.error is not None:
                        raise caller.error
            finally:
                caller.error = None
                agent.close()
            records.keep(wire.Ended("finished", 0, round(counters.clock() - started, 3)))
            return Recording(records=tuple(records.all()))


def _host_process(host: Host) -> roots.HostProcess:
    roots_of_names = [
        roots.Root(wire.Step(wire.StepKind.SETUP, name, type(value).__name__, name), value)
        for name, value in host.names.items()
    ]
    return roots.HostProcess(tuple(roots_of_names), host.insides)


@contextmanager
def _without_tracing() -> Iterator[None]:
    """Somebody else's `tracemalloc` would slow every call down, and make old objects look new."""
    frames = tracemalloc.get_traceback_limit() if tracemalloc.is_tracing() else 0
    if frames:
        tracemalloc.stop()
    try:
        yield
    finally:
        if frames:
            tracemalloc.start(frames)
