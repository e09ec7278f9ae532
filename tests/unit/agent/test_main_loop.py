"""Each command reaches the thread that it is for, and the agent ends with its parent."""

import gc
import os
import weakref
from collections.abc import Callable, Iterator

import pytest

from leakscan import wire
from leakscan.agent.calling.caller import Caller
from leakscan.agent.channel import ChannelClosed
from leakscan.agent.main_loop import PARENT_IS_GONE, Mailbox, listen, obey_all, sender
from leakscan.agent.session import Session
from tests.unit.agent.pipes import Pipes

ROUNDS = wire.Rounds(wire.Stage.SCREEN, 3, 10)
LOAD = wire.Load("the target that is given")


class _Noted(Mailbox):
    """Notes what is put into it: to take what nobody has put there would have no end."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[wire.Command] = []

    def put(self, command: wire.Command) -> None:
        self.commands.append(command)


class _Agent:
    """The agent in this process: what it has sent, and the statuses that it would have ended with."""

    def __init__(self, pipes: Pipes, call: Callable[[], object] = int) -> None:
        self.pipes = pipes
        self.statuses: list[int] = []
        self.sent: list[wire.Record] = []
        self.mailbox = _Noted()
        self.caller = Caller(call)
        self.session = Session(self.sent.append, given=self.caller)

    def hear(self, *lines: bytes) -> None:
        """Listen to a parent that has said so much, and is gone."""
        for line in lines:
            os.write(self.pipes.commands, line)
        os.close(self.pipes.commands)
        listen(self.pipes.channel, self.mailbox, self.session, self.statuses.append)


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    pipes = Pipes()
    yield pipes
    pipes.close()


class _Commands(Mailbox):
    """What comes to the main thread, one after the other: commands, and what interrupts it while it waits."""

    def __init__(self, *commands: wire.Command | BaseException) -> None:
        super().__init__()
        self._commands = iter(commands)

    def take(self) -> wire.Command:
        command = next(self._commands)
        if isinstance(command, BaseException):
            raise command
        return command


def test_a_command_is_handed_over_to_the_main_thread(pipes: Pipes) -> None:
    agent = _Agent(pipes)

    agent.hear(wire.encode(ROUNDS))

    assert agent.mailbox.commands == [ROUNDS]
    assert agent.sent == []


def test_a_command_that_is_put_into_the_mailbox_is_taken_from_it() -> None:
    mailbox = Mailbox()

    for command in (LOAD, ROUNDS):
        mailbox.put(command)
        assert mailbox.take() == command


def test_the_process_ends_with_its_parent(pipes: Pipes) -> None:
    agent = _Agent(pipes)

    agent.hear()

    assert agent.statuses == [PARENT_IS_GONE]


def test_after_a_stop_no_call_is_made(pipes: Pipes) -> None:
    called: list[int] = []
    agent = _Agent(pipes, lambda: called.append(1))
    agent.session.obey(LOAD)

    agent.hear(wire.encode(wire.Stop()))
    agent.session.obey(ROUNDS)

    done = agent.sent[-1]
    assert isinstance(done, wire.RoundsDone)
    assert (done.rounds, called) == (0, [])


def test_what_is_asked_for_beside_a_call_is_answered_while_the_call_runs(pipes: Pipes) -> None:
    answered: list[wire.Record] = []

    def call() -> None:
        agent.hear(wire.encode(wire.Trim()))
        answered.extend(agent.sent[-1:])

    agent = _Agent(pipes, call)
    agent.session.obey(LOAD)
    agent.session.obey(ROUNDS._replace(rounds=1, calls=1))

    assert [type(answer) for answer in answered] == [wire.Trimmed]


def test_quit_beside_a_call_waits_for_the_main_thread(pipes: Pipes) -> None:
    agent = _Agent(pipes, lambda: agent.hear(wire.encode(wire.Quit())))
    agent.session.obey(LOAD)
    agent.session.obey(ROUNDS._replace(rounds=1, calls=1))

    assert agent.mailbox.commands == [wire.Quit()]


def test_where_the_target_has_closed_the_pipe_the_process_goes_on(pipes: Pipes) -> None:
    agent = _Agent(pipes)
    os.close(pipes.agents_commands.descriptor())

    agent.hear()

    assert agent.statuses == []


def test_what_can_not_be_understood_ends_the_process(pipes: Pipes) -> None:
    agent = _Agent(pipes)

    agent.hear(b"no command\n", wire.encode(ROUNDS))

    assert agent.statuses == [PARENT_IS_GONE]


def test_quit_leaves_the_setup_and_keeps_nothing_of_the_target(pipes: Pipes) -> None:
    def setup() -> Iterator[None]:
        yield
        left.append("left")

    left: list[str] = []
    agent = _Agent(pipes)
    agent.caller.enter(setup)
    obey_all(_Commands(LOAD, wire.Quit()), agent.session, agent.sent.append)

    assert (agent.sent[-1], left) == (wire.SetupLeft(), ["left"])
    caller = weakref.ref(agent.caller)
    del agent.caller
    gc.collect()
    assert caller() is None


def test_an_interrupt_between_two_commands_is_told_and_the_next_one_is_obeyed(pipes: Pipes) -> None:
    agent = _Agent(pipes)

    obey_all(_Commands(LOAD, KeyboardInterrupt(), wire.Trim(), wire.Quit()), agent.session, agent.sent.append)

    interrupted, trimmed = agent.sent[1:]
    assert interrupted == wire.Raised("interrupted", "interrupted", None, 0)
    assert isinstance(trimmed, wire.Trimmed)


def test_where_nobody_can_be_answered_the_setup_is_left_and_the_status_says_so() -> None:
    def send(record: wire.Record) -> None:
        if isinstance(record, wire.Trimmed):
            raise ChannelClosed

    def setup() -> Iterator[None]:
        yield
        left.append("left")

    left: list[str] = []
    caller = Caller(int)
    caller.enter(setup)

    with pytest.raises(SystemExit) as end:
        obey_all(_Commands(LOAD, wire.Trim()), Session(send, given=caller), send)

    assert end.value.code == wire.CHANNEL_IS_CLOSED
    assert left == ["left"]


def test_a_record_is_sent_and_for_a_parent_that_is_gone_the_process_ends(pipes: Pipes) -> None:
    statuses: list[int] = []
    send = sender(pipes.channel, statuses.append)

    send(wire.Trimmed(1, 2))
    sent, of_nobody = wire.decode(os.read(pipes.records, 65_536)), list(statuses)
    os.close(pipes.records)
    send(wire.Trimmed(1, 2))

    assert (sent, of_nobody) == (wire.Trimmed(1, 2), [])
    assert statuses == [PARENT_IS_GONE]
