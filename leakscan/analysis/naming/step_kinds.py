"""How each kind of step is named, shown and told apart: one row a kind, so that no kind is forgotten."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from leakscan import wire
from leakscan.analysis.naming.stdlib_names import public_package
from leakscan.wire import StepKind

Words = Callable[[wire.Step], str]

ENTRIES = frozenset({StepKind.VALUE, StepKind.KEY, StepKind.INDEX, StepKind.MEMBER})
"""Kinds of the steps from a container to what it contains."""


class StepNaming(NamedTuple):
    """What a report does with the steps of one kind."""

    name: Words
    """The name of a holder that such a step reaches."""
    link: Words
    """The same step behind a name that stands for what it leaves: `.keys`, ` → cell 'seen'`."""
    identity: Words
    """What of its link enters a fingerprint: no number, key or line."""
    is_named: bool = False
    """Whether the program has a name for what it reaches, so that the name of a holder may begin here."""


def naming_of(step: wire.Step) -> StepNaming:
    """How the step's kind is named; a kind of a newer format is treated as a module is."""
    return NAMINGS.get(step.kind, _ANY)


def times(step: wire.Step) -> str:
    """` ×1,240` for a step that is taken so often in a row; empty for one that is taken once."""
    return f" ×{step.repeats:,}" if step.repeats > 1 else ""


def _link_or_type(step: wire.Step) -> str:
    return step.link or step.type


def _global_name(step: wire.Step) -> str:
    is_library = public_package(step.owner) is not None
    return f"{step.owner if is_library else step.owner.rpartition('.')[2]}{step.link}"


def _attribute_name(step: wire.Step) -> str:
    """`MemoryLock.keys`; `weakref.finalize.alive` where the class is the standard library's."""
    package = public_package(step.owner_module)
    return f"{step.owner}{step.link}" if package is None else f"{package}.{step.owner}{step.link}"


def _variable_name(step: wire.Step) -> str:
    return f"{step.link} of {step.owner}" if step.owner else step.type


def _default_name(step: wire.Step) -> str:
    return _variable_name(step).replace("default of ", "default ", 1)


def _context_variable_name(step: wire.Step) -> str:
    return f"context variable {step.link.strip('[]')}"


def _cache_name(step: wire.Step) -> str:
    return f"lru_cache of {step.owner}"


def _local_name(step: wire.Step) -> str:
    return step.link.partition(" at ")[0]


def _appended(step: wire.Step) -> str:
    if step.link.startswith((".", "[", "{")):
        return f"{step.link}{times(step)}"
    return _behind_arrow(step)


def _behind_arrow(step: wire.Step) -> str:
    return f" → {step.link}"


def _variable_behind_arrow(step: wire.Step) -> str:
    # A cell of no function has no name: what is in it has a type.
    return f" → {step.link if step.owner else step.type}"


def _as_key(step: wire.Step) -> str:
    del step
    return " (a key)"


def _as_part(step: wire.Step) -> str:
    return f" → {step.type}{times(step)}" if step.link == "→" else _appended(step)


def _whole_link(step: wire.Step) -> str:
    return step.link


def _any_entry(step: wire.Step) -> str:
    del step
    return "[*]"


def _variable_alone(step: wire.Step) -> str:
    return step.link.partition(" in ")[0]


def _kind_alone(step: wire.Step) -> str:
    return step.kind


def _kind_of_running(step: wire.Step) -> str:
    """Most tasks are numbered as they come: one with an owner is told by that, which is what it runs."""
    return step.kind if step.owner else step.link


_ANY = StepNaming(_link_or_type, _appended, _whole_link)
_ATTRIBUTE = StepNaming(_attribute_name, _appended, _whole_link, is_named=True)
_ENTRY = StepNaming(_link_or_type, _appended, _any_entry)
_VARIABLE = StepNaming(_variable_name, _variable_behind_arrow, _whole_link, is_named=True)

NAMINGS: Mapping[str, StepNaming] = {
    StepKind.MODULE: _ANY,
    StepKind.THREAD: StepNaming(_link_or_type, _appended, _kind_alone),
    StepKind.TASK: StepNaming(_link_or_type, _appended, _kind_of_running),
    StepKind.LOGGER: _ANY,
    StepKind.TARGET: _ANY,
    StepKind.SETUP: _ANY,
    StepKind.CONTEXT: _ANY,
    StepKind.REGISTRY: _ANY,
    StepKind.SIGNAL: StepNaming(_link_or_type, _appended, _whole_link, is_named=True),
    StepKind.HOOK: StepNaming(_link_or_type, _appended, _whole_link, is_named=True),
    StepKind.GARBAGE: _ANY,
    StepKind.UNKNOWN: _ANY,
    StepKind.GLOBAL: StepNaming(_global_name, _appended, _whole_link, is_named=True),
    StepKind.ATTRIBUTE: _ATTRIBUTE,
    StepKind.CLASS_ATTRIBUTE: _ATTRIBUTE,
    StepKind.STATIC_METHOD: _ATTRIBUTE,
    StepKind.FUNCTION_ATTRIBUTE: _ATTRIBUTE,
    StepKind.ATTRIBUTE_NAME: _ANY,
    StepKind.STORAGE: _ATTRIBUTE,
    StepKind.NAMESPACE: _ANY,
    StepKind.GLOBALS: _ANY,
    StepKind.THREAD_LOCAL: _ANY,
    StepKind.CONTEXT_VARIABLE: StepNaming(_context_variable_name, _appended, _whole_link, is_named=True),
    StepKind.VALUE: _ENTRY,
    StepKind.KEY: StepNaming(_link_or_type, _as_key, _any_entry),
    StepKind.INDEX: _ENTRY,
    StepKind.MEMBER: _ENTRY,
    StepKind.CACHE: StepNaming(_cache_name, _behind_arrow, _any_entry, is_named=True),
    StepKind.CELL: _VARIABLE,
    StepKind.DEFAULT: _VARIABLE._replace(name=_default_name),
    StepKind.LOCAL: StepNaming(_local_name, _behind_arrow, _variable_alone, is_named=True),
    StepKind.PARTIAL: _ANY,
    StepKind.METHOD: _ANY,
    StepKind.CALLBACK: StepNaming(_link_or_type, _behind_arrow, _whole_link),
    StepKind.EXCEPTION: _ANY,
    StepKind.TRACEBACK: _ANY,
    StepKind.PART: StepNaming(_link_or_type, _as_part, _whole_link),
}
