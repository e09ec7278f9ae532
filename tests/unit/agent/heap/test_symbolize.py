"""The functions that the lines of a site belong to, from the code objects of the heap."""

import gc
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from leakscan.agent.heap.symbolize import functions_of

FILE = "/shop/orders.py"
OTHER_FILE = "/shop/listeners.py"
SOURCE = """
class Orders:
    @staticmethod
    def add():
        pass
    @classmethod
    def drop(cls):
        pass
    @property
    def total(self):
        pass
    def plain(self):
        pass

def place():
    pass
"""


@pytest.fixture
def _shop() -> Iterator[None]:
    module = ModuleType("shop_orders")
    exec(compile(SOURCE, FILE, "exec"), module.__dict__)  # noqa: S102
    sys.modules[module.__name__] = module
    yield
    del sys.modules[module.__name__]


@pytest.fixture
def _frozen() -> Iterator[None]:
    gc.freeze()
    yield
    gc.unfreeze()


def _functions_at(*lines: int) -> list[str]:
    return [qualified for _file, _line, _name, qualified in functions_of([tuple((FILE, n) for n in lines)])]


@pytest.mark.usefixtures("_shop", "_frozen")
def test_functions_that_the_target_has_frozen_are_found_in_their_modules_and_classes() -> None:
    names = _functions_at(5, 8, 11, 13, 16)

    assert names == ["Orders.add", "Orders.drop", "Orders.total", "Orders.plain", "place"]


@pytest.mark.usefixtures("_shop")
def test_a_line_outside_of_every_function_is_left_out() -> None:
    assert _functions_at(1, 16) == ["place"]


NESTED = """
def listener(session):
    @session.listens_for("execute", ["a"])
    def note(statement):
        return statement
    return session

def register(key):
    KEPT.append((key, lambda: key))

def with_reader(key):
    return sorted([key], key=lambda each: str(each))

def counted():
    return (number for number in [1])

def made():
    return lambda key: KEPT.append([key])

KEPT = []
"""


def _functions_at_nested(*lines: int) -> list[str]:
    return [name for *_place, name in functions_of([tuple((OTHER_FILE, n) for n in lines)])]


@pytest.fixture
def nested() -> Iterator[ModuleType]:
    module = ModuleType("shop_nested")
    exec(compile(NESTED, OTHER_FILE, "exec"), module.__dict__)  # noqa: S102
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


@pytest.mark.usefixtures("nested")
def test_a_line_where_a_function_is_defined_is_run_by_the_one_around_it() -> None:
    assert _functions_at_nested(3, 4, 5) == ["listener", "listener", "listener.<locals>.note"]


@pytest.mark.usefixtures("nested")
def test_a_lambda_that_is_not_alive_between_two_calls_runs_nothing_then() -> None:
    assert _functions_at_nested(12) == ["with_reader"]


def test_lambdas_that_pile_up_are_made_by_the_function_around_them(nested: ModuleType) -> None:
    for key in range(100):
        nested.register(key)

    assert _functions_at_nested(9) == ["register"]


def test_a_lambda_that_is_kept_runs_its_line(nested: ModuleType) -> None:
    kept = nested.made()

    assert _functions_at_nested(18) == ["made.<locals>.<lambda>"]
    del kept
