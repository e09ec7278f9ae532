"""What is true about each scenario. It stands in a `NAME.toml` beside each program, which never sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tests.strict_toml import read_toml

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One variant of a program: one `[[scenario]]` of a file."""

    variant: str
    verdict: Literal["LEAKING", "CLEAN", "FILLING"]
    holders: tuple[str, ...]
    """What holds the growth, as `OwnerClass.attribute` or `module.GLOBAL`; a cell is
    `function.<locals>.inner.variable`. A report of a leak names each of them."""
    path: str | None = None
    """How the first holder is reached from the module."""
    stored_in: str | None = None
    """The function of the one line that puts entries into the first holder."""
    removed_in: str | None = None
    """The function of the one line that takes some out again; where only `stored_in` is given, none does."""
    never: tuple[str, ...]
    """Neighbours that keep nothing and must not be named as holders."""
    entries_per_call: tuple[float, float] | None = None
    """What the holder's length gains with each call, once warm: from and to."""
    bytes_per_call: tuple[float, float]
    """The same in bytes: measured on CPython 3.11, 3.12 and 3.13 over spans from 20-60 to 200-800 calls,
    widened by a fifth."""
    calls: int
    """Fewest calls, warm-up included, after which the verdict can be right."""
    says: str = ""
    """Words of the reason."""
    rules: tuple[str, ...] = ()
    """Rules of `leakscan.analysis.rules` that decide on it: they are among the reasons of its report."""
    story: str
    """What a naive detector gets wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile:
    """One TOML file beside its program."""

    scenario: tuple[Scenario, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A scenario, and the module that has it."""

    module: str
    scenario: Scenario

    @property
    def target(self) -> str:
        """What to give to `leakscan run`."""
        return f"{self.module}:{self.scenario.variant}"


@cache
def scenario_catalogue() -> Sequence[Entry]:
    """Every scenario, file by file."""
    return tuple(
        Entry(f"scenarios.{path.stem}", scenario)
        for path in sorted(SCENARIOS.glob("*.toml"))
        for scenario in read_toml(path, ScenarioFile).scenario
    )
