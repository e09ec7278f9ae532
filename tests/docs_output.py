"""The output that the pages of the docs show, made again by the commands above it.

python -m tests.docs_output

A page shows a command and what it prints between `<!-- output:NAME -->` and `<!-- /output:NAME -->`.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from leakscan.cli import exit_code_of
from leakscan.cli.engine import RealEngine
from leakscan.model.analysis import Analysis
from leakscan.model.run import RunOptions

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = ROOT / "docs" / "examples"
COLUMNS = "100"
_SHOWN = re.compile(
    r"(?P<start><!-- output:(?P<name>[\w-]+) -->\n```[a-z]*\n\$ leakscan (?P<command>[^\n]*)\n).*?"
    r"(?P<end>```\n<!-- /output:(?P=name) -->)",
    re.DOTALL,
)
RECORDED = {
    "shop:handle": "after.leakscan",
    "shop:browse": "browse.leakscan",
    "prices:quote": "caches.leakscan",
    "scenarios.fiber_idempotency:leaky": "fiber.leakscan",
}
"""The recording that stands for a run of the example, which takes its time and is never twice the same."""
_CUT = re.compile(r" \| head -n (?P<lines>\d+)$")


class RecordedEngine(RealEngine):
    """Answers each run with the analysis of its recording."""

    def analysis_of_run(
        self, options: RunOptions, *, threshold_bytes_per_call: float, **_others: object
    ) -> Analysis:
        return self.analysis_of_recording(
            Path(RECORDED[options.target]), threshold_bytes_per_call=threshold_bytes_per_call
        )


def refreshed(page: str) -> str:
    """The page, with the output of each of its commands as it is now."""
    return _SHOWN.sub(lambda match: f"{match['start']}{output_of(match['command'])}{match['end']}", page)


def commands(page: str) -> list[str]:
    """The commands whose output a page shows."""
    return [match["command"] for match in _SHOWN.finditer(page)]


def output_of(command: str) -> str:
    """What `leakscan COMMAND` prints in the folder of the example."""
    cut = _CUT.search(command)
    words = _CUT.sub("", command).split()
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with _place(words[0]), _at_home(), redirect_stdout(printed):
        exit_code = exit_code_of(words, RecordedEngine())
    # Else the page would show nothing at all, and agree with it.
    assert exit_code in (0, 1), f"`leakscan {command}` exits with {exit_code}"
    lines = printed.buffer.getvalue().decode().splitlines(keepends=True)
    return "".join(lines if cut is None else lines[: int(cut["lines"])])


@contextmanager
def _place(command: str) -> Iterator[None]:
    """The folder of the example; for `init`, a copy of it that is not configured."""
    if command != "init":
        with chdir(EXAMPLES):
            yield
        return
    with TemporaryDirectory() as folder, chdir(folder):
        Path("shop.py").write_bytes((EXAMPLES / "shop.py").read_bytes())
        yield


@contextmanager
def _at_home() -> Iterator[None]:
    """The width of the docs, and no CI."""
    kept = dict(os.environ)
    os.environ.update(COLUMNS=COLUMNS, GITHUB_ACTIONS="", GITLAB_CI="", NO_COLOR="1")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(refreshed(path.read_text(encoding="utf-8")), encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
