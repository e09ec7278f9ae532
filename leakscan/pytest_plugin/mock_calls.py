"""Test doubles that outlive a test: what they note of each call is theirs, and no leak of the test."""

import gc
import sys
from typing import Any


class Doubles:
    """The lists in which mocks note their calls, with the length that each had."""

    def __init__(self) -> None:
        self._noted: list[tuple[list[Any], int]] = []
        self.look()

    def look(self) -> None:
        """Find those that are there now."""
        mock = sys.modules.get("unittest.mock")
        kind = getattr(mock, "_CallList", None)
        if kind is not None:
            known = {id(each) for each, _length in self._noted}
            found = [each for each in gc.get_objects() if type(each) is kind and id(each) not in known]
            self._noted.extend((each, len(each)) for each in found)

    def forget(self) -> None:
        """Shorten each list to what it was."""
        for calls, length in self._noted:
            if len(calls) > length:
                del calls[length:]
