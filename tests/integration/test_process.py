"""How a run ends: by a crash, an error, a signal or its numbers, and no process is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from leakscan import wire
from leakscan.recording import read_recording
from tests.integration.command import PROCESS, PYTHON, QUICK, ROOT, Outcome, failure_of, leakscan, target_file

PATIENCE_SECONDS = 30
"""More than anything here takes; what does not happen by then never will."""


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("kills_itself_at_5", "was killed by SIGKILL"),
        ("segfaults_at_5", "was killed by SIGSEGV"),
        ("os_exits_at_5", "ended by itself with exit code 7"),
    ],
)
def test_a_crash_is_told_and_its_recording_can_be_read(target: str, told: str, tmp_path: Path) -> None:
    recording = tmp_path / "run.leakscan"

    outcome = leakscan("-o", str(recording), f"{PROCESS}:{target}", folder=tmp_path)

    failure_of(outcome)
    assert told in outcome.report["reason"]
    last = read_recording(recording).records[-1]
    assert isinstance(last, wire.Ended)
    assert last.how == "crashed"


def test_what_raises_shows_its_own_traceback_and_none_of_ours(tmp_path: Path) -> None:
    outcome = leakscan(f"{PROCESS}:raises_at_5", folder=tmp_path)

    shown = failure_of(outcome)
    assert "OrderError: order 5 has no customer in call 5" in outcome.report["reason"]
    _, _, below = shown.partition("Traceback (most recent call last)")
    frames = [line for line in below.splitlines() if line.strip().startswith('File "')]
    assert len(frames) == 1
    assert "process.py" in frames[0]
    assert "in raises_at_5" in " ".join(below.split())
    assert "leakscan/agent/" not in shown


@pytest.mark.parametrize("status", ["3", "'no more orders'"])
def test_an_exit_of_the_target_is_told_and_is_not_ours(status: str, tmp_path: Path) -> None:
    target = target_file(
        tmp_path,
        f"""
        import itertools, sys
        calls = itertools.count(1)
        def handle():
            if next(calls) == 5:
                sys.exit({status})
        """,
    )

    outcome = leakscan(f"{target}:handle", folder=tmp_path)

    failure_of(outcome)
    assert f"SystemExit: {status.strip(chr(39))} in call 5" in outcome.report["reason"]


def test_a_call_that_hangs_is_ended_in_time(tmp_path: Path) -> None:
    recording = tmp_path / "run.leakscan"

    outcome = leakscan(*("--max-time", "3", "-o", str(recording), f"{PROCESS}:hangs_at_5"), folder=tmp_path)

    assert outcome.exit_code in (3, 4)
    assert outcome.report["seconds"] < 15
    assert isinstance(read_recording(recording).records[-1], wire.Ended)


def test_what_leaked_until_the_target_raised_is_not_lost(tmp_path: Path) -> None:
    outcome = leakscan(f"{PROCESS}:leaks_then_raises", folder=tmp_path)

    assert outcome.exit_code == 1, outcome.stdout
    assert outcome.report["verdict"] == "LEAKING"
    assert "then the target raised process.OrderError" in outcome.report["reason"]
    assert outcome.report["growth"]["blocks_per_call"] == pytest.approx(1.0, rel=0.1)


@contextmanager
def _started(target: str, recording: Path, *options: str) -> Iterator[psutil.Popen]:
    """A real command in a session of its own, so that signals reach its group and nobody else."""
    command = psutil.Popen(
        [
            *(*PYTHON, "-m", "leakscan", "run", "-o", str(recording)),
            *("--json", str(recording.with_suffix(".json")), *options, target),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:
        yield command
    finally:
        if command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
            command.wait()
        assert command.stdout is not None
        command.stdout.close()


def _wait_for_samples(recording: Path, command: psutil.Popen, *, wanted: int = 8) -> None:
    """Return once the recording shows so many samples of the screen."""
    marker = b'{"t":"Sample","stage":"screen"'
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert command.poll() is None, "the run was over before it could be disturbed"
        if recording.exists() and recording.read_bytes().count(marker) >= wanted:
            return
        # It lets the run have the processor; nothing depends on how long it takes.
        os.sched_yield()
    raise AssertionError("the recording does not grow")


def _ending(command: psutil.Popen) -> tuple[int, str]:
    shown, _ = command.communicate(timeout=PATIENCE_SECONDS)
    return int(command.returncode), shown.decode()


LASTING = ("--calls", "50", "--rounds", "100000")


def test_a_ctrl_c_ends_with_a_report_over_what_was_seen(tmp_path: Path) -> None:
    recording = tmp_path / "run.leakscan"

    with _started("tests/targets/side_by_side.py:module_dict", recording, *LASTING) as command:
        _wait_for_samples(recording, command)
        children = command.children(recursive=True)
        os.killpg(command.pid, signal.SIGINT)
        exit_code, shown = _ending(command)

    assert children
    assert psutil.wait_procs(children, timeout=PATIENCE_SECONDS)[1] == []
    assert "Traceback" not in shown
    report = json.loads(recording.with_suffix(".json").read_text())
    assert exit_code == report["exit_code"] == 4
    assert "verdict: interrupted" in [reason["rule"] for reason in report["reasons"]]
    last = read_recording(recording).records[-1]
    assert isinstance(last, wire.Ended)
    assert last.how == "interrupted"


def test_a_parent_that_is_killed_leaves_no_orphan(tmp_path: Path) -> None:
    recording = tmp_path / "run.leakscan"

    with _started("tests/targets/traps_runtime.py:nothing", recording, *LASTING) as command:
        _wait_for_samples(recording, command)
        children = command.children(recursive=True)
        command.kill()
        command.wait()

    assert children
    assert psutil.wait_procs(children, timeout=PATIENCE_SECONDS)[1] == []
    records = read_recording(recording).records
    assert not isinstance(records[-1], wire.Ended)


def test_a_recording_that_was_cut_off_can_be_judged_again(tmp_path: Path) -> None:
    recording = tmp_path / "run.leakscan"
    whole = leakscan(*QUICK, "-o", str(recording), f"{PROCESS}:bound_job", folder=tmp_path)
    recording.write_bytes(recording.read_bytes()[:-20])

    again = subprocess.run(
        [sys.executable, "-m", "leakscan", "report", str(recording)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert again.returncode == whole.exit_code, again.stderr
    assert again.stdout.startswith(whole.report["verdict"])


@pytest.mark.parametrize("target", ["side_by_side.py:module_dict", "traps.py:ring_buffer"])
def test_with_numbers_given_two_runs_are_the_same(target: str, tmp_path: Path) -> None:
    numbers = ("--calls", "100", "--rounds", "12", "--warmup", "1200")

    first, second = (leakscan(*numbers, f"tests/targets/{target}", folder=tmp_path) for _ in range(2))

    assert _what_is_sure(first) == _what_is_sure(second)
    assert first.exit_code == second.exit_code


def _what_is_sure(outcome: Outcome) -> dict[str, Any]:
    report = outcome.report
    return {
        **{key: report[key] for key in ("calls", "rounds", "verdict", "kind")},
        "fingerprints": [finding["fingerprint"] for finding in report["findings"]],
        "lines": sorted(outcome.lines),
        "holders": outcome.holder_names,
    }


def test_a_leak_under_the_threshold_is_listed_and_passes(tmp_path: Path) -> None:
    outcome = leakscan(
        *QUICK, "--threshold", "1MiB", "tests/targets/side_by_side.py:module_dict", folder=tmp_path
    )

    assert outcome.exit_code == 0, outcome.stdout
    (finding,) = outcome.report["findings"]
    assert (finding["verdict"], finding["kind"]) == ("CLEAN", "under the threshold")
    assert finding["holder"]["name"] == "side_by_side.RECORDS"
    assert finding["bytes_per_call"] > 3_900


def test_a_holder_is_not_emptied_if_nobody_wants_it(tmp_path: Path) -> None:
    target = "tests/targets/side_by_side.py:module_dict"

    proved, unproved = (
        leakscan(*QUICK, *option, target, folder=tmp_path).report["findings"][0]["holder"]
        for option in ((), ("--no-prove",))
    )

    assert proved["freed_share"] > 0.95
    assert unproved["freed_share"] is None
