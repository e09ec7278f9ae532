"""Where the code of a target begins."""

import functools
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from leakscan.agent.calling.definition import definition_of


def handle() -> None: ...


def traced(function: Callable[[], None]) -> Callable[[], None]:
    @functools.wraps(function)
    def wrapper() -> None:
        function()

    return wrapper


@traced
def decorated() -> None: ...


class Job:
    def __init__(self) -> None: ...

    def run(self) -> None: ...

    @classmethod
    def make(cls) -> None: ...

    def __call__(self) -> None: ...


class Plain:
    pass


class Hostile:
    def __getattribute__(self, name: str) -> NoReturn:
        raise AssertionError("code of the target was run")

    def __call__(self) -> None: ...


@pytest.mark.parametrize(
    ("call", "qualname"),
    [
        (handle, "handle"),
        (decorated, "decorated"),
        (functools.partial(handle), "handle"),
        (functools.partial(decorated), "decorated"),
        (Job().run, "Job.run"),
        (Job.make, "Job.make"),
        (Job(), "Job.__call__"),
        (Job, "Job.__init__"),
        (Hostile(), "Hostile.__call__"),
    ],
    ids=lambda value: value if type(value) is str else "call",
)
def test_the_function_that_a_call_runs_is_found(call: Any, qualname: str) -> None:
    definition = definition_of(call)

    assert definition is not None
    file, line, function, qualified_name = definition
    assert (file, qualified_name, function) == (__file__, qualname, qualname.rpartition(".")[2])
    assert line > 0


@pytest.mark.parametrize(
    "call", [print, [].append, Plain, Plain()], ids=["builtin", "method of a list", "class", "instance"]
)
def test_what_is_not_written_in_python_has_no_definition(call: Any) -> None:
    assert definition_of(call) is None


def test_a_function_that_wraps_itself_ends_the_search() -> None:
    def circular() -> None: ...

    circular.__dict__["__wrapped__"] = circular

    assert definition_of(circular) is not None
