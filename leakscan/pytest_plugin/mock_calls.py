"""The calls that mocks record: a mock may outlive its test, and what it records is no leak of the test."""

import gc
import sys
from typing import Any


class MockCalls:
    """The lists in which mocks record their calls, with the length that each had."""

    def __init__(self) -> None:
        self._lengths: list[tuple[list[Any], int]] = []
        self.find_new()

    def find_new(self) -> None:
        """Add the lists that have come since the last time, with the length that they have now."""
        mock = sys.modules.get("unittest.mock")
        kind = getattr(mock, "_CallList", None)
        if kind is not None:
            known = {id(each) for each, _length in self._lengths}
            call_lists = (each for each in gc.get_objects() if type(each) is kind)
            self._lengths.extend((each, len(each)) for each in call_lists if id(each) not in known)

    def truncate(self) -> None:
        """Shorten each list to the length that it had."""
        for calls, length in self._lengths:
            if len(calls) > length:
                del calls[length:]
