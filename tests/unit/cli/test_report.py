"""`leakscan report`: a recording, judged again."""

import json
from pathlib import Path

import pytest

from leakscan.cli import exit_code_of
from leakscan.errors import RecordingError
from leakscan.model.analysis import CacheList
from tests.builders import a_cache, a_finding, an_analysis
from tests.unit.cli.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]


def test_a_recording_is_reported_as_its_run_was(capsys: Captured) -> None:
    engine = FakeEngine(an_analysis(a_finding()))

    exit_code = exit_code_of(["report", "run.leakscan", "--threshold", "64B"], engine)

    assert exit_code == 1
    assert engine.recording_path == Path("run.leakscan")
    assert engine.threshold == 64
    assert capsys.readouterr().out.startswith("LEAKING (unbounded growth)")


def test_a_recording_as_json_stands_alone_on_stdout(capsys: Captured) -> None:
    exit_code_of(["report", "run.leakscan", "--json", "-", "-q"], FakeEngine())

    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"] == "CLEAN"
    assert err == "CLEAN (flat): the heap stays flat\n"


def test_a_file_that_is_no_recording_is_a_usage_error(capsys: Captured) -> None:
    error = RecordingError("`notes.txt` is no recording", hint="give a file that -o wrote")

    exit_code = exit_code_of(["report", "notes.txt"], FakeEngine(error))

    assert exit_code == 2
    assert capsys.readouterr().err == (
        "leakscan: `notes.txt` is no recording\nhint: give a file that -o wrote\n"
    )


@pytest.mark.parametrize(("options", "is_shown"), [((), False), (("--caches",), True)])
def test_the_list_of_caches_is_shown_and_written_if_it_is_asked_for(
    options: tuple[str, ...], *, is_shown: bool, capsys: Captured, tmp_path: Path
) -> None:
    engine = FakeEngine(an_analysis(caches=CacheList(caches=(a_cache(),), unlisted=0)))
    written = tmp_path / "report.json"

    exit_code = exit_code_of(["report", "run.leakscan", *options, "--json", str(written)], engine)

    assert exit_code == 0
    assert ("lru_cache of app.price" in capsys.readouterr().out) == is_shown
    assert ("caches" in json.loads(written.read_text())) == is_shown


def test_a_recording_without_a_list_of_caches_says_how_to_get_one(capsys: Captured) -> None:
    exit_code = exit_code_of(["report", "run.leakscan", "--caches"], FakeEngine())

    out = " ".join(capsys.readouterr().out.split())
    assert exit_code == 0
    assert "warning: there is no list of caches: `leakscan run --caches` takes it" in out
