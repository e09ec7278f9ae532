"""Files that are read and may be a stranger's: recordings, reports, configurations, histories."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from leakscan import wire
from leakscan.project.history_db import keep_run
from tests.builders import a_finding, a_past_run, a_site, an_analysis
from tests.faults.command import Faulty
from tests.faults.rows import Part, fault
from tests.samples import recorded
from tests.written import text_of

CHECK = """
[[target]]
name = "work"
target = "app:work"
calls = 500
warmup = 500
rounds = 12
"""


def _recording(path: Path, *, name: str = "clean", **changes: Any) -> None:
    header, *others = recorded()[name]
    assert isinstance(header, wire.Header)
    path.write_bytes(b"".join(map(wire.encode, [header._replace(**changes), *others])))


@fault(
    Part.FILES,
    "A recording is an endless device",
    sees="leakscan: `/dev/zero` can't be read: it is a device",
    exits=2,
)
def test_a_device_is_no_recording(faulty: Faulty) -> None:
    faulty.command("report", "/dev/zero")


@fault(
    Part.FILES,
    "A recording is a pipe that nobody writes to",
    sees="leakscan: `pipe` is no leakscan recording",
    exits=2,
)
def test_a_pipe_of_nobody_does_not_keep_the_command_waiting(faulty: Faulty) -> None:
    os.mkfifo(faulty.folder / "pipe")

    faulty.command("top", "pipe")


@fault(
    Part.FILES,
    "A recording has numbers that nothing measures",
    sees="line 3 of the recording is garbled; the report is on what stands before it",
    exits=4,
)
def test_a_recording_of_absurd_numbers_is_read_up_to_them(faulty: Faulty) -> None:
    _recording(faulty.folder / "run.leakscan")
    lines = (faulty.folder / "run.leakscan").read_bytes().split(b"\n")
    lines[2] = b'{"t":"Loaded","name":"app:work","seconds":' + b"9" * 5_000 + b"}"
    (faulty.folder / "run.leakscan").write_bytes(b"\n".join(lines))

    faulty.command("report", "run.leakscan")


@fault(
    Part.FILES,
    "A recording says of a file of the reader's that it leaks",
    sees="no source: /etc/passwd lies outside the project and its packages",
    exits=0,
)
def test_no_file_of_the_reader_is_shown(faulty: Faulty) -> None:
    report = an_analysis(a_finding(sites=(a_site("/etc/passwd:1", "put"),)))
    faulty.write("report.json", text_of("json", report))

    done = faulty.command("list", "report.json", "put")

    assert "root:" not in done.stdout


@fault(
    Part.FILES,
    "A JSON report is nested 100,000 levels deep",
    sees="leakscan: `report.json` is no leakscan report: it is nested more than 64 levels deep",
    exits=2,
)
def test_a_report_that_is_nested_deep_is_refused(faulty: Faulty) -> None:
    faulty.write("report.json", '{"schema_version": ' + "[" * 100_000)

    faulty.command("top", "report.json")


@fault(
    Part.FILES,
    "A JSON report has a number of 5,000 digits",
    sees="leakscan: `report.json` is no leakscan report: it has a number that nothing measures, 1111",
    exits=2,
)
def test_a_report_with_a_long_number_is_refused(faulty: Faulty) -> None:
    faulty.write("report.json", '{"schema_version": 1, "calls": ' + "1" * 5_000 + "}")

    faulty.command("top", "report.json")


@fault(
    Part.FILES,
    "A JSON report has a text where a number belongs",
    sees="leakscan: `report.json` is no leakscan report: it has `much` instead of a number at "
    "`findings[0].sites[0].bytes_per_call`",
    exits=2,
)
def test_a_value_of_another_type_is_named(faulty: Faulty) -> None:
    report = json.loads(text_of("json", an_analysis(a_finding())))
    report["findings"][0]["sites"][0]["bytes_per_call"] = "much"
    faulty.write("report.json", json.dumps(report))

    faulty.command("diff", "report.json", "report.json")


@fault(
    Part.FILES,
    "The configuration is no text",
    sees="leakscan.toml` is no TOML: 'utf-8' codec can't decode byte 0xff",
    exits=2,
)
def test_a_configuration_without_an_encoding_is_refused(faulty: Faulty) -> None:
    (faulty.folder / "leakscan.toml").write_bytes(b"\xff\xfe")

    faulty.command("check")


@fault(
    Part.FILES,
    "The configuration has a number of a million digits",
    sees="`leakscan.toml`: `interval`: a number that nothing measures is not a number of seconds ≥ 0",
    exits=2,
)
def test_a_configuration_with_an_endless_number_is_refused(faulty: Faulty) -> None:
    faulty.write("leakscan.toml", "interval = 0x" + "f" * 1_000_000)

    faulty.command("check")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@fault(
    Part.FILES,
    "The folder of the configuration belongs to somebody else",
    sees="leakscan.toml` is not obeyed: it, or its folder, belongs to somebody else",
    exits=2,
)
def test_a_configuration_of_somebody_else_is_not_obeyed(faulty: Faulty) -> None:
    faulty.write("app.py", "from pathlib import Path\nPath('obeyed').touch()\n" + "def work():\n    pass\n")
    faulty.write("leakscan.toml", CHECK)
    os.chown(faulty.folder, 65_534, 65_534)

    faulty.command("check", environment={"SUDO_UID": ""})

    assert not (faulty.folder / "obeyed").exists()


@fault(
    Part.FILES,
    "The baseline is a folder",
    sees="leakscan-baseline.toml` can't be read: it is a folder",
    exits=2,
)
def test_a_baseline_that_is_a_folder_is_refused(faulty: Faulty) -> None:
    faulty.write("leakscan.toml", CHECK)
    (faulty.folder / "leakscan-baseline.toml").mkdir()

    faulty.command("check")


@fault(
    Part.FILES,
    "The history is a view that never ends",
    sees="leakscan: `runs.db` is no history of leakscan's",
    exits=2,
)
def test_a_history_that_computes_is_refused(faulty: Faulty) -> None:
    path = faulty.folder / "runs.db"
    keep_run(path, a_past_run())
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP TABLE run; CREATE VIEW run AS WITH RECURSIVE "
            "n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n;"
        )

    faulty.command("history", "--history", "runs.db")


@fault(
    Part.FILES,
    "The history has a trigger that never ends",
    sees="leakscan: `runs.db` has triggers, which no history of leakscan's has",
    exits=2,
)
def test_a_history_with_a_trigger_is_refused_before_the_run(faulty: Faulty) -> None:
    path = faulty.folder / "runs.db"
    keep_run(path, a_past_run())
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TRIGGER endless AFTER INSERT ON run BEGIN UPDATE run SET calls = ("
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n); END;"
        )
    faulty.write("app.py", "def work():\n    pass\n")

    faulty.command("run", "app.py:work", "--history", "runs.db")


@fault(
    Part.FILES,
    "The history has a text where a number belongs",
    sees="leakscan: `runs.db` is no history of leakscan's: it has `x` instead of a number at "
    "`growth_bytes_per_call`",
    exits=2,
)
def test_a_history_with_a_value_of_another_type_is_refused(faulty: Faulty) -> None:
    path = faulty.folder / "runs.db"
    keep_run(path, a_past_run())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE run SET growth_bytes_per_call = 'x'")

    faulty.command("history", "--history", "runs.db")
