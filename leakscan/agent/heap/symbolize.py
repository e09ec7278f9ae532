"""Which function a traced line belongs to: `tracemalloc` keeps files and lines only."""

import gc
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

from leakscan.agent.heap import atomic_reads, introspect

Traceback = tuple[tuple[str, int], ...]
"""(file, line) of each frame, innermost first."""
FunctionOfLine = tuple[str, int, str, str]
"""(file, line, function, qualified name)."""
_WRAPPERS = (staticmethod, classmethod, property)


def functions_of(sites: list[Traceback]) -> tuple[FunctionOfLine, ...]:
    """The function of each line in the tracebacks; lines of no living function are left out.

    The answer comes from the code objects of the heap, so that code without a file (a template, a
    generated module) has its names, too.
    """
    wanted = {(file, line) for site in sites for file, line in site}
    files = {file for file, _line in wanted}
    innermost: dict[tuple[str, int], CodeType] = {}
    for code in codes_of_functions():
        if code.co_filename not in files:
            continue
        for _start, _end, line in code.co_lines():
            place = (code.co_filename, line or 0)
            if place not in wanted:
                continue
            known = innermost.get(place)
            if known is None or code.co_firstlineno >= known.co_firstlineno:
                innermost[place] = code
    return tuple(
        (file, line, code.co_name, code.co_qualname) for (file, line), code in sorted(innermost.items())
    )


def _functions() -> Iterator[FunctionType]:
    """Every function that is tracked, and those of modules and classes that the target has frozen."""
    for obj in gc.get_objects():
        if type(obj) is FunctionType:
            yield obj
    for module in atomic_reads.values_of(sys.modules):
        if type(module) is not ModuleType:
            continue
        for value in atomic_reads.values_of(introspect.namespace_of_module(module)):
            if type(value) is FunctionType:
                yield value
            elif type.__subclasscheck__(type, type(value)):
                yield from _methods(value)


def _methods(kind: type) -> Iterator[FunctionType]:
    """The functions of a class body, those that a built-in decorator wraps included."""
    for value in atomic_reads.values_of(introspect.namespace_of_type(kind)):
        wrapped = gc.get_referents(value) if any(type(value) is each for each in _WRAPPERS) else (value,)
        yield from (each for each in wrapped if type(each) is FunctionType)


def codes_of_functions() -> Iterator[CodeType]:
    """Every code object that a living function leads to, each once."""
    seen: set[int] = set()
    stack = [function.__code__ for function in _functions()]
    while stack:
        code = stack.pop()
        if id(code) not in seen:
            seen.add(id(code))
            yield code
            stack.extend(const for const in code.co_consts if type(const) is CodeType)
