"""An object that several modules have as a global belongs to the one that did not import it."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from leakscan.agent.references.defining_module import defining_module_of

STATE = "CACHE = {}\nLOG = []\n\n\nclass Store:\n    pass\n\n\ndef put():\n    pass\n"
MAIN = "from homes_state import CACHE, LOG as KEPT, Store, put\n" + "".join(
    f"name_{number} = {number}.5\n" for number in range(300)
)
LATE = "".join(f"name_{number} = {number}.5\n" for number in range(300)) + "from homes_state import CACHE\n"


@pytest.fixture(params=[True, False], ids=["compiled", "source only"])
def modules(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, ModuleType]]:
    """A module with state, and two that import from it; with and without a file of compiled code."""
    sources = {"homes_state": STATE, "homes_main": MAIN, "homes_late": LATE}
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", not request.param)
    yield {name.removeprefix("homes_"): importlib.import_module(name) for name in sources}
    for name in sources:
        del sys.modules[name]


@pytest.mark.parametrize(("name", "imported_as"), [("CACHE", "CACHE"), ("LOG", "KEPT")])
def test_the_home_is_the_module_that_did_not_import_it(
    modules: dict[str, ModuleType], name: str, imported_as: str
) -> None:
    obj = getattr(modules["state"], name)
    assert getattr(modules["main"], imported_as) is obj

    assert defining_module_of(obj, [modules["main"], modules["state"]]) is modules["state"]


def test_an_import_is_seen_behind_many_names(modules: dict[str, ModuleType]) -> None:
    obj = modules["state"].CACHE

    assert defining_module_of(obj, [modules["late"], modules["main"], modules["state"]]) is modules["state"]


@pytest.mark.parametrize("name", ["Store", "put"])
def test_a_class_or_function_tells_its_home_itself(modules: dict[str, ModuleType], name: str) -> None:
    obj = getattr(modules["state"], name)

    assert defining_module_of(obj, [modules["main"], modules["state"]]) is modules["state"]


def test_in_doubt_it_is_the_first() -> None:
    one, other = ModuleType("one"), ModuleType("other")
    one.__dict__["CACHE"] = other.__dict__["CACHE"] = cache = {1: 2}
    other.__dict__["__cached__"] = other.__dict__["__file__"] = "/nowhere/other.py"

    assert defining_module_of(cache, [one, other]) is one
    assert defining_module_of(cache, [other, one]) is other
