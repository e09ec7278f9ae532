"""An agent that runs nothing: it answers each command with the numbers of a made-up workload."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from leakscan import wire
from leakscan.analysis import Settings, analyze, next_command
from leakscan.model.run import RunOptions, Verdict
from tests.unit.analysis.records import (
    a_header,
    a_held_by,
    a_share,
    a_sound_control,
    a_traced_site,
    attribute_step,
    global_step,
    module_step,
)

MOST_COMMANDS = 300
"""A plan that asks for more is not going to end."""
HOLDER = 0xA11CE
ITSELF = (wire.Step("garbage", "Node", "Node"), attribute_step("Node", "itself", "Node"))
A_CYCLE = wire.LeakGraph("digraph {}", ((("g1",), ("g1",)),))


def a_picture(leak: tuple[int, ...]) -> wire.LeakGraph:
    """The module and the dict, for each of the holders."""
    return wire.LeakGraph("digraph {}", ((("p0n1",), ("p0n2",)),) * len(leak), leak)


def none_of_it(calls: int) -> float:
    del calls
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What a target keeps after so many calls, on top of the heap that it started with."""

    blocks: Callable[[int], float] = none_of_it
    heap: Callable[[int], float] = none_of_it
    resident: Callable[[int], float] = none_of_it
    """Resident bytes outside of the heap."""
    free: Callable[[int], float] = none_of_it
    """Those of them that malloc can give back."""
    entries: Callable[[int], float] = none_of_it
    """Length of `app.CACHE`, a dict."""
    traced: Callable[[int], float] | None = None
    """Blocks that tracing sees come, if those are others than stay: what takes the place of something."""
    garbage: Callable[[int], float] = none_of_it
    """Blocks that only a collection frees, by the calls of one round."""
    removed: int = 0
    """Entries that go out of it again with each call, a few calls after they came."""
    bound: int | None = None
    follows_a_run: bool = False
    """Whether the first look was taken by a run before this one in the same process."""
    is_collecting: bool = True
    seconds_per_call: float = 1e-4
    collect_seconds: float = 0.001
    raises_at: int | None = None
    lines: tuple[tuple[int, int], ...] = ()
    """(line, bytes per call) of each line that takes native memory."""
    given_back: int = 0
    """Bytes per call, negative, of the lines that give some back."""
    definition: tuple[str, int, str, str] | None = ("/srv/app/app.py", 12, "handle", "handle")
    """Where the target begins."""


@dataclass(slots=True)
class ScriptedAgent:
    """Keeps what a real one would: the calls, the time, the last look, the last sites."""

    workload: Workload
    calls: int = 0
    seconds: float = 0.0
    looks: int = 0
    _seen: float = 0.0
    _turned_over_at: int | None = None
    _traced_from: int = 0
    _sites_at: int | None = None
    _grown: tuple[wire.TracedSite, ...] = field(default=())

    def answer(self, command: wire.Command) -> list[wire.Record]:
        match command:
            case wire.Control():
                return [a_sound_control()]
            case wire.Load():
                return [wire.Loaded(command.target, 0.1, self.workload.definition)]
            case wire.Rounds():
                return self._rounds(command)
            case wire.TakeCensus():
                return [self._look(tracked_only=command.tracked_only)]
            case wire.TakeChurn():
                return [self._churn()]
            case wire.StartTracing():
                self._traced_from = self.calls
                return [wire.Tracing(command.frames, self.calls)]
            case wire.TakeSites():
                return [self._sites(collects=command.collects)]
            case wire.Explain():
                return [wire.Explained((self._holder(),) if self._entries else ())]
            case wire.Prove():
                size = sum(site.live_bytes for site in self._grown)
                return [wire.Proved(command.holders, size, size)]
            case wire.Name():
                chain = (module_step(), global_step("CACHE"))
                return [wire.Named((wire.NamedHolder(chain),) if self._entries else ())]
            case _:
                return [self._look_closely(command)]

    def _look_closely(self, command: wire.Command) -> wire.Record:
        match command:
            case wire.MeasureEntries():
                return wire.EntriesMeasured(tuple(wire.EntrySize(h, 64, 190.0) for h in command.holders))
            case wire.FindSpareCapacity():
                return wire.SpareCapacity(())
            case wire.ListCaches():
                return wire.Caches(
                    (wire.Cache("dict", self._entries, (module_step(), global_step("CACHE"))),)
                )
            case wire.CollectGarbage():
                pictures = (A_CYCLE,) if command.draws else ()
                return wire.Garbage(100, (("Node", 100),), ITSELF, (), (), pictures)
            case wire.DrawGraphs():
                return wire.Graphs(tuple(a_picture(leak) for leak in command.leaks))
            case wire.WatchLines():
                return self._watched(command)
            case wire.WatchStores():
                return self._stores(command)
            case wire.Trim():
                resident = 20_000_000 + int(self.workload.resident(self.calls))
                return wire.Trimmed(resident, resident - int(self.workload.free(self.calls)))
            case _:
                return wire.AgentFailed(type(command).__name__, "it has no answer", "")

    def _watched(self, command: wire.WatchLines) -> wire.Record:
        gains = tuple(
            wire.LineGain((("/srv/app/app.py", line), ("/srv/app/main.py", 3)), size * command.calls)
            for line, size in self.workload.lines
        )
        total = sum(size for _, size in self.workload.lines) + self.workload.given_back
        named = (("/srv/app/app.py", 40, "load", "Cache.load"),)
        return wire.LineGains(command.calls, gains, total * command.calls, named)

    def _stores(self, command: wire.WatchStores) -> wire.Record:
        gained = int(self.workload.entries(self.calls + command.calls)) - self._entries
        removed = self.workload.removed * command.calls
        put = wire.StoreLine((("/srv/app/app.py", 41), ("/srv/app/main.py", 3)), gained + removed, 0)
        taken = wire.StoreLine((("/srv/app/app.py", 52), ("/srv/app/main.py", 3)), 0, removed)
        lines = (put, taken) if removed else (put,)
        return wire.StoresWatched(
            command.calls, tuple(wire.StoresOfHolder(group[0], lines) for group in command.holders)
        )

    def _rounds(self, command: wire.Rounds) -> list[wire.Record]:
        records: list[wire.Record] = []
        if command.rounds > 1:
            records.append(self._sample(command, 0))
        for _ in range(command.rounds):
            stop = self.workload.raises_at
            if stop is not None and self.calls + command.calls >= stop:
                self.calls = stop - 1
                return [*records, wire.Raised("raised", "ValueError: no", "Traceback", self.calls)]
            self.calls += command.calls
            records.append(self._sample(command, command.calls))
        return [*records, wire.RoundsDone(command.stage, command.rounds)]

    def _sample(self, command: wire.Rounds, calls: int) -> wire.Sample:
        workload = self.workload
        call_seconds = calls * workload.seconds_per_call
        self.seconds += call_seconds + workload.collect_seconds
        blocks = 20_000 + int(workload.blocks(self.calls))
        heap = 4_000_000 + int(workload.heap(self.calls))
        return wire.Sample(
            stage=command.stage,
            calls=self.calls,
            at=self.seconds,
            call_seconds=call_seconds,
            collect_seconds=workload.collect_seconds,
            cpu_seconds=self.seconds,
            blocks_before=blocks + int(workload.garbage(calls)),
            blocks=blocks,
            heap=heap,
            rss=16_000_000 + heap + int(workload.resident(self.calls)),
            is_collecting=workload.is_collecting,
        )

    def _look(self, *, tracked_only: bool) -> wire.Census:
        self.looks += 1
        if self.looks == 1 and self.workload.follows_a_run:
            return wire.Census(1, 0, 0.0, 0.0, 500, (), is_earlier=True)
        before, self._seen = self._seen, self.workload.entries(self.calls)
        grown: tuple[wire.GrownContainer, ...] = ()
        if self.looks > 1 and self._seen > before:
            grown = (wire.GrownContainer(HOLDER, "dict", int(before), int(self._seen), self.workload.bound),)
        return wire.Census(self.looks, self.calls, self.seconds, 0.01, 500, grown, tracked_only=tracked_only)

    def _churn(self) -> wire.Churn:
        before, self._turned_over_at = self._turned_over_at, self.calls
        if before is None:
            return wire.Churn(self.calls, ())
        removed = self.workload.removed * (self.calls - before)
        gained = int(self.workload.entries(self.calls) - self.workload.entries(before))
        return wire.Churn(self.calls, (wire.EntryChange(HOLDER, gained + removed, removed),))

    def _sites(self, *, collects: bool) -> wire.Sites:
        before, self._sites_at = self._sites_at, self.calls
        if before is None:
            return wire.Sites(0, self.seconds, 0.0, ())
        seen = self.workload.traced or self.workload.blocks
        blocks = int(seen(self.calls) - seen(before))
        if not collects:
            blocks += int(self.workload.garbage(self.calls - before))
        self._grown = (a_traced_site(blocks=blocks, size=100 * blocks),) if blocks > 0 else ()
        return wire.Sites(self.calls - before, self.seconds, 1.0, self._grown)

    @property
    def _entries(self) -> int:
        return int(self.workload.entries(self.calls))

    def _holder(self) -> wire.HeldBy:
        before = int(self.workload.entries(self._traced_from))
        shares = tuple(a_share(i, site.blocks) for i, site in enumerate(self._grown))
        return a_held_by(
            HOLDER,
            *shares,
            entries=self._entries,
            entries_before=before,
            added=self._entries - before,
            calls=self.calls - self._traced_from,
            bound=self.workload.bound,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What was asked, and what was answered."""

    commands: tuple[wire.Command, ...]
    records: tuple[wire.Record, ...]

    def asked(self, kind: type[wire.Command]) -> list[Any]:
        """The commands of one kind, in order."""
        return [command for command in self.commands if isinstance(command, kind)]

    @property
    def is_traced(self) -> bool:
        return bool(self.asked(wire.StartTracing))


def conversation(workload: Workload, **options: Any) -> Conversation:
    """The whole run of a workload, until the plan has nothing left to ask."""
    run = RunOptions(target="app:handle", **options)
    agent = ScriptedAgent(workload)
    records: list[wire.Record] = [a_header(**options)]
    commands: list[wire.Command] = []
    while (command := next_command(run, records)) is not None:
        commands.append(command)
        assert len(commands) < MOST_COMMANDS, "the plan does not end"
        records.extend(agent.answer(command))
    records.append(wire.Ended("finished", 0, agent.seconds))
    return Conversation(commands=tuple(commands), records=tuple(records))


LEAK = Workload(blocks=lambda calls: 2 * calls, entries=lambda calls: calls)


def verdict_of(run: Conversation) -> Verdict:
    """The verdict over a whole conversation."""
    return analyze(run.records, Settings()).verdict
