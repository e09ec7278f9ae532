"""`leakscan check`: its files, its remarks on the lines of a change, and its rate of calls."""

import json
import os
from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from leakscan.cli.options import CODE_QUALITY
from leakscan.cli.repository import checkout_around
from leakscan.reports.formats.table import flags_of
from tests.builders import a_finding, an_analysis
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]
NAMES = [form.name for form in flags_of("check")]
TARGETS = """
[[target]]
name = "jobs"
target = "app:jobs"

[[target]]
name = "api"
target = "app:api"
rate = 20
"""
HEADLINE = "WORSE: 2 leaks are new, in 2 of 2 targets\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "leakscan.toml").write_text(TARGETS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str, engine: FakeEngine | None = None) -> int:
    return exit_code_of(["check", *arguments], engine or FakeEngine(an_analysis(a_finding())))


def test_all_files_can_be_written_at_once(project: Path, capsys: Captured) -> None:
    folder = project / "reports"
    folder.mkdir()
    paths = [folder / f"check{form.suffix}" for form in flags_of("check")]
    flags = [
        word for form, path in zip(flags_of("check"), paths, strict=True) for word in (f"--{form.name}", path)
    ]

    assert check(*map(str, flags)) == 1

    assert set(folder.iterdir()) == set(paths)
    assert all(path.stat().st_size for path in paths)
    assert capsys.readouterr().out.startswith(HEADLINE)


@pytest.mark.parametrize("name", NAMES)
def test_stdout_holds_a_file_alone(
    name: str, project: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = project / "check"
    check("-q", f"--{name}", str(path))
    capfdbinary.readouterr()

    exit_code = check("-q", f"--{name}", "-")

    out, err = capfdbinary.readouterr()
    assert (exit_code, err) == (1, HEADLINE.encode())
    assert out == path.read_bytes()


def test_two_files_cannot_share_stdout_and_nothing_runs(capsys: Captured) -> None:
    engine = FakeEngine()

    assert check("--json", "-", "--html", "-", engine=engine) == 2
    assert engine.options is None
    assert capsys.readouterr().err == (
        "leakscan: --json and --html can't share stdout\nhint: give all but one of them a file\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--json", "none/check.json"], "can't write `none/check.json`: there is no folder `none`"),
        (["--json", "x", "--html", "x"], "--json and --html are the same file, `x`"),
        (
            ["--update-baseline", "--json", "leakscan-baseline.toml"],
            "--update-baseline and --json are the same file, ",
        ),
        (["-o", "leakscan.toml"], "can't keep recordings in `leakscan.toml`: File exists"),
        (["-q", "-v"], "--quiet and --verbose contradict each other"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_runs(
    arguments: list[str], message: str, capsys: Captured
) -> None:
    engine = FakeEngine()

    assert check(*arguments, engine=engine) == 2
    assert engine.options is None
    assert message in capsys.readouterr().err


def test_a_report_can_lie_beside_the_recordings(project: Path) -> None:
    assert check("-o", "kept", "--json", "kept/check.json") == 1
    assert (project / "kept" / "check.json").exists()


def test_a_file_that_cannot_be_written_costs_neither_the_report_nor_the_other_files(
    project: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def replace_unless_full(draft: Path, path: Path) -> Path:
        if path.name == "check.json":
            raise OSError(28, "No space left on device")
        return replace(draft, path)

    monkeypatch.setattr(Path, "replace", replace_unless_full)

    assert check("--json", "check.json", "--markdown", "check.md") == 1

    out, err = capsys.readouterr()
    assert out.startswith(HEADLINE)
    assert err.endswith("leakscan: can't write `check.json`: No space left on device\n")
    assert sorted(os.listdir(project)) == ["check.md", "leakscan.toml"]  # noqa: PTH208


def test_after_an_update_the_files_say_what_the_new_baseline_says() -> None:
    assert check("--update-baseline", "--json", "check.json") == 0

    told = json.loads(Path("check.json").read_text())
    assert told["summary"] == "OK: no leak is new or worse in 2 targets (2 known)"
    assert [found["standing"] for target in told["targets"] for found in target["findings"]] == ["known"] * 2


def test_a_part_without_targets_has_a_file_too() -> None:
    shards = [check("--shard", f"{part}/5", "--json", f"{part}.json") for part in range(1, 6)]

    told = [json.loads(Path(f"{part}.json").read_text()) for part in range(1, 6)]

    assert sorted(target["name"] for each in told for target in each["targets"]) == ["api", "jobs"]
    assert [each["exit_code"] for each in told] == shards
    assert all(each["leakscan_version"] for each in told)


def test_on_github_the_commands_follow_the_report(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    check("-q")

    first, *commands = capsys.readouterr().out.splitlines()
    assert first == HEADLINE.strip()
    assert [line.split()[0] for line in commands] == ["::error", "::error"]


def test_stdout_that_holds_a_file_holds_no_commands(capsys: Captured) -> None:
    check("-q", "--annotations", "github", "--markdown", "-")

    out, err = capsys.readouterr()
    assert out.startswith("### leakscan: WORSE\n")
    assert "\n::error" not in out
    assert err.count("\n::error ") == 2


def test_for_gitlab_the_report_is_a_file_in_the_current_folder(project: Path, capsys: Captured) -> None:
    check("-q", "--annotations", "gitlab")

    issues = json.loads((project / CODE_QUALITY).read_text())
    assert [issue["location"]["path"] for issue in issues] == ["app/jobs.py"] * 2
    assert len({issue["fingerprint"] for issue in issues}) == 2
    assert "::" not in capsys.readouterr().out


def test_lines_are_called_by_their_place_in_the_repository_of_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".git").mkdir()
    inner = project / "services" / "api"
    inner.mkdir(parents=True)
    (project / "leakscan.toml").rename(inner / "leakscan.toml")
    monkeypatch.chdir(inner)

    check("-q", "--sarif", "check.sarif")

    [result, _] = json.loads(Path("check.sarif").read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "services/api/app/jobs.py", "uriBaseId": "%SRCROOT%"}
    assert checkout_around(inner).root == project.as_posix()


def test_a_target_is_forecast_at_the_rate_that_the_project_gives_or_the_command_line() -> None:
    check("-q", "--json", "configured.json")
    check("-q", "--json", "given.json", "--rate", "50/min")

    def rates(path: str) -> list[float]:
        targets = json.loads(Path(path).read_text())["targets"]
        return [target["report"]["findings"][0]["forecast"]["calls_per_second"] for target in targets]

    assert rates("configured.json") == [1_000.0, 20.0]
    assert rates("given.json") == [50 / 60, 50 / 60]
