"""No name in the code is a word that the project has retired; CONTRIBUTING's glossary has those it uses."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import leakscan

ROOT = Path(leakscan.__file__).parent

RETIRED_WORDS = {
    "apart": "frozen heap",
    "crumb": "incidental holders",
    "crumbs": "incidental holders",
    "doubles": "mock calls",
    "emptying": "release",
    "grip": "candidate",
    "grips": "candidates",
    "octave": "doubling",
    "octaves": "doublings",
    "pieces": "chunks",
    "pictures": "graph",
    "scene": "context",
    "severing": "release",
    "sketch": "leak graph",
    "studio": "context",
    "turnover": "churn",
    "way": "chain",
    "ways": "chains",
    "wish": "option",
    "wishes": "options",
}
"""Words that no name of ours contains, and what stands for each now."""

RETIRED_NAMES = {
    "ChildrenTaker": "ChildProcessSnapshots",
    "Cutoffs": "MaxRows",
    "Drawing": "LeakGraph",
    "Frames": "MessageFrames",
    "FrozenHeap": "HostFreeze",
    "LateCommands": "LazyGroup",
    "Recorder": "HistoryWriter",
    "Rules": "GateOptions",
    "Seen": "NewObjects",
    "called": "flagged",
    "cut": "release",
    "deliver": "emit",
    "found": "what it is: `screen`, `holder`, `path`, `entry`",
    "cutoffs": "max_rows",
    "look": "census",
    "looks": "censuses",
    "said": "reported",
    "told": "reported",
    "turn": "iteration",
    "turns": "iterations",
}
"""Ordinary English, which is retired only where it is the whole name."""

RETIRED_MODULES = frozenset(
    {"homes", "known", "hidden", "registries", "drawing", "keep", "talk", "late_commands"}
    | {"child", "children", "child_processes", "cutoffs", "frames", "frozen_heap", "in_process"}
    | {"limits", "object_names", "record_run"}
)
"""Names of files that said too little."""

RETIRED_PREFIXES = {"most": "max", "least": "min", "fewest": "min"}
"""Of limits; an order (`most_first`, `most_common`) is none."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def retired_in(name: str) -> str | None:
    """What the word is now that a name should not have; None where the name is fine."""
    bare = name.strip("_")
    words = [word.lower() for word in _PARTS.findall(bare)]
    if bare in RETIRED_NAMES:
        return RETIRED_NAMES[bare]
    if len(words) > 1 and words[0] in RETIRED_PREFIXES and words[-1] not in ("common", "first"):
        return RETIRED_PREFIXES[words[0]]
    return next((RETIRED_WORDS[word] for word in words if word in RETIRED_WORDS), None)


def names_made_in(tree: ast.AST) -> Iterator[str]:
    """Every name that a module gives: classes, functions, parameters, variables, attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case _:
                pass


def _modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def _name(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("module", _modules(), ids=_name)
def test_a_module_gives_no_name_that_is_retired(module: Path) -> None:
    names = set(names_made_in(ast.parse(module.read_text(encoding="utf-8")))) | {module.stem}

    retired = {name: now for name in names if (now := retired_in(name)) is not None}

    assert retired == {}
    assert module.stem not in RETIRED_MODULES


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("class Grip: ...", "Grip"),
        ("def found(): ...", "found"),
        ("async def ways_to(): ...", "ways_to"),
        ("def f(x, *, scene): ...", "scene"),
        ("for octave in range(3): ...", "octave"),
        ("x: int = 1; turn: int", "turn"),
        ("self._crumbs = 1", "_crumbs"),
        ("import graph as sketch", "sketch"),
        ("MOST_ROWS = 1", "MOST_ROWS"),
        ("_LEAST_SIZE = 1", "_LEAST_SIZE"),
        ("match x:\n    case [told, *_]: ...", "told"),
        ("LeakSketch = 1", "LeakSketch"),
    ],
)
def test_a_retired_name_is_seen_wherever_it_is_given(code: str, name: str) -> None:
    names = [each for each in names_made_in(ast.parse(code)) if retired_in(each) is not None]

    assert names == [name]


@pytest.mark.parametrize(
    "name",
    ["always", "cut_in_the_middle", "look_up", "most_first", "least", "so_called", "loaded", "frozen_heap"],
)
def test_ordinary_english_is_no_retired_name(name: str) -> None:
    assert retired_in(name) is None
