"""The program between leakscan and a target: what it starts, passes on, ends and says."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from leakscan.runner import supervisor
from leakscan.runner.descendants import descendants_of

SECONDS = 30


@contextlib.contextmanager
def _supervised(code: str) -> Iterator[tuple[psutil.Popen, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(SECONDS)
    reader, writer = os.pipe()
    numbers = (theirs.fileno(), writer)
    with psutil.Popen(
        [
            *(sys.executable, "-I", "-S", str(Path(supervisor.__file__))),
            *map(str, numbers),
            *(sys.executable, "-c", code),
        ],
        pass_fds=numbers,
        stdout=subprocess.PIPE,
    ) as process:
        theirs.close()
        os.close(writer)
        try:
            yield process, ours
        finally:
            ours.close()
            process.wait(SECONDS)
            os.close(reader)


def _said(ours: socket.socket) -> list[str]:
    said = b""
    with contextlib.suppress(OSError):
        while data := ours.recv(4096):
            said += data
    return said.decode().splitlines()


def test_the_status_of_the_target_is_said() -> None:
    with _supervised("raise SystemExit(7)") as (_, ours):
        said = _said(ours)

    assert said[1:] == ["status 7"]


def test_a_signal_is_passed_on() -> None:
    with _supervised("import time; time.sleep(1000)") as (_, ours):
        assert ours.recv(4096).startswith(b"pid ")
        ours.send(bytes([signal.SIGTERM]))
        said = _said(ours)

    assert said == ["status -15"]


def test_what_the_target_has_left_is_ended_and_named() -> None:
    with _supervised("import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True)") as (
        process,
        ours,
    ):
        said = _said(ours)
        left = descendants_of(process.pid)

    assert said[1:] == ["status 0", "left sleep"]
    assert left == []


def test_all_ends_when_leakscan_is_gone() -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '1000']).pid, flush=True); import time; "
    with _supervised(code + "time.sleep(1000)") as (process, ours):
        assert process.stdout is not None
        process.stdout.readline()
        family = descendants_of(process.pid)
        ours.close()
        process.wait(SECONDS)

    assert len(family) == 2
    assert psutil.wait_procs(family, timeout=SECONDS)[1] == []


def test_the_target_has_the_signals_of_whoever_started_the_supervisor() -> None:
    code = "import signal; print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))"
    with _supervised(code) as (process, ours):
        assert process.stdout is not None
        shown = process.stdout.read().decode()
        _said(ours)

    assert shown.split() == subprocess.check_output([sys.executable, "-c", code], text=True).split()


def test_a_process_that_is_gone_has_no_descendants() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()

    assert descendants_of(process.pid) == []
