"""The catalogue: what leakscan has to say of each program in `tests/targets`.

The answers stand beside the programs, in a `NAME.toml` for each `NAME.py`, and not in them: a target must not
hold its own answer. Run the answers of one file with `pytest tests/integration/test_targets.py -k NAME`.

What a program keeps is some 8 kB a call where it is made of several objects: leakscan believes 64 MiB of
growth as it does 40,000 calls, and a quarter of the objects are collected, followed and emptied in a quarter
of the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tests.strict_toml import read_toml

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ROOT / "tests" / "targets"

Verdict = Literal["LEAKING", "FILLING", "CLEAN", "INCONCLUSIVE"]
Leak = tuple[str, str, str, float]
"""The name, the type and the path of a holder, and the share of the growth that has to go with it (0: it may
not have been tried)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a report of one target has to say: one `[[target]]` of a file."""

    function: str | None = None
    """What to run of the program; none for a script and for a package."""
    setup: str | None = None
    """The function of the same program that is given to `--setup`."""
    options: tuple[str, ...] = ()
    """Further options of `leakscan run`."""
    after: tuple[str, ...] = ()
    """The target's own arguments, after `--`."""
    stdin: str | None = None

    verdict: Verdict | None = None
    """None where the process, not the heap, is the subject."""
    verdict_any_of: tuple[Verdict, ...] = ()
    """Where more than one verdict is right: it depends on how many calls the budget allows."""
    not_on: dict[str, Verdict] | None = None
    """Python versions on which the verdict is another one, with it."""
    exit_any_of: tuple[int, ...] = ()
    """The exit codes that are right, where the verdict does not say it."""

    holder: str | None = None
    """The short name that a colleague would use."""
    holder_any_of: tuple[str, ...] = ()
    """A report with one of these in its holder, chain or summary, in any case, has named it."""
    also_any_of: tuple[str, ...] = ()
    """One of these has to be there as well."""
    holder_may_be_null: bool = False
    """No Python object holds the growth, so that naming none is right, too."""
    line_any_of: tuple[str, ...] = ()
    """`file.py:function` of a site or of a frame in its stack."""

    exact_name: str | None = None
    """The whole name of the first finding's holder."""
    exact_type: str | None = None
    exact_path: str | None = None
    """Joined by ` → `; what counts or is a line number in it is written as N."""
    exact_others: tuple[str, ...] = ()
    """The names of those that hold the same."""
    exact_chain: tuple[str, ...] | None = None
    """The whole chain, where no Python object holds the growth."""
    exact_kind: str | None = None
    exact_entries: str | None = None
    """What the entries of the holder do, where its name does not say it."""
    fingerprint: str | None = None
    """The same on every Python version and after every edit of the target."""
    leaks: tuple[Leak, ...] = ()
    """Where the program has several: all of them."""
    in_this_order: bool = False
    """The leaks are reported in the order in which they are written here."""

    stored_at: tuple[str, ...] = ()
    """The source of each line that puts entries into the first finding's holder, the busiest first."""
    removed_at: tuple[str, ...] = ()
    """The source of each line that takes some out again; none does where only `stored_at` is given."""
    stored_by: str | None = None
    """The function of a library that does it for the first of these lines: `Queue._put`."""

    freed_at_least: float | None = None
    """Share of the growth that has to go with the holder."""
    freed_together_at_least: float | None = None
    """The same of the holder and those that hold the same, where no one of them is enough."""
    freed_not_on: tuple[str, ...] = ()
    """Python versions on which it does not: 3.12 (measured: 3.12.1) frees no interned string."""

    bound: int | None = None
    """The most entries that the holder allows itself."""
    bound_name: str | None = None
    exceeds: str | None = None
    """What the summary says of a bound that is not kept."""
    entries_per_call: float | None = None
    """What the holder's length grows by."""
    added_per_call: float | None = None
    removed_per_call: float | None = None

    rules: tuple[str, ...] = ()
    """Rules of `leakscan.analysis.rules` that decide on it: they are among the reasons of its report."""
    rules_on: dict[str, tuple[str, ...]] | None = None
    """Python versions on which more rules decide, with these."""

    every_python: bool = False
    """Run on each Python of `.ci/run`: the holder is reached through the insides of the interpreter."""
    hard: bool = False
    """The evidence is thin by design."""
    note: str | None = None
    """What to know before believing a wrong answer."""

    def __post_init__(self) -> None:
        for names in _TOGETHER:
            given = [name for name in names if getattr(self, name) is not None]
            if given and len(given) < len(names):
                raise ValueError(f"`{self.function}` has {given[0]} without the rest of {', '.join(names)}")
        if (self.holder is None) != (not self.holder_any_of):
            raise ValueError(f"`{self.function}` has only one of holder and holder_any_of")
        if self.verdict is None and not self.exit_any_of:
            raise ValueError(f"`{self.function}` has neither a verdict nor an exit code")

    @property
    def is_written_out(self) -> bool:
        """Whether it says whole what holds the growth, and not just a word of it."""
        return self.exact_name is not None or self.exact_chain is not None or self.leaks != ()


_TOGETHER = (
    ("exact_name", "exact_type", "exact_path"),
    ("exact_chain", "exact_kind"),
    ("added_per_call", "removed_per_call"),
)
"""What says nothing without the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFile:
    """One TOML file beside its program."""

    family: str
    """One word for what the targets of the program are about."""
    target: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Something to give to `leakscan run`, and what it has to say."""

    program: Path
    """The file or the folder, below `tests/targets`."""
    family: str
    answer: Answer

    @property
    def name(self) -> str:
        """Unique among all targets."""
        parts = (self.program.name, self.answer.function)
        name = ":".join(part for part in parts if part is not None)
        return f"{name}-{self.answer.setup}" if self.answer.setup is not None else name

    @property
    def arguments(self) -> tuple[str, ...]:
        """What follows `leakscan run`, from the root of the repository."""
        answer = self.answer
        path = self.program.relative_to(ROOT)
        setup = () if answer.setup is None else ("--setup", f"{path}:{answer.setup}")
        function = "" if answer.function is None else f":{answer.function}"
        is_package = path.suffix == ""
        target = ("-m", ".".join(path.parts)) if is_package else (f"{path}{function}",)
        after = ("--", *answer.after) if answer.after else ()
        return (*setup, *answer.options, *target, *after)


@cache
def catalogue() -> Sequence[Target]:
    """Every target, file by file."""
    return tuple(target for path in sorted(TARGETS.glob("*.toml")) for target in targets_of(path))


def targets_of(path: Path) -> Sequence[Target]:
    """The targets of one file; raises ValueError where it says what the catalogue does not know."""
    folder = path.with_suffix("")
    program = folder if folder.is_dir() else path.with_suffix(".py")
    answers = read_toml(path, AnswerFile)
    return tuple(Target(program, answers.family, answer) for answer in answers.target)
