"""No warning of Python itself about what the agent does."""

import _warnings
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_FIRST_FILTER = ("ignore", None, DeprecationWarning, None, 0)


@contextmanager
def no_deprecation_warning() -> Iterator[None]:
    """Python 3.12 and later warn of a fork beside threads, in the way that the target's `warnings` say.

    `warnings.catch_warnings` of the agent's own copy would change filters that nobody reads.
    """
    filters = _filters()
    filters.insert(0, _FIRST_FILTER)
    try:
        yield
    finally:
        if _FIRST_FILTER in filters:
            filters.remove(_FIRST_FILTER)


def _filters() -> list[Any]:
    module = sys.modules.get("warnings")
    filters = vars(module).get("filters") if type(module) is ModuleType else None
    return filters if type(filters) is list else _warnings.filters
