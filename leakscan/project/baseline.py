"""The leaks that a project knows of: leakscan-baseline.toml, a file to commit, to review and to edit.

[[leak]]
target = "jobs"
holder = "Jobs.done"
fingerprint = "3f2a9c1b7d40e815"
bytes_per_call = 1893.0
entries_per_call = 10.0
python = "3.11"
also_held_by = [{holder = "Jobs.by_name", fingerprint = "9d07b5c2f1e64a33"}]
since = 2026-11-21
reason = "the report of finished jobs; to be bounded with the new queue"
expires = 2027-02-01
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from leakscan.errors import ConfigurationError
from leakscan.model.check import Accepted, OtherHolder
from leakscan.project.toml_tables import (
    Readers,
    required,
    shown,
    tables,
    text,
    toml_of,
    values_of,
    whole_number_from,
)
from leakscan.reading import MAX_NUMBER

VERSION = 1
"""Raised when a key goes or changes its meaning; a new key leaves it as it is."""
_HEADER = (
    "Leaks that are known: they are listed, and fail nothing while they grow no faster.",
    "`leakscan check --update-baseline` adds and removes; `reason` and `expires` are yours to write.",
)


def read_baseline(path: Path) -> tuple[Accepted, ...]:
    """The leaks in a file, in its order; none if there is no such file.

    Raises ConfigurationError for a file that says something else.
    """
    if not path.exists():
        return ()
    where = f"`{path.name}`"
    content = values_of(toml_of(path), _OF_FILE, where)
    version = content.get("version", VERSION)
    if version > VERSION:
        raise ConfigurationError(
            f"{where} has version {version}; this leakscan reads up to {VERSION}", hint="upgrade leakscan"
        )
    return tuple(
        _accepted(leak, f"{where} leak {number}") for number, leak in enumerate(content.get("leak", ()), 1)
    )


def baseline_text(before: str, accepted: Sequence[Accepted]) -> str:
    """The text of a file that holds these leaks, made from the one before: what people wrote stays.

    A leak is known again by its target and its fingerprint; where several share both, by their order. Raises
    ConfigurationError for a text whose comments can't be kept.
    """
    document = _parsed(before) if before.strip() else _new_document()
    tables_there = document.get("leak")
    if tables_there is None:
        tables_there = tomlkit.aot()
        document.append("leak", tables_there)
    left = list(accepted)
    for index in reversed(_unknown_places(tables_there, left)):
        del tables_there[index]
    for leak in left:
        tables_there.append(_table(leak))
    if not len(tables_there):
        document.remove("leak")
    return tomlkit.dumps(document).rstrip() + "\n"


def _parsed(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except (TOMLKitError, RecursionError) as error:
        raise ConfigurationError(f"the baseline can't be written again: {error}"[:300]) from error


def _unknown_places(tables_there: AoT, left: list[Accepted]) -> list[int]:
    """Indices of the tables of no leak; the leaks of the other tables get their rates, and leave the list."""
    places = []
    for index, table in enumerate(tables_there):
        leak = next((leak for leak in left if _is_same(table, leak)), None)
        if leak is None:
            places.append(index)
        else:
            left.remove(leak)
            _set_rates(table, leak)
            _set_other_holders(table, leak)
    return places


def _accepted(leak: Mapping[str, Any], where: str) -> Accepted:
    values = _DEFAULTS | values_of(leak, _OF_LEAK, where)
    others = values["also_held_by"]
    if others is not None:
        values["also_held_by"] = tuple(
            _other_holder(other, f"{where} holder {number}") for number, other in enumerate(others, 1)
        )
    return Accepted(**{key: required(values, key, where) for key in _OF_LEAK})


def _new_document() -> tomlkit.TOMLDocument:
    document = tomlkit.document()
    for line in _HEADER:
        document.add(tomlkit.comment(line))
    document.add("version", tomlkit.item(VERSION))
    document.add(tomlkit.nl())
    return document


def _is_same(table: Table, leak: Accepted) -> bool:
    return table.get("target") == leak.target and table.get("fingerprint") == leak.fingerprint


def _table(leak: Accepted) -> Table:
    table = tomlkit.table()
    table["target"] = leak.target
    table["holder"] = leak.holder
    table["fingerprint"] = leak.fingerprint
    _set_rates(table, leak)
    _set_other_holders(table, leak)
    table["since"] = leak.since
    table["reason"] = leak.reason
    if leak.expires is not None:
        table["expires"] = leak.expires
    return table


def _set_rates(table: Table, leak: Accepted) -> None:
    """Write the rates of the leak; a number that is right already stays as it is written."""
    rates: dict[str, float | str | None] = {
        "bytes_per_call": leak.bytes_per_call,
        "entries_per_call": leak.entries_per_call,
        "python": leak.python or None,
    }
    for key, rate in rates.items():
        if table.get(key) == rate:
            continue
        if rate is None:
            del table[key]
        else:
            table[key] = rate


def _set_other_holders(table: Table, leak: Accepted) -> None:
    """Write what else holds it, if that is known; a list that is right already stays as it is written."""
    if leak.also_held_by is None:
        return
    others = [{"holder": each.holder, "fingerprint": each.fingerprint} for each in leak.also_held_by]
    if table.get("also_held_by") == others:
        return
    written = tomlkit.array()
    for other in others:
        inline = tomlkit.inline_table()
        inline.update(other)
        written.append(inline)
    table["also_held_by"] = written.multiline(len(others) > 1)


def _other_holder(table: Mapping[str, Any], where: str) -> OtherHolder:
    values = values_of(table, _OF_HOLDER, where)
    return OtherHolder(fingerprint=required(values, "fingerprint", where), holder=values.get("holder", ""))


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"{shown(value)} is not a number ≥ 0")
    return float(value)


def _date(value: Any) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(f"{shown(value)} is not a date; write it like 2027-02-01, without quotes")
    return value


def _any_text(value: Any) -> str:
    return value if value == "" else text(value)


_OF_FILE: Readers = {"version": whole_number_from(1), "leak": tables}
_OF_HOLDER: Readers = {"holder": _any_text, "fingerprint": text}
_OF_LEAK: Readers = {
    "target": text,
    "fingerprint": text,
    "holder": _any_text,
    "bytes_per_call": _number,
    "entries_per_call": _number,
    "python": _any_text,
    "since": _date,
    "reason": _any_text,
    "expires": _date,
    "also_held_by": tables,
}
_DEFAULTS = {
    "holder": "",
    "entries_per_call": None,
    "python": "",
    "reason": "",
    "expires": None,
    "also_held_by": None,
}
"""Of the keys that a leak may leave out."""
