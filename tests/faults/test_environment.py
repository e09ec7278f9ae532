"""Environments in which Python or a terminal is another: the verdict and the report are the same."""

import os
import subprocess
from collections.abc import Mapping

import pytest

from tests.faults.command import EVERY_FILE, FILES, Faulty
from tests.faults.rows import Part, fault
from tests.integration.command import PYTHON
from tests.promises import About, promise

QUICK = ("--calls", "40", "--rounds", "6")
LEAK = """
    ROWS = []
    def work():
        ROWS.append(object())
"""
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def run_leak(faulty: Faulty, environment: Mapping[str, str], *options: str) -> str:
    """What is printed of a leaky target that is run in the environment."""
    faulty.write("app.py", LEAK)
    return faulty.command("run", "app:work", *QUICK, *options, environment=environment).stdout


@pytest.mark.parametrize("columns", ["0", "-5", "abc", "1", "10"])
@fault(
    Part.ENVIRONMENT,
    "COLUMNS is zero, negative, no number, or next to nothing",
    sees="LEAKING",
    exits=1,
)
def test_a_width_that_is_none_costs_no_report(faulty: Faulty, columns: str) -> None:
    shown = run_leak(faulty, {"COLUMNS": columns, "LINES": "0"})

    assert "app.ROWS" in "".join(shown.split())


@fault(Part.ENVIRONMENT, "The terminal can do nothing (TERM=dumb)", sees="held by app.ROWS", exits=1)
def test_a_dumb_terminal_shows_the_report(faulty: Faulty) -> None:
    run_leak(faulty, {"TERM": "dumb"})


@fault(
    Part.ENVIRONMENT,
    "The locale knows only ASCII, and the names in the target are German",
    sees=r"one leak held by f\udcc3\udcbcnf.L\xc4NGE",
    exits=1,
)
def test_names_that_the_locale_lacks_are_escaped(faulty: Faulty) -> None:
    faulty.write("fünf.py", "LÄNGE = []\ndef größe():\n    LÄNGE.append(object())\n")

    faulty.command("run", "fünf.py:größe", *QUICK, "--html", "report.html", environment=C_LOCALE)

    assert "L&#196;NGE" in (faulty.folder / "report.html").read_text()


@fault(
    Part.ENVIRONMENT,
    "The streams are ASCII (PYTHONIOENCODING)",
    sees=r"one leak held by app.L\xc4NGE",
    exits=1,
)
def test_streams_of_ascii_show_names_escaped(faulty: Faulty) -> None:
    faulty.write("app.py", "LÄNGE = []\ndef größe():\n    LÄNGE.append(object())\n")

    faulty.command("run", "app:größe", *QUICK, environment={"PYTHONIOENCODING": "ascii"})


@fault(
    Part.ENVIRONMENT,
    "The name of the target's file is no text in any encoding",
    sees=r"one leak held by mod\udcfe.ROWS",
    exits=1,
)
def test_a_file_name_that_is_no_text_is_escaped_in_every_file(faulty: Faulty) -> None:
    name = os.fsdecode(b"mod\xfe.py")
    faulty.write(name, LEAK)

    faulty.command("run", f"{name}:work", *QUICK, *EVERY_FILE)

    assert all((faulty.folder / file).stat().st_size for file in FILES.values())


@fault(
    Part.ENVIRONMENT,
    "Python traces all allocations from its start (PYTHONTRACEMALLOC)",
    sees="emptying it freed 100 % of the grown memory",
    exits=1,
)
def test_a_tracing_from_the_start_does_not_hide_the_holder(faulty: Faulty) -> None:
    run_leak(faulty, {"PYTHONTRACEMALLOC": "1"})


@fault(
    Part.ENVIRONMENT,
    "Python is told to end with a prompt (PYTHONINSPECT)",
    sees="one leak held by app.ROWS",
    exits=1,
)
def test_a_prompt_at_the_end_does_not_cost_the_exit_code(faulty: Faulty) -> None:
    assert "Traceback" not in run_leak(faulty, {"PYTHONINSPECT": "1"})


@fault(
    Part.ENVIRONMENT,
    "Python drops assertions and docstrings (PYTHONOPTIMIZE=2)",
    sees="one leak held by app.ROWS",
    exits=1,
)
def test_an_optimizing_python_gives_the_same_verdict(faulty: Faulty) -> None:
    run_leak(faulty, {"PYTHONOPTIMIZE": "2"})


@fault(
    Part.ENVIRONMENT,
    "Every warning is an error, in development mode",
    sees="one leak held by app.ROWS",
    exits=1,
)
def test_warnings_as_errors_give_the_same_verdict(faulty: Faulty) -> None:
    run_leak(faulty, {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"})


@fault(
    Part.ENVIRONMENT,
    "Python's allocator checks what is written (PYTHONMALLOC=debug)",
    sees="one leak held by app.ROWS",
    exits=1,
)
def test_another_allocator_gives_the_same_verdict(faulty: Faulty) -> None:
    run_leak(faulty, {"PYTHONMALLOC": "debug"})


@fault(
    Part.ENVIRONMENT, "There is no HOME, and no folder for temporary files", sees="held by app.ROWS", exits=1
)
def test_a_missing_home_and_temporary_folder_cost_nothing(faulty: Faulty) -> None:
    run_leak(faulty, {"HOME": "", "TMPDIR": "/nonexistent"})


@pytest.mark.parametrize("limit", ["-n 20", "-f 0", "-s 512"])
@fault(
    Part.ENVIRONMENT,
    "The shell limits descriptors, the size of files, or the stack",
    sees="one leak held by app.ROWS",
    exits=1,
)
def test_limits_of_the_shell_do_not_cost_the_verdict(faulty: Faulty, limit: str) -> None:
    resource = pytest.importorskip("resource")
    name, number = limit.split()
    which = {"-n": resource.RLIMIT_NOFILE, "-f": resource.RLIMIT_FSIZE, "-s": resource.RLIMIT_STACK}[name]
    size = int(number) * (1 if name == "-n" else 1024)
    faulty.write("app.py", LEAK)

    def limited() -> None:
        resource.setrlimit(which, (size, resource.getrlimit(which)[1]))

    faulty.command("run", "app:work", *QUICK, preexec_fn=limited)


@promise(About.NEVER, "A standard stream that is closed is closed to your program, too, and no file of ours.")
@pytest.mark.parametrize("closed", [0, 1, 2])
@fault(
    Part.ENVIRONMENT,
    "The standard input, output or error stream is closed",
    sees="one leak held by app.ROWS",
    exits=1,
)
def test_a_stream_that_is_closed_is_closed_to_the_target(faulty: Faulty, closed: int) -> None:
    faulty.write(
        "app.py",
        f"""
        import os, sys
        ROWS = []
        def is_closed(number):
            try:
                return os.fstat(number) is None
            except OSError:
                return True
        def work():
            ROWS.append(object())
            seen = [stream is None for stream in (sys.stdin, sys.stdout, sys.stderr)]
            seen += [is_closed(number) for number in range(3)]
            if seen != [number == {closed} for number in (0, 1, 2, 0, 1, 2)]:
                raise AssertionError(seen)
        """,
    )

    def close() -> None:
        os.close(closed)

    subprocess.run([*PYTHON, "-c", "import app; app.work()"], cwd=faulty.folder, check=True, preexec_fn=close)
    faulty.command("run", "app:work", *QUICK, preexec_fn=close)


def _obeyed(output: str) -> list[str]:
    """The lines that are commands to GitHub."""
    return [line for line in output.splitlines() if line.lstrip().startswith("::") or "##[" in line]


@promise(
    About.NEVER,
    "Whatever a report or an error quotes is no workflow command in the log of a job on GitHub.",
)
@pytest.mark.parametrize("command", ["run", "report", "check"])
@fault(
    Part.ENVIRONMENT,
    "The run is a job on GitHub, and a message of the target has workflow commands in it",
    sees=": :add-mask::abc and # #[error]old",
    exits=3,
)
def test_a_message_is_no_command_to_github(faulty: Faulty, command: str) -> None:
    faulty.write(
        "app.py",
        r"""
        def work():
            raise RuntimeError("no\n::error title=a::b\n  ::add-mask::abc\nand ##[error]old")
        """,
    )
    faulty.write("pyproject.toml", '[[tool.leakscan.target]]\nname = "work"\ntarget = "app:work"\n')
    arguments = {"run": ("app:work",), "report": ("run.leakscan",), "check": ()}[command]
    if command == "report":
        subprocess.run(
            [*PYTHON, "-m", "leakscan", "run", "app:work", "-o", "run.leakscan"],
            cwd=faulty.folder,
            env=faulty.environment(),
            capture_output=True,
            check=False,
        )

    done = faulty.command(command, *arguments, environment={"GITHUB_ACTIONS": "true"})

    (ours,) = _obeyed(done.stdout + done.stderr)
    assert ours.startswith("::error title=leakscan")
