"""The agent's two threads: the main one calls the target, the other one listens to the parent.

Everything is done on the main thread, where the target's finalizers and event loop belong, but for what is
asked while a call runs that does not return.
"""

import _thread
import _tracemalloc
import os
import signal
from collections.abc import Callable

from leakscan import wire
from leakscan.agent.calling import target_loader, terminal_signals
from leakscan.agent.calling.target_forks import ForkedChild, end_forked_child, is_forked, on_fork
from leakscan.agent.channel import Channel, ChannelClosed, PipeEnd
from leakscan.agent.session import Send, Session

PARENT_IS_GONE = 70
"""Exit status of an agent whose parent has ended."""
ExitNow = Callable[[int], object]
_exit_now: ExitNow = os._exit
_set_mask = signal.pthread_sigmask


class Mailbox:
    """One command at a time, from the listening thread to the main thread."""

    def __init__(self) -> None:
        self._filled = _thread.allocate_lock()
        self._filled.acquire()
        self._command: wire.Command | None = None

    def put(self, command: wire.Command) -> None:
        """Hand over a command; the one before has been taken, since the parent waits for each answer."""
        self._command = command
        self._filled.release()

    def take(self) -> wire.Command:
        """Wait for a command."""
        while True:
            self._filled.acquire()
            command, self._command = self._command, None
            if command is not None:
                return command


def serve(parent: int, commands: tuple[int, int], records: tuple[int, int]) -> None:
    """Obey the parent until it says `Quit`; the process then ends as the target's own would.

    So does a child that the target forks, once the target's code is over there. Each pipe is given by the
    descriptor of its end here, and that of its end in the parent.
    """
    # What `-X tracemalloc` began would slow every call down, and make old objects look new.
    _tracemalloc.stop()
    channel = Channel(
        PipeEnd(commands[0], os.O_RDONLY, f"/proc/{parent}/fd/{commands[1]}"),
        PipeEnd(records[0], os.O_WRONLY, f"/proc/{parent}/fd/{records[1]}"),
    )
    mailbox = Mailbox()
    send = sender(channel)
    session = Session(send)

    terminal_signals.unwind_on_its_signals(parent)

    def let_go() -> None:
        terminal_signals.end_by_its_signals()
        session.make_no_more_calls()
        channel.close()

    on_fork(let_go)
    # Until here a Ctrl-C has waited, so that it ends no half of an import with a traceback.
    _set_mask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _thread.start_new_thread(listen, (channel, mailbox, session))
    try:
        obey_all(mailbox, session, send)
    except ForkedChild as child:
        error = child.error
    else:
        return
    if isinstance(error, target_loader.CannotLoad):
        error = error.__cause__
    end_forked_child(error, target_loader.users_frames)


def obey_all(mailbox: Mailbox, session: Session, send: Send) -> None:
    """Obey each command until `Quit`; raises SystemExit where there is nobody to answer to."""
    while True:
        try:
            command = mailbox.take()
            if isinstance(command, wire.Quit):
                break
            session.obey(command)
        except KeyboardInterrupt:
            send(wire.Raised("interrupted", "interrupted", None, session.calls))
        except ChannelClosed:
            session.close()
            raise SystemExit(wire.CHANNEL_IS_CLOSED) from None
    session.close()
    session.forget_target()


def sender(channel: Channel, exit_now: ExitNow = _exit_now) -> Send:
    """What sends a record to the parent, and ends this process where the parent is gone.

    In a child that the target has forked it raises ForkedChild, since nothing may come from there.
    """

    def send(record: wire.Record) -> None:
        if is_forked():
            raise ForkedChild(None)
        try:
            channel.send(record)
        except BrokenPipeError:
            exit_now(PARENT_IS_GONE)

    return send


def listen(channel: Channel, mailbox: Mailbox, session: Session, exit_now: ExitNow = _exit_now) -> None:
    """Hand over each command of the parent, and end this process once the parent is gone.

    What is asked for beside a running call is carried out here.
    """
    try:
        _hear_all(channel, mailbox, session)
    except ChannelClosed:
        # The main thread is told so when it has something to say.
        return
    except BaseException:
        # What failed here has been said, as far as it could be.
        exit_now(PARENT_IS_GONE)
        return
    # Nobody is left to record anything, and no orphan may stay behind.
    exit_now(0 if is_forked() else PARENT_IS_GONE)


def _hear_all(channel: Channel, mailbox: Mailbox, session: Session) -> None:
    while (command := channel.receive()) is not None:
        if isinstance(command, wire.Stop):
            session.make_no_more_calls()
        elif session.is_in_call and not isinstance(command, wire.Quit):
            session.obey(command)
        else:
            mailbox.put(command)
