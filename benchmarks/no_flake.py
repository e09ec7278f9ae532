"""Whether the gate ever flakes: every scenario checked again and again while all processors are busy.

    python benchmarks/no_flake.py [--times 50] [--busy 2]

The clean half has to pass each time, and each target of the leaky half has to fail each time. With
`--half suites`, it is the tests of published packages that have to pass each time, under `pytest --leakscan`.
Exits with 1 if one of them once does something else, and shows what it said.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import real_suites

CHECKOUT = Path(__file__).resolve().parent.parent
SCENARIOS = CHECKOUT / "scenarios"
FAILS = {"clean": False, "leaky": True}
"""Whether a target of this half has to fail the check."""
SUITES = "suites"


def main() -> int:
    """0 if every check of every target came out as it has to."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--times", type=int, default=50)
    asked.add_argument(
        "--busy", type=int, default=os.cpu_count() or 1, help="processes that compute all the while"
    )
    asked.add_argument("--half", choices=[*FAILS, SUITES], help="only this half; or real suites instead")
    wanted = asked.parse_args()
    halves = [wanted.half] if wanted.half else [*FAILS]
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, {wanted.busy} busy processes beside"
    )
    suites = list(real_suites.prepared_quick_suites()) if SUITES in halves else []
    flakes = 0
    with tempfile.TemporaryDirectory() as folder, _busy(wanted.busy):
        for half in halves:
            if half == SUITES:
                flakes += _suites(suites, wanted.times, Path(folder))
            else:
                flakes += _half(half, wanted.times, Path(folder))
    return 1 if flakes else 0


def _half(half: str, times: int, folder: Path) -> int:
    """How often a target of the half did not do what it has to."""
    names = [name for name, verdict in _scenarios() if (verdict == "LEAKING") is FAILS[half]]
    configuration = folder / f"{half}.toml"
    configuration.write_text("".join(map(_table, names)))
    right: Counter[str] = Counter()
    started = time.monotonic()
    for number in range(1, times + 1):
        said, report = _checked(configuration)
        for name in names:
            is_right = name in said and said[name] is FAILS[half]
            right[name] += is_right
            if not is_right:
                print(f"time {number}: {name} did not do what it has to\n{report}", flush=True)
    minutes = (time.monotonic() - started) / 60
    flakes = times * len(names) - right.total()
    outcome = "failed" if FAILS[half] else "passed"
    whole = sum(right[name] == times for name in names)
    print(f"{half}: {whole} of {len(names)} targets {outcome} {times} times of {times} ({minutes:.0f} min)")
    for name in names:
        if right[name] < times:
            print(f"    {name} {outcome} {right[name]} times of {times}")
    return flakes


def _suites(suites: Sequence[real_suites.Prepared], times: int, folder: Path) -> int:
    """How often a suite did not pass."""
    right: Counter[str] = Counter()
    seconds = 0.0
    started = time.monotonic()
    for number in range(1, times + 1):
        for prepared in suites:
            name = prepared.suite.name
            ran = real_suites.pytest_run(prepared, "--leakscan", *prepared.suite.quick, results=folder / name)
            right[name] += ran.exit_code == 0
            seconds += ran.processor_seconds
            if ran.exit_code != 0:
                print(f"time {number}: {name} exits with {ran.exit_code}\n{ran.output}", flush=True)
    minutes = (time.monotonic() - started) / 60
    for prepared in suites:
        suite = prepared.suite
        print(f"    {suite.name} {suite.version} passed {right[suite.name]} times of {times}")
    whole = sum(right[prepared.suite.name] == times for prepared in suites)
    each = f"{seconds / times:.0f} s of processor time each"
    print(f"suites: {whole} of {len(suites)} passed {times} times of {times} ({minutes:.0f} min, {each})")
    return times * len(suites) - right.total()


def _scenarios() -> Iterator[tuple[str, str]]:
    for path in sorted(SCENARIOS.glob("*.toml")):
        for scenario in tomllib.loads(path.read_text())["scenario"]:
            yield f"scenarios.{path.stem}:{scenario['variant']}", scenario["verdict"]


def _table(target: str) -> str:
    importable = f'environment = {{ PYTHONPATH = "{CHECKOUT}" }}'
    return f'[[target]]\nname = "{target}"\ntarget = "{target}"\n{importable}\n\n'


def _checked(configuration: Path) -> tuple[dict[str, bool], str]:
    """Name of a target → whether the gate failed it; and what the check printed."""
    command = [sys.executable, "-m", "leakscan", "check", "--config", str(configuration)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 3, 4):
        raise SystemExit(done.stderr)
    rows = [line.split() for line in done.stderr.splitlines()]
    fails = {row[0]: "new" in row or row[1] in ("FAILED", "INCONCLUSIVE") for row in rows if len(row) > 1}
    return fails, done.stdout


@contextmanager
def _busy(processes: int) -> Iterator[None]:
    """So many processes that compute all the while."""
    started: Sequence[multiprocessing.Process] = [
        multiprocessing.Process(target=_compute, daemon=True) for _ in range(processes)
    ]
    for process in started:
        process.start()
    try:
        yield
    finally:
        for process in started:
            process.kill()


def _compute() -> None:
    number = 0
    while True:
        number = (number * 31 + 7) % 1_000_003


if __name__ == "__main__":
    sys.exit(main())
