"""Which code of the analysis reads which settings, from its source."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

from leakscan import analysis
from leakscan.analysis import settings

SETTINGS = "settings"
"""The name that its readers know the module by; what a user may set is read from a parameter of that name."""
_ANALYSIS = Path(analysis.__file__).parent


@cache
def settings_by_reader() -> Mapping[str, tuple[str, ...]]:
    """The settings that each function, method or constant reads itself, by `module.function`.

    In the order of the code. The default of an option of the user's is `Settings.field`.
    """
    reads: dict[str, dict[str, None]] = defaultdict(dict)
    for name, node in _code():
        reads[name] |= dict.fromkeys(_settings_read(node))
    return MappingProxyType({name: tuple(names) for name, names in reads.items() if names})


def read_in(code: Sequence[str]) -> tuple[str, ...]:
    """The settings that these functions, or all of these modules, read; each once.

    Raises LookupError for code that is not there.
    """
    known = settings_by_reader()
    gone = [each for each in code if not any(_is_in(name, each) for name in _all_readers())]
    if gone:
        raise LookupError(f"no code of the analysis is called {', '.join(gone)}")
    names = [name for each in code for reader in known if _is_in(reader, each) for name in known[reader]]
    return tuple(dict.fromkeys(names))


@cache
def _all_readers() -> frozenset[str]:
    """Every function, method, constant and statement of the analysis, whether it reads settings or not."""
    return frozenset(name for name, _node in _code())


def _code() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(_ANALYSIS.rglob("*.py")):
        parts = path.relative_to(_ANALYSIS).with_suffix("").parts
        module = [part for part in parts if part != "__init__"]
        yield from _readers(ast.parse(path.read_text(encoding="utf-8")).body, module)


def _is_in(reader: str, code: str) -> bool:
    return reader == code or reader.startswith(f"{code}.")


def _readers(body: Sequence[ast.stmt], within: Sequence[str]) -> Iterator[tuple[str, ast.AST]]:
    """What code reads for itself, by its name: functions, methods, and the statements of a module."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _readers(node.body, [*within, node.name])
        else:
            yield ".".join([*within, *_name(node)]), node


def _name(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [node.name]
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return [] if target is None else [ast.unparse(target)]


def _settings_read(node: ast.AST) -> Iterator[str]:
    options = settings.Settings.__dataclass_fields__
    reads = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    for read in sorted(reads, key=lambda each: (each.lineno, each.col_offset)):
        if isinstance(read.value, ast.Name) and read.value.id == SETTINGS:
            yield f"Settings.{read.attr}" if read.attr in options else read.attr
