"""What may be a secret of the target: it is neither shown nor recorded, whatever goes wrong."""

import gzip
from pathlib import Path

import pytest

from tests.faults.command import EVERY_FILE, FILES, Faulty
from tests.faults.rows import Part, fault
from tests.promises import About, promise

WORD = "hunter2"
"""A password."""
LOOKS_LIKE_ONE = (
    "What looks like a password or a token in a message of the target is neither shown nor recorded; "
    "what does not look like one is."
)
QUICK = ("--calls", "40", "--rounds", "6")
RECORDED = ("-o", "run.leakscan", "--annotations", "gitlab", *EVERY_FILE)
WRITTEN = ("run.leakscan", "gl-code-quality-report.json", *FILES.values())
SESSIONS = """
    SESSIONS = {}
    def work():
        SESSIONS.setdefault("-".join(["user", "8812@example.org"]), []).append(object())
"""


def check_files_are_silent(folder: Path, secret: str = WORD) -> None:
    """All files are there, and none has the secret in it."""
    assert [name for name in WRITTEN if secret.encode() in _unpacked(folder / name)] == []


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


@promise(
    About.NEVER, "No value of the target's own arguments is shown or recorded, only the names of options."
)
@fault(
    Part.TARGET,
    "It is given a password on its command line",
    sees="app.py:work --password … -p … --token=… … -vvv: ",
    exits=0,
)
def test_the_arguments_of_the_target_are_masked(faulty: Faulty) -> None:
    faulty.write("app.py", f"import sys\ndef work():\n    assert sys.argv[2] == '{WORD}'\n")
    given = ("--password", WORD, "-p", WORD, f"--token={WORD}", WORD, "-vvv")

    done = faulty.command("run", "app.py:work", "--calls", "2000", "--rounds", "24", *RECORDED, "--", *given)

    assert WORD not in done.stdout
    check_files_are_silent(faulty.folder)


@promise(About.NEVER, LOOKS_LIKE_ONE)
@fault(
    Part.TARGET,
    "It fails with a password in its message",
    sees="the target raised RuntimeError: no way to postgres://…@db.example.org with password=… in call 1",
    exits=3,
)
def test_a_password_in_a_message_is_masked(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        f"""
        def work():
            raise RuntimeError("no way to postgres://ada:{WORD}@db.example.org with password={WORD}")
        """,
    )

    done = faulty.command("run", "app.py:work", *RECORDED)

    assert WORD not in done.stdout
    check_files_are_silent(faulty.folder)


@promise(About.NEVER, LOOKS_LIKE_ONE)
@fault(
    Part.TARGET,
    "It fails with a password in a sentence, and in the commands that it ran",
    sees="password … rejected: curl -u ada:… http://x; mysql -uroot -p…; sshpass -p … ssh x in call 1",
    exits=3,
)
def test_a_password_in_a_sentence_or_a_command_is_masked(faulty: Faulty) -> None:
    faulty.write(
        "app.py",
        f"""
        def work():
            raise RuntimeError(
                "password {WORD} rejected: curl -u ada:{WORD} http://x; mysql -uroot -p{WORD}; "
                "sshpass -p {WORD} ssh x"
            )
        """,
    )

    done = faulty.command("run", "app.py:work", *RECORDED)

    assert WORD not in done.stdout
    check_files_are_silent(faulty.folder)


@fault(
    Part.TARGET,
    "It exits with a password in its message",
    sees="the target ended the process with SystemExit: no way with password=… in call 1",
    exits=3,
)
def test_a_password_in_the_message_of_an_exit_is_masked(faulty: Faulty) -> None:
    faulty.write("app.py", f"import sys\ndef work():\n    sys.exit('no way with password={WORD}')\n")

    done = faulty.command("run", "app.py:work", *RECORDED)

    assert WORD not in done.stdout
    check_files_are_silent(faulty.folder)


@fault(
    Part.TARGET,
    "Its import fails with a token in the message",
    sees="can't be imported: ValueError: token … is no good",
    exits=3,
)
def test_a_token_in_the_message_of_an_import_is_masked(faulty: Faulty) -> None:
    faulty.write("app.py", "raise ValueError('token ghp_16C7e42F292c6912E7aaaa is no good')\n")

    faulty.command("run", "app.py:work", *RECORDED)

    check_files_are_silent(faulty.folder, "16C7e42F292c6912E7")


@promise(About.NEVER, "No key of the target's dicts is shown in full unless it is a word of its code.")
@fault(
    Part.TARGET,
    "What leaks is kept by the mail address of a customer",
    sees="app.SESSIONS['user-…' (21 characters)]",
    exits=1,
)
def test_a_key_is_shown_by_its_shape(faulty: Faulty) -> None:
    faulty.write("app.py", SESSIONS)

    done = faulty.command("run", "app.py:work", *QUICK, "--no-source", *RECORDED)

    assert "8812@" not in done.stdout
    check_files_are_silent(faulty.folder, "8812@")


@fault(
    Part.TARGET,
    "What leaks is kept by the mail address of a customer, and the user asks for the keys",
    sees="app.SESSIONS['user-8812@example.org']",
    exits=1,
)
def test_a_key_is_shown_in_full_on_demand(faulty: Faulty) -> None:
    faulty.write("app.py", SESSIONS)

    faulty.command("run", "app.py:work", *QUICK, "--show-keys")


@fault(
    Part.FILES,
    "A report is to be shown to people who may not see the code",
    sees="line 2, in work RuntimeError: no",
    exits=3,
)
def test_a_report_without_source_quotes_no_line(faulty: Faulty) -> None:
    faulty.write("app.py", "def work():\n    raise RuntimeError('no')  # a remark\n")

    done = faulty.command("run", "app:work", "--no-source", "--html", "report.html", "--json", "report.json")

    assert "a remark" not in done.stdout
    assert "a remark" not in (faulty.folder / "report.html").read_text()
    assert "a remark" not in (faulty.folder / "report.json").read_text()


@fault(
    Part.FILES,
    "A recording of an earlier version holds the arguments of the target",
    sees="ran app.py:work --password …",
    exits=4,
)
def test_the_arguments_in_an_old_recording_are_masked(faulty: Faulty) -> None:
    faulty.write(
        "old.leakscan",
        '{"t":"Header","format":1,"leakscan":"0.1.0","python":"3.11.7","platform":"Linux","started_at":"",'
        f'"options":{{"target":"app.py:work","arguments":["--password","{WORD}"]}}}}\n',
    )

    done = faulty.command("report", "old.leakscan")

    assert WORD not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["type", "function", "message"])
@fault(
    Part.TARGET,
    "A name of its code or a message has ten million characters",
    sees="xxxxxxxx",
    exits=3,
)
def test_what_is_very_long_is_cut_before_it_travels(faulty: Faulty, name: str) -> None:
    faulty.write(
        "app.py",
        """
        long = "x" * 10_000_000
        class Failed(Exception):
            pass
        def type_():
            Failed.__qualname__ = long
            raise Failed
        def message():
            raise Failed(long)
        exec(f"def {long}(): raise Failed('xxxxxxxx')")
        function = globals()[long]
        """,
    )
    target = "type_" if name == "type" else name

    done = faulty.command("run", f"app.py:{target}", "-o", "run.leakscan")

    assert (faulty.folder / "run.leakscan").stat().st_size < 500_000
    assert len(done.stdout) < 200_000
