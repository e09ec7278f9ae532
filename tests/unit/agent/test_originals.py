"""The agent's own copies of modules, looked at in interpreters of their own."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import PYTHON, QUIET_CI, ROOT
from tests.promises import About, promise

SHADOWED = sorted(
    name
    for name in sys.stdlib_module_names - set(sys.builtin_module_names)
    # What Windows alone has is imported on trial by modules of Python: such a file breaks them everywhere.
    # `distutils` is what setuptools puts in its place.
    if not name.startswith("_") and name != "distutils" and importlib.util.find_spec(name) is not None
)
"""Names of the standard library that a user's file may have."""
APP = f"""
import sys, runpy_of_test
runpy_of_test.note({SHADOWED!r})
def work():
    pass
"""
NOTE = """
import sys
def note(names):
    mine = {}
    for name in names:
        try:
            mine[name] = getattr(__import__(name), "MINE", None)
        except Exception as error:
            # A few of Python's own are built in, and find others of these files.
            mine[name] = type(error).__name__
    with open(sys.argv[1], "w") as file:
        file.write(repr(mine))
"""
AS_SCRIPT = str(ROOT / "leakscan" / "__main__.py")
"""With `python -m`, Python itself would import a few of the files before a line of ours is read."""


def _run(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [*PYTHON, *arguments],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**os.environ, **QUIET_CI, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a harmless file for every name of the standard library, which a program imports."""
    for name in SHADOWED:
        (tmp_path / f"{name}.py").write_text("MINE = True\n")
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "runpy_of_test.py").write_text(NOTE)
    return tmp_path


@promise(About.NEVER, "The target never imports another module than it would without leakscan.")
@pytest.mark.parametrize(
    "target", [["app:work"], ["app.py"], ["-m", "app"]], ids=["function", "script", "module"]
)
def test_of_all_names_of_the_standard_library_the_target_gets_the_files_that_python_gives_it(
    target: list[str], folder: Path
) -> None:
    plain = folder / "plain.txt"
    seen = folder / "seen.txt"

    _run("app.py", str(plain), folder=folder)
    options = ["--calls", "1", "--rounds", "1", "--warmup", "1"]
    output = _run(AS_SCRIPT, "run", *options, *target, "--", str(seen), folder=folder)

    assert seen.exists(), output
    assert eval(seen.read_text()) == eval(plain.read_text())  # noqa: S307 - a dict that this test wrote
    assert "random" in plain.read_text()


FOLDERS = """
import sys
def work():
    pass
ours = ("/leakscan/agent", "/leakscan/wire")
with open("folders.txt", "w") as file:
    file.write(repr([each for each in sys.path_importer_cache if any(part in each for part in ours)]))
"""


def test_the_folders_of_leakscan_are_in_no_list_of_the_target(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(FOLDERS)

    output = _run(AS_SCRIPT, "run", "--calls", "1", "--rounds", "1", "app:work", folder=tmp_path)

    # The program that begins lies in one, and Python itself notes where a program lies.
    seen = eval((tmp_path / "folders.txt").read_text())  # noqa: S307 - a list that this test wrote
    assert {each.rpartition("/leakscan/")[2] for each in seen} <= {"agent", "agent/start.py"}, output


LOADED = """
import json, sys
before = set(sys.modules)
from leakscan.agent import originals
own = originals.Originals({root!r})
own.loaded_whole("leakscan.agent.main_loop")
caller = own.module("leakscan.agent.calling.caller")
counters = own.module("leakscan.agent.counters")
time = sys.modules["time"]
real, time.perf_counter, time.sleep = time.perf_counter, None, None
print(json.dumps({{
    "agent": sorted(name for name in sys.modules if name.startswith("leakscan.agent.")),
    "libraries": sorted({{"objgraph", "psutil", "pympler"}} & set(sys.modules)),
    "clock": counters.clock is real,
    "python": sorted({{"inspect", "json.decoder", "traceback", "objgraph"}} - own._modules.keys()),
    "builtins": caller.Caller.run.__builtins__ is not vars(sys.modules["builtins"]),
    "queue": own.module("_queue").SimpleQueue is __import__("_queue").SimpleQueue,
}}))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, Any]:
    """What an interpreter knows of the agent that it has loaded."""
    loaded: dict[str, Any] = json.loads(_run("-c", LOADED.format(root=str(ROOT)), folder=ROOT))
    return loaded


def test_neither_the_agent_nor_its_libraries_are_among_the_modules_of_the_target(
    loaded: dict[str, Any],
) -> None:
    assert (loaded["agent"], loaded["libraries"]) == (["leakscan.agent.originals"], [])


def test_the_agent_has_functions_and_builtins_of_its_own(loaded: dict[str, Any]) -> None:
    assert (loaded["clock"], loaded["builtins"], loaded["python"]) == (True, True, [])


def test_types_that_are_written_in_c_are_the_same_for_the_agent_and_the_target(
    loaded: dict[str, Any],
) -> None:
    assert loaded["queue"] is True
