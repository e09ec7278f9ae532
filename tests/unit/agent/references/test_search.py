"""Paths from a root to a holder, and that objgraph alone finds the same."""

import copyreg
import functools
import importlib
import json
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from operator import attrgetter

import pytest

from leakscan import wire
from leakscan.agent.heap import interpreter_roots
from leakscan.agent.references import search, steps
from leakscan.agent.references.roots import HeapPath, HostProcess, Root
from tests.integration.command import ROOT
from tests.paths import HOLDERS, MODULES, Paths


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
def paths() -> dict[str, Paths]:
    """The paths to all the holders, found in a process that is no larger than a target's."""
    command = [sys.executable, "-m", "tests.paths"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {holder: Paths(*row) for holder, row in json.loads(done.stdout).items()}


@pytest.mark.parametrize("holder", HOLDERS)
def test_the_path_has_the_root_and_the_objects_that_objgraph_finds(
    holder: str, paths: dict[str, Paths]
) -> None:
    path = paths[holder]

    assert path.ours[0] == path.module
    assert path.ours[-1] == path.holder
    assert path.theirs == path.ours


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
    path = _path_to(rows)
    may_end.set()
    thread.join()

    assert path.root.link in ("thread 'collector'", f"thread '{threading.current_thread().name}'")
    assert type(path.objects[0]) is interpreter_roots.FrameVariables


class Metric:
    def __init__(self) -> None:
        self.children: list[object] = []


def test_a_path_by_a_value_is_taken_before_a_shorter_one_by_a_key() -> None:
    metric = Metric()
    module = types.ModuleType("metrics_of_a_test")
    module.__dict__["BY_METRIC"] = {metric: "requests"}
    module.__dict__["BY_NAME"] = {"http": {"requests": metric}}
    sys.modules[module.__name__] = module
    try:
        path = _path_to(metric.children)
    finally:
        del sys.modules[module.__name__]

    shown = [step.link for step in steps.steps(path.objects, path.root)]
    assert shown == ["metrics_of_a_test", ".BY_NAME", "['http']", "['requests']", ".children"]


@functools.lru_cache
def _is_known(service: object) -> bool:
    return service is not None


class _Service:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def __hash__(self) -> int:
        return 7


def test_a_path_by_ones_own_object_is_taken_before_one_by_a_librarys_cache() -> None:
    holder = types.SimpleNamespace(one=types.SimpleNamespace(two=types.SimpleNamespace(service=_Service())))
    _is_known(holder.one.two.service)
    module = types.ModuleType("shop_services")
    module.deep = holder  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module

    path = _path_to(holder.one.two.service.seen)

    del sys.modules[module.__name__]
    _is_known.cache_clear()
    assert path.root.link == "shop_services"


def test_a_name_of_the_public_module_is_taken_before_one_of_its_inner_half() -> None:
    path = _path_to(copyreg.dispatch_table)

    assert path.root.link == "copyreg"


def test_a_host_is_passed_by_where_its_user_has_a_name_for_the_path() -> None:
    rows = [object()]
    caller = {"cached": rows}
    sys.modules[__name__].__dict__["_host"] = caller
    try:
        step = wire.Step("setup", "fixture 'rows'", "list", "fixture 'rows'")
        host = HostProcess((Root(step, rows),), (caller,))
        paths = search.paths_to(
            [rows],
            target=None,
            setup_value=None,
            event_loop=None,
            own=set(),
            clock=lambda: 0.0,
            host=host,
        )
    finally:
        del sys.modules[__name__].__dict__["_host"]

    assert paths[id(rows)].root.link == "fixture 'rows'"


def _path_to(wanted: object) -> HeapPath:
    paths = search.paths_to(
        [wanted], target=None, setup_value=None, event_loop=None, own=set(), clock=lambda: 0.0
    )
    return paths[id(wanted)]


class _Room:
    def __init__(self, number: int) -> None:
        self.keys: list[int] = [number]


def test_a_path_leads_through_one_of_very_many_alike(modules: dict[str, types.ModuleType]) -> None:
    module = modules["holders"]
    rooms = module.ROOMS = [_Room(number) for number in range(1_000)]  # type: ignore[attr-defined]

    path = search.path_to(rooms[777].keys)
    del module.ROOMS

    assert path is not None
    assert [each for each in path if type(each) is _Room] == [rooms[777]]
    assert path[0] is module


@pytest.mark.parametrize("holder", HOLDERS[::6])
def test_a_walk_by_what_leads_to_the_holder_finds_what_one_over_the_whole_heap_does(
    holder: str, modules: dict[str, types.ModuleType]
) -> None:
    module, _, attributes = holder.partition(".")
    held = attrgetter(attributes)(modules[module])

    near = search.path_to(held)
    over_all = search.path_to(held, max_leading=0)

    assert near is not None
    assert over_all is not None
    assert list(map(id, near)) == list(map(id, over_all))


def test_what_lies_in_a_dict_that_the_collector_does_not_track_is_found(
    modules: dict[str, types.ModuleType],
) -> None:
    module = modules["holders"]
    buffers = module.BUFFERS = {"in": bytearray(10)}  # type: ignore[attr-defined]

    path = search.path_to(buffers["in"])
    del module.BUFFERS

    assert path is not None
    assert path[0] is module
    assert path[-2] is buffers
