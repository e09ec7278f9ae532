"""Targets of every form: what is called, with which streams, arguments and setups, and what can't be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.command import (
    IMPORTABLE,
    PROCESS,
    QUICK,
    ROOT,
    failure_of,
    leakscan,
    target_file,
)


def test_the_lines_of_the_target_go_through_untouched(tmp_path: Path) -> None:
    outcome = leakscan(*QUICK, f"{PROCESS}:prints", folder=tmp_path)

    calls = outcome.report["calls"]
    assert outcome.stdout.count("a line on stdout\n") == calls
    assert outcome.stderr.count("a line on stderr\n") == calls


def test_with_json_on_stdout_there_is_nothing_else_on_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "leakscan", "run", "--json", "-", *QUICK),
            f"{PROCESS}:prints",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode
    assert "a line on stdout" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_stdin_is_the_targets(tmp_path: Path) -> None:
    target = target_file(
        tmp_path,
        """
        import sys
        def handle():
            line = sys.stdin.readline()
            if line:
                sys.stderr.write(f"read {line}")
        """,
    )

    outcome = leakscan(*QUICK, f"{target}:handle", folder=tmp_path, stdin="one\ntwo\n")

    assert [w for w in outcome.stderr.splitlines() if w.startswith("read")] == [
        "read one",
        "read two",
    ]


def test_a_script_has_its_own_arguments_and_the_folder_it_was_started_in(tmp_path: Path) -> None:
    script = target_file(
        tmp_path,
        """
        import json, os, sys
        with open("seen.json", "w") as file:
            json.dump([sys.argv, os.getcwd(), __name__], file)
        """,
        "tool.py",
    )

    leakscan(
        *(*QUICK, script, "--", "--limit", "100", "file.csv"),
        folder=tmp_path,
        cwd=tmp_path,
        environment=IMPORTABLE,
    )

    argv, folder, name = json.loads((tmp_path / "seen.json").read_text())
    assert argv == [script, "--limit", "100", "file.csv"]
    assert (folder, name) == (str(tmp_path), "__main__")


def test_the_current_folder_can_be_imported_from(tmp_path: Path) -> None:
    target_file(tmp_path, "KEPT = []\ndef handle(): KEPT.append(bytes(200))", "jobs.py")

    outcome = leakscan(*QUICK, "jobs:handle", folder=tmp_path, cwd=tmp_path, environment=IMPORTABLE)

    assert outcome.exit_code == 1, outcome.stdout + outcome.stderr
    assert "jobs.KEPT" in outcome.holder_names


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("generator_target", ()),
        ("handler", ()),
        ("Jobs.static_job", ()),
        ("Jobs.class_job", ()),
        ("bound_job", ()),
        ("needs_setup", ("--setup", f"{PROCESS}:connection")),
        ("needs_setup", ("--setup", f"{PROCESS}:connection_fixture")),
        ("needs_async_setup", ("--setup", f"{PROCESS}:async_connection")),
        ("needs_async_setup", ("--setup", f"{PROCESS}:async_connection_fixture")),
    ],
)
def test_a_target_of_any_form_is_called(target: str, options: tuple[str, ...], tmp_path: Path) -> None:
    outcome = leakscan(*QUICK, *options, f"{PROCESS}:{target}", folder=tmp_path)

    assert outcome.exit_code == 1, outcome.stdout + outcome.stderr
    assert outcome.report["growth"]["bytes_per_call"] > 200


@pytest.mark.parametrize(
    "form",
    [
        "async def handle():\n    KEPT.append(bytes(200))\n    yield 1",
        "class handle:\n    def __init__(self): KEPT.append(bytes(200))",
    ],
)
def test_a_target_of_an_unusual_form_is_called(form: str, tmp_path: Path) -> None:
    target = target_file(tmp_path, f"KEPT = []\n{form}\n")

    outcome = leakscan(*QUICK, f"{target}:handle", folder=tmp_path)

    assert outcome.exit_code == 1, outcome.stdout + outcome.stderr
    assert "app.KEPT" in outcome.holder_names


def test_a_module_runs_as_a_program_with_its_arguments(tmp_path: Path) -> None:
    target_file(tmp_path, "import sys\nsys.stderr.write(f'{__name__} {sys.argv[1:]}')", "tool.py")

    outcome = leakscan(
        *(*QUICK, "-m", "tool", "--", "--limit", "100"),
        folder=tmp_path,
        cwd=tmp_path,
        environment=IMPORTABLE,
    )

    assert "__main__ ['--limit', '100']" in outcome.stderr


def test_a_setup_is_left_at_the_end(tmp_path: Path) -> None:
    target = target_file(
        tmp_path,
        """
        import contextlib, sys
        @contextlib.contextmanager
        def database():
            sys.stderr.write("opened\\n")
            try:
                yield "the database"
            finally:
                sys.stderr.write("closed\\n")
        def handle(value):
            assert value == "the database"
        """,
    )

    outcome = leakscan(*QUICK, "--setup", f"{target}:database", f"{target}:handle", folder=tmp_path)

    assert outcome.report["calls"] > 0
    assert (outcome.stderr.count("opened"), outcome.stderr.count("closed")) == (1, 1)


@pytest.mark.parametrize(
    ("target", "sentence", "near"),
    [
        ("tests.targets.proces:empty", "there is no module `tests.targets.proces`", "process"),
        ("scenarois.go_map:leaky", "there is no module `scenarois`", "scenarios"),
        (f"{PROCESS}:emty", "has no `emty`", "empty"),
        (f"{PROCESS}:Jobs.static_jb", "has no `static_jb`", "static_job"),
        ("tests/targets/proces.py:empty", "there is no file `tests/targets/proces.py`", "process"),
    ],
)
def test_a_target_that_is_not_there_is_told_with_the_nearest_name(
    target: str, sentence: str, near: str, tmp_path: Path
) -> None:
    outcome = leakscan(target, folder=tmp_path)

    shown = failure_of(outcome)
    assert sentence in outcome.report["reason"]
    assert "did you mean" in shown
    assert near in shown.partition("did you mean")[2]
    assert "Traceback" not in shown
    assert "leakscan/agent/" not in shown


def test_what_cannot_be_called_is_told(tmp_path: Path) -> None:
    shown = failure_of(leakscan(f"{PROCESS}:KEPT", folder=tmp_path))

    assert "is a list, which can't be called" in " ".join(shown.split())
    assert "Traceback" not in shown


def test_an_import_that_fails_shows_the_targets_traceback_only(tmp_path: Path) -> None:
    target = target_file(
        tmp_path,
        """
        def connect():
            raise OSError("no route to the database")
        connect()
        """,
    )

    outcome = leakscan(f"{target}:handle", folder=tmp_path)

    shown = failure_of(outcome)
    assert "OSError: no route to the database" in outcome.report["reason"]
    assert "in connect" in shown
    assert "leakscan/agent/" not in shown
    assert "importlib" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--calls", "some", f"{PROCESS}:empty"),
        ("--rounds", "0", f"{PROCESS}:empty"),
        ("--threshold", "64 parsecs", f"{PROCESS}:empty"),
        ("--mode", "guess", f"{PROCESS}:empty"),
        ("--max-time", "0", f"{PROCESS}:empty"),
        ("--frobnicate", f"{PROCESS}:empty"),
        ("--setup", "connection", f"{PROCESS}:needs_setup"),
        ("--quiet", "--verbose", f"{PROCESS}:empty"),
    ],
)
def test_a_mistake_on_the_command_line_exits_with_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    outcome = leakscan(*arguments, folder=tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert outcome.stderr.startswith("leakscan: ")
    assert "Traceback" not in outcome.stderr
