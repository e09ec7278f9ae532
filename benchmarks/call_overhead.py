"""What a clean target's calls cost under leakscan, as a ratio to a plain Python loop.

    python benchmarks/call_overhead.py            the ratios, and calls of real runs beside them
    python benchmarks/call_overhead.py --no-runs  the ratios only

The ratios come from one process, with the agent in it as a run has it: its modules loaded, its
second thread waiting for commands. Short slices of calls alternate between `Caller.run`, which
is what a run calls its target with, and a plain loop, so that both meet the same machine. The
collector is left as it is. The median of the ratios of neighbouring slices decides: where the
machine itself is now fast, now slow, the ratio of the medians compares one of its moods with
the other. The plain loop a second time shows what each number makes of two equal loops.

Below stand calls of real, whole runs: seconds in calls over calls in the last window of the
screen, beside a process that never saw leakscan and makes as many calls between collections.
The two are seconds apart, so on a busy machine they inform and decide nothing.

Each workload can be run by hand: `leakscan run benchmarks/call_overhead.py:json_round_trip`.
"""

import argparse
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from statistics import median

CHECKOUT = Path(__file__).resolve().parent.parent
MAX_OVERHEAD = 1.05
PAIRS = 500
SLICE_SECONDS = 0.002
RUNS = 3

Call = Callable[[], None]

_DOCUMENT = {
    "id": 4711,
    "name": "an order",
    "lines": [{"sku": f"S-{number}", "count": number, "price": 9.75} for number in range(12)],
    "tags": ["new", "paid", None, True],
}
_LOG_LINE = re.compile(r"(?P<level>[A-Z]+) \[(?P<worker>\w+)\] (?P<method>GET|POST) (?P<path>\S+)")
_LOG = "\n".join(f"INFO [worker{number}] GET /orders/{number}?page=1" for number in range(20))


class Point:
    """A small object with attributes of its own."""

    def __init__(self, x: int, y: int) -> None:
        self.x = x
        self.y = y


def json_round_trip() -> None:
    json.loads(json.dumps(_DOCUMENT))


def small_objects() -> None:
    points = [Point(number, -number) for number in range(50)]
    points.sort(key=lambda point: point.y)


def regex() -> None:
    for match in _LOG_LINE.finditer(_LOG):
        match.groupdict()


def integer_loop() -> None:
    total = 0
    for number in range(300):
        total += number * number % 7


WORKLOADS: tuple[Call, ...] = (json_round_trip, small_objects, regex, integer_loop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """Seconds of equally many calls, slice by slice: three loops taking turns."""

    calls: int
    plain: Sequence[float]
    agents: Sequence[float]
    again: Sequence[float]
    """The plain loop, a second time."""

    @property
    def holds(self) -> bool:
        return median_of_ratios(self.agents, self.plain) <= MAX_OVERHEAD


def median_of_ratios(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Median over the pairs of neighbouring slices."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def ratio_of_medians(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(ours) / median(theirs)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every ratio is within the aim, 1 if one is not."""
    options = _parser().parse_args(arguments)
    if options.plain is not None:
        name, rounds, calls = options.plain
        print(plain_rounds(_workload(name), rounds=int(rounds), calls=int(calls)))
        return 0
    sys.path.insert(0, str(CHECKOUT))
    load_agent()
    print(f"Python {sys.version.split()[0]}, {PAIRS} pairs of {SLICE_SECONDS * 1000:.0f} ms")
    print(f"aim: at most {MAX_OVERHEAD:.2f}x of a plain loop")
    print()
    print(f"{'':<24}  {'leakscan / plain':^20}  {'plain / plain':^20}")
    print("workload         us/call  of pairs  of medians  of pairs  of medians")
    all_hold = True
    for call in WORKLOADS:
        slices = alternate(call)
        all_hold = all_hold and slices.holds
        numbers = "  ".join(
            f"{median_of_ratios(each, slices.plain):>8.3f}  {ratio_of_medians(each, slices.plain):>10.3f}"
            for each in (slices.agents, slices.again)
        )
        per_call = median(slices.plain) / slices.calls
        over = "" if slices.holds else "  OVER THE AIM"
        print(f"{call.__name__:<15}  {per_call * 1e6:>7.2f}  {numbers}{over}", flush=True)
    if not options.no_runs:
        _print_runs()
    return 0 if all_hold else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--no-runs", action="store_true", help="leave the real runs out")
    parser.add_argument("--plain", nargs=3, help=argparse.SUPPRESS)
    return parser


def _workload(name: str) -> Call:
    return next(call for call in WORKLOADS if call.__name__ == name)


def load_agent() -> None:
    """Bring into this process what a run has in it: the agent, and its thread that listens."""
    import _thread

    import leakscan.agent.main_loop  # noqa: F401
    from leakscan.agent.channel import Channel

    # The writing end is kept open by nobody closing it: the thread waits in `os.read` to the end.
    commands, _ = os.pipe()
    _, records = os.pipe()
    _thread.start_new_thread(Channel(commands, records).receive, ())


def alternate(call: Call) -> Slices:
    """Slices of calls by the plain loop, by the agent's, by the plain one again, taking turns."""
    from leakscan.agent.calling.caller import Caller

    caller = Caller(call)

    def plain(calls: int) -> None:
        for _ in repeat(None, calls):
            call()

    calls = _calls_in_slice(plain)
    caller.run(calls)
    loops = (plain, caller.run, plain)
    seconds: tuple[list[float], ...] = ([], [], [])
    for turn in range(PAIRS):
        # Whatever comes first in a pair is not always the same one.
        order = (0, 1, 2) if turn % 2 else (2, 1, 0)
        for place in order:
            seconds[place].append(_seconds(loops[place], calls))
    return Slices(calls=calls, plain=seconds[0], agents=seconds[1], again=seconds[2])


def _calls_in_slice(loop: Callable[[int], None]) -> int:
    calls = 64
    while (taken := _seconds(loop, calls)) < SLICE_SECONDS:
        calls *= 2
    return max(1, round(calls * SLICE_SECONDS / taken))


def _seconds(loop: Callable[[int], None], calls: int) -> float:
    started = time.perf_counter()
    loop(calls)
    return time.perf_counter() - started


def plain_rounds(call: Call, *, rounds: int, calls: int) -> float:
    """Seconds per call of a plain loop, with a collection after so many calls each time."""
    for _ in repeat(None, calls):
        call()
    taken = 0.0
    for _ in range(rounds):
        gc.collect()
        started = time.perf_counter()
        for _call in repeat(None, calls):
            call()
        taken += time.perf_counter() - started
    return taken / (rounds * calls)


def _print_runs() -> None:
    print()
    print(f"whole runs, median of {RUNS}   run us/call  plain us/call  ratio  verdict")
    for call in WORKLOADS:
        pairs = [_run_and_plain(call.__name__) for _ in range(RUNS)]
        ours = median(run for run, _plain, _verdict in pairs)
        theirs = median(plain for _run, plain, _verdict in pairs)
        ratio = median(run / plain for run, plain, _verdict in pairs)
        verdicts = "/".join(sorted({verdict for _run, _plain, verdict in pairs}))
        numbers = f"{ours * 1e6:>11.2f}  {theirs * 1e6:>13.2f}  {ratio:>5.3f}"
        print(f"{call.__name__:<24}  {numbers}  {verdicts}", flush=True)


def _run_and_plain(name: str) -> tuple[float, float, str]:
    """Seconds per call in a run's last window and in a plain process, and the run's verdict."""
    from leakscan.analysis import Settings, analyze
    from leakscan.analysis.growth.trends import windows
    from leakscan.recording import read_recording

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.leakscan"
        target = f"benchmarks/call_overhead.py:{name}"
        _output("-m", "leakscan", "run", target, "--quiet", "-o", str(path))
        records = read_recording(path).records
    window = windows(records)[-1]
    rounds = len(window.samples) - 1
    plain = _output(__file__, "--plain", name, str(rounds), str(window.calls // rounds))
    verdict = analyze(records, Settings()).verdict
    return window.seconds / window.calls, float(plain), verdict


def _output(*arguments: str) -> str:
    """What this interpreter prints when it is given these arguments, in the checkout."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
