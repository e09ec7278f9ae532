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
import pytest

from leakscan import wire
from leakscan.runner import supervisor
from leakscan.runner.child_process_snapshots import ChildProcessSnapshots, children_of

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
        left = children_of(process.pid, 0.0)

    assert said[1:] == ["status 0", "left sleep"]
    assert left.processes == ()


_LEAVES_ONE_THAT_TIDIES_UP = """
import signal, subprocess, sys
left = subprocess.Popen([sys.executable, "-c", {tidies_up!r}], stderr=subprocess.PIPE)
left.stderr.read(5)
if {stops}:
    left.send_signal(signal.SIGSTOP)
"""
_TIDIES_UP = """
import os, signal
signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"tidied up"), os._exit(0)))
os.write(2, b"ready")
while True:
    signal.pause()
"""


@pytest.mark.parametrize("stops", [False, True])
def test_what_is_left_tidies_up_before_it_is_killed_also_where_it_was_stopped(*, stops: bool) -> None:
    with _supervised(_LEAVES_ONE_THAT_TIDIES_UP.format(tidies_up=_TIDIES_UP, stops=stops)) as (process, ours):
        assert process.stdout is not None
        said = _said(ours)
        shown = process.stdout.read()

    assert [line.split()[0] for line in said] == ["pid", "status", "left"]
    assert shown == b"tidied up"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM])
def test_no_signal_of_a_terminal_or_a_service_manager_ends_the_supervisor(number: signal.Signals) -> None:
    with _supervised("import time; time.sleep(1000)") as (process, ours):
        assert ours.recv(4096).startswith(b"pid ")
        process.send_signal(number)
        ours.send(bytes([signal.SIGTERM]))
        said = _said(ours)

    assert said == ["status -15"]


def test_all_ends_when_leakscan_is_gone() -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '1000']).pid, flush=True); import time; "
    with _supervised(code + "time.sleep(1000)") as (process, ours):
        assert process.stdout is not None
        process.stdout.readline()
        family = process.children(recursive=True)
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


def test_a_process_that_is_gone_has_no_children() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()

    assert children_of(process.pid, 0.0) == wire.Children(0.0, (), 0)


_DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while os.getppid() != {supervisor}:
            time.sleep(0.001)
        print(os.getpid(), flush=True)
        time.sleep(1000)
    os._exit(0)
os.wait()
time.sleep(1000)
"""
_ALONE = "import time; print(0, flush=True); time.sleep(1000)"


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")
def test_a_child_that_became_a_daemon_is_seen_though_the_target_has_no_child() -> None:
    code = _DAEMON.format(supervisor="int(os.environ['SUPERVISOR'])")
    code = f"import os; os.environ['SUPERVISOR'] = str(os.getppid()){code}"
    with _supervised(code) as (process, ours):
        assert process.stdout is not None
        target = int(ours.recv(4096).split()[1])
        daemon = int(process.stdout.readline())
        seen = _seen_by_taker(target, process.pid)
        ours.close()

    assert [[child.pid for child in look.processes] for look in seen] == [[daemon]]


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")
def test_the_target_is_no_child_of_its_own() -> None:
    with _supervised(_ALONE) as (process, ours):
        assert process.stdout is not None
        target = int(ours.recv(4096).split()[1])
        process.stdout.readline()
        seen = _seen_by_taker(target, process.pid)
        ours.close()

    assert seen == []


def _seen_by_taker(target: int, supervisor_pid: int) -> list[wire.Children]:
    """What is seen before the screen of a target that says that it has no children."""
    taker = ChildProcessSnapshots(target, lambda: 0.0, supervisor=supervisor_pid)
    done = wire.RoundsDone(wire.Stage.WARM_UP, 1, has_children=False)
    looks = taker.before(wire.Rounds(wire.Stage.SCREEN, 1, 1), [done])
    return [look for look in looks if isinstance(look, wire.Children)]
