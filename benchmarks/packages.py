"""How leakscan does on real packages: programs with known answers, run by the real command.

    python benchmarks/packages.py                  run all, write docs/real-packages.md
    python benchmarks/packages.py --only croniter  run some, print only

Each program in `benchmarks/packages/` calls a published release of a package, or the
standard library, in a function `work()`. `manifest.json` holds what is true of it, found
without any leak detector: by counting blocks and bytes over thousands of calls, and by
reading the source where its maintainers mended it. Many programs stand there twice, with
a release that leaks and with one that does not.

Every set of pinned packages gets an environment of its own, with leakscan installed from
this checkout. The answers are those of CPython 3.11, so run this with it.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
PROGRAMS = CHECKOUT / "benchmarks" / "packages"
PAGE = CHECKOUT / "docs" / "real-packages.md"
ENVIRONMENTS = Path(tempfile.gettempdir()) / "leakscan-packages"
TIMEOUT_SECONDS = 90
GRACE_SECONDS = 10
CLEAN_VERDICTS = ("CLEAN", "FILLING")
MARKS = {True: "right", False: "WRONG", None: "-"}
NO_HOLDER = "null"
"""Among the holders of a case: that no Python object holds it is a right answer, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One program, the packages it needs, and what is true of it."""

    name: str
    file: str
    requires: tuple[str, ...]
    leaky: bool
    sites: tuple[str, ...]
    """`file:function` or `file:line`; one of them is in a stack of the growth. Memory that
    C code takes for itself has none."""
    holders: tuple[str, ...]
    """A report that contains one of these names the holder. None: there is no holder."""
    source: str

    @property
    def command(self) -> str:
        """What is typed, in `benchmarks/packages`."""
        return f"leakscan run {self.file}:work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of one command."""

    exit_code: int | None
    """None: it had to be stopped."""
    seconds: float
    report: Mapping[str, Any]

    @property
    def verdict(self) -> str:
        return str(self.report.get("verdict", "no report"))

    @property
    def leaks(self) -> tuple[Mapping[str, Any], ...]:
        """The findings that are leaks."""
        findings = self.report.get("findings", ())
        return tuple(finding for finding in findings if finding["verdict"] == "LEAKING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A run held against the truth; None where there is nothing to name."""

    case: Case
    run: Run
    verdict_is_right: bool
    line_is_right: bool | None
    holder_is_right: bool | None

    @property
    def is_right(self) -> bool:
        answers = (self.verdict_is_right, self.line_is_right, self.holder_is_right)
        return False not in answers


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every answer is right, 1 if one is wrong, 2 if there is nothing to run."""
    options = _parser().parse_args(arguments)
    cases = [case for case in read_cases() if _is_wanted(case, options.only)]
    if not cases:
        print(f"no program has a name like {', '.join(options.only)}", file=sys.stderr)
        return 2
    if sys.version_info[:2] != (3, 11):
        print("the answers are those of CPython 3.11: expect differences", file=sys.stderr)

    make_environments(cases, options.envs)
    grades = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for graded in pool.map(lambda case: grade(case, run(case, options.envs)), cases):
            grades.append(graded)
            print(line_of(graded), flush=True)
    print("", *totals(grades), sep="\n")
    if not options.only:
        PAGE.write_text(page(grades), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(CHECKOUT)}", file=sys.stderr)
    return 0 if all(graded.is_right for graded in grades) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="run the programs whose names contain this, and write no page; may be repeated",
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="programs at a time [default: 1]")
    parser.add_argument(
        "--envs",
        type=Path,
        default=ENVIRONMENTS,
        metavar="DIR",
        help=f"where the environments are made and kept [default: {ENVIRONMENTS}]",
    )
    return parser


def _is_wanted(case: Case, only: Sequence[str]) -> bool:
    return not only or any(part in case.name for part in only)


def read_cases() -> tuple[Case, ...]:
    """The programs, in the order of the manifest."""
    entries = json.loads((PROGRAMS / "manifest.json").read_text(encoding="utf-8"))
    return tuple(
        Case(
            name=entry["name"],
            file=entry["file"],
            requires=tuple(entry["requires"]),
            leaky=entry["leaky"],
            sites=tuple(entry["alloc_site_any_of"]),
            holders=tuple(entry["holder_any_of"]),
            source=entry["source"],
        )
        for entry in entries
    )


def make_environments(cases: Iterable[Case], folder: Path) -> None:
    """Each case's environment has its pins, and leakscan as this checkout has it now."""
    with tempfile.TemporaryDirectory() as wheels:
        _pip(Path(sys.executable), "wheel", "--no-deps", "--wheel-dir", wheels, str(CHECKOUT))
        (wheel,) = Path(wheels).glob("*.whl")
        for requires in sorted({case.requires for case in cases}):
            environment = environment_of(requires, folder)
            print(f"environment {environment}", file=sys.stderr)
            python = environment / "bin" / "python"
            if not python.exists():
                venv.create(environment, with_pip=True)
            _pip(python, "install", *requires, str(wheel))
            # A wheel of the same version counts as installed, whatever is in it.
            _pip(python, "install", "--force-reinstall", "--no-deps", str(wheel))


def environment_of(requires: Sequence[str], folder: Path) -> Path:
    """The folder of the environment, named after its pins."""
    return folder / (re.sub(r"[^\w.]+", "-", " ".join(requires)) or "standard-library")


def _pip(python: Path, command: str, *arguments: str) -> None:
    quietly = ("--quiet", "--disable-pip-version-check")
    subprocess.run([python, "-m", "pip", command, *quietly, *arguments], check=True)


def run(case: Case, environments: Path) -> Run:
    """The command as a user types it, but for the report that is read here."""
    executable = environment_of(case.requires, environments) / "bin" / case.command.split()[0]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [str(executable), *case.command.split()[1:], "--json", str(report)]
        started = time.monotonic()
        exit_code = _exit_code(command, Path(folder, "output.txt"))
        seconds = time.monotonic() - started
        content = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return Run(exit_code=exit_code, seconds=seconds, report=content)


def _exit_code(command: Sequence[str], output: Path) -> int | None:
    with output.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=PROGRAMS,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            return process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            # Asked to end, leakscan takes its target with it; killed, it could not.
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_SECONDS)
            process.kill()
            process.wait()
            return None


def grade(case: Case, outcome: Run) -> Grade:
    """What is right in the run's answer."""
    if not case.leaky:
        return Grade(
            case=case,
            run=outcome,
            verdict_is_right=outcome.exit_code == 0 and outcome.verdict in CLEAN_VERDICTS,
            line_is_right=None,
            holder_is_right=None,
        )
    return Grade(
        case=case,
        run=outcome,
        verdict_is_right=outcome.exit_code == 1 and outcome.verdict == "LEAKING",
        line_is_right=named_site(case, outcome.leaks) is not None if case.sites else None,
        holder_is_right=named_holder(case, outcome) is not None,
    )


def named_site(case: Case, leaks: Iterable[Mapping[str, Any]]) -> str | None:
    """The first known site that a leak's stacks pass through."""
    for frame in _frames(leaks):
        file = Path(frame["file"]).name
        for place in (frame["function"], frame["line"]):
            if f"{file}:{place}" in case.sites:
                return f"{file}:{frame['line']}"
    return None


def _frames(leaks: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for leak in leaks:
        for site in leak["sites"]:
            yield site
            yield from site["stack"]


def named_holder(case: Case, outcome: Run) -> str | None:
    """The first known holder that a leak's report contains; `none` if that is the answer."""
    if outcome.verdict != "LEAKING":
        return None
    may_have_none = not case.holders or NO_HOLDER in case.holders
    leaks = outcome.leaks
    if may_have_none and all(leak["holder"] is None for leak in leaks):
        return "none"
    told = [[leak["holder"], leak["also_held_by"], leak["chain"], leak["summary"]] for leak in leaks]
    text = "\n".join(_texts(told)).casefold()
    names = [name for name in case.holders if name != NO_HOLDER]
    return next((name for name in names if name.casefold() in text), None)


def _texts(value: Any) -> Iterator[str]:
    """All that a part of a report says; not the names of its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def line_of(graded: Grade) -> str:
    """One line for the terminal."""
    verdict = graded.run.verdict
    answers = (graded.verdict_is_right, graded.line_is_right, graded.holder_is_right)
    marks = " ".join(f"{MARKS[answer]:5}" for answer in answers)
    return f"{graded.case.name:36} {verdict:12} {marks} {graded.run.seconds:5.1f} s"


def totals(grades: Sequence[Grade]) -> tuple[str, ...]:
    """How many answers of each kind are right."""
    leaky = [graded.verdict_is_right for graded in grades if graded.case.leaky]
    clean = [graded.verdict_is_right for graded in grades if not graded.case.leaky]
    lines = [graded.line_is_right for graded in grades if graded.line_is_right is not None]
    holders = [graded.holder_is_right for graded in grades if graded.holder_is_right is not None]
    seconds = [graded.run.seconds for graded in grades]
    return (
        f"Leaks found: {_share(leaky)}",
        f"Clean programs called clean: {_share(clean)}",
        f"Line named: {_share(lines)}",
        f"Holder named: {_share(holders)}",
        f"Seconds: {sum(seconds):.0f} in all, {max(seconds):.0f} at most for one program",
    )


def _share(answers: Sequence[bool]) -> str:
    return f"{sum(answers)} of {len(answers)}"


def page(grades: Sequence[Grade]) -> str:
    """The page for the documentation."""
    packages = [graded for graded in grades if graded.case.requires]
    rest = [graded for graded in grades if not graded.case.requires]
    return "\n".join(
        (
            "# Real packages",
            "",
            "<!-- made by `python benchmarks/packages.py`; do not edit -->",
            "",
            "Programs with a known answer, each run once in `benchmarks/packages` by the command",
            "shown, with `--json` to read what it says and no other option. The answers were",
            "found without leakscan, by counting blocks and bytes over thousands of calls and by",
            "reading the source where the leak was mended; they are in `manifest.json` there.",
            "",
            *(f"- {total}" for total in totals(grades)),
            f"- On: CPython {platform.python_version()}, {platform.system()} {platform.machine()}",
            "",
            "To repeat it, which makes an environment for each set of pins:",
            "",
            "```console",
            "$ python benchmarks/packages.py",
            "```",
            "",
            "A clean program may be `FILLING`: growth that has a bound. A holder of `none` means",
            "that native code lost the memory and no Python object holds it; a line of `–`, that",
            "it is native memory, which no line of Python takes.",
            "",
            "## Packages",
            "",
            *_table(packages),
            "",
            "## The standard library",
            "",
            *_table(rest),
            "",
        )
    )


def _table(grades: Iterable[Grade]) -> Iterator[str]:
    yield "| Package | Command | Truth | Verdict | Line | Holder | Seconds |"
    yield "| --- | --- | --- | --- | --- | --- | ---: |"
    for graded in grades:
        case, outcome = graded.case, graded.run
        cells = (
            f"{_packages(case)} ({case.source})",
            f"`{case.command}`",
            "leaky" if case.leaky else "clean",
            outcome.verdict if graded.verdict_is_right else f"**{outcome.verdict}** (wrong)",
            _line_cell(graded),
            _holder_cell(graded),
            f"{outcome.seconds:.1f}",
        )
        yield f"| {' | '.join(cells)} |"


def _packages(case: Case) -> str:
    return ", ".join(pin.replace("==", " ") for pin in case.requires) or "CPython"


def _line_cell(graded: Grade) -> str:
    if graded.line_is_right is None:
        return "–"
    name = named_site(graded.case, graded.run.leaks)
    return f"`{name}`" if name else "**not named**"


def _holder_cell(graded: Grade) -> str:
    if graded.holder_is_right is None:
        return "–"
    name = named_holder(graded.case, graded.run)
    return f"`{name}`" if name else "**not named**"


if __name__ == "__main__":
    sys.exit(main())
