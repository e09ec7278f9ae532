"""No two formats have the same lines: what they share has a place of its own."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from leakscan.reports import formats

FOLDER = Path(formats.__path__[0])
RUN = 6
"""So many lines alike, one after another, are a copy."""


def test_no_six_lines_stand_in_two_places() -> None:
    texts = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*.py")}

    assert copied(texts) == {}


def test_a_copied_run_of_lines_is_seen_wherever_it_stands() -> None:
    run = "\n".join(f"line_{number}()" for number in range(RUN))

    assert list(copied({"a.py": f"import a\n{run}\n", "b.py": f"\n    {run}\n"}).values()) == [
        ["a.py:2", "b.py:2"]
    ]
    assert copied({"a.py": run.replace("line_0()", ""), "b.py": run}) == {}


def copied(texts: dict[str, str]) -> dict[Sequence[str], list[str]]:
    """Each run of lines that stands in several places, with the places."""
    places: dict[Sequence[str], list[str]] = defaultdict(list)
    for name, text in texts.items():
        for number, run in runs_of(text):
            places[run].append(f"{name}:{number}")
    return {run: where for run, where in places.items() if len(where) > 1}


def runs_of(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Number of the first line, and the lines, of each run; blank lines and imports are none."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    lines = [(n, line) for n, line in lines if line and not line.startswith(("import ", "from "))]
    for start in range(len(lines) - RUN + 1):
        yield lines[start][0], tuple(line for _, line in lines[start : start + RUN])
