"""`leakscan check`: which targets run, what fails, and what the baseline becomes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from leakscan.cli.selection import part_of
from leakscan.model.analysis import Analysis
from leakscan.model.run import Progress, RunOptions, Surroundings, Verdict
from tests.builders import a_failure, a_finding, an_analysis
from tests.unit.cli.fakes import FakeEngine

TARGETS = """
[[target]]
name = "jobs"
target = "app:jobs"
tags = ["nightly"]
environment = { MODE = "test" }

[[target]]
name = "api"
target = "app:api"
tags = ["web", "nightly"]

[[target]]
name = "mail"
target = "app:mail"
"""
LEAKING = an_analysis(a_finding())


@dataclass
class FakeRuns(FakeEngine):
    """Answers the run of each target with its own analysis; those without one are clean."""

    answers: dict[str, Analysis | BaseException] = field(default_factory=dict)
    ran: dict[str, Surroundings] = field(default_factory=dict)
    recordings: dict[str, Path | None] = field(default_factory=dict)

    def analysis_of_run(
        self,
        options: RunOptions,
        *,
        threshold_bytes_per_call: float,
        on_progress: Callable[[Progress], None],
        recording_path: Path | None,
        surroundings: Surroundings,
    ) -> Analysis:
        del on_progress, threshold_bytes_per_call
        self.ran[options.target] = surroundings
        self.recordings[options.target] = recording_path
        answer = self.answers.get(options.target, an_analysis())
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "leakscan.toml").write_text(TARGETS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(engine: FakeRuns, *arguments: str) -> int:
    return exit_code_of(["check", *arguments], engine)


@pytest.mark.usefixtures("project")
def test_every_target_runs_and_a_clean_project_passes(capsys: pytest.CaptureFixture[str]) -> None:
    engine = FakeRuns()

    assert check(engine) == 0
    assert set(engine.ran) == {"app:jobs", "app:api", "app:mail"}
    assert capsys.readouterr().out.startswith("OK: no leak is new or worse in 3 targets\n")


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        (["api", "mail"], {"app:api", "app:mail"}),
        (["--tag", "nightly"], {"app:jobs", "app:api"}),
        (["--tag", "nightly", "api"], {"app:api"}),
        (["--tag", "web", "--tag", "nightly"], {"app:jobs", "app:api"}),
    ],
)
@pytest.mark.usefixtures("project")
def test_targets_are_chosen_by_name_and_by_tag(arguments: list[str], ran: set[str]) -> None:
    engine = FakeRuns()

    assert check(engine, *arguments) == 0
    assert set(engine.ran) == ran


@pytest.mark.usefixtures("project")
def test_the_parts_of_a_matrix_hold_every_target_once() -> None:
    ran = []
    for part in range(1, 4):
        engine = FakeRuns()
        assert check(engine, "--shard", f"{part}/3") == 0
        ran += list(engine.ran)

    assert sorted(ran) == ["app:api", "app:jobs", "app:mail"]


def test_a_target_is_in_the_same_part_on_every_machine() -> None:
    assert [part_of(name, 5) for name in ("jobs", "api", "mail", "größe")] == [4, 1, 2, 5]


def test_a_target_runs_in_the_folder_of_its_project_with_its_environment_and_no_stdin(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeRuns()
    (project / "inner").mkdir()
    monkeypatch.chdir(project / "inner")

    check(engine, "jobs")

    surroundings = engine.ran["app:jobs"]
    assert surroundings.folder == str(project)
    assert surroundings.environment == {"MODE": "test"}
    assert not surroundings.reads_stdin


@pytest.mark.usefixtures("project")
def test_a_new_leak_fails_the_check_and_is_told_with_its_line_and_its_holder(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert check(FakeRuns(answers={"app:api": LEAKING})) == 1

    printed = capsys.readouterr().out
    assert printed.startswith("WORSE: 1 leak is new, in 1 of 3 targets\n")
    assert "new  api\n" in printed
    assert "allocated at app/jobs.py:41 in Jobs.put" in printed


def test_an_update_accepts_what_leaks_and_the_next_check_passes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(FakeRuns(answers={"app:api": LEAKING}), "--update-baseline") == 0
    assert 'fingerprint = "app.jobs.Jobs.done"' in (project / "leakscan-baseline.toml").read_text()
    written = "wrote leakscan-baseline.toml: 1 known leak, 1 added, 0 taken out\n"
    assert capsys.readouterr().err.endswith(written)

    assert check(FakeRuns(answers={"app:api": LEAKING})) == 0
    assert "known  api: Jobs.done" in capsys.readouterr().out


def test_a_repaired_leak_is_told_as_gone_and_an_update_takes_it_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check(FakeRuns(answers={"app:api": LEAKING}), "--update-baseline")
    capsys.readouterr()

    assert check(FakeRuns()) == 0
    assert "gone  api: Jobs.done leaks no more; --update-baseline takes it out" in capsys.readouterr().out
    assert check(FakeRuns(), "--update-baseline") == 0
    assert "[[leak]]" not in (project / "leakscan-baseline.toml").read_text()


def test_an_update_of_some_targets_leaves_what_is_known_of_the_others(project: Path) -> None:
    both = {"app:api": LEAKING, "app:jobs": LEAKING}
    check(FakeRuns(answers=dict(both)), "--update-baseline")

    check(FakeRuns(), "api", "--update-baseline")

    assert (project / "leakscan-baseline.toml").read_text().count("[[leak]]") == 1


def test_a_clean_project_gets_no_baseline(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(FakeRuns(), "--update-baseline") == 0
    assert not (project / "leakscan-baseline.toml").exists()
    assert capsys.readouterr().err.endswith("nothing leaks, so there is no leakscan-baseline.toml to write\n")


@pytest.mark.usefixtures("project")
def test_a_target_that_failed_and_one_without_an_answer_have_their_own_exit_codes() -> None:
    failed: dict[str, Analysis | BaseException] = {"app:api": an_analysis(failure=a_failure())}
    noisy: dict[str, Analysis | BaseException] = {"app:jobs": an_analysis(verdict=Verdict.INCONCLUSIVE)}

    assert check(FakeRuns(answers=failed | noisy)) == 3
    assert check(FakeRuns(answers=noisy)) == 4
    assert check(FakeRuns(answers=noisy), "--inconclusive", "pass") == 0


def test_the_recordings_are_kept_under_the_names_of_the_targets(project: Path) -> None:
    engine = FakeRuns()

    check(engine, "-o", "kept")

    assert engine.recordings["app:api"] == Path("kept/api.leakscan")
    assert (project / "kept").is_dir()


@pytest.mark.usefixtures("project")
def test_quiet_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    check(FakeRuns(answers={"app:api": LEAKING}), "-q")

    assert capsys.readouterr() == ("WORSE: 1 leak is new, in 1 of 3 targets\n", "")


@pytest.mark.usefixtures("project")
def test_each_target_is_told_when_its_run_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    check(FakeRuns(answers={"app:api": LEAKING}))

    assert sorted(line.split()[:4] for line in capsys.readouterr().err.splitlines()) == [
        ["api", "LEAKING", "1", "new"],
        ["jobs", "CLEAN", "1,234", "calls,"],
        ["mail", "CLEAN", "1,234", "calls,"],
    ]


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["apo"], "no target is called `apo`", "did you mean `api`?"),
        (["--tag", "x"], "no target has the tag `x`", "there are nightly, web"),
        (["--shard", "3/2"], "`3/2` is no part of a whole", "see `leakscan check --help`"),
        (["--config", "none.toml"], "can't be read: No such file or directory", ""),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_choice_that_names_nothing_is_an_error(
    arguments: list[str], message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(FakeRuns(), *arguments) == 2

    said = capsys.readouterr().err
    assert message in said
    assert hint in said


def test_a_folder_without_a_configuration_is_told_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert check(FakeRuns()) == 2
    assert "hint: `leakscan init` writes a first configuration" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_a_ctrl_c_ends_the_check() -> None:
    assert check(FakeRuns(answers={"app:jobs": KeyboardInterrupt()})) == 130
