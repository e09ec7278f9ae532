"""The list of caches of real processes."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import PYTHON, QUIET_CI, ROOT, SECONDS, Outcome, leakscan

CACHES = "tests/targets/caches.py"
FIXED = ("--calls", "500", "--rounds", "8", "--warmup", "2000")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """A clean run with its caches, and its recording."""
    folder = tmp_path_factory.mktemp("clean")
    recording = folder / "run.leakscan"
    outcome = leakscan("--caches", *FIXED, "-o", str(recording), f"{CACHES}:shop", folder=folder)
    assert (outcome.report["verdict"], outcome.exit_code) == ("CLEAN", 0), outcome.stdout
    return outcome, recording


def _caches(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {cache["name"]: cache for cache in outcome.report["caches"]}


def test_an_lru_cache_that_is_hit_says_how_often(clean: tuple[Outcome, Path]) -> None:
    outcome, _recording = clean
    calls = outcome.report["calls"]

    tax = _caches(outcome)["lru_cache of caches.tax"]

    assert (tax["entries"], tax["bound"], tax["is_unbounded"]) == (1_000, None, True)
    assert (tax["hits"], tax["misses"]) == (calls - 1_000, 1_000)
    assert tax["hit_rate"] == pytest.approx((calls - 1_000) / calls)
    assert tax["function"] == "caches.tax"
    assert 1_000 * 533 < tax["bytes"] < 1_000 * 800


def test_an_lru_cache_that_is_always_missed_says_so(clean: tuple[Outcome, Path]) -> None:
    outcome, _recording = clean

    price = _caches(outcome)["lru_cache of caches.price"]

    assert (price["entries"], price["bound"], price["bound_name"]) == (100, 100, "maxsize")
    assert (price["hits"], price["misses"], price["hit_rate"]) == (0, outcome.report["calls"], 0.0)


def test_one_that_nobody_asked_is_empty_and_has_no_hit_rate(clean: tuple[Outcome, Path]) -> None:
    outcome, _recording = clean

    idle = _caches(outcome)["lru_cache of caches.never_asked"]

    assert (idle["entries"], idle["bound"], idle["hits"], idle["misses"]) == (0, 50, 0, 0)
    assert idle["hit_rate"] is None


@pytest.mark.parametrize(
    ("name", "entries", "bound", "bound_name"),
    [
        ("Pages.rows", 1_240, 1_000, "maxsize"),
        ("caches.LAST_ORDERS", 20, 20, "maxlen"),
        ("caches.JOBS", 30, 30, "maxsize"),
        ("re._cache", None, 512, "_MAXCACHE"),
    ],
)
def test_what_has_a_bound_is_listed_with_it(
    name: str, entries: int | None, bound: int, bound_name: str, clean: tuple[Outcome, Path]
) -> None:
    outcome, _recording = clean

    cache = _caches(outcome)[name]

    assert (cache["bound"], cache["bound_name"]) == (bound, bound_name)
    assert entries is None or cache["entries"] == entries


def test_the_largest_comes_first(clean: tuple[Outcome, Path]) -> None:
    outcome, _recording = clean

    sizes = [cache["bytes"] for cache in outcome.report["caches"] if cache["bytes"] is not None]

    assert sizes == sorted(sizes, reverse=True)
    assert outcome.report["caches"][0]["name"] == "lru_cache of caches.tax"


def test_owners_that_do_not_want_to_be_asked_are_not(clean: tuple[Outcome, Path]) -> None:
    outcome, _recording = clean

    owners = _caches(outcome)["caches.OWNERS[…]._cache"]

    assert "touched" not in f"{outcome.stdout}{outcome.stderr}"
    assert (owners["instances"], owners["entries"], owners["bound"]) == (30, 30, None)
    assert outcome.report["warnings"] == []


def test_the_terminal_says_what_stands_out(clean: tuple[Outcome, Path]) -> None:
    outcome, _recording = clean

    lines = [" ".join(line.split()) for line in outcome.stdout.splitlines()]

    (summary,) = [line for line in lines if line.startswith("Caches: ")]
    assert ", 1 without a bound, 1 past its bound" in " ".join(lines)
    assert summary
    assert [
        line for line in lines if " 1,000 unbounded " in line and line.endswith("lru_cache of caches.tax")
    ]
    assert "holds 1,240 entries, maxsize says 1,000" in " ".join(lines)


def test_a_report_on_the_recording_shows_the_same_list_if_it_is_asked_for(
    clean: tuple[Outcome, Path],
) -> None:
    outcome, recording = clean

    with_list, without = (_report(recording, *options) for options in (("--caches",), ()))

    assert with_list == outcome.stdout
    assert "Caches: " not in without


def _report(recording: Path, *options: str) -> str:
    return subprocess.run(
        [*PYTHON, "-m", "leakscan", "report", str(recording), *options],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=SECONDS,
        check=True,
        env={**os.environ, **QUIET_CI, "NO_COLOR": "1"},
    ).stdout


def test_a_run_that_is_not_asked_takes_no_list(tmp_path: Path) -> None:
    outcome = leakscan(*FIXED, f"{CACHES}:shop", folder=tmp_path)

    assert "caches" not in outcome.report
    assert "Caches: " not in outcome.stdout


def test_a_leak_is_found_as_without_the_list(tmp_path: Path) -> None:
    outcome = leakscan("--caches", *FIXED, f"{CACHES}:shop_that_forgets_nothing", folder=tmp_path)

    (finding,) = outcome.report["findings"]
    assert (outcome.exit_code, finding["holder"]["name"]) == (1, "caches.ORDERS")
    assert "lru_cache of caches.tax" in _caches(outcome)


def test_the_caches_of_a_call_that_never_returns_are_listed_while_it_runs(tmp_path: Path) -> None:
    outcome = leakscan("--caches", "--max-time", "12", f"{CACHES}:shop_for_ever", folder=tmp_path)

    caches = _caches(outcome)
    # In so short a time a slow leak could hide in it: of its memory that is all that is known.
    assert outcome.exit_code in (0, 4), outcome.stdout
    assert caches["lru_cache of caches.tax"]["hits"] > 0
    assert caches["local 'seen_cache' in shop_for_ever()"]["entries"] > 0


def test_the_caches_of_a_target_that_raised_are_listed(tmp_path: Path) -> None:
    outcome = leakscan("--caches", f"{CACHES}:shop_that_fails", folder=tmp_path)

    assert outcome.exit_code == 3
    assert "sold out" in outcome.stdout
    assert _caches(outcome)["lru_cache of caches.tax"]["misses"] > 0
