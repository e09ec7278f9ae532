"""A command in a place of its own, in which nothing may be left behind."""

import os
import subprocess
import textwrap
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from leakscan.reports.formats.table import flags_of
from tests.faults.rows import Fault
from tests.integration.command import PYTHON, QUIET_CI, ROOT, SECONDS

_MARK = "TEST_OF_A_FAULT"
"""In the environment of the command and of all that it starts, however they are related."""
_OUR_TRACEBACK = f'File "{ROOT / "leakscan"}'


FILES = {form.name: f"report{form.suffix}" for form in flags_of("report")}
"""A name for a file of each format that a run can be written in."""
EVERY_FILE = tuple(word for form, name in FILES.items() for word in (f"--{form}", name))


class Faulty:
    """Runs the command of one row, and checks what the row says of it."""

    def __init__(self, row: Fault, folder: Path) -> None:
        self._row = row
        self._id = uuid.uuid4().hex
        self.folder = folder / "work"
        """The current folder of the command."""
        self.temporary = folder / "tmp"
        """Where the command and the target put temporary files: nothing is in it at the end."""
        self.folder.mkdir()
        self.temporary.mkdir()

    def write(self, name: str, code: str) -> Path:
        """Write a file of the target's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(code), encoding="utf-8")
        return path

    def command(
        self,
        *arguments: str,
        before: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
        **others: Any,
    ) -> subprocess.CompletedProcess[str]:
        """Run `leakscan` with the arguments to its end, and check it against the row.

        `before` is a script, with its arguments, that starts it.
        """
        done = subprocess.run(
            [*PYTHON, *before, "-m", "leakscan", *arguments],
            check=False,
            timeout=SECONDS,
            **{"capture_output": True, **self._surroundings(environment), **others},
        )
        self.check(done.returncode, (done.stdout or "") + (done.stderr or ""))
        return done

    @contextmanager
    def started(
        self, *arguments: str, environment: Mapping[str, str] | None = None, **others: Any
    ) -> Iterator[subprocess.Popen[str]]:
        """A command that runs while the test does something to it; the test calls `check` itself."""
        with subprocess.Popen(
            [*PYTHON, "-m", "leakscan", *arguments],
            **{
                "stdout": subprocess.PIPE,
                "stderr": subprocess.STDOUT,
                **self._surroundings(environment),
                **others,
            },
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def _surroundings(self, environment: Mapping[str, str] | None) -> dict[str, Any]:
        return {
            "text": True,
            "stdin": subprocess.DEVNULL,
            "cwd": self.folder,
            "env": self.environment(environment),
        }

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of the command."""
        return {
            **os.environ,
            **QUIET_CI,
            "NO_COLOR": "1",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
            _MARK: self._id,
            **(more or {}),
        }

    def check(self, exit_code: int, output: str) -> None:
        """What the row says is what came; and nothing is left behind."""
        assert exit_code == self._row.exits, output
        assert _in_one_line(self._row.sees) in _in_one_line(output), output
        assert _OUR_TRACEBACK not in output, output
        self.check_nothing_is_left()

    def check_nothing_is_left(self) -> None:
        """No process of the run, and no temporary file."""
        left = self.processes()
        psutil.wait_procs(left, timeout=5)
        assert [process for process in left if process.is_running()] == []
        assert list(self.temporary.iterdir()) == []

    def processes(self) -> list[psutil.Process]:
        """All living processes that the command or the target has started, and the command itself."""
        return [process for process in psutil.process_iter() if self._is_of_run(process)]

    def _is_of_run(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(_MARK) == self._id
        except psutil.Error:
            return False


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
