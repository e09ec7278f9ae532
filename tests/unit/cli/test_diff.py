"""`leakscan diff`: two files become an answer and an exit code."""

import json
from pathlib import Path

import pytest

from leakscan import wire
from leakscan.cli import exit_code_of
from leakscan.cli.engine import RealEngine
from leakscan.model.analysis import Analysis
from leakscan.model.run import Unit
from leakscan.recording import CUT_SHORT, RecordingWriter
from tests.builders import a_finding, an_analysis
from tests.samples import recorded
from tests.unit.cli.fakes import FakeEngine
from tests.written import text_of

Captured = pytest.CaptureFixture[str]
LEAK = an_analysis(a_finding())
RECORDED = recorded()


def engine(old: Analysis, new: Analysis) -> FakeEngine:
    return FakeEngine(files={"old": old, "new": new})


def written(folder: Path, name: str) -> str:
    path = folder / f"{name}.leakscan"
    with RecordingWriter(path) as writer:
        writer.write(RECORDED[name])
    return str(path)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [(LEAK, LEAK, 0), (LEAK, an_analysis(), 0), (an_analysis(), LEAK, 1)],
)
def test_the_exit_code_says_whether_a_leak_is_new(old: Analysis, new: Analysis, expected: int) -> None:
    assert exit_code_of(["diff", "old", "new"], engine(old, new)) == expected


def test_quiet_is_the_answer_alone(capsys: Captured) -> None:
    exit_code_of(["diff", "old", "new", "-q"], engine(an_analysis(), LEAK))

    assert capsys.readouterr().out == "WORSE: 1 leak is new or worse (1 new)\n"


def test_stdout_holds_a_file_alone(capsys: Captured) -> None:
    exit_code_of(["diff", "old", "new", "-q", "--json", "-"], engine(an_analysis(), LEAK))

    out, err = capsys.readouterr()
    assert json.loads(out)["exit_code"] == 1
    assert err == "WORSE: 1 leak is new or worse (1 new)\n"


@pytest.mark.parametrize(("band", "expected"), [("20%", 1), ("0.2", 1), ("60%", 0), ("1", 0)])
def test_the_band_is_a_share(band: str, expected: int) -> None:
    more = an_analysis(a_finding(bytes_per_call=2_900.0))

    assert exit_code_of(["diff", "old", "new", "--band", band], engine(LEAK, more)) == expected


@pytest.mark.parametrize("band", ["-1", "much", "nan", "%"])
def test_what_is_no_share_is_refused(band: str, capsys: Captured) -> None:
    assert exit_code_of(["diff", "old", "new", "--band", band], engine(LEAK, LEAK)) == 2
    assert "is not a share; write it like 20% or 0.2" in capsys.readouterr().err


def test_growth_by_the_call_is_not_compared_with_growth_by_the_second(capsys: Captured) -> None:
    by_second = an_analysis(a_finding(), unit=Unit.SECOND)

    assert exit_code_of(["diff", "old", "new"], engine(LEAK, by_second)) == 2
    assert "counts its growth by the call, the new one by the second" in capsys.readouterr().err


def test_a_recording_and_the_report_on_it_are_the_same(tmp_path: Path, capsys: Captured) -> None:
    recording, report = written(tmp_path, "leak"), tmp_path / "report.json"
    exit_code_of(["report", recording, "-q", "--json", str(report)], RealEngine())

    exit_code = exit_code_of(["diff", recording, str(report), "-q", "--band", "0"], RealEngine())

    assert exit_code == 0
    assert capsys.readouterr().out.splitlines()[-1] == "OK: no leak is new or worse (1 same)"


def test_a_leak_that_came_between_two_recordings_fails(tmp_path: Path) -> None:
    arguments = ["diff", written(tmp_path, "clean"), written(tmp_path, "leak"), "-q"]

    assert exit_code_of(arguments, RealEngine()) == 1


def test_a_threshold_counts_for_recordings(tmp_path: Path) -> None:
    arguments = ["diff", written(tmp_path, "clean"), written(tmp_path, "leak"), "--threshold", "1MB"]

    assert exit_code_of(arguments, RealEngine()) == 0


@pytest.mark.parametrize(("command", "more"), [("report", []), ("top", []), ("list", ["app.CACHE"])])
def test_a_recording_that_is_cut_is_read_as_far_as_it_goes_and_says_so(
    command: str, more: list[str], tmp_path: Path, capsys: Captured
) -> None:
    path = Path(written(tmp_path, "leak"))
    path.write_bytes(path.read_bytes()[:-5])

    exit_code_of([command, str(path), *more], RealEngine())

    out = " ".join(capsys.readouterr().out.split())
    assert f" warning: {CUT_SHORT} " in f"{out} "


def test_a_recording_is_read_up_to_a_line_that_is_garbled(tmp_path: Path, capsys: Captured) -> None:
    path = Path(written(tmp_path, "leak"))
    *lines, ended, end = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines, b"\0\0\0", ended, end]))

    exit_code = exit_code_of(["report", str(path)], RealEngine())

    out = " ".join(capsys.readouterr().out.split())
    assert exit_code == 1
    assert f"warning: line {len(lines) + 1} of the recording is garbled; the report is on what stands" in out


def _of_a_site_that_is_not_there(record: wire.Record) -> wire.Record:
    if not isinstance(record, wire.Explained):
        return record
    shares = (record.holders[0].shares[0]._replace(site=99),)
    return record._replace(holders=(record.holders[0]._replace(shares=shares),))


def test_a_recording_whose_records_contradict_each_other_is_refused_in_one_sentence(
    tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "run.leakscan"
    with RecordingWriter(path) as writer:
        writer.write([_of_a_site_that_is_not_there(record) for record in RECORDED["leak"]])

    exit_code = exit_code_of(["report", str(path)], RealEngine())

    first, *hints = capsys.readouterr().err.splitlines()
    assert exit_code == 2
    assert (
        first
        == f"leakscan: the records of `{path}` contradict each other (IndexError: tuple index out of range)"
    )
    assert [hint[:6] for hint in hints] == ["hint: "]


@pytest.mark.parametrize("command", [["report"], ["diff", "{whole}"], ["top"], ["list"]])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no leakscan recording"),
        (b"hello\n", "is no leakscan recording"),
        (b"PK\x03\x04\x00", "is no leakscan recording"),
        (
            wire.encode(RECORDED["clean"][0]._replace(format=99)),  # type: ignore[call-arg]
            f"has format 99; this leakscan reads up to {wire.FORMAT_VERSION}",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    command: list[str], content: bytes, sentence: str, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    whole = written(tmp_path, "clean")
    more = ["put"] if command == ["list"] else []

    exit_code = exit_code_of(
        [word.format(whole=whole) for word in command] + [str(path), *more], RealEngine()
    )

    first, *hints = capsys.readouterr().err.splitlines()
    assert exit_code == 2
    assert first == f"leakscan: `{path}` {sentence}"
    assert all(hint.startswith("hint: ") for hint in hints)


def test_a_json_report_of_something_else_is_refused(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "package.json"
    path.write_text(text_of("json", an_analysis()).replace('"verdict"', '"vendor"'))

    assert exit_code_of(["diff", str(path), str(path)], RealEngine()) == 2
    assert f"`{path}` is no leakscan report" in capsys.readouterr().err
