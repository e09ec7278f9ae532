"""The seconds that a setup and its process have to end, by a clock that only waiting moves."""

from typing import Any, cast

import pytest

from leakscan import wire
from leakscan.runner import ending
from leakscan.runner.child_handle import ChildHandle
from leakscan.runner.ending import EXIT_SECONDS, GRACE_SECONDS, SETUP_SECONDS, Ending


class SlowChild:
    """A child that takes so many seconds to leave its setup, and then so many to end."""

    def __init__(self, setup_seconds: float, exit_seconds: float) -> None:
        self.now = 0.0
        self._left_at = setup_seconds
        self._ended_at = setup_seconds + exit_seconds
        self._has_told = False

    def monotonic(self) -> float:
        return self.now

    def send(self, command: wire.Command) -> bool:
        del command
        return True

    def records(self, seconds: float) -> list[wire.Record] | None:
        self.now += seconds
        if self.now >= self._ended_at:
            return None
        if self.now >= self._left_at and not self._has_told:
            self._has_told = True
            return [wire.SetupLeft()]
        return []

    def wait(self, seconds: float) -> int | None:
        self.now += seconds
        return 0 if self.now >= self._ended_at else None


def _end(child: SlowChild, monkeypatch: pytest.MonkeyPatch, **others: Any) -> Ending:
    monkeypatch.setattr(ending, "time", child)
    return ending.end(
        cast(ChildHandle, child), **{"is_busy": False, "has_setup": True, "is_interrupted": False, **others}
    )


def test_a_setup_has_as_long_as_a_process_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    in_time = _end(SlowChild(EXIT_SECONDS - 1, 0.5), monkeypatch, exit_seconds=EXIT_SECONDS)
    too_long = _end(SlowChild(EXIT_SECONDS + 1, 0.5), monkeypatch, exit_seconds=EXIT_SECONDS)

    assert in_time == Ending(0, wire.SetupLeft())
    assert too_long == Ending(None, None, setup_seconds=EXIT_SECONDS)


def test_a_setup_has_a_time_of_its_own_where_nobody_wants_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    in_time = _end(SlowChild(SETUP_SECONDS - 0.5, 0.5), monkeypatch, exit_seconds=GRACE_SECONDS)
    too_long = _end(SlowChild(SETUP_SECONDS + 0.5, 0.1), monkeypatch, exit_seconds=GRACE_SECONDS)

    assert in_time == Ending(0, wire.SetupLeft())
    assert too_long == Ending(None, None, setup_seconds=SETUP_SECONDS)


@pytest.mark.parametrize("exit_seconds", [GRACE_SECONDS, EXIT_SECONDS])
def test_what_is_killed_is_killed_after_the_seconds_that_are_told(
    exit_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = SlowChild(1_000.0, 0.0)

    ended = _end(child, monkeypatch, exit_seconds=exit_seconds)

    assert child.now == pytest.approx(ended.setup_seconds, abs=0.3)


def test_a_process_that_does_not_end_has_its_grace_when_its_setup_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = SlowChild(SETUP_SECONDS - 0.1, 1_000.0)

    ended = _end(child, monkeypatch, exit_seconds=GRACE_SECONDS)

    assert ended.left_setup == wire.SetupLeft()
    assert ended.setup_seconds is None
    assert ended.cut_off_seconds == pytest.approx(GRACE_SECONDS)
