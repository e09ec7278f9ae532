"""The identity of a leak: names only, so that it survives edits, other keys and other machines."""

import hashlib
import re
from collections.abc import Sequence

from leakscan import wire
from leakscan.analysis.naming.holder_names import is_recursive
from leakscan.analysis.naming.step_kinds import naming_of

_COMPREHENSION = re.compile(r"(?:^|\.)<(?:list|set|dict)comp>")


def fingerprint(kind: str, names: Sequence[str]) -> str:
    """A stable identity of a leak: its kind and names, no address, count, key or line number."""
    digest = hashlib.sha256("\0".join([kind, *names]).encode("utf-8", "replace"))
    return digest.hexdigest()[:16]


def fingerprint_names(steps: Sequence[wire.Step]) -> list[str]:
    """What of a chain enters the fingerprint: attribute and function names, keys and indices folded."""
    length = len(steps)
    while length > 2 and is_recursive(steps[length - 1]):
        # Where a linked list begins is what it is; how many links were followed is not.
        length -= 1
    return [
        f"{step.kind}:{without_comprehensions(step.owner)}:{naming_of(step).identity(step)}"
        for step in steps[:length]
    ]


def without_comprehensions(qualname: str) -> str:
    """The name that Python 3.12 and later give; up to 3.11 a comprehension is a function of its own."""
    inner = _COMPREHENSION.sub("", qualname)
    if inner == qualname:
        return qualname
    return inner.removesuffix(".<locals>").removeprefix(".") or "<module>"


def leak_fingerprint(steps: Sequence[wire.Step]) -> str:
    """The identity of a leak that hangs on this chain."""
    return fingerprint("leak", fingerprint_names(steps))
