"""Where a chain begins: at what the whole process knows by a name of its own."""

import sys
import time
import types

import pytest

from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.holder_chains import SearchContext, chains_to, named


class Loop:
    def __init__(self) -> None:
        self.scheduled: list[object] = []


class Queue:
    def __init__(self, loop: Loop) -> None:
        self.loop = loop


def _nothing() -> None:
    pass


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    """A loop that is reached by a queue in a module of the target."""
    module = types.ModuleType("shop_for_names")
    loop = Loop()
    module.__dict__["JOBS"] = Queue(loop)
    monkeypatch.setitem(sys.modules, "shop_for_names", module)
    return loop


@pytest.mark.parametrize(
    ("is_the_targets", "links"),
    [
        (True, ["the event loop", ".scheduled"]),
        (False, ["shop_for_names", ".JOBS", ".loop", ".scheduled"]),
    ],
)
def test_what_the_event_loop_keeps_is_the_loops_whoever_refers_to_the_loop(
    loop: Loop, *, is_the_targets: bool, links: list[str]
) -> None:
    candidates = [HolderCandidate(loop.scheduled, [object()])]
    context = SearchContext(_nothing, None, loop if is_the_targets else None, set(), time.perf_counter)

    (holder,) = named(candidates, chains_to(candidates, context))

    assert [step.link for step in holder.steps] == links
