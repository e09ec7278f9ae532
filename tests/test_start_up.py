"""What a start loads: the agent in the target's process, and the command in ours."""

import ast
import json
import subprocess
import sys
from typing import NamedTuple

import pytest

from leakscan.reports.formats.table import FORMATS
from tests.test_layers import ROOT, is_own, is_stdlib, own_layer, top

LOADED = """
import json, os, re
from leakscan.agent.originals import Originals
table = Originals(os.getcwd())
table.loaded_whole("leakscan.agent.main_loop")
names = sorted(table.names())
own = [table.module(name) for name in names if name.partition(".")[0] == "leakscan"]
made = [value for module in own for value in vars(module).values()]
records = {value for value in made if isinstance(value, type) and hasattr(value, "_fields")}
print(json.dumps({
    "modules": names,
    "records": len({each for each in records if each.__module__.startswith("leakscan")}),
    "patterns": sum(isinstance(value, re.Pattern) for value in made),
}))
"""
AGENTS_THIRD_PARTY = {"objgraph", "psutil", "pympler"}
"""What the agent may load, whole before its first sample."""
TOO_DEAR = {"asyncio", "dataclasses", "logging", "multiprocessing", "tracemalloc", "unittest"}
"""Each costs the target's heap or start more than it gives the agent."""
MAX_OWN_MODULES = 110
MAX_OTHER_MODULES = 140
"""Of the standard library (a few more from Python 3.12 on) and of the libraries above."""
MAX_RECORD_TYPES = 105
"""To make a `NamedTuple` takes as long as to load a module of the agent."""
MAX_PATTERNS = 8
"""Regular expressions that are compiled at the start: one of some length takes as long as ten modules."""


class Loaded(NamedTuple):
    """What the agent loads and makes before it is ready."""

    modules: frozenset[str]
    records: int
    """Types that are a `NamedTuple`."""
    patterns: int
    """Regular expressions that are compiled."""


@pytest.fixture(scope="module")
def ready_agent() -> Loaded:
    """What the agent has loaded in a fresh interpreter."""
    shown = subprocess.run(
        [sys.executable, "-c", LOADED],
        check=True,
        capture_output=True,
        cwd=ROOT.parent,
        text=True,
    )
    loaded = json.loads(shown.stdout)
    return Loaded(frozenset(loaded["modules"]), loaded["records"], loaded["patterns"])


@pytest.fixture
def loaded_by_agent(ready_agent: Loaded) -> frozenset[str]:
    """Names of the modules that the agent loads in a fresh interpreter."""
    return ready_agent.modules


def test_the_agent_is_ready_after_no_more_than_its_start_may_take(ready_agent: Loaded) -> None:
    """A count, since a time depends on the machine: `benchmarks/start_up.py` measures that."""
    own = {name for name in ready_agent.modules if is_own(name)}

    assert len(own) <= MAX_OWN_MODULES
    assert len(ready_agent.modules - own) <= MAX_OTHER_MODULES
    assert ready_agent.records <= MAX_RECORD_TYPES
    assert ready_agent.patterns <= MAX_PATTERNS


def test_the_agent_loads_of_leakscan_only_itself_the_wire_and_the_masks(
    loaded_by_agent: frozenset[str],
) -> None:
    own = {name for name in loaded_by_agent if is_own(name)}

    assert {own_layer(name) for name in own} == {"__init__", "agent", "wire", "masking"}


def test_the_agent_loads_no_other_library_than_its_budget_names(
    loaded_by_agent: frozenset[str],
) -> None:
    others = {top(name) for name in loaded_by_agent if not is_own(name) and not is_stdlib(name)}

    assert others <= AGENTS_THIRD_PARTY


def test_the_agent_loads_nothing_that_costs_a_target_dearly(
    loaded_by_agent: frozenset[str],
) -> None:
    assert loaded_by_agent & TOO_DEAR == set()


def test_the_agent_imports_nothing_in_a_function() -> None:
    late = {
        name
        for module in ROOT.joinpath("agent").rglob("*.py")
        if module.name != "start.py"  # a program, which imports what the interpreter is made of
        for function in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [ast.unparse(node)]
    }

    assert late == set()


LOADED_BY_COMMAND = """
import json, sys
from leakscan.cli import exit_code_of
from leakscan.cli.engine import RealEngine
exit_code_of(sys.argv[1:], RealEngine())
print(json.dumps(sorted(sys.modules)))
"""


def _loaded_by_command(*arguments: str) -> frozenset[str]:
    """Names of the modules that a command has loaded in a fresh interpreter."""
    shown = subprocess.run(
        [sys.executable, "-c", LOADED_BY_COMMAND, *arguments],
        check=True,
        capture_output=True,
        cwd=ROOT.parent,
        text=True,
    )
    return frozenset(json.loads(shown.stdout.splitlines()[-1]))


def test_the_version_is_said_without_loading_any_command_or_report() -> None:
    loaded = _loaded_by_command("--version")

    own = {name for name in loaded if is_own(name)}
    assert {own_layer(name) for name in own} == {"__init__", "cli", "errors", "model"}
    assert own.isdisjoint({"leakscan.cli.run", "leakscan.cli.check"})
    assert "rich" not in loaded


def test_a_run_loads_no_other_command_and_no_format_before_one_is_written() -> None:
    loaded = _loaded_by_command("run", "--help")

    assert "leakscan.cli.run" in loaded
    dear = {
        "leakscan.cli.check",
        *(f"leakscan.reports.formats.{name}" for name in FORMATS),
        "cattrs",
        "jinja2",
        "rich.live",
        "sqlite3",
        "tomlkit",
    }
    assert loaded & dear == set()
