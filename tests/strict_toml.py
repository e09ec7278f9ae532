"""TOML by its declared types, for the answers that tests read: what is not declared is refused."""

import tomllib
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn

from leakscan.structuring import Hook, of_object, strict_converter

Value = TypeVar("Value")


def read_toml(path: Path, kind: type[Value]) -> Value:
    """The content of a file; raises ValueError where a key or a type is not as the kind declares it."""
    return declared(tomllib.loads(path.read_text(encoding="utf-8")), kind)


def declared(written: dict[str, Any], kind: type[Value]) -> Value:
    """The value of a kind that a table stands for; raises ValueError where it says anything else."""
    converter = strict_converter()
    converter.register_structure_hook_factory(is_dataclass, _hook_that_knows_each_key)
    return converter.structure(written, kind)


def _hook_that_knows_each_key(kind: type[Any], converter: Converter) -> Hook:
    inner = of_object(make_dict_structure_fn(kind, converter))
    known = set(kind.__dataclass_fields__)

    def structure(value: Any, kind: Any) -> Any:
        if unknown := [key for key in value if key not in known]:
            raise ValueError(f"{kind.__name__} has no `{'`, `'.join(unknown)}`")
        return inner(value, kind)

    return structure
