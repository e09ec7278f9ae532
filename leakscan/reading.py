"""Files that anybody may have written: what is read of them is bounded, and refused with a reason.

A report, a recording, a baseline or a configuration comes by mail, as the artifact of a CI job or with a
checkout. What is no plain file, is too large or is nested too deep is refused before it costs anything.
"""

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

MAX_LEVELS = 64
"""Lists and objects inside each other. A report has 7 levels, a recording 8; what recurses over a value takes
some of the 1,000 frames that Python allows for each level."""
MAX_VALUES = 5_000_000
"""Values of one JSON text. Each takes some 70 bytes once read; large recordings have a tenth of it."""
MAX_INTEGER_DIGITS = 20
"""Of a whole number: 2^64 has as many, and no address, size or count is larger."""
MAX_NUMBER = 2.0**64
"""Nothing that is measured is larger; sums and squares of what is not stay finite."""
SMALLEST_NUMBER = 2.0**-64
"""What is nearer to zero is read as zero: 5e-20 bytes a call is noise of the arithmetic, and the quotient of
two such numbers need not be finite."""
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*+"', re.DOTALL)
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class Unreadable(ValueError):
    """Why a file, or what it says, is not read: words that follow the name of the file."""


def content_of(path: Path, *, max_bytes: int) -> bytes:
    """The content of a file or a pipe. Raises Unreadable if there is none, or more than so many bytes."""
    try:
        # A pipe that nobody writes to must not keep the command waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Unreadable(f"can't be read: {error.strerror}") from error
    except ValueError as error:
        raise Unreadable("can't be read: there is no such name") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISFIFO(status.st_mode):
            raise Unreadable(f"can't be read: it is {_kind_of(status.st_mode)}")
        if status.st_size > max_bytes:
            raise _too_large(max_bytes)
        os.set_blocking(descriptor, True)
        return _content(descriptor, max_bytes)
    finally:
        os.close(descriptor)


def _content(descriptor: int, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        while part := os.read(descriptor, 1 << 20):
            size += len(part)
            if size > max_bytes:
                raise _too_large(max_bytes)
            parts.append(part)
    except OSError as error:
        raise Unreadable(f"can't be read: {error.strerror}") from error
    return b"".join(parts)


def _too_large(max_bytes: int) -> Unreadable:
    return Unreadable(f"is larger than {max_bytes >> 20} MiB")


def _kind_of(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return kinds.get(stat.S_IFMT(mode), "no file")


def json_value(content: bytes) -> Any:
    """The value of a JSON text.

    Raises Unreadable for what is no JSON, has too many values or levels, or a number that nothing measures.
    """
    if content.count(b",") + content.count(b"[") + content.count(b"{") > MAX_VALUES:
        raise Unreadable(f"has more than {MAX_VALUES:,} values")
    if content.count(b"[") + content.count(b"{") > MAX_LEVELS and _is_too_deep(content):
        raise Unreadable(f"is nested more than {MAX_LEVELS} levels deep")
    try:
        return json.loads(
            content.decode("utf-8-sig", "surrogatepass"),
            parse_int=_whole_number,
            parse_float=_number,
            parse_constant=_no_number,
        )
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"is no JSON{place}") from error


def _is_too_deep(content: bytes) -> bool:
    brackets = _STRING.sub(b"", content).translate(None, _ALL_BUT_BRACKETS)
    for _ in range(MAX_LEVELS):
        # Pairs with nothing inside go; each time, one level.
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return len(brackets) > MAX_LEVELS


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS + 1 or abs(int(digits)) > MAX_NUMBER:
        raise Unreadable(f"has a number that nothing measures, {digits[:MAX_INTEGER_DIGITS]}…")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if not abs(number) <= MAX_NUMBER:
        raise Unreadable(f"has a number that nothing measures, {digits[:MAX_INTEGER_DIGITS]}")
    return number if abs(number) >= SMALLEST_NUMBER else 0.0


def _no_number(name: str) -> float:
    raise Unreadable(f"has `{name}` where a number is expected")
