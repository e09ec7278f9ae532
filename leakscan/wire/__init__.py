"""What the parent and the agent say to each other, and what a recording keeps: one JSON object a line.

A line is `{"t": <name of the record or command>, <its fields>}`. Commands go down, records come up; a
recording is a `Header` and then every record in the order in which it came, closed by `Ended`. A reader
ignores fields that it does not know and fills in the default of those that are missing.

A recording of a newer format is read, without the records that its reader does not know, if its
`readable_from` says that the others still mean the same; else it is refused.

Format history:
    1  the first
    2  records and their fields have the names of the field: `Churn`, `EntriesMeasured`, `Graphs`,
       `SpareCapacity`; those of format 1 are read as these
"""

from leakscan.wire.codec import *
from leakscan.wire.commands import *
from leakscan.wire.heap_records import *
from leakscan.wire.run_records import *

FORMAT_VERSION = 2
READABLE_FROM = 2
"""Raised when a record or a field changes its meaning; what is only added leaves it as it is."""
CALLERS = (
    "agent/calling/caller.py",
    "agent/calling/event_loop.py",
    "agent/calling/target_loader.py",
    "pytest_plugin/iteration.py",
)
"""Files in leakscan's folder whose frames end a stack of the target's."""
FORMER_CALLERS = ("agent/calls.py", "agent/loop.py", "agent/target.py", "pytest_plugin/turns.py")
"""The same in recordings that were made before they had these names."""
CHANNEL_IS_CLOSED = 71
"""Exit status of a process whose agent has lost its pipes: EX_OSERR."""
