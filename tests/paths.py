"""The paths to the holders of target programs, as leakscan and as objgraph find them.

`python -m tests.paths` prints them as JSON: in a process as large as that of the tests each walk takes long.
"""

import importlib
import json
from operator import attrgetter
from typing import Any, NamedTuple

import objgraph

from leakscan.agent.heap.referents import is_namespace_of
from leakscan.agent.references import search

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


class Paths(NamedTuple):
    """The addresses of the objects from a root to a holder, but for the dicts of attributes."""

    module: int
    holder: int
    ours: list[int]
    theirs: list[int]


def _paths_to(holder: str) -> Paths:
    name, _, attributes = holder.partition(".")
    module = importlib.import_module(f"tests.targets.{name}")
    held = attrgetter(attributes)(module)
    ours, theirs = _visible(search.path_to(held) or []), _visible(_objgraphs(held))
    return Paths(id(module), id(held), list(map(id, ours)), list(map(id, theirs)))


def _objgraphs(held: object) -> list[Any]:
    chain: list[Any] = objgraph.find_backref_chain(held, objgraph.is_proper_module)
    return chain


def _visible(path: list[Any]) -> list[Any]:
    """The objects of a chain but for the dicts of attributes, which an instance need not have."""
    return [each for each, owner in zip(path, [None, *path], strict=False) if not _is_namespace(each, owner)]


def _is_namespace(obj: object, owner: object) -> bool:
    return owner is not None and type(obj) is dict and is_namespace_of(obj, owner)


if __name__ == "__main__":
    # All are loaded before the first is looked for, as a program is.
    for module in MODULES:
        importlib.import_module(f"tests.targets.{module}")
    print(json.dumps({holder: _paths_to(holder) for holder in HOLDERS}))  # noqa: T201 - what it is for
