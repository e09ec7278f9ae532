"""Tables of a TOML file, read strictly: an unknown key is an error that names the nearest known one."""

import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from leakscan.errors import ConfigurationError
from leakscan.reading import MAX_LEVELS, MAX_NUMBER, Unreadable, content_of

Table = Mapping[str, Any]
Readers = Mapping[str, Callable[[Any], Any]]
"""The keys of a table; each value is made of what TOML has, or refused with a ValueError or TypeError."""


MAX_TOML_BYTES = 1 << 20
"""Of a file; the longest pyproject.toml of the well-known projects has a twentieth of it."""
MAX_DOTS = 1_000
"""Of a line: `a.b.c = 1` is three tables, and what makes them takes the square of their number."""


def toml_of(path: Path) -> Table:
    """The tables in a file. Raises ConfigurationError if there is none, or if it is no TOML."""
    return toml_in(toml_text(path), path)


def toml_text(path: Path) -> str:
    """The text of a file. Raises ConfigurationError if there is none, or if it is no text."""
    try:
        return content_of(path, max_bytes=MAX_TOML_BYTES).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"`{path}` is no TOML: {error}") from error
    except Unreadable as error:
        raise ConfigurationError(f"`{path}` {error}") from error


def toml_in(content: str, path: Path) -> Table:
    """The tables in the text of the file at the path. Raises ConfigurationError if it is no TOML."""
    try:
        if any(line.count(".") > MAX_DOTS for line in content.split("\n")):
            raise ConfigurationError(f"`{path}` has a line with more than {MAX_DOTS:,} dots")
        table = tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it has a value that is none"
        raise ConfigurationError(f"`{path}` is no TOML: {reason}"[:_MAX_MESSAGE_CHARACTERS]) from error
    if _levels(table) > MAX_LEVELS:
        raise ConfigurationError(f"`{path}` is nested more than {MAX_LEVELS} levels deep")
    return table


def _levels(value: Any) -> int:
    """How many tables and lists are inside each other."""
    levels, inside = 0, [value]
    while inside:
        levels += 1
        parts = [each.values() if isinstance(each, dict) else each for each in inside]
        inside = [part for each in parts for part in each if isinstance(part, dict | list)]
    return levels


def values_of(table: Table, readers: Readers, where: str) -> dict[str, Any]:
    """The values of the keys of the table, each read by its reader.

    Raises ConfigurationError, with where the table stands, for a key without a reader and a value that its
    reader refuses.
    """
    values = {}
    for key, value in table.items():
        if key not in readers:
            unknown = shortened(key)
            near = get_close_matches(unknown, readers, n=1, cutoff=0.5)
            known = ", ".join(sorted(readers))
            raise ConfigurationError(
                f"{where}: there is no key `{unknown}`",
                hint=f"did you mean `{near[0]}`?" if near else f"the keys are {known}",
            )
        try:
            values[key] = readers[key](value)
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"{where}: `{key}`: {error}"[:_MAX_MESSAGE_CHARACTERS]) from error
    return values


def required(values: Table, key: str, where: str) -> Any:
    """The value of a key. Raises ConfigurationError where the table does not have it."""
    if key not in values:
        raise ConfigurationError(f"{where} has no `{key}`")
    return values[key]


def text(value: Any) -> str:
    """Reads a text that is not blank. Raises ValueError for anything else."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{shown(value)} is no text")
    if "\0" in value:
        raise ValueError(f"{shown(value)} has a NUL in it")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """Reads a list of texts. Raises TypeError for what is no list, ValueError for an item that is no text."""
    if not isinstance(value, list):
        raise TypeError(f"{shown(value)} is no list of texts")
    return tuple(text(item) for item in value)


def tables(value: Any) -> tuple[Table, ...]:
    """Reads an array of tables. Raises ValueError for anything else."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("it is a list of tables, each written with [[ ]]")
    return tuple(value)


def whole_number_from(minimum: int) -> Callable[[Any], int]:
    """Reads a whole number from `minimum` up."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise ValueError(f"{shown(value)} is not a whole number ≥ {minimum}")
        if value > MAX_NUMBER:
            raise ValueError("it is a number that nothing measures")
        return value

    return read


def shown(value: Any) -> str:
    """A value that is refused, as the error shows it."""
    if isinstance(value, int | float) and abs(value) > MAX_NUMBER:
        return "a number that nothing measures"
    return (
        f"`{shortened(str(value))}`" if isinstance(value, str | int | float) else f"a {type(value).__name__}"
    )


def shortened(text: str) -> str:
    """The text, or the beginning of a long one."""
    return text if len(text) <= _MAX_REFUSED_CHARACTERS else text[: _MAX_REFUSED_CHARACTERS - 1] + "…"


_MAX_REFUSED_CHARACTERS = 80
"""Characters of a value or key that is refused."""
_MAX_MESSAGE_CHARACTERS = 500
"""Characters of a sentence, whatever it quotes."""
