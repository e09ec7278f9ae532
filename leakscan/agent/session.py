"""The agent's two threads: the main one calls the target, the other one listens to the parent.

Everything is done on the main thread, where the target's finalizers and event loop belong, but for what is
asked while a call runs that does not return.
"""

import _thread
import os
import signal
from collections.abc import Callable

from leakscan import wire
from leakscan.agent import counters
from leakscan.agent.caches.listing import look_for_caches
from leakscan.agent.caches.spare_capacity import look_for_spare
from leakscan.agent.calling import target_loader, terminal_signals
from leakscan.agent.calling.caller import Caller
from leakscan.agent.calling.frozen_heap import FrozenHeap
from leakscan.agent.calling.sampler import Sampler, Stopped, control
from leakscan.agent.calling.target_forks import TARGET_CODE, ForkedChild, end_forked_child, is_forked, on_fork
from leakscan.agent.channel import Channel, ChannelClosed, PipeEnd
from leakscan.agent.experiments import garbage, proof
from leakscan.agent.experiments.entry_sizes import measure_entries
from leakscan.agent.experiments.release import Release, release_of
from leakscan.agent.fork import copy
from leakscan.agent.graph.leak_graph import draw
from leakscan.agent.heap import census, interpreter_roots, key_shapes
from leakscan.agent.heap.census import CensusTaker
from leakscan.agent.heap.churn import ChurnTaker
from leakscan.agent.heap.interned import interned_for_ever
from leakscan.agent.heap.symbolize import functions_of
from leakscan.agent.holders import naming
from leakscan.agent.holders.candidates import HolderCandidate
from leakscan.agent.holders.explain import Question, explain
from leakscan.agent.references.roots import HostProcess
from leakscan.agent.tracing import native_lines, tracer

MOST_SITES = 300
MOST_TRIES = 3
"""How often a look at the target is begun, before it has failed."""
_REPEATABLE = (
    *(wire.TakeCensus, wire.TakeChurn, wire.Explain, wire.Name),
    *(wire.FindSpareCapacity, wire.ListCaches, wire.CollectGarbage, wire.MeasureEntries),
)
"""What only looks, and finds the same again."""
PARENT_IS_GONE = 70
_OWN_THREADS = 1
"""The one that listens to the parent."""
Send = Callable[[wire.Record], None]
_exit_now = os._exit
_set_mask = signal.pthread_sigmask


def serve(parent: int, commands: tuple[int, int], records: tuple[int, int]) -> None:
    """Obey the parent until it says `Quit`; the process then ends as the target's own would.

    So does a child that the target forks, once the target's code is over there. Each pipe is given by the
    descriptor of its end here, and that of its end in the parent.
    """
    # What `-X tracemalloc` began would slow every call down, and make old objects look new.
    tracer.stop()
    channel = Channel(
        PipeEnd(commands[0], os.O_RDONLY, f"/proc/{parent}/fd/{commands[1]}"),
        PipeEnd(records[0], os.O_WRONLY, f"/proc/{parent}/fd/{records[1]}"),
    )
    mailbox = Mailbox()
    send = _sender(channel)
    agent = Agent(send)

    terminal_signals.unwind_on_its_signals(parent)

    def let_go() -> None:
        terminal_signals.end_by_its_signals()
        agent.make_no_more_calls()
        channel.close()

    on_fork(let_go)
    # Until here a Ctrl-C has waited, so that it ends no half of an import with a traceback.
    _set_mask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _thread.start_new_thread(_listen, (channel, mailbox, agent))
    try:
        _obey_all(mailbox, agent, send)
    except ForkedChild as child:
        error = child.error
    else:
        return
    if isinstance(error, target_loader.CannotLoad):
        error = error.__cause__
    end_forked_child(error, target_loader.users_frames)


def _obey_all(mailbox: "Mailbox", agent: "Agent", send: Send) -> None:
    while True:
        try:
            command = mailbox.take()
            if isinstance(command, wire.Quit):
                break
            agent.obey(command)
        except KeyboardInterrupt:
            send(wire.Raised("interrupted", "interrupted", None, agent.calls))
        except ChannelClosed:
            agent.close()
            raise SystemExit(wire.CHANNEL_IS_CLOSED) from None
    agent.close()
    agent.forget_target()


def _sender(channel: Channel) -> Send:
    """What sends a record to the parent, as long as this is the agent and there is a parent."""

    def send(record: wire.Record) -> None:
        if is_forked():
            raise ForkedChild(None)
        try:
            channel.send(record)
        except BrokenPipeError:
            _exit_now(PARENT_IS_GONE)

    return send


def _listen(channel: Channel, mailbox: "Mailbox", agent: "Agent") -> None:
    try:
        _hear_all(channel, mailbox, agent)
    except ChannelClosed:
        # The main thread is told so when it has something to say.
        return
    except BaseException:
        # What failed here has been said, as far as it could be.
        _exit_now(PARENT_IS_GONE)
    # Nobody is left to record anything, and no orphan may stay behind.
    _exit_now(0 if is_forked() else PARENT_IS_GONE)


def _hear_all(channel: Channel, mailbox: "Mailbox", agent: "Agent") -> None:
    while (command := channel.receive()) is not None:
        if isinstance(command, wire.Stop):
            agent.make_no_more_calls()
        elif agent.is_in_call and not isinstance(command, wire.Quit):
            agent.obey(command)
        else:
            mailbox.put(command)


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


class Agent:
    """Carries out commands, one after the other, and keeps what a later one needs."""

    def __init__(
        self,
        send: Callable[[wire.Record], None],
        *,
        given: Caller | None = None,
        apart: FrozenHeap | None = None,
        census_taker: CensusTaker | None = None,
        look_around: Callable[[], HostProcess] = HostProcess,
    ) -> None:
        """`given` is the target, where it is no name to be imported.

        The rest is for a process that is not the target's own: `apart` sets it apart, `census_taker` may have
        looked around in it before, and `look_around` tells of it.
        """
        self._send = send
        self._look_around = look_around
        self._given = given
        self._apart = apart
        self._caller: Caller | None = None
        self._sampler: Sampler | None = None
        self._census = census_taker or CensusTaker()
        self._census.begin_anew()
        self._churn = ChurnTaker()
        self._taken: tracer.Taken | None = None
        self._taken_calls = 0
        self._taken_at = 0.0
        self._traced_from = 0
        self._is_tracing = False
        self._is_large = False
        self._trimmed_bytes = 0
        self._interned = 0
        self._sites: list[tracer.Traceback] = []
        self._suspects: list[object] = []
        self._candidates: list[HolderCandidate] = []
        self._chains: list[naming.HolderChain] = []
        self._releases: list[Release | None] = []

    @property
    def calls(self) -> int:
        """Calls that have returned."""
        return 0 if self._caller is None else self._caller.done

    @property
    def is_in_call(self) -> bool:
        """Whether the main thread is in the target's code."""
        return self._sampler is not None and self._sampler.is_in_call

    def make_no_more_calls(self) -> None:
        """Let the call that is running be the last one."""
        if self._sampler is not None:
            self._sampler.stop()
        if self._caller is not None:
            self._caller.make_no_more()

    def obey(self, command: wire.Command) -> None:
        """Carry out one command and answer it; a failure of the agent's own is an answer, too."""
        answer = self._tried(command)
        for _ in range(MOST_TRIES - 1):
            # The target's threads go on meanwhile: what they were in the middle of may be over next time.
            if not isinstance(answer, wire.AgentFailed) or not isinstance(command, _REPEATABLE):
                break
            answer = self._tried(command)
        self._send(wire.bounded(answer))

    def _tried(self, command: wire.Command) -> wire.Record:
        try:
            self._set_apart(command)
            if self._is_large and not isinstance(command, wire.Rounds):
                # Lists of all objects come and go with each step, and the C library would keep their memory.
                self._trimmed_bytes += _trim()
            with copy.done_within(command.limit_seconds if isinstance(command, wire.Experiment) else None):
                return self._answer(command)
        except KeyboardInterrupt:
            raise
        except Exception as error:
            if self._given is not None and interpreter_roots.is_raised_by_handler(error):
                # In a test: its time is over, and whoever runs it is waiting to hear so.
                raise
            return wire.AgentFailed(
                type(command).__name__,
                target_loader.error_text(error),
                target_loader.traceback_text(error, error.__traceback__),
            )

    def close(self) -> None:
        """Leave the setup and the event loop of the target, and the process as it was."""
        if self._apart is not None:
            self._apart.end()
        if self._is_tracing:
            self._end_tracing()
        if self._caller is not None:
            self._leave(self._caller)

    def forget_target(self) -> None:
        """Refer to nothing of the target any more: its own end is to finalize all that it has, as without us.

        The thread that listens to the parent never ends, and keeps this object.
        """
        self._let_go()
        self._chains = []
        self._given = self._caller = self._sampler = None

    def _leave(self, caller: Caller) -> None:
        """Leave the setup, and tell how that went."""
        if not caller.has_setup:
            caller.close()
            return
        try:
            caller.close()
        except ForkedChild:
            raise
        except BaseException as error:
            self._send(wire.SetupLeft(target_loader.error_text(error), target_loader.users_traceback(error)))
        else:
            self._send(wire.SetupLeft())

    def _set_apart(self, command: wire.Command) -> None:
        if self._apart is None:
            return
        is_remembered = isinstance(command, wire.TakeCensus) and self._census.remembers
        if is_remembered or isinstance(command, wire.Rounds | wire.Control | wire.Load):
            self._apart.begin()
        else:
            # Where nothing seems to grow, a little garbage among what was there before can wait.
            is_quick = isinstance(command, wire.TakeCensus) and command.tracked_only
            self._apart.end(collects=not is_quick)

    def _answer(self, command: wire.Command) -> wire.Record:
        match command:
            case wire.Control():
                return control(command)._replace(no_sandbox=copy.why_no_sandbox())
            case wire.Load():
                return self._load(command)
            case wire.Rounds():
                return self._rounds(command)
            case wire.Watch():
                return self._ready_sampler().watch(command)
            case wire.TakeCensus() | wire.TakeChurn():
                return self._look(command)
            case wire.StartTracing():
                return self._start_tracing(command)
            case wire.TakeSites():
                return self._take_sites(command)
            case wire.Explain():
                return self._explain(command)
            case wire.Name():
                return self._name(command)
            case wire.FindSpareCapacity() | wire.ListCaches():
                look = look_for_spare if isinstance(command, wire.FindSpareCapacity) else look_for_caches
                return look(self._scene())
            case wire.WatchLines() | wire.Trim():
                return self._look_at_native(command)
            case wire.Prove() | wire.MeasureEntries() | wire.CollectGarbage() | wire.DrawGraphs():
                return self._try_out(command)
            case wire.Quit() | wire.Stop():
                raise AssertionError("the main thread ends by itself, and the other one stops it")

    def _look(self, command: wire.TakeCensus | wire.TakeChurn) -> wire.Record:
        """What has changed since the last look."""
        match command:
            case wire.TakeCensus():
                return self._census.take(
                    self.calls, self._seconds(), counters.clock, tracked_only=command.tracked_only
                )
            case wire.TakeChurn():
                return self._churn.take(command.addresses, self.calls)

    def _try_out(
        self, command: wire.Prove | wire.MeasureEntries | wire.CollectGarbage | wire.DrawGraphs
    ) -> wire.Record:
        """What is done in a forked copy."""
        match command:
            case wire.Prove():
                holders = proof.Holders(self._candidates, self._releases, self._forget)
                return proof.prove(command, holders, self._sites)
            case wire.MeasureEntries():
                return measure_entries(command, self._candidates)
            case wire.CollectGarbage():
                return garbage.garbage_now(self._sites, draws=command.draws)
            case wire.DrawGraphs():
                candidates, chains = self._candidates, self._chains
                self._chains = []
                return draw(command, candidates, chains, forget=self._let_go, clock=counters.clock)

    def _load(self, command: wire.Load) -> wire.Record:
        started = counters.clock()
        key_shapes.show_in_full(wanted=command.shows_keys)
        name, definition = command.target, None
        if self._given is not None:
            self._caller = self._given
        else:
            try:
                with TARGET_CODE:
                    found = target_loader.load(command)
                self._caller = Caller(found.call)
                self._set_up(command, found)
            except target_loader.CannotLoad as error:
                return error.record
            name, definition = found.name, found.definition
        self._sampler = Sampler(self._caller, self._send)
        return wire.Loaded(name, counters.clock() - started, definition)

    def _set_up(self, command: wire.Load, found: target_loader.Target) -> None:
        caller = self._caller
        assert caller is not None
        wanted = target_loader.arguments_wanted(found.call)
        if command.setup is None:
            if wanted:
                raise target_loader.CannotLoad(
                    wire.LoadFailed(
                        f"`{found.name}` needs {wanted} argument{'s' * (wanted > 1)}: "
                        "a target takes none, or one that --setup makes",
                    )
                )
            return
        if wanted > 1:
            raise target_loader.CannotLoad(
                wire.LoadFailed(f"`{found.name}` needs {wanted} arguments; a setup makes one")
            )
        with TARGET_CODE:
            setup = target_loader.load_callable(command.setup)
        try:
            value = caller.enter(setup)
        except Exception as error:
            raise target_loader.CannotLoad(
                wire.LoadFailed(
                    f"the setup `{command.setup}` raised {target_loader.error_text(error)}",
                    target_loader.users_traceback(error),
                )
            ) from error
        if wanted == 1:
            caller.give(value)

    def _rounds(self, command: wire.Rounds) -> wire.Record:
        sampler = self._ready_sampler()
        try:
            return sampler.run(command)
        except Stopped as stop:
            error = stop.error
            shown = target_loader.users_traceback(error)
            if isinstance(error, SystemExit):
                return wire.Raised("exited", target_loader.error_text(error), shown, self.calls)
            if isinstance(error, KeyboardInterrupt) and sampler.is_stopped:
                # Ours: who was asked to stop and did not return is interrupted.
                return wire.Raised("interrupted", "interrupted", None, self.calls)
            return wire.Raised("raised", target_loader.error_text(error), shown, self.calls)

    def _start_tracing(self, command: wire.StartTracing) -> wire.Record:
        self._churn.forget()
        counters.collect()
        wanted = frozenset(command.suspects)
        self._suspects = census.containers_at(wanted) if wanted else []
        self._is_large = census.is_large()
        tracer.start(command.frames)
        self._is_tracing = True
        self._traced_from = self.calls
        self._interned = interned_for_ever()
        return wire.Tracing(command.frames, self.calls)

    def _take_sites(self, command: wire.TakeSites) -> wire.Record:
        if command.collects:
            counters.collect()
        # A name that was made to look an attribute up is kept until its place among the lookups is taken.
        counters.forget_lookups()
        before, began, then = self._taken, self._taken_calls, self._taken_at
        taken = self._taken = tracer.take()
        self._taken_calls, self._taken_at = self.calls, self._seconds()
        if before is None or tracer.is_lost():
            return wire.Sites(0, self._taken_at, 0.0, (), is_lost=tracer.is_lost())
        self._sites = taken.grown_since(before, MOST_SITES)
        grown = tuple(
            wire.TracedSite(
                frames=site,
                blocks=taken.blocks.get(site, 0) - before.blocks.get(site, 0),
                bytes=taken.bytes.get(site, 0) - before.bytes.get(site, 0),
                live_blocks=taken.blocks.get(site, 0),
                live_bytes=taken.bytes.get(site, 0),
                largest=taken.largest.get(site, 0),
                largest_before=before.largest.get(site, 0),
            )
            for site in self._sites
        )
        return wire.Sites(self.calls - began, self._taken_at, self._taken_at - then, grown)

    def _explain(self, command: wire.Explain) -> wire.Record:
        self._suspects = census.held_elsewhere(self._suspects)
        frozen: tuple[wire.Garbage, ...] = ()
        if tracer.is_target_freezing():
            frozen = (garbage.garbage_among_frozen(self._sites, draws=command.draws),)
            if not frozen[0].shares:
                # Garbage that was thawed would be collected, which is the target's own business.
                tracer.thaw()
        found = explain(
            Question(
                sites=self._sites,
                suspects=self._suspects,
                length_before=self._census.length_before,
                calls=self.calls - self._traced_from,
                clock=counters.clock,
            )
        )
        self._candidates = found.candidates
        self._releases = [release_of(candidate) for candidate in self._candidates]
        interned = interned_for_ever()
        return found.record._replace(frozen=frozen, interned=interned - self._interned, all_interned=interned)

    def _name(self, command: wire.Name) -> wire.Record:
        started = counters.clock()
        self._taken = None
        tracer.stop()
        chains = naming.chains_to(self._candidates, self._scene())
        named = naming.named(self._candidates, chains)
        functions = functions_of(self._sites)
        if command.draws:
            self._chains = chains
        self._end_tracing()
        return wire.Named(named, functions, counters.clock() - started)

    def _end_tracing(self) -> None:
        tracer.stop()
        tracer.give_back()
        self._is_tracing = False

    def _look_at_native(self, command: wire.WatchLines | wire.Trim) -> wire.Record:
        if isinstance(command, wire.WatchLines):
            return self._watch_lines(command)
        self._trimmed_bytes += _trim()
        resident = counters.resident_bytes()
        return wire.Trimmed(resident + self._trimmed_bytes, resident)

    def _watch_lines(self, command: wire.WatchLines) -> wire.Record:
        caller = self._caller
        assert caller is not None
        if self._given is not None:
            return wire.LineGains(0, (), message="the process is not the target's own")
        if _thread._count() > _OWN_THREADS:
            return wire.LineGains(0, (), message="other threads may take memory meanwhile")
        read = counters.resident_bytes if command.is_resident else counters.heap_bytes
        try:
            seen = native_lines.line_gains(lambda: caller.run(1), command.calls, command.limit_seconds, read)
        except native_lines.CannotWatch as reason:
            return wire.LineGains(0, (), message=str(reason))
        except (KeyboardInterrupt, ForkedChild):
            raise
        except BaseException as error:
            return wire.LineGains(0, (), message=f"the target raised {type(error).__name__}")
        caller.settle()
        tracebacks = [traceback for traceback, _ in seen.lines]
        gains = tuple(wire.LineGain(traceback, gained) for traceback, gained in seen.lines)
        return wire.LineGains(seen.calls, gains, seen.bytes, functions_of(tracebacks))

    def _scene(self) -> naming.SearchContext:
        caller = self._caller
        assert caller is not None
        return naming.SearchContext(
            caller.call,
            caller.setup_value,
            caller.event_loop,
            {id(self), id(self.__dict__), id(self._suspects), id(self._releases), id(caller)},
            counters.clock,
            self._look_around(),
        )

    def _let_go(self) -> None:
        """Let go of every object of the target, in a copy that does not call it any more."""
        self._releases = []
        self._forget()

    def _forget(self) -> None:
        """Let go of every object of the target that is not needed to call it."""
        self._taken = None
        self._candidates = []
        self._suspects = []
        self._census = CensusTaker()

    def _ready_sampler(self) -> Sampler:
        if self._sampler is None:
            raise RuntimeError("no target is loaded")
        return self._sampler

    def _seconds(self) -> float:
        return 0.0 if self._sampler is None else self._sampler.seconds


def _trim() -> int:
    """Bytes of resident memory that the C library has given back."""
    before = counters.resident_bytes()
    counters.trim_heap()
    return max(0, before - counters.resident_bytes())
