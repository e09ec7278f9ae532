"""A record or a command as a line, and back."""

import json
from typing import Any, get_args

from leakscan.wire.commands import (
    Command,
    Stage,
)
from leakscan.wire.heap_records import (
    Cache,
    Caches,
    EntriesMeasured,
    EntrySize,
    Explained,
    Garbage,
    Graphs,
    GrowingNamed,
    HeldBy,
    LeakGraph,
    LineGain,
    LineGains,
    Named,
    NamedHolder,
    Proved,
    SiteShare,
    SpareCapacity,
    SpareTable,
    Step,
    StepKind,
    StoreLine,
    StoresOfHolder,
    StoresOfPeer,
    StoresWatched,
    Unreferred,
)
from leakscan.wire.run_records import (
    AgentFailed,
    Census,
    ChildProcess,
    Children,
    Churn,
    Controlled,
    Ended,
    EntryChange,
    GrownContainer,
    Header,
    Loaded,
    LoadFailed,
    Raised,
    RoundsDone,
    Sample,
    SetupLeft,
    Sites,
    TracedSite,
    Tracing,
    Trimmed,
)

LONGEST_NAME = 4_096
"""Characters of a name or a path in a record: as long as a path may be."""
LONGEST_TEXT = 65_536
"""Characters of a message or a traceback."""
_LONGEST = {"message": LONGEST_TEXT, "traceback": LONGEST_TEXT, "dot": None}
"""By the name of the field; a graph is made of parts that are short, and would be none if it were cut."""
Record = (
    Header
    | Loaded
    | LoadFailed
    | Controlled
    | Sample
    | RoundsDone
    | Raised
    | Census
    | Churn
    | GrowingNamed
    | Tracing
    | Sites
    | Explained
    | Proved
    | Named
    | Graphs
    | Garbage
    | EntriesMeasured
    | SpareCapacity
    | Caches
    | LineGains
    | StoresWatched
    | Trimmed
    | Children
    | SetupLeft
    | AgentFailed
    | Ended
)
_PLAIN: dict[str, Any] = {kind.__name__: kind for kind in (*get_args(Command), *get_args(Record))}
_NESTED: dict[str, Any] = {
    "grown": {"Census": GrownContainer, "Sites": TracedSite},
    "holders": {"Explained": HeldBy, "GrowingNamed": HeldBy, "Named": NamedHolder},
    "named": {"GrowingNamed": NamedHolder},
    "unheld": {"Explained": SiteShare},
    "unreferred": {"Explained": Unreferred},
    "frozen": {"Explained": Garbage},
    "steps": {"NamedHolder": Step, "SpareTable": Step, "Cache": Step},
    "tables": {"SpareCapacity": SpareTable},
    "processes": {"Children": ChildProcess},
    "changes": {"Churn": EntryChange},
    "caches": {"Caches": Cache},
    "sizes": {"EntriesMeasured": EntrySize, "GrowingNamed": EntrySize},
    "lines": {"LineGains": LineGain, "StoresOfHolder": StoreLine, "StoresOfPeer": StoreLine},
    "stores": {"StoresWatched": StoresOfHolder},
    "peers": {"StoresWatched": StoresOfPeer},
    "cycle": {"Garbage": Step},
    "graphs": {"Graphs": LeakGraph, "Garbage": LeakGraph},
    "shares": {"HeldBy": SiteShare, "Garbage": SiteShare},
}
_STAGES: dict[str, Stage] = {each.value: each for each in Stage}
_STEP_KINDS: dict[str, StepKind] = {kind.value: kind for kind in StepKind}
_line_of = json.JSONEncoder(separators=(",", ":")).encode


class WireError(Exception):
    """A line that is no record or command of this format."""


def encode(message: Command | Record) -> bytes:
    """The message as one line, newline included."""
    fields = {"t": type(message).__name__, **_plain(message)}
    return _line_of(fields).encode("utf-8", "surrogatepass") + b"\n"


def decode(line: bytes) -> Command | Record:
    """The message in one line.

    Raises WireError if the line is cut, is no JSON object, or has a name that this format does not know.
    """
    try:
        fields = json.loads(line)
        kind = _PLAIN[fields.pop("t")]
        message: Command | Record = _built(kind, fields)
        if len(line) > LONGEST_NAME and not isinstance(message, Command):
            return bounded(message)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WireError(f"no record: {line[:80]!r}") from error
    return message


def bounded(record: Record) -> Record:
    """The record, with the middle of each text left out that is longer than any reader wants."""
    limited: Record = _limited(record, LONGEST_NAME)
    return limited


def _limited(value: Any, longest: int | None) -> Any:
    if isinstance(value, str):
        return _without_middle(value, longest)
    if hasattr(value, "_fields"):
        return value._make(
            _limited(item, _LONGEST.get(name, LONGEST_NAME))
            for name, item in zip(value._fields, value, strict=True)
        )
    if isinstance(value, tuple | list):
        return tuple(_limited(item, longest) for item in value)
    if isinstance(value, dict):
        return {_limited(name, longest): _limited(item, longest) for name, item in value.items()}
    return value


def _without_middle(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return text
    return f"{text[: longest // 2]}…{text[len(text) - longest // 2 + 1 :]}"


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _built(kind: Any, fields: dict[str, Any]) -> Any:
    known = {name: value for name, value in fields.items() if name in kind._fields}
    for name, value in known.items():
        inner = _NESTED[name].get(kind.__name__) if name in _NESTED else None
        if inner is not None:
            known[name] = tuple(_built(inner, item) for item in value)
        elif name == "stage":
            known[name] = stage(value)
        elif type(value) is list or type(value) is dict:
            known[name] = _frozen(value)
    if kind is Step and "kind" in known:
        known["kind"] = step_kind(known["kind"])
    return kind(**known)


def stage(text: str) -> Stage | str:
    """The stage of that name; the text itself where there is none."""
    return _STAGES.get(text, text)


def step_kind(text: str) -> StepKind | str:
    """The kind of that name; the text itself where there is none."""
    return _STEP_KINDS.get(text, text)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {name: _frozen(item) for name, item in value.items()}
    return value
