"""A round: N calls, then a garbage collection, then a sample."""

import _thread
import time
from array import array
from collections.abc import Callable

from leakscan import wire
from leakscan.agent import counters
from leakscan.agent.calling.caller import Caller
from leakscan.agent.calling.target_forks import ForkedChild

_sleep = time.sleep
_count_threads = _thread._count

WIND_DOWN_TRIES = 20
"""How often the threads of the calls are waited for, before those that are left count as here to stay."""
WIND_DOWN_SECONDS = 0.002
MAX_NAP_SECONDS = 0.05
"""How long it may take to notice that a call has returned beside which samples are taken."""
MAX_LATE_SHARE = 0.01
"""Of its interval, that a round may start later than the interval asks for."""


class Stopped(Exception):
    """A call of the target raised; carries what it raised."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(type(error)))
        self.error = error


class Sampler:
    """Runs rounds and sends a sample after each."""

    def __init__(
        self,
        caller: Caller,
        send: Callable[[wire.Record], None],
        *,
        clock: Callable[[], float] = counters.clock,
        sleep: Callable[[float], object] = _sleep,
        count_threads: Callable[[], int] = _count_threads,
    ) -> None:
        self._caller = caller
        self._send = send
        self._clock = clock
        self._sleep = sleep
        self._count_threads = count_threads
        self._started = clock()
        self._threads = count_threads()
        # A plain number takes a block of memory once it is over 256.
        self._unreachable = array("q", [0])
        self.is_in_call = False
        self.is_stopped = False

    def stop(self) -> None:
        """Let the round that is running be the last."""
        self.is_stopped = True

    @property
    def seconds(self) -> float:
        """Seconds since the target was loaded."""
        return self._clock() - self._started

    def run(self, command: wire.Rounds) -> wire.RoundsDone:
        """Run the rounds; raises Stopped if a call of the target raises."""
        began = self._clock()
        done = 0
        # The sample before the first round is taken as the others are, by the same lines and with as
        # many numbers alive: what the first round gains is then the target's alone.
        for number in range(-1 if command.rounds > 1 else 0, command.rounds):
            is_late = self._keep_pace(began, max(0, number), command.interval_seconds)
            started = self._clock()
            if number >= 0:
                self._call(command.calls)
            call_seconds = self._clock() - started
            self.sample(command.stage, call_seconds, is_late=is_late, collects=command.collects)
            done = number + 1
            if self.is_stopped:
                break
            if command.limit_seconds is not None and self._clock() - began >= command.limit_seconds:
                break
        return wire.RoundsDone(command.stage, done, has_children=counters.has_children())

    def _call(self, calls: int) -> None:
        self.is_in_call = True
        try:
            self._caller.run(calls)
            self._wind_down()
        except ForkedChild:
            raise
        except BaseException as error:
            raise Stopped(error) from error
        finally:
            self.is_in_call = False

    def watch(self, command: wire.Watch) -> wire.RoundsDone:
        """Sample at intervals while a call runs elsewhere; ends early if it returns."""
        done = 0
        for _ in range(command.rounds):
            started = self._clock()
            while (left := command.interval_seconds - (self._clock() - started)) > 0:
                self._sleep(min(left, MAX_NAP_SECONDS))
                if not self.is_in_call:
                    return wire.RoundsDone(command.stage, done)
            seconds = self._clock() - started
            self.sample(command.stage, seconds, collects=command.collects, is_watching=True)
            done += 1
        return wire.RoundsDone(command.stage, done, is_returned=False, has_children=counters.has_children())

    def wait(self) -> bool:
        """Wait for a moment; whether the call that runs elsewhere still does."""
        self._sleep(MAX_NAP_SECONDS)
        return self.is_in_call

    def sample(
        self,
        stage: wire.Stage,
        call_seconds: float,
        *,
        is_late: bool = False,
        collects: bool = True,
        is_watching: bool = False,
    ) -> None:
        """Read every counter, then send them: what sending allocates is gone before the next reading."""
        # A name that was made to look an attribute up is kept until its place among the lookups is taken.
        counters.forget_lookups()
        blocks_before = counters.blocks()
        started = self._clock()
        if collects:
            self._unreachable[0] = counters.collect()
        collect_seconds = self._clock() - started
        blocks = counters.blocks()
        heap = counters.heap_bytes()
        self._send(
            wire.Sample(
                stage=stage,
                calls=self._caller.done,
                at=self.seconds,
                call_seconds=call_seconds,
                collect_seconds=collect_seconds,
                # Beside a call that runs, what this thread itself takes is not the target's.
                cpu_seconds=counters.cpu_clock() - (counters.thread_clock() if is_watching else 0.0),
                blocks_before=blocks_before,
                blocks=blocks,
                heap=heap,
                rss=counters.resident_bytes(),
                is_collecting=counters.is_collecting(),
                is_late=is_late,
                unreachable=self._unreachable[0] if collects else None,
            )
        )

    def _keep_pace(self, began: float, number: int, interval: float) -> bool:
        """Wait for the start of the round; whether it is late already."""
        if interval <= 0:
            return False
        left = began + number * interval - self._clock()
        if left > 0:
            self._caller.sleep(left, self._sleep)
            return False
        return left < -MAX_LATE_SHARE * interval

    def _wind_down(self) -> None:
        """Let threads and tasks that the calls began and did not wait for come to their end."""
        self._caller.settle()
        if self._count_threads() <= self._threads:
            return
        for _ in range(WIND_DOWN_TRIES):
            self._sleep(WIND_DOWN_SECONDS)
            if self._count_threads() <= self._threads:
                return
        # They are here to stay; from now on they are not waited for.
        self._threads = self._count_threads()


def control(command: wire.Control) -> wire.Controlled:
    """What an empty target shows, and one that keeps one object a round, through the real loop."""
    kept: list[object] = [None] * (command.rounds + 1)
    places = iter(range(command.rounds + 1))

    def keep_one() -> None:
        kept[next(places)] = object()

    empty_blocks, empty_heap = _measured(_nothing, command.rounds)
    canary_blocks, _ = _measured(keep_one, command.rounds)
    return wire.Controlled(tuple(empty_blocks), tuple(empty_heap), tuple(canary_blocks))


def _measured(call: Callable[[], None], rounds: int) -> "tuple[array[int], array[int]]":
    """Blocks and heap bytes at the end of each round of one call."""
    # Made before the first reading: what is noted must not take memory while it is measured.
    blocks = array("q", bytes(8 * rounds))
    heap = array("q", bytes(8 * rounds))
    places = iter(range(-2, rounds))

    def note(sample: wire.Record) -> None:
        place = next(places)
        if place >= 0 and type(sample) is wire.Sample:
            blocks[place] = sample.blocks
            heap[place] = sample.heap

    sampler = Sampler(Caller(call), note)
    # The beginning and the first round, which fills free lists, are not noted.
    sampler.run(wire.Rounds(wire.Stage.SCREEN, rounds + 1, 1))
    return blocks, heap


def _nothing() -> None:
    pass
