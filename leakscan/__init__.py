"""Prove that a Python target's heap grows, and name the line and the holder."""

# Not from `typing`: with `python -m leakscan` the user's own modules still come before those of Python.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakscan.testing import (
        GrowthError,
        InconclusiveError,
        InconclusiveWarning,
        Watch,
        assert_no_growth,
        watch,
    )

__version__ = "0.1.0"

__all__ = [
    "GrowthError",
    "InconclusiveError",
    "InconclusiveWarning",
    "Watch",
    "assert_no_growth",
    "watch",
]


def __getattr__(name: str) -> object:
    """A public name, loaded when it is first asked for: importing leakscan costs nothing."""
    if name in __all__:
        from leakscan import testing

        return getattr(testing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
