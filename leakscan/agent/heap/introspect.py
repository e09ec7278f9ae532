"""Names of types and keys, read without running any of the target's code."""

import re
from collections.abc import Callable
from types import GetSetDescriptorType, MappingProxyType, MemberDescriptorType, ModuleType
from typing import Any, cast

from leakscan.agent.heap import atomic_reads

_dict_of_type = type.__dict__["__dict__"].__get__
_module_of_type = type.__dict__["__module__"].__get__
_qualname_of_type = type.__dict__["__qualname__"].__get__
_dict_of_module: Any = cast("Any", ModuleType).__dict__["__dict__"].__get__
_mro_of_type = type.__dict__["__mro__"].__get__
_dict_offset_of_type = type.__dict__["__dictoffset__"].__get__

_NO_NAMES: Any = MappingProxyType({})
NOT_KEPT = object()
"""Stands for an attribute that is nowhere kept."""
LONGEST_KEY = 32
_MAX_SHOWN_NAME = 80
_MAX_SEARCHED = 256
"""Characters of a name in which something secret is looked for."""
_LONGEST_INT_BITS = 200
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TOKEN = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[A-Za-z0-9+/_=.-]{32,}")
_DIGEST = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{24,}")
_SECRET = re.compile(
    r"(?i)(secret|password|passwd|bearer |api[-_]?key|token[=:]|private key)"
    r"|\b(sk|pk|rk)_(live|test)_|\bgh[pousr]_|\bxox[abprs]-|\bAKIA|\beyJ"
)


def type_name(kind: type) -> str:
    """The qualified name of a type: `Outer.Inner`."""
    name = _qualname_of_type(kind)
    return name if type(name) is str else "?"


def mangled(kind: type, name: str) -> str:
    """What a private name in the body of the class is to everybody else: `_Cache__data`."""
    return f"_{type_name(kind).rpartition('.')[2].lstrip('_')}{name}"


def module_of_type(kind: type) -> str:
    """The module of a type, `builtins` where it has none to tell."""
    try:
        name = _module_of_type(kind)
    except AttributeError:
        return "builtins"
    return name if type(name) is str else "builtins"


def namespace_of_type(kind: type, dict_of_type: Callable[[type], Any] = _dict_of_type) -> Any:
    """The read-only mapping of what the class body defined; empty where C code left the type unready."""
    return dict_of_type(kind) or _NO_NAMES


def namespace_of_module(module: object) -> dict[str, Any]:
    """The dict of the module's globals."""
    namespace: dict[str, Any] = _dict_of_module(module)
    return namespace


def mro_of_type(kind: type) -> tuple[type, ...]:
    """The type and its bases in the order of lookup; none where the collector has emptied the type.

    A class that is an instance of itself is emptied as garbage, and stays.
    """
    mro: tuple[type, ...] | None = _mro_of_type(kind)
    return mro or ()


def may_have_dict(kind: type) -> bool:
    """Whether instances of the type keep attributes in a `__dict__`, or without one until it is asked for."""
    return bool(_dict_offset_of_type(kind))


def instance_dict(instance: object) -> dict[str, Any] | None:
    """The `__dict__` of an instance, or None if it has none of the ordinary kind.

    An instance that kept its attributes without a dict is given one by this (CPython 3.11 and later), so
    it is asked only after the last sample.
    """
    for kind in mro_of_type(type(instance)):
        descriptor = namespace_of_type(kind).get("__dict__")
        if descriptor is None:
            continue
        if type(descriptor) is not GetSetDescriptorType and type(descriptor) is not MemberDescriptorType:
            return None
        try:
            namespace = descriptor.__get__(instance)
        except (AttributeError, TypeError):
            return None
        return namespace if type(namespace) is dict else None
    return None


def slots_of(instance: object) -> list[tuple[str, Any]]:
    """(name, member descriptor) of each slot of the instance."""
    return [
        (name, member)
        for kind in mro_of_type(type(instance))
        for name, member in atomic_reads.items_of(namespace_of_type(kind))
        if type(member) is MemberDescriptorType and type(name) is str
    ]


def slot_value(instance: object, member: Any) -> Any:
    """What is in the slot; None if it is empty."""
    try:
        return member.__get__(instance)
    except (AttributeError, TypeError):
        return None


def attribute_of(instance: object, name: str) -> object:
    """The value of an instance's attribute, read where it is kept; NOT_KEPT if it is computed or missing.

    Unlike `instance_dict`, this gives no dict to an instance that has none.
    """
    for kind in mro_of_type(type(instance)):
        namespace = namespace_of_type(kind)
        if name in namespace:
            if _is_computed(namespace[name]):
                return NOT_KEPT
            break
    try:
        # What a class makes of the lookup of attributes is passed by.
        held: object = object.__getattribute__(instance, name)
    except (AttributeError, TypeError):
        return NOT_KEPT
    return held


def _is_computed(on_class: object) -> bool:
    """Whether what stands on the class runs code for the attribute: a property, a method, a descriptor."""
    kind = type(on_class)
    if kind is MemberDescriptorType:
        return False
    return any("__get__" in namespace_of_type(base) for base in mro_of_type(kind))


def text_of(value: object) -> str:
    """A name that the program gave something, or another atom, as it stands in code, short.

    No value is shown of what is no plain atom.
    """
    kind = type(value)
    if kind is str:
        return _shown_text(str(value))
    if kind is int and int(value).bit_length() > _LONGEST_INT_BITS:  # type: ignore[call-overload]
        return "<int>"
    if kind in (int, float, bool, type(None)):
        return _shortened(repr(value))
    if type.__subclasscheck__(type, kind):
        return type_name(value)  # type: ignore[arg-type]
    return f"<{type_name(kind)}>"


def attribute_text(name: str) -> str:
    """The name of an attribute as it stands in code; what no code would say is shown as a key is."""
    is_plain = len(name) <= _MAX_SHOWN_NAME and name.isidentifier()
    return name if is_plain and not _DIGEST.search(name) else _shown_text(name)


def _shown_text(text: str) -> str:
    # How long the search takes grows with the square of the length.
    text = text[:_MAX_SEARCHED]
    if _EMAIL.search(text):
        return "'…@…'"
    if _SECRET.search(text) or _TOKEN.fullmatch(text):
        return f"'{text[:2]}…'"
    return repr(text if len(text) <= LONGEST_KEY else text[: LONGEST_KEY - 1] + "…")


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_KEY else text[: LONGEST_KEY - 1] + "…"
