"""How long the real command takes to its verdict: on a clean target, and on leaking ones.

    python benchmarks/time_to_verdict.py

Seconds are those that a user waits: from the start of the command to its end, with the start
of the interpreter, the report, and everything between. Exits with 1 if a verdict is wrong or
a median is over the aim.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

CHECKOUT = Path(__file__).resolve().parent.parent
RUNS = 3
CLEAN_SECONDS = 5.0
LEAKING_SECONDS = 10.0
TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something to run, and the verdict that it deserves."""

    name: str
    verdict: str

    @property
    def aim_seconds(self) -> float:
        return LEAKING_SECONDS if self.verdict == "LEAKING" else CLEAN_SECONDS


TARGETS = (
    Target(name="benchmarks/call_overhead.py:json_round_trip", verdict="CLEAN"),
    Target(name="scenarios.fiber_idempotency:leaky", verdict="LEAKING"),
    Target(name="scenarios.go_map:global_map", verdict="LEAKING"),
    Target(name="scenarios.retina_packetparser:leaky", verdict="LEAKING"),
    Target(name="tests/targets/side_by_side.py:unbounded_lru_cache", verdict="LEAKING"),
)


def main() -> int:
    """0 if every verdict is right and in time."""
    print(f"Python {sys.version.split()[0]}, {RUNS} runs each")
    print()
    print(f"{'target':<50}  {'verdict':<12}  {'aim':>4}  {'min':>5}  {'median':>6}")
    is_all_right = True
    for target in TARGETS:
        timed = [_timed(target) for _ in range(RUNS)]
        seconds = [each for each, _verdict in timed]
        verdicts = sorted({verdict for _seconds, verdict in timed})
        is_right = verdicts == [target.verdict] and median(seconds) <= target.aim_seconds
        is_all_right = is_all_right and is_right
        print(
            f"{target.name:<50}  {'/'.join(verdicts):<12}  {target.aim_seconds:>4.0f}"
            f"  {min(seconds):>5.2f}  {median(seconds):>6.2f}{'' if is_right else '  MISSED'}",
            flush=True,
        )
    return 0 if is_all_right else 1


def _timed(target: Target) -> tuple[float, str]:
    """Seconds of one run of the command, and its verdict."""
    command = [sys.executable, "-m", "leakscan", "run", target.name, "--quiet"]
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    taken = time.perf_counter() - started
    return taken, (done.stdout.split() or ["nothing"])[0]


if __name__ == "__main__":
    sys.exit(main())
