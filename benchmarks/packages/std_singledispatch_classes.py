"""A class per request registered with functools.singledispatch.

The registry, a dict in the closure of the generic function, keeps every class.
"""

import functools


@functools.singledispatch
def render(value):
    return str(value)


def work():
    row = type("Row", (), {"__slots__": ("a", "b")})
    render.register(row, lambda value: "row")
