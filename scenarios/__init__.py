"""Five published leaks, rebuilt small, and their honest look-alikes.

Every module here is one system that leaked in production and was repaired in the
open. It can be run as it was, as it is now, and in forms that only look like the
one or the other:

    leakscan run scenarios.fiber_idempotency:leaky

Nothing is built when a module is imported. The first look at a variant's name
builds its driver, keeps it as the module's `app`, and gives back `app.work`: one
deterministic unit of work, with no sleep, no socket and no randomness in it. What
a detector should say about each variant stands in a `NAME.toml` beside it, outside the
programs, so that a target never holds its own answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

Work = Callable[[], None]

FIRST_SERIAL = 1_000_000
"""Where ids start: high, so that they keep their width and are never shared small ints."""


class Driver(Protocol):
    """A system under load: `work` is one unit of it, `close` lets everything go."""

    def work(self) -> None: ...

    def close(self) -> None: ...


D_co = TypeVar("D_co", bound=Driver, covariant=True)


class Variant(NamedTuple, Generic[D_co]):
    """One way to run a system."""

    summary: str
    build: Callable[[], D_co]


class Clock:
    """Time that stands still until somebody ticks it."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def tick(self, seconds: float = 1.0) -> None:
        self.now += seconds


def work_of(name: str, variants: Mapping[str, Variant[Driver]], module: dict[str, Any]) -> Work:
    """The `work` of the variant `name`, whose driver is the module's `app` from then on.

    Looking at the same name again gives the same driver; another name replaces it.
    """
    if name not in variants:
        raise AttributeError(f"module {module['__name__']!r} has no attribute {name!r}")
    if module.get("_app_variant") != name:
        module["app"] = variants[name].build()
        module["_app_variant"] = name
    app: Driver = module["app"]
    return app.work
