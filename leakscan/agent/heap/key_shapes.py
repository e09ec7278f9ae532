"""Keys of the target's dicts, in words: a key is data, and of data a report shows the shape.

A key that is the program's own word is shown as it stands in the code: Python interns the words in code,
and not what a program reads. Of all others the first word and the length are told, if the user wants no more.
"""

import os
import re
from collections.abc import Iterator
from types import FunctionType

from leakscan.agent.heap import atomic_reads, introspect
from leakscan.agent.heap.interned import is_interned
from leakscan.masking import MASK, truncated

_WORD = re.compile(r"[A-Za-z_.]{0,32}")
"""What a program calls its own things: a word with digits may be the number of a customer."""
_FIRST_WORD = re.compile(r"[^\W\d_]{1,16}[-_:/|#=]")
"""A space, a dot or an @ separates the parts of somebody's name, too."""
_MAX_DIGITS = 3
"""A shorter number is a place or a kind, and identifies nobody."""
_LONGEST_INT_BITS = 200
_MAX_PARTS = 8
_ATOMS = (str, bytes, int, float)
_SALT = os.urandom(16)


class _Shown:
    """Whether the user wants to see keys in full; one run after the other decides it for a process."""

    in_full = False


def show_in_full(*, wanted: bool) -> None:
    """From now on, show keys in full, or else their shape."""
    _Shown.in_full = wanted


def key_text(key: object) -> str:
    """The key as its author would write it, or its shape; of a key that is no plain atom, its type."""
    kind = type(key)
    if kind is tuple:
        parts = [key_text(part) for part in key[:3]]  # type: ignore[index]
        more = ", …" if len(key) > 3 else ""  # type: ignore[arg-type]
        return f"({', '.join(parts)}{more})"
    if kind is str:
        return _of_text(str(key), "characters")
    if kind is bytes:
        return "b" + _of_text(bytes(key).decode("ascii", "replace"), "bytes")  # type: ignore[call-overload]
    if kind is int or kind is float:
        return _of_number(key)  # type: ignore[arg-type]
    return introspect.text_of(key)


def attribute_text(owner: object, name: str) -> str:
    """The name of an attribute of an instance, or its shape where it may be data.

    Python interns it whoever sets it. One that is long, or has the digits of a number, is shown if a method
    of the class has it in its code.
    """
    is_plain = len(name) <= introspect.LONGEST_KEY and name.isidentifier() and _digits_in(name) <= _MAX_DIGITS
    if is_plain or _Shown.in_full or _is_written(type(owner), name):
        return introspect.attribute_text(name)
    return _shape_of_text(name, "characters")


def _digits_in(name: str) -> int:
    return sum(map(str.isdigit, name))


def _is_written(kind: type, name: str) -> bool:
    """Whether the code of a method has the name."""
    return any(
        type(value) is FunctionType and name in value.__code__.co_names
        for base in introspect.mro_of_type(kind)
        for _, value in atomic_reads.items_of(introspect.namespace_of_type(base))
    )


def identity(key: object) -> int:
    """A number that tells two keys of one shape apart in this process; 0 where `key_text` tells them apart.

    It has a salt that is never told, so that nobody finds the key by trying.
    """
    return hash((_SALT, *_atoms(key))) if MASK in key_text(key) else 0


def _atoms(key: object) -> Iterator[object]:
    kind = type(key)
    if kind is tuple:
        for part in key[:_MAX_PARTS]:  # type: ignore[index]
            yield from _atoms(part)
    elif any(kind is atom for atom in _ATOMS):
        yield key
    else:
        yield introspect.type_name(kind)


def _of_text(text: str, unit: str) -> str:
    if _Shown.in_full:
        return repr(truncated(text, introspect.LONGEST_KEY))
    return _shape_of_text(text, unit)


def _of_number(number: float) -> str:
    if type(number) is float:
        return introspect.text_of(number) if _Shown.in_full else "<float>"
    digits = _digits(number)  # type: ignore[arg-type]
    return (
        introspect.text_of(number) if _Shown.in_full or digits <= _MAX_DIGITS else f"{MASK} ({digits} digits)"
    )


def _shape_of_text(text: str, unit: str) -> str:
    if _WORD.fullmatch(text) and is_interned(text):
        return repr(text)
    word = _FIRST_WORD.match(text)
    first = word[0] if word is not None and len(word[0]) < len(text) else ""
    return f"'{first}{MASK}' ({len(text):,} {unit if len(text) != 1 else unit.removesuffix('s')})"


def _digits(number: int) -> int:
    # Python refuses to write numbers of more than some thousand digits; the logarithm is near enough.
    size = abs(number)
    return len(str(size)) if size.bit_length() <= _LONGEST_INT_BITS else int(size.bit_length() * 0.30103) + 1
