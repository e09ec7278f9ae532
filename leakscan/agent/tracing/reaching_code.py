"""Which code of the target can reach a container: by the names in it, or by the lines that allocate."""

import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType
from typing import NamedTuple

from leakscan.agent.heap.symbolize import Traceback, codes_of_functions


class ReachingCode(NamedTuple):
    """Code of living functions and running frames, the likelier first."""

    mentioning: list[CodeType]
    """Has one of the names."""
    allocating: list[CodeType]
    """Has one of the lines that allocate."""


def reaching_code(names: frozenset[str], sites: Iterable[Traceback]) -> ReachingCode:
    """The code that has one of the names, or one of the lines of the sites."""
    wanted = {place for site in sites for place in site}
    files = {file for file, _line in wanted}
    code_of = ReachingCode([], [])
    for code in _codes():
        if _mentions(code, names):
            code_of.mentioning.append(code)
        if code.co_filename in files and _has_line(code, wanted):
            code_of.allocating.append(code)
    return code_of


def _mentions(code: CodeType, names: frozenset[str]) -> bool:
    kinds_of_names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return any(not names.isdisjoint(those) for those in kinds_of_names)


def _has_line(code: CodeType, wanted: set[tuple[str, int]]) -> bool:
    return any((code.co_filename, line) in wanted for _start, _end, line in code.co_lines())


def _codes() -> Iterator[CodeType]:
    yield from codes_of_functions()
    for top in sys._current_frames().values():
        frame: FrameType | None = top
        while frame is not None:
            yield frame.f_code
            frame = frame.f_back
