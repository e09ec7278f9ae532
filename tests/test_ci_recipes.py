"""The recipes of `docs/ci.md` do what they say, as far as that can be tried without the services."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from leakscan.cli import exit_code_of
from tests.docs_output import EXAMPLES, ROOT, RecordedEngine

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
WORKFLOWS = [yaml.safe_load(text) for language, text in SNIPPETS if language == "yaml"]


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example of the docs, with the report of its main branch."""
    for path in EXAMPLES.iterdir():
        shutil.copy(path, tmp_path)
    assert run("report before.leakscan -q --json main.json", tmp_path) == 1
    return tmp_path


def run(command: str, folder: Path, **environment: str) -> int:
    """The exit code of a line of shell that is a leakscan command, in the folder of the example."""
    words = shlex.split(command.removesuffix("|| true"))
    printed = TextIOWrapper(BytesIO(), encoding="utf-8")
    kept = dict(os.environ)
    os.environ.update({"GITHUB_ACTIONS": "", "GITLAB_CI": "", **environment})
    try:
        with chdir(folder), redirect_stdout(printed):
            return exit_code_of(words[words[0] == "leakscan" :], RecordedEngine())
    finally:
        os.environ.clear()
        os.environ.update(kept)


def steps(workflow: Any) -> list[Any]:
    """The steps of a workflow of GitHub, or those that stand alone."""
    if isinstance(workflow, list):
        return workflow
    return [step for job in workflow.get("jobs", {}).values() for step in job["steps"]]


GITHUB = [workflow for workflow in WORKFLOWS if steps(workflow)]
GITLAB = [workflow for workflow in WORKFLOWS if not steps(workflow)]
NAMES = ["check", "failing", "matrix", "diff"]


@pytest.mark.parametrize("workflow", GITHUB, ids=NAMES)
def test_a_workflow_of_github_fails_for_the_new_leak_and_uploads_what_it_wrote(
    workflow: Any, example: Path
) -> None:
    summary = example / "summary.md"
    summary.touch()
    codes = []

    for step in steps(workflow):
        line = step.get("run", "")
        if line.startswith("leakscan "):
            parts = ("1", "2", "3") if "matrix.part" in line else ("",)
            lines = [line.replace("${{ matrix.part }}", part) for part in parts]
            codes += [run(line, example, GITHUB_ACTIONS="true") for line in lines]
        elif line.startswith("cat "):
            environment = {**os.environ, "GITHUB_STEP_SUMMARY": str(summary)}
            subprocess.run(["sh", "-c", line], cwd=example, check=True, env=environment)  # noqa: S607
            assert summary.read_text().startswith("### leakscan: ")
        for name, value in step.get("with", {}).items():
            if name in ("sarif_file", "path"):
                assert (example / value).exists()

    # One of three parts has the target that leaks anew.
    assert sorted(codes) in ([1], [0, 0, 1], [1, 1], [])


def test_a_job_of_gitlab_fails_for_the_new_leak_and_keeps_the_reports_that_it_wrote(example: Path) -> None:
    [job] = [job for workflow in GITLAB for job in workflow.values()]

    codes = [run(line, example, GITLAB_CI="true") for line in job["script"] if line.startswith("leakscan ")]

    assert codes == [1]
    assert all((example / path).exists() for path in job["artifacts"]["reports"].values())


def test_every_other_line_of_shell_is_a_command_that_runs(example: Path) -> None:
    lines = [line for language, text in SNIPPETS if language == "sh" for line in text.splitlines()]

    codes = [run(line, example) for line in lines if line.startswith("leakscan ")]

    assert codes == [1]


def test_tox_runs_a_command_that_there_is(example: Path) -> None:
    [text] = [text for language, text in SNIPPETS if language == "ini"]
    parser = configparser.ConfigParser()
    parser.read_string(text)

    assert run(parser["testenv:leaks"]["commands"].replace("{posargs}", "checkout"), example) == 1


def test_nox_runs_a_command_that_there_is(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [text] = [text for language, text in SNIPPETS if language == "python"]
    nox = ModuleType("nox")
    nox.session = lambda function: function  # type: ignore[attr-defined]
    nox.Session = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nox", nox)
    ran: list[tuple[str, ...]] = []
    session = SimpleNamespace(
        install=lambda *_names: None, run=lambda *words: ran.append(words), posargs=["browse"]
    )
    names: dict[str, Any] = {}

    exec(text, names)  # noqa: S102 - what the page tells people to run
    names["leaks"](session)

    assert [run(shlex.join(words), example) for words in ran] == [0]


LEAK = "kept = []\ndef leak():\n    kept.append(bytearray(99))\ndef clean():\n    bytearray(99)\n"
TARGET = '[[target]]\nname = "app"\ntarget = "app:{name}"\ntags = ["fast"]\ncalls = 50\nrounds = 8\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the hook of the page, and the repository that it pushes to."""
    [hook] = [text for language, text in SNIPPETS if text.startswith("#!/bin/sh")]
    git(tmp_path, "init", "-q", "--bare", "origin.git")
    git(tmp_path, "clone", "-q", "origin.git", "clone")
    path = tmp_path / "clone" / ".git" / "hooks" / "pre-push"
    path.write_text(hook)
    path.chmod(0o755)
    return tmp_path / "clone"


def test_the_hook_lets_no_push_out_that_leaks_anew(clone: Path) -> None:
    (clone / "app.py").write_text(LEAK)
    (clone / "leakscan.toml").write_text(TARGET.format(name="clean"))
    pushed = push(clone)
    assert pushed.returncode == 0, pushed.stderr

    (clone / "leakscan.toml").write_text(TARGET.format(name="leak"))
    refused = push(clone)

    assert refused.returncode != 0
    assert "WORSE: 1 leak is new, in 1 of 1 target" in refused.stdout + refused.stderr
    assert git(clone.parent / "origin.git", "rev-list", "--all", "--count") == "1\n"


def push(clone: Path) -> subprocess.CompletedProcess[str]:
    """Commit what is there, and push it with a `leakscan` on the path."""
    commands = clone.parent / "bin"
    commands.mkdir(exist_ok=True)
    leakscan = commands / "leakscan"
    leakscan.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m leakscan "$@"\n')
    leakscan.chmod(0o755)
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "as it is")
    return subprocess.run(
        ["git", "push", "-q", "origin", "HEAD"],  # noqa: S607 - whichever git there is
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": os.pathsep.join([str(commands), os.environ["PATH"]])},
    )


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    return subprocess.run(
        ["git", *who, *arguments],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
