"""`leakscan history`, and the commands that keep runs in it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from leakscan.model.analysis import Analysis, ProcessSample, RunFacts
from leakscan.model.history import Quantity
from leakscan.model.run import RunOptions, RunStage, Verdict
from leakscan.project.history_db import keep_run, past_runs
from leakscan.project.machine import this_machine
from tests.builders import a_failure, a_finding, a_past_run, an_analysis
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]
TODAY = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)


def a_clean_run(megabytes: float, *, day: int = 0) -> Analysis:
    """A clean run whose peak was so much, so many days after the first."""
    sample = ProcessSample(
        stage=RunStage.SCREEN,
        calls=10,
        seconds=1.0,
        blocks=0,
        garbage_blocks=0,
        heap_bytes=0,
        rss_bytes=int(megabytes * 1e6),
        call_seconds=0.0,
    )
    facts = RunFacts(
        options=RunOptions(target="app.jobs:handle"),
        threshold_bytes_per_call=0.0,
        platform="Linux",
        started_at=(TODAY + timedelta(days=day)).isoformat(),
        samples=(sample,),
    )
    return an_analysis(run=facts)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


def run(analysis: Analysis, path: Path, *arguments: str) -> int:
    return exit_code_of(["run", "app.jobs:handle", "--history", str(path), *arguments], FakeEngine(analysis))


def history(path: Path, *arguments: str) -> int:
    return exit_code_of(["history", "--history", str(path), *arguments], FakeEngine())


def kept(path: Path, megabytes: Sequence[float]) -> None:
    for day, peak in enumerate(megabytes):
        assert run(a_clean_run(peak, day=day), path, "-q") in (0, 1)


def test_a_run_that_is_worse_than_its_history_fails_and_says_why(path: Path, capsys: Captured) -> None:
    kept(path, [50] * 6)
    capsys.readouterr()

    assert run(a_clean_run(70, day=6), path, "-q") == 1
    drift = (
        "DRIFT: peak memory rose by 40 % in one step: 70.0 MB, 50.0 MB on average in 6 runs before; "
        "at most 60.0 MB would be as usual"
    )
    assert capsys.readouterr().out.splitlines()[1:] == [drift]


def test_a_run_like_those_before_passes_and_says_what_it_was_held_against(
    path: Path, capsys: Captured
) -> None:
    kept(path, [50] * 6)
    capsys.readouterr()

    assert run(a_clean_run(51, day=6), path) == 0
    assert "history      held against 6 runs before it in the last 7 days" in capsys.readouterr().out


def test_the_first_runs_say_that_they_are_too_few(path: Path, capsys: Captured) -> None:
    assert run(a_clean_run(50), path) == 0
    assert "history      too few to judge by: 0 runs before it in the last 7 days" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], 1),
        (["--band", "50%"], 0),
        (["--band", "peak=50%"], 0),
        (["--band", "time=50%"], 1),
        (["--band", "50%", "--band", "peak=10%"], 1),
        (["--band", "peak=10%", "--band", "50%"], 1),
        (["--band", "peak=off"], 0),
        (["--band-points", "peak=30MB"], 0),
        (["--band-points", "peak=10MB"], 1),
        (["--least-runs", "7"], 0),
        (["--window", "5"], 1),
        (["--window", "12h"], 0),
    ],
)
def test_the_options_say_what_is_worse(path: Path, options: list[str], expected: int) -> None:
    kept(path, [50] * 6)

    assert run(a_clean_run(70, day=6), path, "-q", *options) == expected


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--band", "speed=20%"], "there is no quantity `speed`; there are growth, peak, time"),
        (["--band", "off"], "`off` is not a share"),
        (["--band", "time=much"], "`much` is not a share"),
        (["--band-points", "5MB"], "`5MB` says not of what"),
        (["--band-points", "peak=5ms"], "`5ms` is not a size"),
        (["--band-points", "time=5MB"], "`5MB` is not a duration"),
        (["--window", "soon"], "`soon` is no window; write it like 7d"),
        (["--window", "0d"], "`0d` is no window"),
        (["--window", "0"], "`0` is not a whole number from 1"),
        (["--window", "4"], "--window 4 is shorter than the 5 runs that a verdict takes"),
        (["--least-runs", "1"], "`1` is not a whole number from 2"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_the_run(
    path: Path, options: list[str], sentence: str, capsys: Captured
) -> None:
    assert run(a_clean_run(50), path, *options) == 2
    assert sentence in capsys.readouterr().err
    assert not path.exists()


def test_a_history_that_can_not_be_kept_is_told_before_the_run(tmp_path: Path, capsys: Captured) -> None:
    engine = FakeEngine()

    exit_code = exit_code_of(["run", "app:f", "--history", str(tmp_path / "no" / "h.db")], engine)

    assert (exit_code, engine.options) == (2, None)
    assert "there is no folder" in capsys.readouterr().err


def test_stdout_holds_a_file_alone_beside_a_history(path: Path, capsys: Captured) -> None:
    assert run(a_clean_run(50), path, "--json", "-") == 0

    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"] == "CLEAN"
    assert "history      too few" in err


@pytest.mark.parametrize(
    ("analysis", "expected"),
    [
        (an_analysis(a_finding()), 1),
        (an_analysis(failure=a_failure()), 3),
        (an_analysis(verdict=Verdict.INCONCLUSIVE), 4),
    ],
)
def test_a_run_is_kept_however_it_ends_and_its_exit_code_stays(
    path: Path, analysis: Analysis, expected: int
) -> None:
    assert run(analysis, path, "-q") == expected
    assert len(past_runs(path)) == 1


def test_what_is_worse_can_be_accepted_with_a_reason(path: Path, capsys: Captured) -> None:
    kept(path, [50] * 6 + [70, 70])

    assert history(path, "--accept", "keeps an index") == 0

    assert past_runs(path)[-1].accepted == {Quantity.PEAK: "keeps an index"}
    assert "peak accepted from here on: keeps an index" in capsys.readouterr().out
    assert run(a_clean_run(71, day=8), path, "-q") == 0


def test_there_is_nothing_to_accept_where_nothing_is_worse(path: Path, capsys: Captured) -> None:
    kept(path, [50] * 6)

    assert history(path, "--accept", "why not") == 2
    assert "nothing is worse than its history allows" in capsys.readouterr().err


def test_one_target_can_be_shown_alone_and_an_unknown_one_is_an_error(path: Path, capsys: Captured) -> None:
    for target in ("app:a", "app:b"):
        keep_run(path, a_past_run(target=target))

    assert history(path, "--target", "app:a") == 0
    assert "app:b" not in capsys.readouterr().out
    assert history(path, "--target", "app:c") == 2
    assert "hint: there are `app:a`, `app:b`" in capsys.readouterr().err


def test_the_whole_history_is_data_too(path: Path, capsys: Captured) -> None:
    kept(path, [50] * 6 + [70])
    capsys.readouterr()

    assert history(path, "--json", "-") == 0

    out, err = capsys.readouterr()
    [found] = json.loads(out)["histories"]
    assert found["target"] == "app.jobs:handle"
    assert [drift["quantity"] for drift in found["drifts"]] == ["peak"]
    last = found["runs"][-1]
    assert last["held_against"]["peak"] == {
        "value": 70e6,
        "reference": 50e6,
        "most": 60e6,
        "samples": 6,
        "is_outside": True,
        "drift": "step",
    }
    assert err.startswith("WORSE: 1 of 1 history ends with a drift")


def test_no_history_is_an_error_and_is_not_made(path: Path, capsys: Captured) -> None:
    assert history(path) == 2
    assert "there is no history" in capsys.readouterr().err
    assert not path.exists()


def test_an_empty_history_says_so(path: Path, capsys: Captured) -> None:
    path.touch()
    keep_run(path, a_past_run())

    assert history(path, "-n", "0") == 0
    assert "1 run on 2026-03-02" in capsys.readouterr().out


def test_a_check_keeps_every_target_and_fails_for_what_is_worse(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (tmp_path / "leakscan.toml").write_text('[[target]]\nname = "jobs"\ntarget = "app.jobs:handle"\n')
    monkeypatch.chdir(tmp_path)

    def check(peak: float, day: int, *arguments: str) -> int:
        engine = FakeEngine(a_clean_run(peak, day=day))
        return exit_code_of(["check", "--history", str(path), *arguments], engine)

    assert [check(50, day) for day in range(6)] == [0] * 6
    capsys.readouterr()
    assert check(70, 6) == 1
    out = capsys.readouterr().out
    assert out.startswith("WORSE: 1 number is worse than its history allows, in 1 of 1 target\n")
    assert "drift  jobs: peak memory rose by 40 % in one step" in out
    assert check(70, 6, "--band", "50%") == 0
    assert {past.target for past in past_runs(path)} == {"jobs"}


def test_updating_the_baseline_accepts_the_drift(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leakscan.toml").write_text('[[target]]\nname = "jobs"\ntarget = "app.jobs:handle"\n')
    monkeypatch.chdir(tmp_path)

    def check(peak: float, day: int, *arguments: str) -> int:
        engine = FakeEngine(a_clean_run(peak, day=day))
        return exit_code_of(["check", "-q", "--history", str(path), *arguments], engine)

    for day in range(6):
        check(50, day)

    assert check(70, 6, "--update-baseline") == 0
    assert past_runs(path)[-1].accepted == {Quantity.PEAK: "accepted with the baseline"}
    assert check(70, 7) == 0


def test_this_machine_has_a_system_and_a_processor() -> None:
    machine = this_machine()

    assert machine.system
    assert machine.processor
