"""Where chains begin: what only the interpreter keeps, and which modules their users know."""

import signal
import sys
import types

import pytest

from leakscan import wire
from leakscan.agent.heap import interpreter_roots
from leakscan.agent.references import steps
from leakscan.agent.references.roots import Root, is_public_module, root_at, roots_of, roots_of_interpreter


def test_a_signal_handler_is_found_where_only_the_interpreter_keeps_it() -> None:
    class Handler:
        def __call__(self, number: int, frame: types.FrameType | None) -> None:
            """Nobody sends it."""

    before = signal.signal(signal.SIGUSR2, Handler())
    try:
        (root,) = [
            root for root in roots_of_interpreter() if type(root.start) is interpreter_roots.SignalHandlers
        ]
        handlers = root.start
        assert isinstance(handlers, interpreter_roots.SignalHandlers)
        handler = next(each for each in handlers if type(each) is Handler)
        taken = steps.steps([handlers, handler], root.step)
    finally:
        signal.signal(signal.SIGUSR2, before)

    assert [step.link for step in taken] == ["signal handlers", "handler of SIGUSR2"]
    assert root_at(handlers) == root


def test_a_hook_is_found_where_only_the_interpreter_keeps_it() -> None:
    class Profiler:
        def __call__(self, frame: types.FrameType, event: str, argument: object) -> None:
            """It is called all the time, and keeps nothing."""

    before = sys.getprofile()
    sys.setprofile(Profiler())
    try:
        (root,) = [root for root in roots_of_interpreter() if type(root.start) is interpreter_roots.Hooks]
        hooks = root.start
        assert isinstance(hooks, interpreter_roots.Hooks)
        profiler = next(each for each in hooks if type(each) is Profiler)
        taken = steps.steps([hooks, profiler], root.step)
    finally:
        sys.setprofile(before)

    assert [step.link for step in taken] == ["hooks of the interpreter", "sys.getprofile()"]
    assert root_at(hooks) == root


@pytest.mark.parametrize(
    ("name", "is_public"), [("collections", True), ("_collections", False), ("posix", False), ("_app", True)]
)
def test_the_inner_half_of_a_library_module_is_no_public_module(name: str, *, is_public: bool) -> None:
    root = Root(wire.Step(wire.StepKind.MODULE, name, "module", name, name), types.ModuleType(name))

    assert is_public_module(root) is is_public


def test_no_module_of_leakscan_is_a_root_and_the_last_one_loaded_comes_first() -> None:
    module = sys.modules["the_last_module"] = types.ModuleType("the_last_module")
    try:
        roots = roots_of(None, None, None)
    finally:
        del sys.modules["the_last_module"]

    assert roots[0].start is module
    assert not [root for root in roots if root.step.link.startswith("leakscan")]


def test_the_target_its_setup_and_its_event_loop_are_roots_by_what_they_are() -> None:
    def target() -> None:
        """It is never called."""

    steps_of = {id(root.start): root.step for root in roots_of(target, PRICES, LOOP)}

    assert steps_of[id(target)] == wire.Step(wire.StepKind.TARGET, "the target", "function")
    assert steps_of[id(PRICES)] == wire.Step(wire.StepKind.SETUP, "the value of the setup", "dict", "dict")
    assert steps_of[id(LOOP)] == wire.Step(wire.StepKind.TASK, "the event loop", "Loop", "Loop")


class Loop:
    """It stands for an event loop."""


PRICES = {"apple": 1}
LOOP = Loop()
