"""Paths found backwards, by objgraph: from an object to what refers to it, up to a root."""

import gc
import sys
from collections.abc import Callable

import objgraph

from leakscan.agent.references.own_objects import is_of_own_class
from leakscan.agent.references.roots import HeapPath, Root, is_public_module, private_modules

MAX_VISITS = 150
"""Objects that are visited for one path; a walk forward takes less time than more of them."""
MAX_SEARCH_SECONDS = 0.5
"""Seconds that all the paths of one search may take."""


def paths_backward(
    wanted: list[object], roots: list[Root], own: set[int], clock: Callable[[], float]
) -> dict[int, HeapPath]:
    """A path to each of the wanted objects to which one is found soon enough, by its address."""
    deadline = clock() + MAX_SEARCH_SECONDS
    paths = ((each, _path_to(each, roots, own, clock, deadline)) for each in wanted)
    return {id(each): path for each, path in paths if path is not None}


class _TooLong(Exception):
    """The search has visited too many objects, or taken too many seconds."""


def _path_to(
    wanted: object,
    roots: list[Root],
    own: set[int],
    clock: Callable[[], float],
    deadline: float,
) -> HeapPath | None:
    """The path that objgraph finds, if it does so soon enough; else None."""
    if clock() > deadline or not gc.is_tracked(wanted):
        return None
    starts = {id(root.start): root.step for root in roots if is_public_module(root)}
    visits = 0

    def is_root(candidate: object) -> bool:
        nonlocal visits
        visits += 1
        # All of its instances refer to a class, and objgraph would remember each of them.
        is_class = type.__subclasscheck__(type, type(candidate))
        if visits > MAX_VISITS or clock() > deadline or is_class:
            raise _TooLong
        return id(candidate) in starts

    ignored = own | {id(starts), id(is_root), id(sys._getframe())} | private_modules(roots)
    try:
        chain = objgraph.find_backref_chain(wanted, is_root, max_depth=12, extra_ignore=ignored)
    except _TooLong:
        return None
    step = starts.get(id(chain[0]))
    if step is None or any(is_of_own_class(each) for each in chain):
        return None
    return HeapPath(step, chain)
