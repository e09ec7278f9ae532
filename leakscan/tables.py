"""Tables of a TOML file, read strictly: an unknown key is an error that names the nearest known one."""

import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from leakscan.errors import ConfigurationError

Table = Mapping[str, Any]
Readers = Mapping[str, Callable[[Any], Any]]
"""The keys of a table; each value is made of what TOML has, or refused with a ValueError or TypeError."""


def toml_of(path: Path) -> Table:
    """The content of a file; raises ConfigurationError if there is none, or if it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"`{path}` can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"`{path}` is no TOML: {error}") from error


def values_of(table: Table, readers: Readers, where: str) -> dict[str, Any]:
    """What the keys of the table stand for.

    Raises ConfigurationError, with where the table stands, for a key without a reader and a value that its
    reader refuses.
    """
    values = {}
    for key, value in table.items():
        if key not in readers:
            near = get_close_matches(key, readers, n=1, cutoff=0.5)
            known = ", ".join(sorted(readers))
            raise ConfigurationError(
                f"{where}: there is no key `{key}`",
                hint=f"did you mean `{near[0]}`?" if near else f"the keys are {known}",
            )
        try:
            values[key] = readers[key](value)
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"{where}: `{key}`: {error}") from error
    return values


def required(values: Table, key: str, where: str) -> Any:
    """The value of a key that must be there."""
    if key not in values:
        raise ConfigurationError(f"{where} has no `{key}`")
    return values[key]


def text(value: Any) -> str:
    """Reads a text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{shown(value)} is no text")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """Reads a list of texts."""
    if not isinstance(value, list):
        raise TypeError(f"{shown(value)} is no list of texts")
    return tuple(text(item) for item in value)


def tables(value: Any) -> tuple[Table, ...]:
    """Reads an array of tables."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("it is a list of tables, each written with [[ ]]")
    return tuple(value)


def whole_number_from(least: int) -> Callable[[Any], int]:
    """Reads a whole number from `least` up."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{shown(value)} is not a whole number ≥ {least}")
        return value

    return read


def shown(value: Any) -> str:
    """A value that is refused, as the error shows it."""
    return f"`{value}`" if isinstance(value, str | int | float) else f"a {type(value).__name__}"
