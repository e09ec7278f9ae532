"""One run in the target's process: carries out each command of the parent, and answers it."""

import _thread
from collections.abc import Callable

from leakscan import wire
from leakscan.agent import counters
from leakscan.agent.caches.listing import look_for_caches
from leakscan.agent.caches.spare_capacity import look_for_spare
from leakscan.agent.calling import target_loader
from leakscan.agent.calling.caller import Caller
from leakscan.agent.calling.host_freeze import HostFreeze
from leakscan.agent.calling.sampler import Sampler, Stopped, control
from leakscan.agent.calling.target_forks import TARGET_CODE, ForkedChild
from leakscan.agent.fork import copy
from leakscan.agent.growing_containers import name_growing
from leakscan.agent.heap import interpreter_roots, key_shapes
from leakscan.agent.heap.census import CensusTaker
from leakscan.agent.heap.churn import ChurnTaker
from leakscan.agent.heap.symbolize import functions_of
from leakscan.agent.holders.holder_chains import SearchContext
from leakscan.agent.investigation import Investigation, Moment
from leakscan.agent.references.roots import HostProcess
from leakscan.agent.tracing import native_lines

MAX_TRIES = 3
"""How often a command that can be repeated is begun, before it has failed."""
_REPEATABLE = (
    *(wire.TakeCensus, wire.TakeChurn, wire.NameGrowing, wire.Explain, wire.Name),
    *(wire.FindSpareCapacity, wire.ListCaches, wire.CollectGarbage, wire.MeasureEntries),
)
"""What only reads the heap, and brings the same again."""
_OWN_THREADS = 1
"""The one that listens to the parent."""
Send = Callable[[wire.Record], None]


class Session:
    """Carries out commands, one after the other, and keeps what a later one needs."""

    def __init__(
        self,
        send: Callable[[wire.Record], None],
        *,
        given: Caller | None = None,
        host_freeze: HostFreeze | None = None,
        census_taker: CensusTaker | None = None,
        find_host: Callable[[], HostProcess] = HostProcess,
    ) -> None:
        """`given` is the target, where it is no name to be imported.

        The rest is for a process that is not the target's own: `host_freeze` freezes its objects during the
        calls, `census_taker` may have taken a census of it before, and `find_host` tells of it.
        """
        self._send = send
        self._find_host = find_host
        self._given = given
        self._host_freeze = host_freeze
        self._caller: Caller | None = None
        self._sampler: Sampler | None = None
        self._census = census_taker or CensusTaker()
        self._census.begin_anew()
        self._churn = ChurnTaker()
        self._trimmed_bytes = 0
        self._investigation: Investigation | None = None

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
        if self._investigation is not None:
            self._investigation.watch_no_more()
        if self._caller is not None:
            self._caller.make_no_more()

    def obey(self, command: wire.Command) -> None:
        """Carry out one command and answer it; a failure of the agent's own is an answer, too."""
        answer = self._tried(command)
        for _ in range(MAX_TRIES - 1):
            # The target's threads go on meanwhile: what they were in the middle of may be over next time.
            if not isinstance(answer, wire.AgentFailed) or not isinstance(command, _REPEATABLE):
                break
            answer = self._tried(command)
        self._send(wire.bounded(answer))

    def _tried(self, command: wire.Command) -> wire.Record:
        try:
            self._freeze_or_thaw(command)
            if self._is_of_large_heap and not isinstance(command, wire.Rounds):
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
        if self._host_freeze is not None:
            self._host_freeze.end()
        if self._investigation is not None:
            self._investigation.end_tracing()
        if self._caller is not None:
            self._leave(self._caller)

    def forget_target(self) -> None:
        """Refer to nothing of the target any more: its own end is to finalize all that it has, as without us.

        The thread that listens to the parent never ends, and keeps this object.
        """
        self._let_go()
        self._investigation = None
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

    def _freeze_or_thaw(self, command: wire.Command) -> None:
        if self._host_freeze is None:
            return
        is_remembered = isinstance(command, wire.TakeCensus) and self._census.remembers
        if is_remembered or isinstance(command, wire.Rounds | wire.Control | wire.Load):
            self._host_freeze.begin()
        else:
            # Where nothing seems to grow, a little garbage among what was there before can wait.
            is_quick = isinstance(command, wire.TakeCensus) and command.tracked_only
            self._host_freeze.end(collects=not is_quick)

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
                return self._take(command)
            case wire.StartTracing():
                return self._start_tracing(command)
            case wire.TakeSites() | wire.Explain() | wire.Name():
                return self._investigate(command)
            case wire.NameGrowing() | wire.FindSpareCapacity() | wire.ListCaches():
                return self._search(command)
            case wire.WatchLines() | wire.WatchStores() | wire.Trim():
                return self._watch(command)
            case wire.Prove() | wire.MeasureEntries() | wire.CollectGarbage() | wire.DrawGraphs():
                return self._current_investigation().try_out(
                    command, forget=self._forget, let_go=self._let_go
                )
            case wire.Quit() | wire.Stop():
                raise AssertionError("the main thread ends by itself, and the other one stops it")

    def _investigate(self, command: wire.TakeSites | wire.Explain | wire.Name) -> wire.Record:
        """What the objects that are new since tracing began have in common."""
        investigation = self._current_investigation()
        match command:
            case wire.TakeSites():
                return investigation.take_sites(command, self._now)
            case wire.Explain():
                return investigation.explain(command, self.calls, self._census.length_before)
            case wire.Name():
                return investigation.name(command, self._search_context)

    def _search(self, command: wire.NameGrowing | wire.FindSpareCapacity | wire.ListCaches) -> wire.Record:
        """What can be told of containers by the chains to them."""
        match command:
            case wire.NameGrowing():
                return name_growing(command, self._search_context)
            case wire.FindSpareCapacity():
                return look_for_spare(self._search_context())
            case wire.ListCaches():
                return look_for_caches(self._search_context())

    def _take(self, command: wire.TakeCensus | wire.TakeChurn) -> wire.Record:
        """What has changed since the last time."""
        match command:
            case wire.TakeCensus():
                calls, seconds = self._now()
                return self._census.take(calls, seconds, counters.clock, tracked_only=command.tracked_only)
            case wire.TakeChurn():
                return self._churn.take(command.addresses, self.calls)

    def _load(self, command: wire.Load) -> wire.Record:
        started = counters.clock()
        key_shapes.show_in_full(wanted=command.shows_keys)
        name, definition = command.target, None
        if self._given is not None:
            self._caller = self._given
        else:
            try:
                with TARGET_CODE:
                    target = target_loader.load(command)
                self._caller = Caller(target.call)
                self._set_up(command, target)
            except target_loader.CannotLoad as error:
                return error.record
            name, definition = target.name, target.definition
        self._sampler = Sampler(self._caller, self._send)
        return wire.Loaded(name, counters.clock() - started, definition)

    def _set_up(self, command: wire.Load, target: target_loader.Target) -> None:
        caller = self._caller
        assert caller is not None
        wanted = target_loader.arguments_wanted(target.call)
        if command.setup is None:
            if wanted:
                raise target_loader.CannotLoad(
                    wire.LoadFailed(
                        f"`{target.name}` needs {wanted} argument{'s' * (wanted > 1)}: "
                        "a target takes none, or one that --setup makes",
                    )
                )
            return
        if wanted > 1:
            raise target_loader.CannotLoad(
                wire.LoadFailed(f"`{target.name}` needs {wanted} arguments; a setup makes one")
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
        self._investigation = Investigation(command, self._now())
        return wire.Tracing(command.frames, self.calls)

    def _watch(self, command: wire.WatchLines | wire.WatchStores | wire.Trim) -> wire.Record:
        """What some calls do, line by line, or what the C library gives back."""
        if isinstance(command, wire.WatchLines):
            return self._watch_lines(command)
        if isinstance(command, wire.WatchStores):
            return self._watch_stores(command)
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
            watched = native_lines.line_gains(
                lambda: caller.run(1), command.calls, command.limit_seconds, read
            )
        except native_lines.CannotWatch as reason:
            return wire.LineGains(0, (), message=str(reason))
        except (KeyboardInterrupt, ForkedChild):
            raise
        except BaseException as error:
            return wire.LineGains(0, (), message=f"the target raised {type(error).__name__}")
        caller.settle()
        tracebacks = [traceback for traceback, _ in watched.lines]
        gains = tuple(wire.LineGain(traceback, gained) for traceback, gained in watched.lines)
        return wire.LineGains(watched.calls, gains, watched.bytes, functions_of(tracebacks))

    def _watch_stores(self, command: wire.WatchStores) -> wire.StoresWatched:
        caller, sampler = self._caller, self._ready_sampler()
        assert caller is not None
        raised: list[str] = []

        def run_once() -> bool:
            try:
                caller.run(1)
                caller.settle()
            except (KeyboardInterrupt, ForkedChild):
                raise
            except BaseException as error:
                raised.append(f"the target raised {type(error).__name__}")
            return not raised

        run = sampler.wait if sampler.is_in_call else run_once
        answer = self._current_investigation().watch_stores(command, run)
        return answer if not raised else answer._replace(message=raised[0])

    def _search_context(self) -> SearchContext:
        caller = self._caller
        assert caller is not None
        investigation = self._investigation
        own = {id(self), id(self.__dict__), id(caller)}
        return SearchContext(
            caller.call,
            caller.setup_value,
            caller.event_loop,
            own if investigation is None else own | investigation.own_addresses(),
            counters.clock,
            self._find_host(),
        )

    def _let_go(self) -> None:
        """Let go of every object of the target, in a copy that does not call it any more."""
        if self._investigation is not None:
            self._investigation.let_go()
        self._census = CensusTaker()

    def _forget(self) -> None:
        """Let go of every object of the target that is not needed to call it, nor to empty its holders."""
        if self._investigation is not None:
            self._investigation.forget()
        self._census = CensusTaker()

    @property
    def _is_of_large_heap(self) -> bool:
        return self._investigation is not None and self._investigation.is_of_large_heap

    def _current_investigation(self) -> Investigation:
        if self._investigation is None:
            raise RuntimeError("nothing has been traced")
        return self._investigation

    def _ready_sampler(self) -> Sampler:
        if self._sampler is None:
            raise RuntimeError("no target is loaded")
        return self._sampler

    def _now(self) -> Moment:
        return Moment(self.calls, 0.0 if self._sampler is None else self._sampler.seconds)


def _trim() -> int:
    """Bytes of resident memory that the C library has given back."""
    before = counters.resident_bytes()
    counters.trim_heap()
    return max(0, before - counters.resident_bytes())
