"""Messages go through the pipes whole, and a pipe that is gone is noticed."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from leakscan import wire
from leakscan.agent.channel import ChannelClosed
from tests.unit.agent.pipes import Pipes

LARGER_THAN_A_PIPE = "x" * 300_000
MORE_THAN_A_PIPE_TAKES = 20_000
"""Entries in one record."""
ROUNDS = wire.Rounds(wire.Stage.SCREEN, 3, 10)


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    pipes = Pipes()
    yield pipes
    pipes.close()


@pytest.fixture
def reopenable_pipes() -> Iterator[Pipes]:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("only Linux opens a pipe again")
    pipes = Pipes(is_reopenable=True)
    yield pipes
    pipes.close()


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_a_command_that_arrives_in_pieces_is_whole(pipes: Pipes) -> None:
    line = wire.encode(ROUNDS)

    def write_bytes() -> None:
        for byte in line:
            os.write(pipes.commands, bytes([byte]))

    writer = threading.Thread(target=write_bytes)
    writer.start()
    command = pipes.channel.receive()
    writer.join()

    assert command == ROUNDS


def test_commands_that_arrive_together_are_taken_one_by_one(pipes: Pipes) -> None:
    os.write(pipes.commands, wire.encode(ROUNDS) + wire.encode(wire.Stop()) + wire.encode(wire.Quit()))

    commands = [pipes.channel.receive() for _ in range(3)]

    assert commands == [ROUNDS, wire.Stop(), wire.Quit()]


def test_a_command_larger_than_one_read_is_whole(pipes: Pipes) -> None:
    command = wire.Load("app:handle", arguments=(LARGER_THAN_A_PIPE,))

    def write() -> None:
        line = memoryview(wire.encode(command) + wire.encode(ROUNDS))
        while line:
            line = line[os.write(pipes.commands, line) :]

    writer = threading.Thread(target=write)
    writer.start()
    received = [pipes.channel.receive(), pipes.channel.receive()]
    writer.join()

    assert received == [command, ROUNDS]


def test_no_command_comes_from_a_parent_that_is_gone(pipes: Pipes) -> None:
    os.write(pipes.commands, wire.encode(ROUNDS))
    os.close(pipes.commands)

    assert [pipes.channel.receive(), pipes.channel.receive()] == [ROUNDS, None]


def test_half_a_command_of_a_parent_that_is_gone_is_none(pipes: Pipes) -> None:
    os.write(pipes.commands, wire.encode(ROUNDS)[:-5])
    os.close(pipes.commands)

    assert pipes.channel.receive() is None


def test_a_record_larger_than_the_pipe_is_written_whole(pipes: Pipes) -> None:
    record = wire.EntriesMeasured((wire.EntrySize(1, 1, 1.5),) * MORE_THAN_A_PIPE_TAKES)

    def send() -> None:
        pipes.channel.send(record)
        pipes.channel.close()

    sender = threading.Thread(target=send)
    sender.start()
    lines = pipes.lines_until_closed()
    sender.join()

    assert [wire.decode(line) for line in lines] == [record]


def test_what_a_pipe_took_of_a_record_is_not_written_again(
    pipes: Pipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))

    pipes.channel.send(wire.LoadFailed("there is no module `app`"))
    pipes.channel.close()

    lines = pipes.lines_until_closed()
    assert [wire.decode(line) for line in lines] == [wire.LoadFailed("there is no module `app`")]


def test_records_of_two_threads_do_not_mix(pipes: Pipes) -> None:
    records = [
        wire.EntriesMeasured((wire.EntrySize(number, 1, 1.5),) * MORE_THAN_A_PIPE_TAKES)
        for number in range(4)
    ]
    senders = [threading.Thread(target=pipes.channel.send, args=(record,)) for record in records]

    def send_all() -> None:
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        pipes.channel.close()

    everything = threading.Thread(target=send_all)
    everything.start()
    lines = pipes.lines_until_closed()
    everything.join()

    assert {wire.decode(line) for line in lines} == set(records)


def test_a_record_for_a_parent_that_is_gone_is_a_broken_pipe(pipes: Pipes) -> None:
    os.close(pipes.records)

    with pytest.raises(BrokenPipeError):
        pipes.channel.send(wire.Trimmed(1, 1))


def test_a_record_can_not_be_sent_where_the_target_has_closed_the_pipe(pipes: Pipes) -> None:
    os.close(pipes.agents_records.descriptor())

    with pytest.raises(ChannelClosed):
        pipes.channel.send(wire.Trimmed(1, 1))


def test_a_file_of_the_target_under_the_number_of_the_pipe_gets_no_record_and_stays_open(
    pipes: Pipes,
) -> None:
    reader, writer = os.pipe()
    number = pipes.agents_records.descriptor()
    os.dup2(writer, number)
    os.close(writer)

    with pytest.raises(ChannelClosed):
        pipes.channel.send(wire.Trimmed(1, 1))
    pipes.channel.close()

    assert _is_open(number)
    os.close(number)
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_a_pipe_that_the_target_has_closed_is_opened_again(reopenable_pipes: Pipes) -> None:
    pipes = reopenable_pipes
    for end in (pipes.agents_commands, pipes.agents_records):
        os.close(end.descriptor())
        end.descriptor()

    os.write(pipes.commands, wire.encode(ROUNDS))
    command = os.read(pipes.agents_commands.descriptor(), 65_536)
    pipes.channel.send(wire.Trimmed(1, 1))
    pipes.channel.close()

    assert wire.decode(command) == ROUNDS
    assert [wire.decode(line) for line in pipes.lines_until_closed()] == [wire.Trimmed(1, 1)]


@pytest.mark.parametrize("is_taken", [False, True])
def test_commands_go_on_where_the_target_closes_the_pipe_between_two_of_them(
    reopenable_pipes: Pipes, *, is_taken: bool
) -> None:
    pipes = reopenable_pipes
    os.write(pipes.commands, wire.encode(ROUNDS))
    assert pipes.channel.receive() == ROUNDS
    number = pipes.agents_commands.descriptor()
    # As long as somebody could read it, the parent can write.
    reader = os.dup(number)
    os.close(number)
    if is_taken:
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, number)
        os.close(empty)
    os.write(pipes.commands, wire.encode(wire.Stop()))

    assert pipes.channel.receive() == wire.Stop()
    os.close(reader)
    if is_taken:
        os.close(number)


def test_another_pipe_under_the_parents_number_is_not_taken_for_ours(reopenable_pipes: Pipes) -> None:
    pipes = reopenable_pipes
    other, writer = os.pipe()
    os.dup2(other, pipes.records)
    os.close(other)
    os.close(pipes.agents_records.descriptor())

    with pytest.raises(ChannelClosed):
        pipes.agents_records.descriptor()
    os.close(writer)


def test_a_pipe_stands_above_the_numbers_of_the_targets_files_and_is_not_inherited(pipes: Pipes) -> None:
    descriptor = pipes.agents_commands.descriptor()
    next_file = os.dup(pipes.commands)
    os.close(next_file)

    assert descriptor > 100 + next_file
    assert not os.get_inheritable(descriptor)


def test_a_closed_channel_lets_go_of_both_pipes_once(pipes: Pipes) -> None:
    descriptors = pipes.agents_commands.descriptor(), pipes.agents_records.descriptor()

    pipes.channel.close()
    pipes.channel.close()

    assert not any(map(_is_open, descriptors))
    with pytest.raises(BrokenPipeError):
        os.write(pipes.commands, b"nobody reads it")
