"""The records of a run: what it is, its rounds, what grew in them, and its end."""

from typing import Any, NamedTuple

from leakscan.wire.commands import Stage


class Header(NamedTuple):
    """First line of a recording, written by the parent."""

    format: int
    leakscan: str
    python: str
    platform: str
    started_at: str
    """ISO 8601, UTC."""
    options: dict[str, Any]
    library_paths: tuple[str, ...] = ()
    """Folders whose code is not the user's own."""
    working_directory: str = ""
    memory_bytes: int | None = None
    """Memory of the machine, or what the control group allows; None where that is not known."""
    readable_from: int | None = None
    """The oldest format whose readers may read this recording; None: no older one than its own."""


class Loaded(NamedTuple):
    """The target can be called."""

    name: str
    seconds: float
    definition: tuple[str, int, str, str] | None = None
    """(file, line, function, qualified name) of its code; None where it is not written in Python."""


class LoadFailed(NamedTuple):
    """The target can't be found, imported or called."""

    message: str
    traceback: str | None = None
    wanted: str = ""
    """The name that was looked for, if it was a name that failed."""
    names: tuple[str, ...] = ()
    """What could have been meant."""


class Controlled(NamedTuple):
    """Blocks and heap bytes at the end of each round of an empty target, and of one that keeps an object."""

    empty_blocks: tuple[int, ...]
    empty_heap: tuple[int, ...]
    canary_blocks: tuple[int, ...]
    no_sandbox: str | None = None
    """Why no code of the target may be tried out in a copy of the process here; None if it may."""


class Sample(NamedTuple):
    """The numbers at the end of a round."""

    stage: Stage | str
    """A text where the recording is of a newer format, with a stage that its reader does not know."""
    calls: int
    """Calls so far, warm-up included; 0 for ever while the first call does not return."""
    at: float
    """Seconds since the target was loaded."""
    call_seconds: float
    """Spent in the calls of this round."""
    collect_seconds: float
    cpu_seconds: float
    """Processor time of the process so far; beside a running call, without what the sampling takes."""
    blocks_before: int
    """`sys.getallocatedblocks()` before the garbage collection."""
    blocks: int
    """The same after it."""
    heap: int
    """Bytes of native heap in use (malloc), 0 where the platform can't say."""
    rss: int
    is_collecting: bool
    """Whether the target's own garbage collector is switched on, and runs before garbage piles up."""
    is_late: bool = False
    """The round started later than its interval asks for."""
    unreachable: int | None = None
    """Objects that the collection found to be garbage; None where there was none, or nobody counted."""


class RoundsDone(NamedTuple):
    """The rounds asked for are over."""

    stage: Stage | str
    """A text where the recording is of a newer format, with a stage that its reader does not know."""
    rounds: int
    is_returned: bool = True
    """False while a call still runs."""
    has_children: bool = True
    """Whether the process has children, as far as is known."""


class Raised(NamedTuple):
    """A call ended the run: it raised, asked for the end of the process, or was interrupted."""

    how: str
    """`raised`, `exited` or `interrupted`."""
    message: str
    traceback: str | None
    calls: int
    """Calls that had returned before."""


class GrownContainer(NamedTuple):
    """A container that was longer than at the census before."""

    address: int
    type: str
    before: int
    after: int
    bound: int | None = None
    in_bytes: bool = False
    """Measured in bytes, not in entries."""


class Census(NamedTuple):
    """All containers at one moment: those that grew since the census before."""

    number: int
    calls: int
    at: float
    seconds: float
    containers: int
    grown: tuple[GrownContainer, ...]
    """The fastest growing, at most `census.MAX_GROWN`."""
    is_earlier: bool = False
    """Whether it was taken at the end of an earlier run in the same process."""
    tracked_only: bool = False
    """Whether it left out what the garbage collector does not track."""


class EntryChange(NamedTuple):
    """How many entries came into a container, and went out of it, between two readings."""

    address: int
    added: int
    removed: int


class Churn(NamedTuple):
    """One look at growing dicts, a few calls after the last."""

    calls: int
    changes: tuple[EntryChange, ...]
    """Of those dicts of which it can be told; none at the first reading."""


class Tracing(NamedTuple):
    """`tracemalloc` is on."""

    frames: int
    calls: int


class TracedSite(NamedTuple):
    """What one traceback gained in blocks and bytes since the sites were last taken."""

    frames: tuple[tuple[str, int], ...]
    """(file, line), innermost first."""
    blocks: int
    bytes: int
    live_blocks: int
    live_bytes: int
    largest: int
    """Bytes of its largest live block."""
    largest_before: int = 0
    """The same when the sites were last taken."""


class Sites(NamedTuple):
    """The sites that gained since the sites were last taken; empty the first time."""

    calls: int
    """Calls between the two."""
    at: float
    seconds: float
    """Between the two."""
    grown: tuple[TracedSite, ...]
    is_lost: bool = False
    """Whether the target has stopped the tracing or cleared its traces: then nothing is known of any site."""
    entries: tuple[tuple[int, int], ...] = ()
    """(address, entries gained since the sites were last taken) of each container that was seen growing: by
    them a program that is slower while it is traced is told at its own pace."""


NOTHING_TRACED = Sites(0, 0.0, 0.0, ())


class Trimmed(NamedTuple):
    """Resident bytes before and after the C library gave free memory back."""

    before: int
    after: int


class ChildProcess(NamedTuple):
    """What a living child process of the target, or one of its children, has taken so far."""

    pid: int
    started_at: float
    """Seconds since the epoch; with the number it tells one process from another."""
    cpu_seconds: float
    """Processor time, that of what it has run and waited for included."""
    rss: int


class Children(NamedTuple):
    """The child processes of the target at one time, as the parent sees them; none until there are some."""

    at: float
    """Seconds since the run was started."""
    processes: tuple[ChildProcess, ...]
    unreaped: int = 0
    """Those that have ended, and that nobody has waited for."""


class SetupLeft(NamedTuple):
    """The setup of the target has come to its end."""

    message: str | None = None
    """What it raised there; None if nothing."""
    traceback: str | None = None


class AgentFailed(NamedTuple):
    """A command could not be carried out; the target goes on."""

    command: str
    message: str
    traceback: str


class Ended(NamedTuple):
    """Last line of a recording, written by the parent."""

    how: str
    """`finished`, `crashed`, `timed out` or `interrupted`; `cut off` where the target closed our pipes for
    good, `garbled` where it wrote into them."""
    status: int | None
    """Exit status of the child, negative for a signal."""
    seconds: float
    unanswered: str = ""
    """The command that was not answered when the time was over; empty if the run came to its own end."""
    setup_seconds: float | None = None
    """Seconds that the setup had to end, and did not; 0 if the process had to be ended before its turn; None
    if it ended, or there was none."""
    left_behind: tuple[str, ...] = ()
    """Names of the processes that the target had started and left, and that were ended after it."""
    cut_off_seconds: float | None = None
    """Seconds that the target's own end had, and was not over; None if it was, or had not begun."""
