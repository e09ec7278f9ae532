"""Real runs, kept in a real history."""

import json
import os
import subprocess
from pathlib import Path

from tests.integration.command import PYTHON, QUIET_CI, ROOT, SECONDS, leakscan

QUICK = ("--calls", "20", "--rounds", "8", "--warmup", "20", "--no-prove")
COMMIT = "1f3a5c7e9b1d3f5a7c9e1b3d5f7a9c1e3b5d7f9a"
TARGETS = """
kept = []
def clean(): return sum(range(1_000))
def leaky(): kept.append(bytes(5_000))
"""


def test_runs_that_end_at_once_are_all_kept_with_numbers_that_can_be_compared(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(TARGETS)
    environment = {**os.environ, **QUIET_CI, "CI_COMMIT_SHA": COMMIT, "PYTHONPATH": str(ROOT)}
    command = [*PYTHON, "-m", "leakscan", "run", "--history", "history.db", "-q", *QUICK]

    running = [
        subprocess.Popen([*command, target], cwd=tmp_path, env=environment)
        for target in ("app:clean", "app:leaky", "app:clean")
    ]
    exit_codes = [process.wait(SECONDS) for process in running]

    assert exit_codes == [0, 1, 0]
    shown = subprocess.run(
        [*PYTHON, "-m", "leakscan", "history", "--history", "history.db", "--json", "-"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    clean, leaky = json.loads(shown.stdout)["histories"]
    assert [run["verdict"] for run in clean["runs"]] == ["CLEAN", "CLEAN"]
    for run in clean["runs"]:
        assert run["commit"] == COMMIT
        assert run["growth_bytes_per_call"] == 0
        assert run["peak_bytes"] > 5_000_000
        assert 1e-6 < run["seconds_per_call"] < 0.1
        assert run["held_against"]["peak"]["samples"] in (0, 1)
    [run] = leaky["runs"]
    assert 4_500 < run["growth_bytes_per_call"] < 6_000
    assert "peak" not in run["held_against"]


def test_a_leak_that_comes_is_a_drift_of_its_history(tmp_path: Path) -> None:
    history = str(tmp_path / "history.db")
    program = tmp_path / "app.py"
    program.write_text("def handle(): return sum(range(1_000))\n")
    options = ("app:handle", *QUICK, "--history", history, "--window", "2", "--least-runs", "2")
    for _ in range(2):
        assert leakscan(*options, folder=tmp_path, cwd=tmp_path, environment=_found()).exit_code == 0

    program.write_text("kept = []\ndef handle(): kept.append(bytes(5_000))\n")
    outcome = leakscan(*options, folder=tmp_path, cwd=tmp_path, environment=_found())

    assert outcome.exit_code == 1
    assert "DRIFT: growth rose in one step" in outcome.stdout


def _found() -> dict[str, str]:
    """Where the command is found from another folder, if it is not installed."""
    return {"PYTHONPATH": str(ROOT)}
