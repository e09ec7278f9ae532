"""What is private in the standard library, in the words of those who fill it."""

import sys

from leakscan import wire
from leakscan.wire import StepKind

_FACADES = ("unittest.mock", "asyncio", "concurrent.futures", "multiprocessing", "collections", "unittest")
"""Packages whose classes are imported from the package, not from the module inside that defines them."""
_IN_WORDS = {
    ("asyncio", "._scheduled"): "timers of {owner}",
    ("asyncio", "._ready"): "callbacks of {owner}",
    ("asyncio", "._waiters"): "waiters of {owner}",
    ("asyncio", "._getters"): "getters of {owner}",
    ("asyncio", "._putters"): "putters of {owner}",
    ("asyncio", "._callbacks"): "callbacks of {owner}",
    ("asyncio", "._result"): "result of {owner}",
    ("asyncio", "._exception"): "exception of {owner}",
    ("concurrent.futures", "._work_queue"): "jobs waiting for {owner}",
    ("concurrent.futures", "._done_callbacks"): "callbacks of {owner}",
    ("concurrent.futures", "._result"): "result of {owner}",
    ("concurrent.futures", "._exception"): "exception of {owner}",
    ("threading", "._args"): "arguments of {owner}",
    ("threading", "._kwargs"): "arguments of {owner}",
    ("threading", "._target"): "target of {owner}",
    ("unittest.mock", "._mock_call_args_list"): "{owner}.call_args_list",
    ("unittest.mock", "._mock_mock_calls"): "{owner}.mock_calls",
    ("unittest.mock", "._mock_method_calls"): "{owner}.method_calls",
    ("weakref", "._registry"): "finalizers",
}
_OWNED = frozenset({StepKind.ATTRIBUTE, StepKind.STORAGE, StepKind.CLASS_ATTRIBUTE})


def public_package(module: str) -> str | None:
    """The module that one imports to get at a class of the standard library; None for any other class."""
    if module.partition(".")[0] not in sys.stdlib_module_names or module in ("builtins", "__main__"):
        return None
    known = next((package for package in _FACADES if module.startswith(package)), module)
    return known.lstrip("_")


def in_words(step: wire.Step) -> str | None:
    """What the attribute is called by its users, `{owner}` for what it is one of; None if it has no words."""
    package = public_package(step.owner_module) if step.kind in _OWNED else None
    return None if package is None else _IN_WORDS.get((package, step.link))


def is_of_library(step: wire.Step) -> bool:
    """Whether the step leads to an attribute of an object whose class is the standard library's.

    Such an object is known to its user by where it is kept, not by its class.
    """
    return (
        step.kind in (StepKind.ATTRIBUTE, StepKind.STORAGE) and public_package(step.owner_module) is not None
    )


def is_private_of_library(step: wire.Step) -> bool:
    """Whether nobody but the library knows the attribute."""
    return is_of_library(step) and step.link.startswith("._") and in_words(step) is None
