"""Which function a traced line belongs to: `tracemalloc` keeps files and lines only."""

import gc
import inspect
import opcode
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType

from leakscan.agent.heap import atomic_reads, introspect

Traceback = tuple[tuple[str, int], ...]
"""(file, line) of each frame, innermost first."""
FunctionOfLine = tuple[str, int, str, str]
"""(file, line, function, qualified name)."""
_WRAPPERS = (staticmethod, classmethod, property)
_MADE_BY_A_CALL = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
"""Code whose call makes an object at its first line."""
_MANY_ALIVE = 32
"""Functions of one code: where more are alive, they are made again and again, and made is what grows."""
_PASSIVE = frozenset(
    code
    for name, code in opcode.opmap.items()
    if name.startswith(("LOAD_", "RETURN_")) and name != "RETURN_GENERATOR"
) | frozenset(
    opcode.opmap[name]
    for name in ("RESUME", "NOP", "CACHE", "POP_TOP", "PUSH_NULL", "EXTENDED_ARG", "COPY_FREE_VARS")
    if name in opcode.opmap
)
"""Instructions that make no object: with no others at its first line, a function only begins there."""


def functions_of(sites: list[Traceback]) -> tuple[FunctionOfLine, ...]:
    """The function of each line in the tracebacks; lines of no living function are left out.

    The answer comes from the code objects of the heap, so that code without a file (a template, a
    generated module) has its names, too.
    """
    wanted = {(file, line) for site in sites for file, line in site}
    files = {file for file, _line in wanted}
    alive = Counter(id(function.__code__) for function in _functions())
    best: dict[tuple[str, int], tuple[tuple[bool, bool, int], CodeType]] = {}
    for code in codes_of_functions():
        if code.co_filename not in files:
            continue
        for place in {(code.co_filename, line or 0) for _start, _end, line in code.co_lines()} & wanted:
            likeness = _likeness(code, place[1], alive)
            if place not in best or likeness >= best[place][0]:
                best[place] = likeness, code
    return tuple(
        (file, line, code.co_name, code.co_qualname)
        for (file, line), (_likeness, code) in sorted(best.items())
    )


def _likeness(code: CodeType, line: int, alive: Mapping[int, int]) -> tuple[bool, bool, int]:
    """How likely it is that this code makes objects at the line, where one inside it has the line, too.

    The line of a `def`, a decorator or a lambda is the first of the inner one; the outer one runs it.
    """
    is_more_than_begun = line != code.co_firstlineno or not _only_begins_at(line, code)
    return is_more_than_begun, 0 < alive.get(id(code), 0) <= _MANY_ALIVE, code.co_firstlineno


def _only_begins_at(line: int, code: CodeType) -> bool:
    if code.co_cellvars or code.co_flags & _MADE_BY_A_CALL:
        return False
    instructions = code.co_code
    return all(
        instructions[place] in _PASSIVE
        for start, end, of_line in code.co_lines()
        if of_line == line
        for place in range(start, end, 2)
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
