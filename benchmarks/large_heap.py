"""What it costs to name a holder with two million other objects around it.

    python benchmarks/large_heap.py

The same leak is run alone, and beside a heap of objects that do not grow. It is far from its root, so that
the walk that names it comes by all the others first. The seconds are those of the agent's explanation and
naming, from the recording. The memory is what all processes of the run take together at its height, forked
copies included, each shared page counted once; against a process that builds the same heap and makes as many
calls. Exits with 1 if the explanation takes over 3 s longer, or if the run takes over 1.3 times the memory of
the target by itself. Linux only: elsewhere nothing tells how much of its memory a process shares.
"""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from leakscan import wire
from leakscan.recording import read_recording

OBJECTS = 2_000_000
MAX_SECONDS_MORE = 3.0
MAX_MEMORY = 1.3
LOOK_SECONDS = 0.02
MEBI = 1 << 20
TARGET = '''
"""A dict that grows by an entry a call, beside a heap that does not grow."""
import itertools


class Store:
    def __init__(self):
        self.rows = {{}}


class Tenant:
    def __init__(self):
        self.stores = [Store()]


class Shop:
    def __init__(self):
        self.tenants = {{"eu": Tenant()}}


BALLAST = [[n] for n in range({ballast})]
SHOP = Shop()
_sequence = itertools.count()


def work():
    SHOP.tenants["eu"].stores[0].rows[next(_sequence)] = bytes(200)


if __name__ == "__main__":
    for _ in range({calls}):
        work()
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run took."""

    explained_seconds: float
    """To explain and to name."""
    census_seconds: float
    """Of one look at all containers, the slowest."""
    calls: int
    holder: str


def main() -> int:
    """0 if the cost follows the leak and not the heap."""
    alone = _cost(0)
    beside = _cost(OBJECTS)
    memory_alone, plain_alone = _memory(0, alone.calls)
    memory, plain = _memory(OBJECTS, beside.calls)
    more = beside.explained_seconds - alone.explained_seconds
    print(f"Python {sys.version.split()[0]}, {OBJECTS:,} objects beside the leak")
    print()
    print(f"{'':<28}  {'alone':>8}  {'beside':>8}")
    print(f"{'explain and name, s':<28}  {alone.explained_seconds:>8.2f}  {beside.explained_seconds:>8.2f}")
    print(f"{'slowest census, s':<28}  {alone.census_seconds:>8.2f}  {beside.census_seconds:>8.2f}")
    print(f"{'holder':<28}  {alone.holder:>8}  {beside.holder:>8}")
    print(f"{'calls':<28}  {alone.calls:>8,}  {beside.calls:>8,}")
    print(f"{'the target by itself, MiB':<28}  {plain_alone / MEBI:>8.0f}  {plain / MEBI:>8.0f}")
    print(f"{'the whole run, MiB':<28}  {memory_alone / MEBI:>8.0f}  {memory / MEBI:>8.0f}")
    print()
    print(
        f"{more:.2f} s more (aim: at most {MAX_SECONDS_MORE:.0f}), "
        f"memory {memory / plain:.2f}x (aim: {MAX_MEMORY})"
    )
    is_right = alone.holder == beside.holder and more <= MAX_SECONDS_MORE and memory <= MAX_MEMORY * plain
    return 0 if is_right else 1


def _cost(ballast: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        target, recording = Path(folder) / "target.py", Path(folder) / "run.leakscan"
        target.write_text(TARGET.format(ballast=ballast, calls=0))
        subprocess.run(_command(target, "-o", str(recording)), stdout=subprocess.DEVNULL, check=False)
        records = read_recording(recording).records
    explained = next(r for r in records if isinstance(r, wire.Explained))
    named = next(r for r in records if isinstance(r, wire.Named))
    return Cost(
        explained_seconds=explained.seconds + named.seconds,
        census_seconds=max(r.seconds for r in records if isinstance(r, wire.Census)),
        calls=max(r.calls for r in records if isinstance(r, wire.Sample)),
        holder=named.holders[0].steps[-1].link,
    )


def _memory(ballast: int, calls: int) -> tuple[int, int]:
    """Bytes that a run takes at its height, and the target by itself after so many calls."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "target.py"
        target.write_text(TARGET.format(ballast=ballast, calls=calls))
        return _height(_command(target)), _height([sys.executable, str(target)])


def _command(target: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "leakscan", "run", "-q", "--max-time", "180", *options, f"{target}:work"]


def _height(command: list[str]) -> int:
    """The most memory that the command and all below it had together at one time, in bytes."""
    highest = 0
    with psutil.Popen(command, stdout=subprocess.DEVNULL) as running:
        while running.poll() is None:
            try:
                processes = [running, *running.children(recursive=True)]
            except psutil.Error:
                break
            highest = max(highest, sum(map(_proportional_bytes, processes)))
            time.sleep(LOOK_SECONDS)
    return highest


def _proportional_bytes(process: psutil.Process) -> int:
    """The memory of a process, each page divided by the number of those who share it."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        # It has ended meanwhile.
        return 0


if __name__ == "__main__":
    sys.exit(main())
