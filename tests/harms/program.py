"""What a finalizer may try: programs that leak an object whose finalizer tries it, and count the effects.

They count at the end of the process, before its own finalizers run: what is counted was done by a copy.
"""

import textwrap
from typing import NamedTuple

_PROGRAM = '''\
import atexit, os, sys

PLACE = os.environ["PLACE"]
kept = []

{setup}

class Held:
    """What is kept, and weighs something."""

    def __init__(self):
        self.payload = bytearray(2000)
{make}

{finalizer}


def effects():
{count}


def told():
    with open(os.path.join(PLACE, "effects"), "w") as file:
        file.write(str(effects()))
    # The finalizers of the process's own end are not for this test.
    os._exit(0)


def work():
    kept.append(Held())
    if len(kept) == 1:
        # The last that is registered is called first, before `weakref.finalize` calls its own.
        atexit.register(told)
'''


class Harm(NamedTuple):
    """One thing that a finalizer may try."""

    name: str
    tries: str
    """What it tries, in words: a row of the page on safety."""
    finalizer: str
    """What runs when an object dies, as the body of `__del__`, or as definitions that stand for it."""
    effects: str
    """Body of a function that counts the effects."""
    setup: str = ""
    is_freed: bool = True
    """Whether what is emptied can be measured, in spite of it."""
    make: str = ""
    """What else the constructor does."""

    def program(self) -> str:
        """The whole program."""
        finalizer = f"def __del__(self):\n{textwrap.indent(textwrap.dedent(self.finalizer).strip(), '    ')}"
        return _PROGRAM.format(
            setup=textwrap.dedent(self.setup),
            make=textwrap.indent(textwrap.dedent(self.make).strip(), " " * 8),
            finalizer=textwrap.indent(finalizer, "    ") if self.finalizer else "",
            count=textwrap.indent(textwrap.dedent(self.effects).strip(), "    "),
        )
