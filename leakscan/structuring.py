"""Values of declared types, made of what JSON or SQLite has: nothing is converted, what differs is refused.

It loads `cattrs`, which takes a tenth of a second: import it where a file is read, not before.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import partial
from itertools import repeat
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from cattrs import Converter
from cattrs.cols import is_namedtuple, namedtuple_dict_structure_factory
from cattrs.gen import make_dict_structure_fn

from leakscan.reading import MAX_NUMBER, Unreadable

Value = TypeVar("Value")
Hook = Callable[[Any, Any], Any]
_WORDS = {
    bool: "true or false",
    dict: "an object",
    float: "a number",
    int: "a whole number",
    list: "a list",
    str: "a text",
}
_MAX_SHOWN_CHARACTERS = 40
"""Characters of a value that is refused."""


def strict_converter() -> Converter:
    """A converter that takes lists for tuples, objects for dataclasses and named tuples, and else nothing.

    Keys that the type does not have are left out; what has a default may be missing.
    """
    # The first thing that does not fit ends it: a list of all of them may be as long as the file.
    converter = Converter(detailed_validation=False)
    for kind in (bool, int):
        converter.register_structure_hook(kind, partial(_exactly, kind))
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_factory(_is_tuple, _tuple_hook)
    converter.register_structure_hook_factory(_is_dict, _dict_hook)
    converter.register_structure_hook_factory(
        is_namedtuple, lambda kind, own: of_object(namedtuple_dict_structure_factory(kind, own))
    )
    converter.register_structure_hook_factory(
        is_dataclass, lambda kind, own: of_object(make_dict_structure_fn(kind, own))
    )
    return converter


def structured(value: Any, kind: type[Value], converter: Converter) -> Value:
    """The object as a value of the kind, with nothing converted.

    Raises Unreadable with what was expected and where, as words that follow the name of the file.
    """
    reason = _refused(value, kind, converter)
    if isinstance(reason, _Done):
        made: Value = reason.value
        return made
    place = ""
    while (inner := _first_refused(value, kind, converter)) is not None:
        step, value, kind, reason = inner
        place += step
    raise Unreadable(f"has {reason}" + (f" at `{place.removeprefix('.')}`" if place else ""))


class _Done:
    def __init__(self, value: Any) -> None:
        self.value = value


def _refused(value: Any, kind: Any, converter: Converter) -> _Done | str:
    """Why the value is refused, or what was made of it."""
    try:
        return _Done(converter.structure(value, kind))
    except KeyError as error:
        return f"no `{error.args[0]}`"
    except Unreadable as error:
        return str(error)
    except (ValueError, TypeError):
        # Whatever says this does not know that its words are shown, and may quote a whole file.
        return "a value that is not understood"


def _first_refused(value: Any, kind: Any, converter: Converter) -> tuple[str, Any, Any, str] | None:
    """The first part of a value that is refused: where it is, it, its kind, and why."""
    for step, part, wanted in _parts(value, kind):
        reason = _refused(part, wanted, converter)
        if isinstance(reason, str):
            return step, part, wanted, reason
    return None


def _parts(value: Any, kind: Any) -> Iterator[tuple[str, Any, Any]]:
    kinds = get_args(kind)
    if _is_tuple(kind) and isinstance(value, list):
        wanted = repeat(kinds[0]) if kinds[-1] is Ellipsis else kinds
        yield from ((f"[{place}]", *both) for place, both in enumerate(zip(value, wanted, strict=False)))
    elif _is_dict(kind) and isinstance(value, dict):
        yield from ((f".{key}"[:_MAX_SHOWN_CHARACTERS], item, kinds[1]) for key, item in value.items())
    elif isinstance(value, dict) and (is_dataclass(kind) or is_namedtuple(kind)):
        hints = get_type_hints(kind)
        yield from ((f".{name}", value[name], hints[name]) for name in hints if name in value)
    elif type(None) in kinds and value is not None:
        yield "", value, kinds[0]


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_dict(kind: Any) -> bool:
    return get_origin(kind) in (dict, Mapping)


def _exactly(wanted: type, value: Any, kind: Any) -> Any:
    del kind
    # A truth is no number, though Python takes it for one.
    if type(value) is not wanted:
        raise _expected(wanted, value)
    return value


def _text(value: Any, kind: Any) -> Any:
    """A text, or the member of an enum of texts: cattrs takes one for a kind of the other."""
    if kind is str or type(value) is not str:
        return _exactly(str, value, kind)
    try:
        return kind(value)
    except ValueError:
        raise Unreadable(f"{shown(value)} instead of one of {', '.join(kind)}") from None


def _number(value: Any, kind: Any) -> Any:
    del kind
    if type(value) is not float and type(value) is not int:
        raise _expected(float, value)
    # Nor is what is no number at all, nan.
    if not abs(value) <= MAX_NUMBER:
        raise Unreadable(f"a number that nothing measures, {value}")
    return value


def _tuple_hook(kind: Any, converter: Converter) -> Hook:
    parts = get_args(kind)
    if parts[-1] is Ellipsis:
        [part] = parts[:-1]
        return _row_hook(part, _late(part, converter))
    hooks = [(converter.get_structure_hook(part), part) for part in parts]

    def structure(value: Any, kind: Any) -> Any:
        del kind
        if type(value) is not list or len(value) != len(hooks):
            raise Unreadable(f"{shown(value)} instead of a list of {len(hooks)}")
        return tuple([hook(item, part) for item, (hook, part) in zip(value, hooks, strict=True)])

    return structure


def _row_hook(part: Any, hook: Hook) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        del kind
        if type(value) is not list:
            raise _expected(list, value)
        return tuple([hook(item, part) for item in value])

    return structure


def _late(kind: Any, converter: Converter) -> Hook:
    """The hook of a kind, looked for when it is needed where the kind is a part of itself."""
    try:
        return converter.get_structure_hook(kind)
    except RecursionError:
        return converter.structure


def _dict_hook(kind: Any, converter: Converter) -> Hook:
    of_keys, of_values = get_args(kind)
    assert of_keys is str, "JSON has no other keys"
    hook = converter.get_structure_hook(of_values)

    def structure(value: Any, kind: Any) -> Any:
        del kind
        if type(value) is not dict:
            raise _expected(dict, value)
        return {key: hook(item, of_values) for key, item in value.items()}

    return structure


def of_object(inner: Hook) -> Hook:
    """The hook, for objects alone."""

    def structure(value: Any, kind: Any) -> Any:
        if type(value) is not dict:
            raise _expected(dict, value)
        return inner(value, kind)

    return structure


def _expected(wanted: type, value: Any) -> Unreadable:
    return Unreadable(f"{shown(value)} instead of {_WORDS[wanted]}")


def shown(value: Any) -> str:
    """A value that is refused, in a few words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | dict):
        return _WORDS[type(value)]
    text = ascii(value) if isinstance(value, bytes) else str(value)
    return f"`{text[:_MAX_SHOWN_CHARACTERS]}{'…' if len(text) > _MAX_SHOWN_CHARACTERS else ''}`"
