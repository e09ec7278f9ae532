"""The arrows between the layers, and between the rooms of a layer."""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

import leakscan

ROOT = Path(leakscan.__file__).parent
OWN = "leakscan"


class Layer(NamedTuple):
    """What the modules of a layer may import, besides the standard library and each other."""

    own: frozenset[str] = frozenset()
    third_party: frozenset[str] = frozenset()


def _layer(own: str = "", third_party: str = "") -> Layer:
    return Layer(frozenset(own.split()), frozenset(third_party.split()))


EVERYTHING_BUT_AGENT = (
    "__init__ wire masking model errors units documentation reading structuring programs recording project "
    "comparison analysis reports runner"
)
LAYERS = {
    "__init__": _layer("testing"),  # by name, when one of its own is asked for
    "__main__": _layer("cli"),
    "wire": _layer(),
    "masking": _layer(),
    "model": _layer(),
    "errors": _layer(),
    "units": _layer(),
    "documentation": _layer(),
    "agent": _layer("wire masking", "objgraph pympler psutil"),
    "reading": _layer(),
    "structuring": _layer("reading", "cattrs"),
    "former_recordings": _layer(),
    "recording": _layer("wire masking model errors reading structuring former_recordings", "cattrs"),
    "programs": _layer(),
    "project": _layer("model units errors reading structuring programs", "cattrs tomlkit"),
    "analysis": _layer("wire model masking"),  # what it judges are the wire's records
    "comparison": _layer("model"),
    "reports": _layer("model units errors documentation masking reading structuring programs"),
    "runner": _layer("__init__ wire model masking recording analysis errors", "psutil"),
    "runner/without_child.py": _layer("__init__ wire model masking recording analysis errors runner agent"),
    "cli": _layer(EVERYTHING_BUT_AGENT, "click tomlkit"),
    "testing": _layer(EVERYTHING_BUT_AGENT),
    "pytest_plugin": _layer(f"{EVERYTHING_BUT_AGENT} testing", "pytest _pytest"),
}
"""The arrows between the layers: one that is not here fails the test, so that nobody adds one in passing."""
_EVERY_ROOM = "settings record_index"
ROOMS_OF_ANALYSIS = {
    "settings": "",
    "record_index": "",
    "growth": _EVERY_ROOM,
    "naming": _EVERY_ROOM,
    "attribution": f"{_EVERY_ROOM} growth naming",
    # It asks what is missing, and never runs the judge to find out.
    "plan": f"{_EVERY_ROOM} growth naming attribution detection_limit",
    "findings": f"{_EVERY_ROOM} growth naming attribution",
    "busy_children": _EVERY_ROOM,
    "own_failures": _EVERY_ROOM,
    "failure": f"{_EVERY_ROOM} busy_children",
    "endings": f"{_EVERY_ROOM} growth",
    "detection_limit": f"{_EVERY_ROOM} growth",
    "run_metadata": _EVERY_ROOM,
    "verdict": f"{_EVERY_ROOM} growth naming attribution findings busy_children own_failures detection_limit",
}
"""The rooms of the analysis, and which others each knows: growth ← attribution ← findings ← verdict.

The passes, their case and their rules stand above all of them.
"""
ABOVE_THE_ROOMS = {
    "__init__",
    "case",
    "judging",
    "passes",
    "reasons",
    "rule",
    "rules",
    "stages",
    "verdict_rules",
}
DRAWING = "reports/text/"
"""Only what is in this folder draws, so only it knows rich."""
READING = {"reports/formats/json_reading.py"}
"""Only these read what a report wrote, so only these know cattrs."""
PAGES = {"reports/formats/html/__init__.py"}
"""Only these fill in templates, so only these know jinja2."""
MARKUP = {"reports/formats/html/markup.py"}
"""Only these make HTML of text, so only these know what escapes it and what reads Markdown."""


ALL_OTHERS = "*"
ROOMS = {
    "reports": ("*", "views", "text", "formats"),
    "agent": (
        "__init__ own_code originals descriptors counters memory_file",
        "channel fork",
        "heap",
        "references tracing calling",
        "holders",
        "graph",
        "experiments",
        "caches",
        "investigation growing_containers",
        "session",
        "main_loop start",  # `start` is the program that a child runs, and imports nothing of ours
    ),
}
"""Folders and files of a layer, floor by floor, the lowest first: each imports those on the floors below.

Those on one floor know nothing of each other. `*` is all that is not named: without it, each has to be.
"""


def _modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def _name(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("module", _modules(), ids=_name)
def test_a_module_imports_only_what_its_layer_may(module: Path) -> None:
    layer_name = _layer_of(module)
    layer = LAYERS[layer_name]
    may_import = (
        layer.third_party
        | ({"rich"} if _name(module).startswith(DRAWING) else set())
        | ({"cattrs"} if _name(module) in READING else set())
        | ({"jinja2"} if _name(module) in PAGES else set())
        | ({"markdown_it", "markupsafe"} if _name(module) in MARKUP else set())
    )

    imported = list(_imports(module))

    strange = {
        name for name in imported if not is_own(name) and not is_stdlib(name) and top(name) not in may_import
    }
    upward = {name for name in imported if is_own(name) and own_layer(name) not in {layer_name} | layer.own}
    assert (strange, upward) == (set(), set())


@pytest.mark.parametrize("module", sorted(ROOT.joinpath("analysis").rglob("*.py")), ids=_name)
def test_a_room_of_the_analysis_knows_only_those_below_it(module: Path) -> None:
    room = _room(module.relative_to(ROOT).with_suffix("").parts)
    if room in ABOVE_THE_ROOMS:
        return

    others = {_room(parts) for name in _imports(module) if (parts := name.split(".")[1:])[:1] == ["analysis"]}

    assert others - {room, *ROOMS_OF_ANALYSIS[room].split()} == set()


@pytest.mark.parametrize(
    "module", [each for each in _modules() if each.relative_to(ROOT).parts[0] in ROOMS], ids=_name
)
def test_a_module_imports_of_its_layer_only_rooms_below_its_own(module: Path) -> None:
    layer = module.relative_to(ROOT).parts[0]

    assert [name for name in _imports(module) if _is_upward(_name(module), name, ROOMS[layer])] == []


@pytest.mark.parametrize("layer", ROOMS)
def test_each_room_that_is_named_is_there(layer: str) -> None:
    there = {each.stem for each in ROOT.joinpath(layer).iterdir()}

    named = {room for floor in ROOMS[layer] for room in floor.split()}

    assert named - {ALL_OTHERS} - there == set()


def test_a_file_of_the_agent_that_stands_on_no_floor_is_refused() -> None:
    with pytest.raises(AssertionError, match="agent/newcomer has no floor"):
        _is_upward("agent/newcomer.py", "leakscan.agent.counters", ROOMS["agent"])


@pytest.mark.parametrize(
    ("module", "name", "is_upward"),
    [
        ("reports/output.py", "leakscan.reports.views.report.headline", True),
        ("reports/views/report.py", "leakscan.reports.text.page.Page", True),
        ("reports/text/report.py", "leakscan.reports.formats.json", True),
        ("reports/text/report.py", "leakscan.reports.views.report.ReportView", False),
        ("reports/formats/json.py", "leakscan.reports.output", False),
        ("reports/formats/html/__init__.py", "leakscan.reports.formats.table", False),
        ("reports/output.py", "leakscan.reports.locations", False),
        ("reports/views/report.py", "leakscan.model.analysis.Analysis", False),
        ("agent/heap/census.py", "leakscan.agent.counters", False),
        ("agent/heap/census.py", "leakscan.agent.heap.chunks.parts", False),
        ("agent/heap/census.py", "leakscan.agent.references.search", True),
        ("agent/tracing/tracer.py", "leakscan.agent.references.search", True),
        ("agent/calling/caller.py", "leakscan.agent.tracing.tracer", True),
        ("agent/counters.py", "leakscan.agent.originals", True),
        ("agent/investigation.py", "leakscan.agent.caches.search", False),
        ("agent/investigation.py", "leakscan.agent.session.Session", True),
        ("agent/main_loop.py", "leakscan.agent.session.Session", False),
    ],
)
def test_a_room_is_out_of_reach_on_a_higher_floor_and_beside_the_own(
    module: str, name: str, *, is_upward: bool
) -> None:
    assert _is_upward(module, name, ROOMS[module.partition("/")[0]]) is is_upward


@pytest.mark.parametrize("module", _modules(), ids=_name)
def test_no_module_reaches_for_the_underscore_names_of_another(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))

    private = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and is_own(node.module or "")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    }

    assert private == set()


def _imports(module: Path) -> Iterator[str]:
    """Full names of what a module imports, wherever in it; `from a import b` is `a.b`."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(module)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_upward(module: str, name: str, floors: Sequence[str]) -> bool:
    """Whether a full name of ours lies in the module's own layer, but in no room that it may import."""
    layer, *parts = module.removesuffix(".py").split("/")
    if not name.startswith(f"{OWN}.{layer}."):
        return False
    floor, room = _floor_and_room(layer, parts[0], floors)
    other_floor, other_room = _floor_and_room(layer, name.split(".")[2], floors)
    return room != other_room and other_floor >= floor


def _floor_and_room(layer: str, name: str, floors: Sequence[str]) -> tuple[int, str]:
    """Where a folder or file of a layer stands; all that is named nowhere is one room."""
    for room in (name, ALL_OTHERS):
        for number, floor in enumerate(floors):
            if room in floor.split():
                return number, room
    raise AssertionError(f"{layer}/{name} has no floor in ROOMS")


def _layer_of(module: Path) -> str:
    """The layer of a file: its folder's, or one that is its own."""
    if _name(module) in LAYERS:
        return _name(module)
    return module.relative_to(ROOT).parts[0].removesuffix(".py")


def _room(parts: Sequence[str]) -> str:
    """The room of a module or a name: `plan` of `analysis.plan.tracing`."""
    return parts[1] if len(parts) > 1 else "__init__"


def own_layer(name: str) -> str:
    """The layer of a full name of ours: `cli` of `leakscan.cli.run`, `__init__` of `leakscan`."""
    parts = name.split(".")
    is_layer = len(parts) > 1 and (ROOT / f"{parts[1]}.py").exists()
    is_package = len(parts) > 1 and (ROOT / parts[1]).is_dir()
    return parts[1] if is_layer or is_package else "__init__"


def is_own(name: str) -> bool:
    return top(name) == OWN


def is_stdlib(name: str) -> bool:
    return top(name) in sys.stdlib_module_names


def top(name: str) -> str:
    return name.partition(".")[0]
