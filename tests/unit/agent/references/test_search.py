"""Ways from a root to a holder, and that objgraph alone finds the same."""

import contextvars
import copyreg
import gc
import importlib
import json
import signal
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from leakscan import wire
from leakscan.agent.heap import interpreter_roots
from leakscan.agent.references import search, steps
from tests.ways import HOLDERS, MODULES, Ways

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, types.ModuleType]]:
    """The target programs, loaded as modules of their own names."""
    names = {name: f"tests.targets.{name}" for name in MODULES}
    before = set(sys.modules)
    yield {name: importlib.import_module(full) for name, full in names.items()}
    for name in set(sys.modules) - before:
        if name.startswith("tests.targets"):
            del sys.modules[name]


@pytest.fixture(scope="module")
def ways() -> dict[str, Ways]:
    """The ways to all the holders, found in a process that is no larger than a target's."""
    command = [sys.executable, "-m", "tests.ways"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {holder: Ways(*found) for holder, found in json.loads(done.stdout).items()}


@pytest.mark.parametrize("holder", HOLDERS)
def test_the_way_has_the_root_and_the_objects_that_objgraph_finds(holder: str, ways: dict[str, Ways]) -> None:
    found = ways[holder]

    assert found.ours[0] == found.module
    assert found.ours[-1] == found.holder
    assert found.theirs == found.ours


class Registry:
    def __init__(self) -> None:
        self.rows: list[object] = []


def test_a_thread_is_a_root_and_its_variables_come_before_its_arguments() -> None:
    rows: list[object] = []
    is_running, may_end = threading.Event(), threading.Event()

    def collect(collected: list[object]) -> None:
        is_running.set()
        may_end.wait()
        collected.clear()

    thread = threading.Thread(target=collect, args=(rows,), name="collector")
    thread.start()
    is_running.wait()
    found = _paths_to(rows)
    may_end.set()
    thread.join()

    assert found.root.link in ("thread 'collector'", f"thread '{threading.current_thread().name}'")
    assert type(found.objects[0]) is interpreter_roots.FrameVariables


def test_a_signal_handler_is_found_where_only_the_interpreter_keeps_it() -> None:
    class Handler:
        def __call__(self, number: int, frame: types.FrameType | None) -> None:
            """Nobody sends it."""

    before = signal.signal(signal.SIGUSR2, Handler())
    try:
        (root,) = [
            root for root in search.hidden_roots() if type(root.start) is interpreter_roots.SignalHandlers
        ]
        handlers = root.start
        assert isinstance(handlers, interpreter_roots.SignalHandlers)
        handler = next(each for each in handlers if type(each) is Handler)
        taken = steps.steps([handlers, handler], root.step)
    finally:
        signal.signal(signal.SIGUSR2, before)

    assert [step.link for step in taken] == ["signal handlers", "handler of SIGUSR2"]
    assert search.hidden_root(handlers) == root


def test_a_hook_is_found_where_only_the_interpreter_keeps_it() -> None:
    class Profiler:
        def __call__(self, frame: types.FrameType, event: str, argument: object) -> None:
            """It is called all the time, and keeps nothing."""

    before = sys.getprofile()
    sys.setprofile(Profiler())
    try:
        (root,) = [root for root in search.hidden_roots() if type(root.start) is interpreter_roots.Hooks]
        hooks = root.start
        assert isinstance(hooks, interpreter_roots.Hooks)
        profiler = next(each for each in hooks if type(each) is Profiler)
        taken = steps.steps([hooks, profiler], root.step)
    finally:
        sys.setprofile(before)

    assert [step.link for step in taken] == ["hooks of the interpreter", "sys.getprofile()"]
    assert search.hidden_root(hooks) == root


class Metric:
    def __init__(self) -> None:
        self.children: list[object] = []


def test_a_way_by_a_value_is_taken_before_a_shorter_one_by_a_key() -> None:
    metric = Metric()
    module = types.ModuleType("metrics_of_a_test")
    module.__dict__["BY_METRIC"] = {metric: "requests"}
    module.__dict__["BY_NAME"] = {"http": {"requests": metric}}
    sys.modules[module.__name__] = module
    try:
        found = _paths_to(metric.children)
    finally:
        del sys.modules[module.__name__]

    shown = [step.link for step in steps.steps(found.objects, found.root)]
    assert shown == ["metrics_of_a_test", ".BY_NAME", "['http']", "['requests']", ".children"]


def test_a_name_of_the_public_module_is_taken_before_one_of_its_inner_half() -> None:
    found = _paths_to(copyreg.dispatch_table)

    assert found.root.link == "copyreg"


def test_a_value_in_a_context_is_named_by_its_variable() -> None:
    variable: contextvars.ContextVar[list[object]] = contextvars.ContextVar("request_log")
    context = contextvars.Context()
    rows: list[object] = []
    context.run(variable.set, rows)
    between = gc.get_referents(context)

    taken = steps.steps([context, *between, rows], wire.Step("module", "app", "module"))

    assert [step.link for step in taken] == ["app", "['request_log']"]
    assert taken[-1].kind == "context variable"


def test_a_host_is_passed_by_where_its_user_has_a_name_for_the_way() -> None:
    rows = [object()]
    host = {"cached": rows}
    sys.modules[__name__].__dict__["_host"] = host
    try:
        step = wire.Step("setup", "fixture 'rows'", "list", "fixture 'rows'")
        around = search.Surroundings((search.Root(step, rows),), (host,))
        found = search.paths_to(
            [rows],
            target=None,
            setup_value=None,
            event_loop=None,
            own=set(),
            clock=lambda: 0.0,
            around=around,
        )
    finally:
        del sys.modules[__name__].__dict__["_host"]

    assert found[id(rows)].root.link == "fixture 'rows'"


def _paths_to(wanted: object) -> search.Path:
    found = search.paths_to(
        [wanted], target=None, setup_value=None, event_loop=None, own=set(), clock=lambda: 0.0
    )
    return found[id(wanted)]


class _Room:
    def __init__(self, number: int) -> None:
        self.keys: list[int] = [number]


def test_a_way_leads_through_one_of_very_many_alike(modules: dict[str, types.ModuleType]) -> None:
    module = modules["holders"]
    rooms = module.ROOMS = [_Room(number) for number in range(1_000)]  # type: ignore[attr-defined]

    way = search.way_to(rooms[777].keys)
    del module.ROOMS

    assert way is not None
    assert [each for each in way if type(each) is _Room] == [rooms[777]]
    assert way[0] is module


@pytest.mark.parametrize("holder", HOLDERS[::6])
def test_a_walk_by_what_leads_to_the_holder_finds_what_one_over_the_whole_heap_does(
    holder: str, modules: dict[str, types.ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _, attributes = holder.partition(".")
    found = attrgetter(attributes)(modules[module])

    near = search.way_to(found)
    monkeypatch.setattr(search, "_MOST_LEADING", 0)
    over_all = search.way_to(found)

    assert near is not None
    assert over_all is not None
    assert list(map(id, near)) == list(map(id, over_all))


def test_a_walk_to_a_dict_passes_by_what_does_not_lead_there(
    modules: dict[str, types.ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = modules["holders"]
    module.ROOMS = [_Room(number) for number in range(1_000)]  # type: ignore[attr-defined]
    module.PRICES = {number: bytes(number) for number in range(10)}  # type: ignore[attr-defined]
    passed: list[object] = []
    unseen = search._Walk._unseen

    def noted(walk: Any, referents: list[object], start: int, began: list[search.Root]) -> list[object]:
        found = unseen(walk, referents, start, began)
        passed.extend(found)
        return found

    monkeypatch.setattr(search._Walk, "_unseen", noted)
    way = search.way_to(module.PRICES)
    del module.ROOMS, module.PRICES

    assert way is not None
    assert way[0] is module
    assert not [each for each in passed if type(each) is _Room]
    assert len(passed) < search._MOST_LEADING + len(sys.modules)


def test_what_lies_in_a_dict_that_the_collector_does_not_track_is_found(
    modules: dict[str, types.ModuleType],
) -> None:
    module = modules["holders"]
    buffers = module.BUFFERS = {"in": bytearray(10)}  # type: ignore[attr-defined]

    way = search.way_to(buffers["in"])
    del module.BUFFERS

    assert way is not None
    assert way[0] is module
    assert way[-2] is buffers
