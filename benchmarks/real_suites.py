"""What `pytest --leakscan` says of test suites that nobody here wrote, and what it costs.

    python benchmarks/real_suites.py                  all of them, one after the other
    python benchmarks/real_suites.py --only h11       those with such a name

Each suite of `real_suites/manifest.toml` is taken from its source distribution, unchanged, and has an
environment of its own with leakscan as this checkout has it. It has to pass under plain pytest first. Then,
in pairs, it runs under `pytest --leakscan`, and under plain pytest with each test run as often as there: the
cost is the processor time of the first over that of the second, the median over the pairs.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
PLUGINS = CHECKOUT / "benchmarks" / "real_suites"
FOLDER = Path(tempfile.gettempdir()) / "leakscan-suites"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The tests of one release of a package."""

    name: str
    version: str
    requires: tuple[str, ...]
    """What the tests need beside the package and pytest."""
    part: tuple[str, ...]
    """What pytest is given, in the root of the source distribution: files, and how to choose from them."""
    quick: tuple[str, ...] = ()
    """The same for a part that takes seconds, is clean, and has to stay so."""
    leaks: tuple[str, ...] = ()
    """Holders that do leak in this release, as counting and its source have shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A suite that can be run."""

    suite: Suite
    python: Path
    source: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of one run of pytest."""

    exit_code: int
    processor_seconds: float
    """Its own and that of all its children."""
    output: str
    said: Mapping[str, Mapping[str, Any]]
    """Test → what leakscan said of it; empty without leakscan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A run under leakscan, and one of plain pytest with each test run as often."""

    looped: Ran
    plain: Ran

    @property
    def ratio(self) -> float:
        return self.looped.processor_seconds / self.plain.processor_seconds


def main() -> int:
    """0 if no test failed but for a leak that is known."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="this suite; may be repeated"
    )
    asked.add_argument("--pairs", type=int, default=3, metavar="N", help="of runs [default: 3]")
    asked.add_argument("--folder", type=Path, default=FOLDER, help=f"what is kept [default: {FOLDER}]")
    wanted = asked.parse_args()
    rows, is_right = [], True
    for prepared in prepared_suites(
        wanted.folder, lambda suite: not wanted.only or suite.name in wanted.only
    ):
        pairs = list(_pairs(prepared, wanted.pairs))
        told = pairs[-1].looped
        print(f"{prepared.suite.name} {prepared.suite.version}", *_section(told.output), sep="\n")
        rows.append(_row(prepared.suite, pairs))
        print(rows[-1], flush=True)
        is_right &= not any(_false_alarms(prepared.suite, pair.looped) for pair in pairs)
    print("", *HEAD, *rows, sep="\n")
    return 0 if is_right else 1


def prepared_suites(folder: Path, is_wanted: Callable[[Suite], bool]) -> Iterator[Prepared]:
    """The suites that are wanted, each ready to be run."""
    with tempfile.TemporaryDirectory() as wheels:
        wheel = wheel_of_checkout(Path(wheels))
        for suite in filter(is_wanted, read_suites()):
            yield prepare(suite, folder, wheel)


def prepared_quick_suites() -> Iterator[Prepared]:
    """The suites that have a quick part, in the usual folder."""
    return prepared_suites(FOLDER, lambda suite: bool(suite.quick))


def read_suites() -> tuple[Suite, ...]:
    """All suites of the manifest."""
    entries = tomllib.loads((PLUGINS / "manifest.toml").read_text(encoding="utf-8"))["suite"]
    return tuple(
        Suite(
            name=entry["name"],
            version=entry["version"],
            requires=tuple(entry.get("requires", ())),
            part=tuple(entry["part"]),
            quick=tuple(entry.get("quick", ())),
            leaks=tuple(entry.get("leaks", ())),
        )
        for entry in entries
    )


def wheel_of_checkout(folder: Path) -> Path:
    """A wheel of leakscan as it is here now, to be installed anywhere."""
    _pip(Path(sys.executable), "wheel", "--no-deps", "--wheel-dir", str(folder), str(CHECKOUT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def prepare(suite: Suite, folder: Path, wheel: Path) -> Prepared:
    """The suite unpacked and its environment made, where they are not there yet; leakscan installed anew."""
    place = folder / f"{suite.name}-{suite.version}"
    python = place / "environment" / "bin" / "python"
    if not (place / "complete").exists():
        place.mkdir(parents=True, exist_ok=True)
        source = _unpacked(suite, place)
        venv.create(python.parent.parent, with_pip=True, clear=True)
        _pip(python, "install", "pytest", *suite.requires, str(source), str(wheel))
        (place / "complete").touch()
    # A wheel of the same version counts as installed, whatever is in it.
    _pip(python, "install", "--force-reinstall", "--no-deps", str(wheel))
    (source,) = (path for path in (place / "source").iterdir() if path.is_dir())
    return Prepared(suite=suite, python=python, source=source)


def _unpacked(suite: Suite, place: Path) -> Path:
    """The root of the source distribution."""
    with tempfile.TemporaryDirectory() as download:
        pin = f"{suite.name}=={suite.version}"
        _pip(Path(sys.executable), "download", "--no-binary", ":all:", "--no-deps", "-d", download, pin)
        (archive,) = Path(download).iterdir()
        with tarfile.open(archive) as packed:
            packed.extractall(place / "source", filter="data")
    (root,) = (place / "source").iterdir()
    return root


def _pip(python: Path, command: str, *arguments: str) -> None:
    quietly = ("--quiet", "--disable-pip-version-check")
    subprocess.run([python, "-m", "pip", command, *quietly, *arguments], check=True)


def pytest_run(prepared: Prepared, *arguments: str, results: Path) -> Ran:
    """Run pytest in the root of the suite, to its end."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [prepared.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=prepared.source,
            env=os.environ
            | {
                "PYTHONPATH": str(PLUGINS),
                "PYTHONDONTWRITEBYTECODE": "1",
                "RESULTS": str(results),
                "COLUMNS": "120",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return Ran(
            exit_code=process.returncode,
            processor_seconds=usage.ru_utime + usage.ru_stime,
            output=output.read().decode(errors="replace"),
            said=json.loads(results.read_text(encoding="utf-8")) if results.exists() else {},
        )


def _pairs(prepared: Prepared, number: int) -> Iterator[Pair]:
    """So many pairs, after a plain run that has to pass; raises SystemExit if pytest itself fails."""
    part = prepared.suite.part
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.json")
        _passed(pytest_run(prepared, *part, results=results))
        for _ in range(number):
            looped = pytest_run(prepared, "--leakscan", "-p", "note_results", *part, results=results)
            if looped.exit_code not in (0, 1):
                raise SystemExit(looped.output)
            plain = _passed(pytest_run(prepared, "-p", "plain_iterations", *part, results=results))
            yield Pair(looped=looped, plain=plain)


def _passed(run: Ran) -> Ran:
    if run.exit_code != 0:
        raise SystemExit(f"plain pytest exits with {run.exit_code}\n{run.output}")
    return run


def _false_alarms(suite: Suite, run: Ran) -> list[str]:
    """The tests that failed for a holder that is not known to leak."""
    failed = [name for name, result in run.said.items() if result["status"] == "leaking"]
    return [name for name in failed if not any(leak in run.said[name]["failure"] for leak in suite.leaks)]


def _section(output: str) -> list[str]:
    """What pytest printed of failures, and of leakscan at the end."""
    lines = output.splitlines()
    starts = (i for i, line in enumerate(lines) if "= FAILURES =" in line or "= leakscan =" in line)
    return lines[next(starts, 0) :]


HEAD = (
    "| suite | part | looped | iterations | said | true / false leaks | plain s | `--leakscan` s | ratio |",
    "| --- | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |",
)


def _row(suite: Suite, pairs: Sequence[Pair]) -> str:
    """A row of the table, of the last pair but for the times, which are medians."""
    said = pairs[-1].looped.said.values()
    counts = Counter(result["status"] for result in said)
    failed = counts["leaking"]
    wrong = len(_false_alarms(suite, pairs[-1].looped))
    not_looped = counts.pop("not looped", 0)
    ratios = sorted(pair.ratio for pair in pairs)
    cells = (
        f"{suite.name} {suite.version}",
        f"`{shlex.join(suite.part)}`",
        f"{len(said) - not_looped} of {len(said)}",
        f"{sum(result['calls'] for result in said):,}",
        ", ".join(f"{count} {status}" for status, count in counts.most_common()),
        f"{failed - wrong} / {wrong}",
        f"{statistics.median(pair.plain.processor_seconds for pair in pairs):.1f}",
        f"{statistics.median(pair.looped.processor_seconds for pair in pairs):.1f}",
        f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
