"""The real command, run as its user runs it, and what it reported."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 150
"""More than any run takes by default: a command that hangs fails its test."""
QUIET_CI = {"GITHUB_ACTIONS": "", "GITLAB_CI": ""}
"""No annotations between the lines that the tests read, wherever the tests run."""
PYTHON = ("env", "--default-signal=INT", sys.executable)
"""A shell that starts the tests in the background has them ignore Ctrl-C, and every child with them."""
IMPORTABLE = {"PYTHONPATH": str(ROOT)}
"""For a command that is started in another folder, whether leakscan is installed or not."""
QUICK = ("--calls", "20", "--rounds", "6", "--warmup", "20")
PROCESS = "tests/targets/process.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one run of the command ended."""

    exit_code: int
    stdout: str
    stderr: str
    report: dict[str, Any]

    @property
    def words_on_holders(self) -> str:
        """Everything that the findings say of their holders, in lower case."""
        leaking = [f for f in self.report["findings"] if f["verdict"] != "CLEAN"]
        told = [[f["holder"], f["also_held_by"], f["chain"], f["summary"]] for f in leaking]
        return json.dumps(told, ensure_ascii=False).lower()

    @property
    def holder_names(self) -> list[str]:
        """The holders that are blamed, those that are named second included."""
        return [
            holder["name"]
            for finding in self.report["findings"]
            for holder in (finding["holder"], *finding["also_held_by"])
            if holder is not None
        ]

    @property
    def rules(self) -> set[str]:
        """The rules that decided."""
        return {reason["rule"] for reason in self.report["reasons"]}

    @property
    def lines(self) -> set[str]:
        """`file.py:function` of every frame of every site."""
        return {
            f"{Path(frame['file']).name}:{frame['function']}"
            for finding in self.report["findings"]
            for site in finding["sites"]
            for frame in (site, *site["stack"])
        }


def leakscan(
    *arguments: str,
    folder: Path,
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Outcome:
    """Run `leakscan run` with the arguments; the report is read from a file in the folder."""
    report = folder / "report.json"
    done = command("run", "--json", str(report), *arguments, stdin=stdin, environment=environment, cwd=cwd)
    return outcome_of(done.returncode, done.stdout, done.stderr, report)


def outcome_of(exit_code: int, stdout: str, stderr: str, report: Path) -> Outcome:
    """How a run ended whose report is in a file, if it came to one."""
    text = report.read_text() if report.exists() else "{}"
    return Outcome(exit_code=exit_code, stdout=stdout, stderr=stderr, report=json.loads(text))


def command(
    *arguments: str, cwd: Path, stdin: str | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `leakscan` with the arguments."""
    return subprocess.run(
        [*PYTHON, "-m", "leakscan", *arguments],
        capture_output=True,
        text=True,
        input=stdin,
        cwd=cwd,
        timeout=SECONDS,
        check=False,
        env={**os.environ, **QUIET_CI, "NO_COLOR": "1", **(environment or {})},
    )


def failure_of(outcome: Outcome) -> str:
    """What is shown of a run that failed."""
    assert outcome.exit_code == 3, outcome.stdout + outcome.stderr
    return outcome.stdout + outcome.stderr


def target_file(folder: Path, code: str, name: str = "app.py") -> str:
    """A target file of its own, and the path to it."""
    path = folder / name
    path.write_text(textwrap.dedent(code))
    return str(path)


def names_any(words: str, expected: Sequence[str]) -> bool:
    """Whether one of the expected names occurs in the words, in any case."""
    return any(name.lower() in words for name in expected)
