"""The ways to the holders of target programs, as leakscan and as objgraph find them.

`python -m tests.ways` prints them as JSON: in a process as large as that of the tests each walk takes long.
"""

import importlib
import json
from operator import attrgetter
from typing import Any, NamedTuple

import objgraph

from leakscan.agent.references import search, steps

MODULES = ("holders", "holders_collections", "holders_functions", "holders_references", "holders_buffers")
HOLDERS = [
    *("holders.REGISTRY", "holders.Audit.trail", "holders.STORE.items", "holders.SLOTTED_STORE.entries"),
    *("holders.DUMPED_STORE.lines", "holders.APPLICATION.services", "holders.ROUTES", "holders.REPLIES"),
    *("holders.BY_REGION", "holders.HISTORY", "holders.SEEN", "holders.PLUGINS_BY_TYPE", "holders.POINTS"),
    *("holders.ORDERS", "holders.CATALOGUE", "holders.BY_NAME", "holders.RECORD_LOG", "holders.PENDING"),
    *("holders.SESSION_STATE", "holders.TOTALS", "holders.NAMES"),
    *("holders_collections.UNDO", "holders_collections.SESSIONS", "holders_collections.EVENTS_BY_KIND"),
    *("holders_collections.PATH_HITS", "holders_collections.SETTINGS.maps", "holders_collections.HEADERS"),
    *("holders_collections.SCHEDULE", "holders_collections.JOBS.queue", "holders_collections.MAIL"),
    *(
        "holders_collections.GATHER.args",
        "holders_collections.REPORTING.archive",
        "holders_collections.GROUPS",
    ),
    *("holders_functions._audited.calls", "holders_functions._quote", "holders_functions.Parser.rule"),
    *("holders_functions.OPEN_CURSORS", "holders_functions.HOOKS", "holders_functions.ACCUMULATOR"),
    *("holders_references.ERRORS", "holders_references.BUS.listeners", "holders_references.WATCHERS"),
    *(
        "holders_references.STATISTICS.data",
        "holders_references.JOURNAL.head",
        "holders_references.TREE.root",
    ),
    *("holders_references.VIEWS", "holders_references.CONTEXT", "holders_buffers.RECORDER.samples"),
]


class Ways(NamedTuple):
    """The addresses of the objects from a root to a holder, but for the dicts of attributes."""

    module: int
    holder: int
    ours: list[int]
    theirs: list[int]


def _ways_to(holder: str) -> Ways:
    name, _, attributes = holder.partition(".")
    module = importlib.import_module(f"tests.targets.{name}")
    found = attrgetter(attributes)(module)
    ours, theirs = _visible(search.way_to(found) or []), _visible(_objgraphs(found))
    return Ways(id(module), id(found), list(map(id, ours)), list(map(id, theirs)))


def _objgraphs(found: object) -> list[Any]:
    chain: list[Any] = objgraph.find_backref_chain(found, objgraph.is_proper_module)
    return chain


def _visible(way: list[Any]) -> list[Any]:
    """The objects of a chain but for the dicts of attributes, which an instance need not have."""
    return [each for each, owner in zip(way, [None, *way], strict=False) if not _is_namespace(each, owner)]


def _is_namespace(found: object, owner: object) -> bool:
    return owner is not None and type(found) is dict and steps.is_namespace_of(found, owner)


if __name__ == "__main__":
    # All are loaded before the first is looked for, as a program is.
    for module in MODULES:
        importlib.import_module(f"tests.targets.{module}")
    print(json.dumps({holder: _ways_to(holder) for holder in HOLDERS}))  # noqa: T201 - what it is for
