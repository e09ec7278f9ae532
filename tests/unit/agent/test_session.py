"""Each command has its answer, a failure of the agent's own too, and one out of turn."""

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leakscan import wire
from leakscan.agent.calling.caller import Caller
from leakscan.agent.heap.census import CensusTaker
from leakscan.agent.session import MAX_TRIES, Session

APP = """
import sys

def handle(): ...
def serve(request): SERVED.append(request)
def copy(source, target): ...
def exits(): sys.exit("no such file")
def interrupted(): raise KeyboardInterrupt
def fails(): raise LookupError("nothing there")
def request():
    yield "a request"
    SERVED.append("left")

SERVED = []
"""
ROUND = wire.Rounds(wire.Stage.SCREEN, 1, 1)
GIVEN = wire.Load("the target that is given")


class _Agent:
    """A session, and what it has answered."""

    def __init__(self, given: Callable[[], object] | None = None, census: CensusTaker | None = None) -> None:
        self.sent: list[wire.Record] = []
        caller = None if given is None else Caller(given)
        self.session = Session(self.sent.append, given=caller, census_taker=census)

    def asked(self, *commands: wire.Command) -> wire.Record:
        """The answer to the last command."""
        for command in commands:
            self.session.obey(command)
        return self.sent[-1]


@pytest.fixture
def _app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with the module `app`, which is forgotten in the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", ["leakscan"])
    Path("app.py").write_text(APP, encoding="utf-8")
    yield
    sys.modules.pop("app", None)


@pytest.mark.usefixtures("_app")
@pytest.mark.parametrize(
    ("target", "setup", "message"),
    [
        ("app:absent", None, "absent"),
        ("app:serve", None, "`app:serve` needs 1 argument: a target takes none, or one that --setup makes"),
        ("app:copy", "app:request", "`app:copy` needs 2 arguments; a setup makes one"),
        ("app:serve", "app:fails", "the setup `app:fails` raised LookupError: nothing there"),
    ],
)
def test_a_target_that_can_not_be_called_is_not_loaded(target: str, setup: str | None, message: str) -> None:
    answer = _Agent().asked(wire.Load(target, setup=setup))

    assert isinstance(answer, wire.LoadFailed)
    assert message in answer.message


@pytest.mark.usefixtures("_app")
def test_what_the_setup_makes_is_handed_to_each_call_and_left_in_the_end() -> None:
    agent = _Agent()

    agent.asked(wire.Load("app:serve", setup="app:request"), ROUND._replace(calls=2))
    agent.session.close()

    assert sys.modules["app"].SERVED == ["a request", "a request", "left"]
    assert agent.sent[-1] == wire.SetupLeft()


@pytest.mark.usefixtures("_app")
def test_a_setup_that_fails_to_be_left_says_how() -> None:
    agent = _Agent()
    agent.asked(wire.Load("app:serve", setup="app:request"))
    del sys.modules["app"].SERVED

    agent.session.close()

    left = agent.sent[-1]
    assert isinstance(left, wire.SetupLeft)
    assert left.message == "NameError: name 'SERVED' is not defined"


@pytest.mark.usefixtures("_app")
@pytest.mark.parametrize(
    ("target", "how", "message"),
    [
        ("app:fails", "raised", "LookupError: nothing there"),
        ("app:exits", "exited", "SystemExit: no such file"),
        ("app:interrupted", "raised", "KeyboardInterrupt"),
    ],
)
def test_what_a_call_raises_is_told_with_its_calls(target: str, how: str, message: str) -> None:
    answer = _Agent().asked(wire.Load(target), ROUND)

    assert isinstance(answer, wire.Raised)
    assert (answer.how, answer.message, answer.calls) == (how, message, 0)


def test_a_call_that_is_interrupted_since_it_did_not_stop_is_no_failure_of_the_target() -> None:
    def call() -> None:
        agent.session.make_no_more_calls()
        raise KeyboardInterrupt

    agent = _Agent(call)

    assert agent.asked(GIVEN, ROUND) == wire.Raised("interrupted", "interrupted", None, 0)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (ROUND, "RuntimeError: no target is loaded"),
        (wire.TakeSites(), "RuntimeError: nothing has been traced"),
        (wire.Prove((), ()), "RuntimeError: nothing has been traced"),
        (wire.Stop(), "AssertionError: the main thread ends by itself, and the other one stops it"),
    ],
)
def test_a_command_out_of_turn_is_a_failure_that_says_so(command: wire.Command, message: str) -> None:
    answer = _Agent().asked(command)

    assert isinstance(answer, wire.AgentFailed)
    assert (answer.command, answer.message) == (type(command).__name__, message)


class _Shaky(CensusTaker):
    """As where a thread of the target changes what is being read: it fails so many times."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    def take(
        self, calls: int, at: float, clock: Callable[[], float], *, tracked_only: bool = False
    ) -> wire.Census:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("dictionary changed size during iteration")
        return super().take(calls, at, clock, tracked_only=tracked_only)


def test_what_only_reads_the_heap_is_tried_again() -> None:
    agent = _Agent(int, _Shaky(MAX_TRIES - 1))

    assert isinstance(agent.asked(GIVEN, wire.TakeCensus()), wire.Census)
    assert len(agent.sent) == 2


def test_what_fails_each_time_is_told_once() -> None:
    agent = _Agent(int, _Shaky(MAX_TRIES))

    answer = agent.asked(GIVEN, wire.TakeCensus())

    assert isinstance(answer, wire.AgentFailed)
    assert answer.message == "RuntimeError: dictionary changed size during iteration"
    assert len(agent.sent) == 2


def test_memory_that_the_c_library_has_given_back_is_told_with_what_is_resident() -> None:
    answer = _Agent(int).asked(GIVEN, wire.Trim())

    assert isinstance(answer, wire.Trimmed)
    # A tenth of what a Python with the tests in it takes.
    assert answer[0] >= answer[1] > 1_000_000


@pytest.mark.usefixtures("_app")
def test_no_line_is_watched_beside_threads_of_the_target() -> None:
    is_over = threading.Event()
    threads = [threading.Thread(target=is_over.wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        answer = _Agent().asked(wire.Load("app:handle"), wire.WatchLines(8, 1.0, is_resident=False))
    finally:
        is_over.set()
        for thread in threads:
            thread.join()

    assert answer == wire.LineGains(0, (), message="other threads may take memory meanwhile")


@pytest.mark.usefixtures("_app")
def test_a_control_tells_whether_code_of_the_target_may_be_tried_out() -> None:
    answer = _Agent().asked(wire.Control(2))

    assert isinstance(answer, wire.Controlled)
    assert answer.no_sandbox is None or "sandbox" in answer.no_sandbox


@pytest.fixture
def _not_collecting() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    yield
    if was_enabled:
        gc.enable()


@pytest.mark.usefixtures("_not_collecting")
def test_from_the_first_call_to_the_name_of_the_holder() -> None:
    kept: list[object] = []
    agent = _Agent(lambda: kept.append(bytes(1_000)))
    ask = agent.asked

    ask(GIVEN, ROUND, wire.TakeCensus(), wire.StartTracing(4, (id(kept),)), wire.TakeSites())
    sites = ask(ROUND._replace(stage=wire.Stage.TRACE, calls=20), wire.TakeSites())
    explained = ask(wire.Explain())
    named = ask(wire.Name())
    agent.session.close()

    assert isinstance(sites, wire.Sites)
    assert sites.calls == 20
    assert sum(site.bytes for site in sites.grown) >= 20_000
    assert isinstance(explained, wire.Explained)
    (place,) = [place for place, held in enumerate(explained.holders) if held.address == id(kept)]
    assert (explained.holders[place].calls, explained.holders[place].entries) == (20, 21)
    assert isinstance(named, wire.Named)
    assert "kept" in named.holders[place].steps[-1].link
