"""`leakscan run`: what the user types becomes what the engine is asked."""

import json
from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from leakscan.model.run import STDERR, Kind, RunOptions, Surroundings, Verdict
from tests.builders import a_failure, a_filling_finding, a_finding, an_analysis
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]


def asked(*arguments: str) -> RunOptions:
    engine = FakeEngine()
    assert exit_code_of(["run", *arguments], engine) == 0
    assert engine.options is not None
    return engine.options


def test_a_target_alone_leaves_every_choice_to_leakscan() -> None:
    assert asked("app.jobs:handle") == RunOptions(target="app.jobs:handle")


def test_every_option_reaches_the_run() -> None:
    options = asked(
        *("app.jobs:handle", "--setup", "app.testing:database", "--interval", "0.5"),
        *("--calls", "200", "--warmup", "0", "--rounds", "12", "--max-time", "60"),
        *("--mode", "trace", "--frames", "5", "--no-prove", "--caches"),
    )

    assert options == RunOptions(
        target="app.jobs:handle",
        setup="app.testing:database",
        interval_seconds=0.5,
        calls=200,
        warmup=0,
        rounds=12,
        max_time_seconds=60.0,
        traces_from_start=True,
        frames=5,
        proves=False,
        lists_caches=True,
    )


def test_auto_is_the_same_as_nothing() -> None:
    options = asked("app:f", "--calls", "auto", "--warmup", "auto", "--rounds", "auto")

    assert options == RunOptions(target="app:f")


def test_what_follows_the_dashes_belongs_to_the_target() -> None:
    options = asked("import.py", "--calls", "3", "--", "--limit", "100", "--", "-v")

    assert options == RunOptions(target="import.py", arguments=("--limit", "100", "--", "-v"), calls=3)


def test_a_module_runs_as_a_program_with_its_arguments() -> None:
    options = asked("-m", "app.worker", "--max-time", "60", "--", "--queue", "mail")

    assert options == RunOptions(
        target="app.worker",
        is_module=True,
        arguments=("--queue", "mail"),
        max_time_seconds=60.0,
    )


def test_a_threshold_is_read_in_its_unit() -> None:
    engine = FakeEngine()

    exit_code_of(["run", "app:f", "--threshold", "1KiB"], engine)

    assert engine.threshold == 1024


def test_a_recording_goes_where_the_user_says(tmp_path: Path) -> None:
    engine = FakeEngine()

    exit_code_of(["run", "app:f", "-o", str(tmp_path / "run.leakscan")], engine)

    assert engine.recording_path == tmp_path / "run.leakscan"


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        (FakeEngine(an_analysis()), 0),
        (FakeEngine(an_analysis(a_filling_finding(), verdict=Verdict.FILLING)), 0),
        (FakeEngine(an_analysis(a_finding())), 1),
        (FakeEngine(an_analysis(a_finding(), failure=a_failure())), 1),
        (FakeEngine(an_analysis(verdict=Verdict.INCONCLUSIVE, failure=a_failure())), 3),
        (FakeEngine(an_analysis(verdict=Verdict.INCONCLUSIVE, kind=Kind.NOISE)), 4),
    ],
)
def test_the_verdict_is_the_exit_code(engine: FakeEngine, expected: int) -> None:
    assert exit_code_of(["run", "app:f"], engine) == expected


def test_the_report_goes_to_stdout_and_nothing_to_stderr(capsys: Captured) -> None:
    exit_code_of(["run", "app:f"], FakeEngine(an_analysis(a_finding())))

    out, err = capsys.readouterr()
    assert out.startswith("LEAKING (unbounded growth): the heap grows with every call\n\nJobs.done")
    assert err == ""


def test_quiet_prints_one_line(capsys: Captured) -> None:
    exit_code_of(["run", "app:f", "--quiet"], FakeEngine(an_analysis(a_finding())))

    assert capsys.readouterr().out == "LEAKING (unbounded growth): the heap grows with every call\n"


def test_verbose_adds_the_stacks(capsys: Captured) -> None:
    exit_code_of(["run", "app:f", "--verbose"], FakeEngine(an_analysis(a_finding())))

    assert "from app/main.py:7 in main" in capsys.readouterr().out


def test_json_on_stdout_stands_there_alone(capsys: Captured) -> None:
    engine = FakeEngine(an_analysis(a_finding()))

    exit_code = exit_code_of(["run", "app:f", "--json", "-"], engine)

    out, err = capsys.readouterr()
    assert exit_code == 1
    assert json.loads(out)["verdict"] == "LEAKING"
    assert err.startswith("LEAKING (unbounded growth)")
    assert engine.surroundings == Surroundings(stdout=STDERR)


def test_json_in_a_file_leaves_the_report_on_stdout(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    engine = FakeEngine(an_analysis(a_finding()))

    exit_code_of(["run", "app:f", "--json", str(path)], engine)

    assert json.loads(path.read_text())["exit_code"] == 1
    assert capsys.readouterr().out.startswith("LEAKING")
    assert engine.surroundings == Surroundings()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no target"),
        (["app:f", "--calls", "0"], "`0` is neither `auto` nor a whole number ≥ 1"),
        (["app:f", "--rounds", "many"], "`many` is neither `auto` nor a whole number ≥ 1"),
        (["app:f", "--warmup", "-1"], "`-1` is neither `auto` nor a whole number ≥ 0"),
        (["app:f", "--interval", "-1"], "`-1` is not a number of seconds ≥ 0"),
        (["app:f", "--interval", "nan"], "`nan` is not a number of seconds ≥ 0"),
        (["app:f", "--max-time", "0"], "a time of 0 seconds leaves nothing to do"),
        (["app:f", "--max-time", "soon"], "`soon` is not a number of seconds ≥ 0"),
        (["app:f", "--frames", "0"], "`0` is not a whole number from 1 to 65535"),
        (["app:f", "--threshold", "64X"], "`64X` is not a size; write it like 0, 64B"),
        (["app:f", "--mode", "fast"], "invalid value for '--mode'"),
        (["app:f", "--setup", "database"], "--setup `database` names no function"),
        (["app:f", "--limit", "100"], "no such option"),
        (["app:f", "--json"], "option '--json' requires an argument"),
        (["app:f", "-q", "-v"], "--quiet and --verbose contradict each other"),
        (["-m", "app:f"], "-m runs a whole module, and `app:f` names a function"),
        (["app:f", "--json", "no/such/folder.json"], "there is no folder `no/such`"),
        (["app:f", "-o", "no/such/run.leakscan"], "there is no folder `no/such`"),
        (["app:f", "-o", "same", "--json", "same"], "--output and --json are the same file, `same`"),
        (["app:f", "-o", "same", "--json", "./same"], "--output and --json are the same file, `same`"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    arguments: list[str], message: str, capsys: Captured
) -> None:
    engine = FakeEngine()

    exit_code = exit_code_of(["run", *arguments], engine)

    out, err = capsys.readouterr()
    sentence, *hints = err.splitlines()
    assert exit_code == 2
    assert engine.options is None
    assert out == ""
    assert message in sentence
    assert sentence.startswith("leakscan: ")
    assert not sentence.endswith(".")
    assert all(hint.startswith("hint: ") for hint in hints)


def test_an_option_of_the_target_is_told_where_to_stand(capsys: Captured) -> None:
    exit_code_of(["run", "import.py", "--limit", "100"], FakeEngine())

    assert "options of the target itself go after ` -- `" in capsys.readouterr().err
