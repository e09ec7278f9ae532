"""Changes to the content of a file, which know what the file means."""

import json
import sqlite3
from contextlib import closing
from random import Random
from typing import Any

HOSTILE_JSON: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    2**64 + 1,
    -(2**63),
    10**30,
    0.5,
    -0.0,
    5e-324,
    1e-30,
    1e18,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    "",
    "\0",
    "\ud800",
    "\u202e",
    "\x1b[2J",
    "x" * 5_000,
    "../../etc/passwd",
    "/etc/passwd",
    "<script>",
    "NaN",
    "1e400",
    "1" * 5_000,
    [],
    {},
    [[]],
    [{}],
    {"": None},
    [[[[[[[[[[[[]]]]]]]]]]]],
)
"""Values in the place of others."""
TOKENS = (
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\n",
    b'"',
    b"'",
    b'"""',
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[" * 70,
    b"[" * 2_000,
    b'{"a":' * 2_000,
    b"[[",
    b"]]",
    b"=",
    b"a." * 1_200,
    b"9" * 5_000,
    b"0x" + b"f" * 6_000,
    b"1e999",
    b"-inf",
    b"nan",
    b"NaN",
    b"Infinity",
    b"0000-00-00",
    b"1979-05-27T07:32:00Z",
    b"07:32:00",
    b"true",
    b"null",
    b"#",
)
"""Bytes that mean something to one of the readers."""


def with_bytes_changed(content: bytes, random: Random) -> bytes:
    at, end = sorted((random.randint(0, len(content)), random.randint(0, len(content))))
    match random.randrange(6):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + content[end:]
        case 2:
            return content[:at] + random.choice(TOKENS) + content[at:]
        case 3:
            return content[:at] + random.randbytes(random.choice((1, 1, 2, 8))) + content[at + 1 :]
        case 4:
            return content[:end] + content[at:end] + content[end:]
        case _:
            flipped = bytearray(content)
            for _ in range(random.randint(1, 4) if flipped else 0):
                flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
            return bytes(flipped)


def with_a_record_changed(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    match random.randrange(8):
        case 0:
            del lines[at]
        case 1:
            lines.insert(random.randrange(len(lines) + 1), lines[at])
        case 2:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines[at] = with_json_changed(lines[at], random)
    return b"\n".join(lines)


def with_json_changed(content: bytes, random: Random) -> bytes:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return with_bytes_changed(content, random)
    places: list[tuple[Any, Any]] = []
    _collect_places(value, places)
    if not places:
        return json.dumps(random.choice(HOSTILE_JSON)).encode()
    inside, key = random.choice(places)
    match random.randrange(8):
        case 0:
            del inside[key]
        case 1 if isinstance(inside, list):
            inside[key:key] = [inside[key]] * random.choice((1, 3, 100))
        case 2:
            other, name = random.choice(places)
            inside[key] = json.loads(json.dumps(other[name]))
        case 3 if isinstance(inside[key], int | float):
            inside[key] *= random.choice((-1, 0, 2, 1e-9, 1e9, 1e17))
        case _:
            inside[key] = random.choice(HOSTILE_JSON)
    return json.dumps(value).encode()


def _collect_places(value: Any, places: list[tuple[Any, Any]]) -> None:
    """Every place inside a value that holds another one."""
    if len(places) > 3_000:
        return
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        places.append((value, key))
        _collect_places(value[key], places)


_TOML_VALUES = (
    b"[]",
    b"{}",
    b"[[]]",
    b"{ a = 1 }",
    b'[{ name = "a", target = "b" }]',
    b"true",
    b"-1",
    b"0",
    b"0.0",
    b"1e308",
    b"inf",
    b"nan",
    b"9223372036854775808",
    b"1" * 400,
    b"0x" + b"f" * 6_000,
    b"1" * 5_000,
    b'""',
    b'"\\u0000"',
    b"'" + b"x" * 5_000 + b"'",
    b"1979-05-27",
    b"1979-05-27T07:32:00Z",
    b"07:32:00",
    b"[" * 200 + b"]" * 200,
    b'"9e999/s"',
    b'"' + b"9" * 400 + b'B"',
)


def with_toml_changed(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    key, equals, _ = lines[at].partition(b"=")
    match random.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(random.randrange(len(lines) + 1), lines[at])
        case 2:
            other = random.choice(lines)
            lines[at] = key + equals + other.partition(b"=")[2]
        case 3:
            lines[at] = with_bytes_changed(lines[at], random)
        case _:
            lines[at] = key + b"= " + random.choice(_TOML_VALUES)
    return b"\n".join(lines)


_CELLS: tuple[Any, ...] = (
    None,
    0,
    -1,
    1,
    2**63 - 1,
    1.5,
    float("inf"),
    1e308,
    5e-324,
    "",
    "x",
    "x" * 5_000,
    "1979-05-27",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+12:00",
    b"",
    b"\xff\xfe",
    "call",
    "leaking",
    "growth",
)


def with_a_cell_changed(content: bytes, random: Random) -> bytes:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with closing(connection):
        try:
            connection.deserialize(content)
            for statement in _statements(connection, random):
                connection.execute(*statement)
            return connection.serialize()
        except (sqlite3.Error, ValueError, TypeError, MemoryError, OverflowError):
            return with_bytes_changed(content, random)


def _statements(connection: sqlite3.Connection, random: Random) -> list[tuple[Any, ...]]:
    table = random.choice(("run", "run", "run", "accepted"))
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    if not columns:
        raise ValueError("it has no such table")
    column = random.choice(columns)
    copied = f"CREATE TABLE other AS SELECT * FROM {table}"  # noqa: S608 - a file of a test's
    away = [(copied,), (f"DROP TABLE {table}",)]
    match random.randrange(8):
        case 0:
            return [*away, (f"ALTER TABLE other RENAME TO {table}",), *_cell(table, column, random)]
        case 1:
            return [*away, (f"CREATE VIEW {table} AS SELECT * FROM other",)]  # noqa: S608
        case 2:
            return [(f'ALTER TABLE {table} DROP COLUMN "{column}"',)]
        case 3:
            return [
                *away,
                (f"ALTER TABLE other RENAME TO {table}",),
                (f'ALTER TABLE {table} DROP COLUMN "{column}"',),
            ]
        case 4:
            return [(f"PRAGMA user_version = {random.choice((0, 1, 2, -1))}",)]
        case _:
            return _cell(table, column, random)


def _cell(table: str, column: str, random: Random) -> list[tuple[Any, ...]]:
    value = random.choice(_CELLS)
    if random.random() < 0.1:
        return [(f"UPDATE {table} SET \"{column}\" = CAST(x'fffe80' AS TEXT)",)]  # noqa: S608
    return [(f'UPDATE OR IGNORE {table} SET "{column}" = ?', (value,))]  # noqa: S608
