"""The functions that the lines of a site belong to, from the code objects of the heap."""

import gc
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from leakscan.agent.heap.symbolize import functions_of

FILE = "/shop/orders.py"
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
