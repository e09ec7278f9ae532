"""Files that can't be written, and files that nobody meant to write."""

import json
import os
import resource
import subprocess
from typing import Any

from tests.faults.command import Faulty
from tests.faults.rows import Part, fault
from tests.promises import About, promise

CLEAN = "def work():\n    pass\n"
LEAKING = "KEPT = []\ndef work():\n    KEPT.append(bytearray(500))\n"
RUN = ("run", "app:work", "--calls", "500", "--warmup", "500", "--rounds", "12", "-q")


def _without_the_folder(name: str) -> str:
    """A target that does nothing but take a folder away, once."""
    return f"import shutil\ndef work():\n    shutil.rmtree({name!r}, ignore_errors=True)\n"


def _to(device: str) -> dict[str, Any]:
    """Standard output goes to a device; what is said on stderr is what is checked."""
    descriptor = os.open(device, os.O_WRONLY)
    return {"capture_output": False, "stdout": descriptor, "stderr": subprocess.PIPE}


@fault(
    Part.FILES,
    "Standard output has no room, as on a full disk",
    sees="leakscan: standard output can't be written: No space left on device; what it should hold is here "
    "CLEAN",
    exits=0,
)
def test_a_report_that_stdout_does_not_take_stands_on_stderr(faulty: Faulty) -> None:
    faulty.write("app.py", CLEAN)

    faulty.command(*RUN, **_to("/dev/full"))


@fault(
    Part.FILES,
    "Standard output is closed",
    sees="leakscan: standard output can't be written: it is closed; what it should hold is here LEAKING",
    exits=1,
)
def test_a_report_without_a_stdout_stands_on_stderr(faulty: Faulty) -> None:
    faulty.write("app.py", LEAKING)

    faulty.command(*RUN, "-o", "run.leakscan", preexec_fn=lambda: os.close(1))

    # Nothing that was opened since has taken the place of stdout.
    assert b"CLEAN" not in (faulty.folder / "run.leakscan").read_bytes()


@fault(
    Part.FILES,
    "The JSON report of a clean target goes to standard output, which has no room",
    sees="leakscan: can't write standard output: No space left on device",
    exits=2,
)
def test_a_clean_verdict_does_not_pass_a_job_whose_file_is_missing(faulty: Faulty) -> None:
    faulty.write("app.py", CLEAN)

    faulty.command(*RUN, "--json", "-", **_to("/dev/full"))


@fault(
    Part.FILES,
    "The help goes to a full disk",
    sees="leakscan: the system refuses what leakscan needs: No space left on device",
    exits=2,
)
def test_help_that_nobody_can_read_is_no_bug(faulty: Faulty) -> None:
    faulty.command("run", "--help", **_to("/dev/full"))


@fault(
    Part.FILES,
    "The folder of a report goes away while a leaking target runs",
    sees="leakscan: can't write `out/report.json`: No such file or directory",
    exits=1,
)
def test_a_report_whose_folder_went_away_costs_no_verdict(faulty: Faulty) -> None:
    faulty.write("app.py", LEAKING + "    shutil.rmtree('out', ignore_errors=True)\nimport shutil\n")
    (faulty.folder / "out").mkdir()

    done = faulty.command(*RUN, "--json", "out/report.json", "--markdown", "report.md")

    assert done.stdout.startswith("LEAKING")
    assert (faulty.folder / "report.md").is_file()


@fault(
    Part.FILES,
    "The file of a recording has no room from the start",
    sees="leakscan: the recording `/dev/full` can't be written: No space left on device",
    exits=2,
)
def test_a_recording_without_room_costs_no_report(faulty: Faulty) -> None:
    faulty.write("app.py", CLEAN)

    done = faulty.command(*RUN, "-o", "/dev/full")

    assert done.stdout.startswith("CLEAN")


@fault(
    Part.FILES,
    "The disk is full in the middle of a recording",
    sees="leakscan: the recording `run.leakscan` is cut short: File too large",
    exits=2,
)
def test_a_recording_that_is_cut_short_is_read_as_far_as_it_goes(faulty: Faulty) -> None:
    faulty.write("app.py", CLEAN)

    faulty.command(
        *RUN,
        "-o",
        "run.leakscan",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000)),
    )

    lines = (faulty.folder / "run.leakscan").read_bytes().splitlines()
    assert [json.loads(line)["t"] for line in lines[:3]] == ["Header", "Controlled", "Loaded"]


@fault(
    Part.FILES,
    "The recording is taken away while it is written",
    sees="leakscan: the recording `out/run.leakscan` is lost: the file was taken away during the run",
    exits=2,
)
def test_a_recording_that_went_away_is_said_to_be_lost(faulty: Faulty) -> None:
    faulty.write("app.py", _without_the_folder("out"))
    (faulty.folder / "out").mkdir()

    faulty.command(*RUN, "-o", "out/run.leakscan")


@promise(About.WRITES, "A recording takes the place of an older one only when the target has loaded.")
@fault(
    Part.FILES,
    "A run is recorded over an older recording, and its target can't be loaded",
    sees="leakscan: `run.leakscan` keeps the recording that was in it: the target was not loaded",
    exits=3,
)
def test_an_old_recording_is_kept_until_the_target_has_loaded(faulty: Faulty) -> None:
    faulty.write("app.py", "raise ValueError\n")
    (faulty.folder / "run.leakscan").write_text("an old recording")

    faulty.command(*RUN, "-o", "run.leakscan")

    assert (faulty.folder / "run.leakscan").read_text() == "an old recording"


@fault(
    Part.FILES,
    "The folder of the history goes away during the run",
    sees="leakscan: can't keep the history `out/runs.db`: there is no folder `out`",
    exits=2,
)
def test_a_history_that_went_away_costs_no_report(faulty: Faulty) -> None:
    faulty.write("app.py", _without_the_folder("out"))
    (faulty.folder / "out").mkdir()

    done = faulty.command(*RUN, "--history", "out/runs.db")

    assert done.stdout.startswith("CLEAN")


@fault(
    Part.FILES,
    "The working folder goes away during the run",
    sees="CLEAN (flat): memory is flat",
    exits=0,
)
def test_a_working_folder_that_went_away_costs_nothing(faulty: Faulty) -> None:
    faulty.write("gone/app.py", _without_the_folder(str(faulty.folder / "gone")))

    faulty.command(*RUN, cwd=faulty.folder / "gone")
