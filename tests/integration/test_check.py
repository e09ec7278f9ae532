"""`leakscan check` in a project of its own, as a team adopts it."""

import subprocess
from pathlib import Path

import pytest

from tests.integration.command import command

APP = """
import functools, itertools, os

numbers = itertools.count()
done = {}
seen = []

@functools.cache
def price(number):
    return str(number)

class Sessions:
    def __init__(self):
        self.by_token = {}

sessions = Sessions()

def jobs():
    done[next(numbers)] = object()

def mail():
    seen.append([next(numbers)])

def shop():
    price(next(numbers))

def api():
    pass

def clean():
    return [str(number) for number in range(20)]

def place():
    print("beside its file:", os.path.exists("leaks.toml"), "mode:", os.environ["MODE"])
    raise ValueError("look at what I printed")
"""
FOURTH = """
def api():
    sessions.by_token[f"token-{next(numbers)}"] = bytearray(40)
"""
TARGETS = "\n".join(
    f'[[tool.leakscan.target]]\nname = "{name}"\ntarget = "app:{name}"\ncalls = 100\nrounds = 8\n'
    for name in ("jobs", "mail", "shop", "api", "clean")
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A fresh repository with three leaks that are there already."""
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "pyproject.toml").write_text(TARGETS)
    (tmp_path / ".gitignore").write_text("__pycache__/\n")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    return subprocess.run(
        ["git", *who, *arguments],  # noqa: S607 - whichever git there is
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "as it is")


def test_a_project_with_three_leaks_adopts_the_check_with_one_command_and_the_fourth_leak_fails_it(
    project: Path,
) -> None:
    adopted = command("check", "--update-baseline", cwd=project)
    assert (adopted.returncode, adopted.stdout.splitlines()[0]) == (
        0,
        "OK: no leak is new or worse in 5 targets (3 known)",
    )
    assert git(project, "status", "--short", "--untracked-files=all") == "?? leakscan-baseline.toml\n"
    commit(project)
    # Lines move, functions change their order, and what is known stays known.
    moved = "# a licence\n\n" * 20 + APP.replace("def jobs", "def before():\n    return jobs()\n\ndef jobs")
    (project / "app.py").write_text(moved)
    known = command("check", cwd=project)
    assert known.returncode == 0, known.stdout
    assert known.stdout.startswith("OK: no leak is new or worse in 5 targets (3 known)\n")

    (project / "app.py").write_text(moved + FOURTH)
    failed = command("check", cwd=project)

    assert failed.returncode == 1
    assert failed.stdout.startswith("WORSE: 1 leak is new, in 1 of 5 targets (3 known)\n")
    assert "new  api\n" in failed.stdout
    assert "Sessions.by_token (dict, " in failed.stdout
    assert "in api\n" in failed.stdout


def test_a_target_finds_its_environment_and_its_folder_and_what_it_printed_is_shown_if_it_fails(
    project: Path,
) -> None:
    (project / "leaks.toml").write_text(
        '[[target]]\nname = "place"\ntarget = "app:place"\nenvironment = { MODE = "test" }\n'
    )
    inner = project / "inner"
    inner.mkdir()

    failed = command("check", "--config", "../leaks.toml", cwd=inner)

    assert failed.returncode == 3
    assert failed.stdout.startswith("FAILED: place failed\n")
    assert "beside its file: True mode: test\n" in failed.stdout
    # What it wrote to its streams reached neither of ours.
    assert failed.stderr.startswith("place  FAILED  0 calls, ")


OF_PYTHON_3_11 = """\
[[leak]]
target = "jobs"
fingerprint = "5ca25424cb330c79"
bytes_per_call = 78.8
entries_per_call = 1.0
python = "3.11"
since = 2026-11-21

[[leak]]
target = "mail"
fingerprint = "fb830b996522bfd3"
bytes_per_call = 101.8
entries_per_call = 1.0
python = "3.11"
since = 2026-11-21

[[leak]]
target = "shop"
fingerprint = "0c69748c59d919c8"
bytes_per_call = 116.3
entries_per_call = 1.0
python = "3.11"
since = 2026-11-21
"""


def test_a_baseline_of_python_3_11_holds_on_this_python(project: Path) -> None:
    (project / "leakscan-baseline.toml").write_text(OF_PYTHON_3_11)

    checked = command("check", "-q", cwd=project)

    assert checked.stdout == "OK: no leak is new or worse in 5 targets (3 known)\n"
