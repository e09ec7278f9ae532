"""The catalogue is true: every variant stands in it, and does what it says there."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterable, Sized
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import scenarios
from scenarios import Driver, Work, work_of
from tests.scenario_catalog import Entry, scenario_catalogue

ROOT = Path(scenarios.__file__).parent.parent
CATALOG = scenario_catalogue()
MODULES = (
    "fiber_idempotency",
    "go_map",
    "gopacket_pagecache",
    "retina_packetparser",
    "ziti_session_sync",
)
WHOLE_PERIODS = 60
"""Calls after which each saw-tooth (10, 15 or 20 calls long) is where it was."""


def each(entries: Iterable[Entry]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", list(entries), ids=lambda entry: entry.target)


def module_and_variant(entry: Entry) -> tuple[ModuleType, str]:
    return importlib.import_module(entry.module), entry.scenario.variant


def built(entry: Entry) -> Driver:
    module, variant = module_and_variant(entry)
    driver: Driver = module.make(variant)
    return driver


def repeat(work: Work, calls: int) -> None:
    for _ in range(calls):
        work()


def reached(path: str, start: object) -> object:
    """What `path` leads to: `.attribute` and `[index]`, from `start` on."""
    for name, index in re.findall(r"\.(\w+)|\[(-?\d+)\]", path):
        start = getattr(start, name) if name else start[int(index)]  # type: ignore[index]
    return start


def holder(entry: Entry, driver: Driver) -> Sized:
    assert entry.scenario.path is not None
    first, rest = re.fullmatch(r"(\w+)(.*)", entry.scenario.path).groups()  # type: ignore[union-attr]
    module, _ = module_and_variant(entry)
    container = reached(rest, driver if first == "app" else getattr(module, first))
    assert isinstance(container, Sized)
    return container


def test_every_variant_stands_in_the_catalogue_once() -> None:
    written = [entry.target for entry in CATALOG]

    runnable = [
        f"scenarios.{name}:{variant}"
        for name in MODULES
        for variant in importlib.import_module(f"scenarios.{name}").VARIANTS
    ]

    assert sorted(written) == sorted(runnable)


@pytest.mark.parametrize("name", MODULES)
def test_every_variant_is_declared_for_type_checkers(name: str) -> None:
    module = importlib.import_module(f"scenarios.{name}")

    declared = {key for key, kind in module.__annotations__.items() if kind == "Work"}

    assert declared == set(module.VARIANTS)


@pytest.mark.parametrize("name", MODULES)
def test_importing_a_module_builds_nothing(name: str) -> None:
    code = f"import scenarios.{name} as module; print('app' in vars(module))"

    seen = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)

    assert seen.stdout.split() == [b"False"]


def test_the_first_look_builds_the_app_and_the_next_finds_it() -> None:
    module = importlib.import_module("scenarios.fiber_idempotency")
    namespace: dict[str, Any] = {}

    first = work_of("leaky", module.VARIANTS, namespace)
    app = namespace["app"]
    second = work_of("leaky", module.VARIANTS, namespace)

    assert first == second == app.work
    assert namespace["app"] is app
    assert work_of("fixed", module.VARIANTS, namespace) == namespace["app"].work != first


def test_looking_at_a_variant_of_a_module_makes_its_app() -> None:
    module = importlib.import_module("scenarios.fiber_idempotency")

    work = module.leaky

    assert work == module.app.work


@pytest.mark.parametrize("name", MODULES)
def test_dir_lists_the_variants(name: str) -> None:
    module = importlib.import_module(f"scenarios.{name}")

    listed = dir(module)

    assert {*module.VARIANTS, "make"} <= set(listed)


@pytest.mark.parametrize("name", MODULES)
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    module = importlib.import_module(f"scenarios.{name}")

    with pytest.raises(AttributeError, match=f"module 'scenarios.{name}' has no attribute 'x'"):
        _ = module.x


ALONE = """
import gc, importlib, sys
from array import array
module, variant = sys.argv[1].split(":")
work = importlib.import_module(module).make(variant).work
def repeat(calls):
    for _ in range(calls):
        work()
"""
"""A process in which nothing else allocates: a test runner's own threads do."""


def alone(entry: Entry, script: str) -> str:
    """What the script prints, with `repeat(calls)` at hand, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE + script, entry.target],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return done.stdout


@each(entry for entry in CATALOG if entry.scenario.verdict == "CLEAN")
def test_a_clean_variant_keeps_exactly_its_blocks(entry: Entry) -> None:
    script = f"""
blocks = array("q", [0] * 5)  # preallocated: a list of counts would be blocks itself
repeat({2 * WHOLE_PERIODS})
for n in range(5):
    repeat({WHOLE_PERIODS})
    gc.collect()
    blocks[n] = sys.getallocatedblocks()
print(*blocks[1:])  # the first stands for what the loop itself takes
"""

    blocks = alone(entry, script).split()

    assert blocks[1:] == blocks[:1] * 3


@each(CATALOG)
def test_a_call_leaves_no_cyclic_garbage(entry: Entry) -> None:
    script = """
repeat(5)
gc.collect()
gc.disable()
repeat(20)
print(gc.collect())
"""

    unreachable = alone(entry, script)

    assert int(unreachable) == 0


@each(entry for entry in CATALOG if entry.scenario.path and entry.scenario.entries_per_call)
def test_the_first_holder_gains_what_the_catalogue_says(entry: Entry) -> None:
    driver = built(entry)
    repeat(driver.work, 30)
    before = len(holder(entry, driver))

    repeat(driver.work, 30)

    assert entry.scenario.entries_per_call is not None
    low, high = entry.scenario.entries_per_call
    assert low * 30 <= len(holder(entry, driver)) - before <= high * 30
    driver.close()


@each(entry for entry in CATALOG if entry.scenario.verdict != "CLEAN")
def test_a_call_gains_the_bytes_that_the_catalogue_says(entry: Entry) -> None:
    script = f"""
import tracemalloc
tracemalloc.start()
work = importlib.import_module(module).make(variant).work
repeat({WHOLE_PERIODS})
gc.collect()
before, _ = tracemalloc.get_traced_memory()
repeat({WHOLE_PERIODS})
gc.collect()
after, _ = tracemalloc.get_traced_memory()
print(after - before)
"""

    gained = int(alone(entry, script))

    low, high = entry.scenario.bytes_per_call
    assert low <= gained / WHOLE_PERIODS <= high


@each(entry for entry in CATALOG if entry.scenario.verdict != "CLEAN")
def test_the_path_of_whoever_grows_leads_to_a_container(entry: Entry) -> None:
    driver = built(entry)

    driver.work()

    assert len(holder(entry, driver)) > 0
    assert entry.scenario.holders
    assert not {*entry.scenario.holders} & {*entry.scenario.never}
