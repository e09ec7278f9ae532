"""What it takes to start leakscan: the agent in the target's process, and the command.

    python benchmarks/start_up.py                      of this checkout
    python benchmarks/start_up.py --against CHECKOUT   beside another one, and which is faster

Processor time, from the start of a process to its end: the agent is asked to quit as soon as it is ready. A
plain interpreter stands beside both. With another checkout each start has a neighbour there, and the median
of the differences decides: both meet the same machine. Exits with 1 if this checkout takes 2 % longer.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

CHECKOUT = Path(__file__).resolve().parent.parent
PAIRS = 40
MAX_RATIO = 1.02
QUIT = b'{"t":"Quit"}\n'

Start = Callable[[Path], float]
"""Milliseconds of processor time that something takes in a checkout."""


def main() -> int:
    """0 unless another checkout was given, and starts faster."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    options = parser.parse_args()
    checkouts = [CHECKOUT, *([options.against.resolve()] if options.against else [])]
    print(f"Python {sys.version.split()[0]}, milliseconds of processor time, medians of {options.pairs}")
    print()
    print(f"{'':<20}  {'here':>6}", *(["there", "difference"] if options.against else []), sep="  ")
    ratios = [
        _measured(name, start, checkouts, options.pairs)
        for name, start in (
            ("plain interpreter", _plain),
            ("agent", _agent),
            ("leakscan --version", _version),
        )
    ]
    return int(max(ratios[1:]) > MAX_RATIO)


def _measured(name: str, start: Start, checkouts: list[Path], pairs: int) -> float:
    """Print one line; the ratio to the other checkout, 1 where there is none."""
    for checkout in checkouts:
        start(checkout)  # the compiled files are written
    timed: list[list[float]] = [[] for _ in checkouts]
    for number in range(pairs):
        both = list(zip(checkouts, timed, strict=True))
        for checkout, times in both if number % 2 else reversed(both):
            times.append(start(checkout))
    middles = [median(times) for times in timed]
    line = f"{name:<20}  {middles[0]:>6.1f}"
    if len(timed) == 1:
        print(line, flush=True)
        return 1.0
    difference = median(here - there for here, there in zip(*timed, strict=True))
    print(f"{line}  {middles[1]:>5.1f}  {difference:>+10.1f}", flush=True)
    return 1.0 + difference / middles[1]


def _plain(checkout: Path) -> float:
    del checkout
    return _milliseconds([sys.executable, "-c", "pass"])


def _version(checkout: Path) -> float:
    return _milliseconds([sys.executable, "-m", "leakscan", "--version"], folder=checkout)


def _agent(checkout: Path) -> float:
    """Of the process that a target runs in, with pipes as `leakscan/runner/` gives them to it."""
    commands_there, commands = os.pipe()
    records, records_there = os.pipe()
    os.write(commands, QUIT)
    pipes = (commands_there, commands, records_there, records)
    program = checkout / "leakscan" / "agent" / "start.py"
    try:
        return _milliseconds(
            [sys.executable, str(program), str(checkout), *map(str, (os.getpid(), *pipes))],
            passed=(commands_there, records_there),
        )
    finally:
        for pipe in pipes:
            os.close(pipe)


def _milliseconds(command: list[str], *, folder: Path = CHECKOUT, passed: tuple[int, ...] = ()) -> float:
    unwanted = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, pass_fds=passed, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} exited with {process.returncode}")
    return 1_000 * (usage.ru_utime + usage.ru_stime)


if __name__ == "__main__":
    sys.exit(main())
