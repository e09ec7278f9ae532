"""The page of the fault matrix, made from its tests.

python -m tests.docs_faults > docs/faults.md
"""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.faults.rows import Fault, Part, row_of

_FOLDER = Path(__file__).resolve().parent / "faults"
_HEAD = """\
# When something goes wrong

What goes wrong, what leakscan says then, and how it exits. Each row is a test, and this page is made from the
tests. In every row nothing is left behind: no process of the run, no temporary file.
"""


def page() -> str:
    """The whole page."""
    rows = sorted(_rows(), key=lambda pair: list(Part).index(pair[0].part))
    lines = [_HEAD.rstrip()]
    section = None
    for row, test in rows:
        if row.part is not section:
            section = row.part
            lines += [f"\n## {section}\n", "| what goes wrong | what the user reads | exit code | test |"]
            lines.append("| --- | --- | --- | --- |")
        seen = row.sees.replace("|", "\\|")
        lines.append(f"| {row.what} | {seen} | {row.exits} | `{test}` |")
    return "\n".join(lines) + "\n"


def _rows() -> Iterator[tuple[Fault, str]]:
    for path in sorted(_FOLDER.glob("test_*.py")):
        module = importlib.import_module(f"tests.faults.{path.stem}")
        for name, test in vars(module).items():
            row = row_of(test) if callable(test) else None
            if row is not None:
                yield row, f"{path.stem}.{name}"


if __name__ == "__main__":
    sys.stdout.write(page())
