"""Recordings of an earlier format, read as if they had been made in the present one."""

from collections.abc import Callable, Mapping
from typing import Any

_RECORDS = {
    "Turnover": "Churn",
    "Weighed": "EntriesMeasured",
    "Drawn": "Graphs",
    "Spare": "SpareCapacity",
}
_COMMANDS = {
    "LookAtContainers": "TakeCensus",
    "LookAtTurnover": "TakeChurn",
    "Weigh": "MeasureEntries",
    "Draw": "DrawGraphs",
    "LookAtGarbage": "CollectGarbage",
    "LookForSpare": "FindSpareCapacity",
    "LookForCaches": "ListCaches",
}


def upgraded(record: dict[str, Any]) -> dict[str, Any]:
    """A record of format 1 as JSON, with the names of format 2; what is no record stays as it is."""
    kind = record.get("t")
    if not isinstance(kind, str):
        return record
    name = _RECORDS.get(kind, kind)
    change = _FIELDS.get(name)
    return {**(record if change is None else change(record)), "t": name}


def _renamed(names: Mapping[str, str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda fields: {names.get(name, name): value for name, value in fields.items()}


def _each(change: Callable[[dict[str, Any]], dict[str, Any]], parts: Any) -> Any:
    if not isinstance(parts, list):
        return parts
    return [change(part) if isinstance(part, dict) else part for part in parts]


def _explained(fields: dict[str, Any]) -> dict[str, Any]:
    changes = {"holders": _renamed({"grip": "candidate"}), "frozen": _garbage}
    return {name: _each(changes[name], value) if name in changes else value for name, value in fields.items()}


def _with_present_command(field: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(fields: dict[str, Any]) -> dict[str, Any]:
        name = fields.get(field)
        return {**fields, field: _COMMANDS.get(name, name)} if isinstance(name, str) else fields

    return change


def _in_present_stage(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "stage": "churn"} if fields.get("stage") == "turnover" else fields


_garbage = _renamed({"pictures": "graphs"})
_FIELDS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "Sample": _in_present_stage,
    "RoundsDone": _in_present_stage,
    "Census": _renamed({"look": "number"}),
    "EntriesMeasured": _renamed({"weights": "sizes"}),
    "Graphs": _renamed({"pictures": "graphs"}),
    "Garbage": _garbage,
    "Explained": _explained,
    "AgentFailed": _with_present_command("command"),
    "Ended": _with_present_command("unanswered"),
}
