"""Steps out of a function, named by its variables, arguments and attributes."""

from collections.abc import Callable

import pytest

from tests.unit.agent.references.chains import PAYLOAD, last_step


def test_a_cell_is_named_by_its_variable_and_function() -> None:
    seen: list[int] = []

    def record() -> None:
        seen.append(1)

    assert record.__closure__ is not None
    step = last_step(record, record.__closure__, record.__closure__[0], seen)

    assert (step.kind, step.link, step.type) == ("cell", "cell 'seen'", "list")
    assert step.owner.endswith("record")


def _remember(key: str, seen: list[str] = [], *, log: list[str] = []) -> None:  # noqa: B006 - the point
    seen.append(key)
    log.append(key)


@pytest.mark.parametrize(
    ("path", "link"),
    [
        (
            lambda: (_remember.__defaults__, (_remember.__defaults__ or ())[0]),
            "default of 'seen'",
        ),
        (
            lambda: (_remember.__kwdefaults__, _remember.__kwdefaults__["log"]),  # type: ignore[index]
            "default of 'log'",
        ),
    ],
)
def test_a_default_is_named_by_its_argument(path: Callable[[], tuple[object, ...]], link: str) -> None:
    step = last_step(_remember, *path())

    assert step[:4] == ("default", link, "list", "_remember")


def test_a_function_attribute_is_named_by_its_function() -> None:
    def audited() -> None:
        pass

    audited.__dict__["calls"] = PAYLOAD

    step = last_step(audited, audited.__dict__, PAYLOAD)

    assert (step.kind, step.link) == ("function attribute", ".calls")


def _wrapped(function: Callable[[], None]) -> Callable[[], None]:
    def wrapper() -> None:
        function()

    return wrapper


def test_a_function_that_wraps_another_leads_to_it_by_its_variable() -> None:
    inner = _wrapped(print)
    outer = _wrapped(inner)

    step = last_step(outer, inner)

    assert (step.kind, step.link, step.owner) == ("cell", "cell 'function'", "_wrapped.<locals>.wrapper")


def test_the_globals_and_the_code_of_a_function_are_parts_of_it() -> None:
    assert last_step(_remember, _remember.__globals__)[:2] == ("globals", ".__globals__")
    assert last_step(_remember, _remember.__code__)[:2] == ("part", ".__code__")
    assert last_step(_remember, PAYLOAD)[:2] == ("part", "→")


def test_what_is_no_cell_and_no_default_of_a_function_any_more_has_no_name() -> None:
    outer = _wrapped(print)

    assert last_step(outer, outer.__closure__, PAYLOAD).link == "cell '?'"
    assert last_step(_remember, _remember.__defaults__, PAYLOAD).link == "default of '?'"
