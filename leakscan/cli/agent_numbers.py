"""The numbers by which the agent decides in the target what a record holds, from its source.

What an agent imports may be loaded in the target alone; so its modules are read, and not imported.
"""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import leakscan

_AGENT = Path(leakscan.__file__).parent / "agent"
DECIDING = (
    *("heap/census.MANY_OBJECTS", "heap/census.MIN_ENTRIES_OF_MANY", "heap/census.MAX_GROWN"),
    *("tracing/tracer.MAX_REUSED", "tracing/tracer.MIN_REUSED_ENTRIES", "tracing/live_blocks.MANY_BLOCKS"),
    *("tracing/new_objects.MAX_SAMPLE", "tracing/new_objects.MAX_READ", "investigation.MAX_GROWN_SITES"),
    *("holders/candidates._MIN_NODES", "holders/retained.MAX_WALKED", "holders/retained._MAX_COUNTED"),
    *("holders/explain.MAX_HOLDERS", "holders/explain.MAX_SLOTS", "holders/explain._MIN_OF_C"),
    *("holders/explain.MAX_SECONDS", "holders/stores._MAX_UNPLACED_SHARE", "references/steps.MIN_LINKED"),
    *("fork/copy.SECONDS_ALLOWED", "fork/copy.PATIENCE", "fork/listening.MAX_ASLEEP_SECONDS"),
    *("experiments/counted_release.MAX_OBJECTS", "caches/spare_capacity.MIN_TABLE_BYTES"),
    *("caches/spare_capacity.MAX_BYTES_PER_ENTRY", "caches/spare_capacity.MAX_TABLES"),
)
"""Those that change an answer, as `module.name`, in the order of a run; others bound what it may cost."""
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Mult: operator.mul,
    ast.LShift: lambda number, bits: int(number) << int(bits),
}


class AgentNumber(NamedTuple):
    """A number of the agent's."""

    value: float
    text: str
    """Its unit and its reason; empty where it has none."""


def agent_numbers() -> Mapping[str, AgentNumber]:
    """Each of the deciding numbers by its name.

    Raises KeyError for one that its module does not have.
    """
    modules = {name.rpartition(".")[0] for name in DECIDING}
    known = {
        f"{module}.{name}": number for module in modules for name, number in _numbers_of(_statements(module))
    }
    return {name: known[name] for name in DECIDING}


def text_below(statement: ast.stmt | None) -> str:
    """The docstring that stands below a name, as a cell of a table; empty where there is none."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split()).replace("|", "\\|")
    return ""


def _statements(module: str) -> Sequence[ast.stmt]:
    return ast.parse((_AGENT / f"{module}.py").read_text(encoding="utf-8")).body


def _numbers_of(body: Sequence[ast.stmt]) -> Iterator[tuple[str, AgentNumber]]:
    for statement, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            value = _value(statement.value)
            if value is not None:
                yield statement.targets[0].id, AgentNumber(value, text_below(below))


def _value(node: ast.expr) -> float | None:
    """What a number, or one made of numbers, comes to; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, int | float) else None
    if not isinstance(node, ast.BinOp) or type(node.op) not in _OPERATORS:
        return None
    left, right = _value(node.left), _value(node.right)
    return None if left is None or right is None else _OPERATORS[type(node.op)](left, right)
