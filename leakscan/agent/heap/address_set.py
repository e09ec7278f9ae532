"""A set of addresses of objects: a byte for every sixteen of the heap, where a `set` takes sixty each."""

import sys
from collections.abc import Iterable

ALIGNMENT_BITS = 4 if sys.maxsize > 2**32 else 3
"""No two objects begin nearer to each other than two to the power of this."""
PAGE_BITS = 16
PLACES = 1 << PAGE_BITS - ALIGNMENT_BITS
"""Bytes of a page, one for each object that may begin on it."""
LAST_PLACE = PLACES - 1


class AddressSet:
    """Addresses, by the page of memory that they are on.

    A loop over very many of them reads the pages itself: calls are what takes the time there.
    """

    def __init__(self, addresses: Iterable[int] = ()) -> None:
        self.pages: dict[int, bytearray] = {}
        for address in addresses:
            self.add(address)

    def add(self, address: int) -> bool:
        """Whether it was not in the set, in which it is now."""
        page = self.pages.get(address >> PAGE_BITS)
        if page is None:
            page = self.pages[address >> PAGE_BITS] = bytearray(PLACES)
        place = address >> ALIGNMENT_BITS & LAST_PLACE
        is_new = not page[place]
        page[place] = 1
        return is_new

    def discard(self, address: int) -> None:
        """Take it out of the set, if it is in there."""
        if address in self:
            self.pages[address >> PAGE_BITS][address >> ALIGNMENT_BITS & LAST_PLACE] = 0

    def __contains__(self, address: int) -> bool:
        page = self.pages.get(address >> PAGE_BITS)
        return page is not None and bool(page[address >> ALIGNMENT_BITS & LAST_PLACE])
