"""A child that the target forks is no agent: it has nothing of the agent's, and ends as the target would."""

import subprocess
import sys
from typing import NamedTuple

import pytest

from tests.integration.command import ROOT

PROGRAM = """
import os, sys
from leakscan import wire
from leakscan.agent.calling.target_forks import TARGET_CODE, ForkedChild, end_forked_child, is_forked, on_fork
from leakscan.agent.channel import Channel, PipeEnd
from leakscan.agent.main_loop import sender

def say(text):
    os.write(1, text.encode() + b"\\n")

commands, records = os.pipe(), os.pipe()
ends = PipeEnd(commands[0], os.O_RDONLY, "/nowhere"), PipeEnd(records[1], os.O_WRONLY, "/nowhere")
send = sender(Channel(*ends))
on_fork(lambda: say("let go"))

def target():
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    {end}

def run():
    with TARGET_CODE:
        return target()

try:
    with TARGET_CODE:
        status = run()
    say(f"the agent goes on, forked: {{is_forked()}}, status of the child: {{status}}")
except ForkedChild as child:
    say(f"in the child, forked: {{is_forked()}}, raised: {{child.error!r}}")
    end_forked_child(child.error, lambda error: None)
"""


class _Shown(NamedTuple):
    lines: list[str]
    complaints: str


def _run(end: str) -> _Shown:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(end=end)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return _Shown(done.stdout.splitlines(), done.stderr)


@pytest.mark.parametrize(
    ("end", "raised", "status", "complaint"),
    [
        ("return 7", "None", 0, ""),
        ("sys.exit(5)", "SystemExit(5)", 5, ""),
        ("raise KeyError('key')", "KeyError('key')", 1, "KeyError: 'key'\n"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt()", 130, "KeyboardInterrupt\n"),
        ("send(wire.Trimmed(1, 1))", "None", 0, ""),
    ],
    ids=["returns", "exits", "raises", "is interrupted", "sends"],
)
def test_what_the_code_of_the_target_comes_to_in_the_child_is_the_end_of_the_child(
    end: str, raised: str, status: int, complaint: str
) -> None:
    shown = _run(end)

    assert shown.lines == [
        "let go",
        f"in the child, forked: True, raised: {raised}",
        f"the agent goes on, forked: False, status of the child: {status}",
    ]
    assert shown.complaints == complaint


def test_a_child_of_the_child_lets_go_of_nothing_more() -> None:
    shown = _run("(os.fork() or os._exit(0)) and os.wait()")

    assert shown.lines.count("let go") == 1
