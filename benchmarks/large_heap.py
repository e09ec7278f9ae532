"""What it costs to name a holder with two million other objects around it.

    python benchmarks/large_heap.py

The same leak is run alone, and beside a heap of objects that do not grow. The seconds are those of the
agent's explanation and naming, from the recording; the memory is the most that any process of the run ever
had, against a process that only builds the same heap. Exits with 1 if the explanation takes over 3 s longer,
or the memory is over 1.3 times the target's own.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from leakscan import wire
from leakscan.recording import read_recording

OBJECTS = 2_000_000
MOST_SECONDS_MORE = 3.0
MOST_MEMORY = 1.3
TARGET = '''
"""A dict that grows by an entry a call, beside a heap that does not grow."""
import itertools

BALLAST = [[n] for n in range({ballast})]
KEPT = {{}}
_sequence = itertools.count()


def work():
    KEPT[next(_sequence)] = bytes(200)
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run took."""

    explained_seconds: float
    """To explain and to name."""
    census_seconds: float
    """Of one look at all containers, the slowest."""
    memory_bytes: int
    """The most that a process of it had."""
    holder: str


def main() -> int:
    """0 if the cost follows the leak and not the heap."""
    plain = _memory_of([sys.executable, "-c", TARGET.format(ballast=OBJECTS)])
    alone = _run(0)
    beside = _run(OBJECTS)
    more = beside.explained_seconds - alone.explained_seconds
    memory = beside.memory_bytes / plain
    print(f"Python {sys.version.split()[0]}, {OBJECTS:,} objects beside the leak")
    print()
    print(f"{'':<28}  {'alone':>8}  {'beside':>8}")
    print(f"{'explain and name, s':<28}  {alone.explained_seconds:>8.2f}  {beside.explained_seconds:>8.2f}")
    print(f"{'slowest census, s':<28}  {alone.census_seconds:>8.2f}  {beside.census_seconds:>8.2f}")
    print(f"{'holder':<28}  {alone.holder:>8}  {beside.holder:>8}")
    print()
    print(
        f"{more:.2f} s more (aim: at most {MOST_SECONDS_MORE:.0f}), memory {memory:.2f}x (aim: {MOST_MEMORY})"
    )
    is_right = alone.holder == beside.holder and more <= MOST_SECONDS_MORE and memory <= MOST_MEMORY
    return 0 if is_right else 1


def _run(ballast: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        target, recording = Path(folder) / "target.py", Path(folder) / "run.leakscan"
        target.write_text(TARGET.format(ballast=ballast))
        memory = _memory_of(
            [sys.executable, "-m", "leakscan", "run", "-q", "-o", str(recording), f"{target}:work"]
        )
        records = read_recording(recording).records
    explained = next(r for r in records if isinstance(r, wire.Explained))
    named = next(r for r in records if isinstance(r, wire.Named))
    return Cost(
        explained_seconds=explained.seconds + named.seconds,
        census_seconds=max(r.seconds for r in records if isinstance(r, wire.Census)),
        memory_bytes=memory,
        holder=named.holders[0].steps[-1].link,
    )


def _memory_of(command: list[str]) -> int:
    """The most resident memory of the command or a process below it, in bytes."""
    measure = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measure, *command], capture_output=True, text=True, check=True
    )
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
