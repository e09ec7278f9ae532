"""Interned strings: CPython 3.12 never frees one, so that they grow without anything that holds them."""

import sys
from collections.abc import Callable

_IMMORTAL = 1 << 30
"""References that no object can really have."""
_intern = sys.intern
_is_interned: Callable[[str], bool] | None = getattr(sys, "_is_interned", None)
"""New in 3.13."""
_count: Callable[[], int] | None = getattr(sys, "getunicodeinternedsize", None)


def interned_for_ever() -> int:
    """Interned strings that there are; 0 where Python frees them with the last reference."""
    return _count() if _count is not None and sys.version_info < (3, 13) else 0


def is_interned(text: str) -> bool:
    """Whether Python keeps this very string as the one of its text: so it does with words in code."""
    if _is_interned is not None:
        return _is_interned(text)
    if sys.version_info >= (3, 12):
        return is_immortal(text)
    # A copy that nobody else has takes the place of none, and is gone after this.
    return _intern("".join(list(text))) is text


def is_immortal(text: str) -> bool:
    """Whether the string stays until the process ends, whoever lets go of it."""
    return sys.getrefcount(text) >= _IMMORTAL
