"""What very many objects refer to, a chunk at a time: a list of all of it would be large, too."""

import gc
from collections.abc import Iterator

CHUNK = 256
"""Objects that are asked together."""
LONG = 4_096
"""Entries of a list that is read in parts."""


def referents_in_chunks(objects: list[object]) -> Iterator[tuple[list[object], list[object]]]:
    """(some of the objects, what they refer to), again and again; a long list comes once for each part."""
    for start in range(0, len(objects), CHUNK):
        chunk = objects[start : start + CHUNK]
        long: list[list[object]] = [each for each in chunk if type(each) is list and len(each) > LONG]
        if long:
            chunk = [each for each in chunk if type(each) is not list or len(each) <= LONG]
        yield chunk, gc.get_referents(*chunk)
        for each in long:
            for part in parts(each):
                yield [each], part


def parts(objects: list[object]) -> Iterator[list[object]]:
    """The objects, no more than a few thousand at a time."""
    for start in range(0, len(objects), LONG):
        yield objects[start : start + LONG]
