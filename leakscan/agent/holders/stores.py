"""The rounds in which holders are watched: by the code that mentions them, then what that calls, then all."""

from collections.abc import Callable, Mapping, Sequence

from leakscan import wire
from leakscan.agent import counters
from leakscan.agent.heap.symbolize import FunctionOfLine, Traceback
from leakscan.agent.holders.lengths import Peer, Watched
from leakscan.agent.tracing.line_events import CannotWatch
from leakscan.agent.tracing.reaching_code import reaching_code
from leakscan.agent.tracing.store_lines import Length, Moved, StoreLines

MAX_LINES = 20
"""Lines of one holder in a record."""
_MAX_ROUNDS = 10
_ROUND_SHARE = 0.25
"""Share of the time after which a round ends: three are needed where the first already shows the lines."""
_MAX_UNPLACED_SHARE = 0.1
"""Share of what came to a holder, that may have come at a line that is not watched."""

Run = Callable[[], bool]
"""Runs the target once, or lets it run for a while; False when it can't be run again."""


def stores(
    command: wire.WatchStores,
    groups: Sequence[tuple[int, Sequence[Watched]]],
    sites: Sequence[Traceback],
    run: Run,
    watch: StoreLines,
) -> wire.StoresWatched:
    """At which lines entries come to the holders and go, in as many calls as the command says, or fewer.

    `groups` are the first of the holders that are alike, and all of them.
    """
    rounds = _Rounds(command, [each for _first, alike in groups for each in alike], sites, watch)
    try:
        rounds.run(run)
    except CannotWatch as reason:
        return wire.StoresWatched(0, (), message=str(reason))
    of_each = iter(rounds.best)
    records = [
        _record_of(first, [next(of_each) for _ in alike])._replace(has_length=bool(alike))
        for first, alike in groups
    ]
    peers = [
        wire.StoresOfPeer(first, peer.name, _record_of(first, [next(of_each)]).lines)
        for first, peer in _peers_of(groups)
    ]
    failure = None if watch.failure is None else f"leakscan failed: {watch.failure!r}"
    functions = _functions_in([*records, *peers], watch.functions)
    return wire.StoresWatched(rounds.calls, tuple(records), functions, failure, tuple(peers))


class _Rounds:
    """Rounds of calls, and what the last of them has shown that showed anything."""

    def __init__(
        self,
        command: wire.WatchStores,
        holders: Sequence[Watched],
        sites: Sequence[Traceback],
        watch: StoreLines,
    ) -> None:
        self._max_calls = command.calls
        self._round_seconds = _ROUND_SHARE * command.limit_seconds
        self._watch = watch
        # Looked for before the watch begins, which would slow it down.
        code = reaching_code(frozenset().union(*(each.names for each in holders)), sites)
        self._wider: list[Callable[[], None]] = [
            lambda: watch.watch(code.mentioning),
            lambda: watch.watch(code.allocating),
            watch.watch_all,
        ]
        self.calls = 0
        """Of the round that is reported."""
        self.best: list[dict[Traceback, Moved]] = watch.moved
        self._holders = slice(len(holders))

    def run(self, run: Run) -> None:
        """All of them; raises CannotWatch."""
        self._watch.begin()
        try:
            self._wider.pop(0)()
            for _ in range(_MAX_ROUNDS):
                is_over = not self._round(run)
                if is_over or self._watch.has_ended or not self._is_more_wanted():
                    break
        finally:
            self._watch.end()

    def _round(self, run: Run) -> bool:
        """Whether the target can be run again."""
        ends = counters.clock() + self._round_seconds
        self._watch.begin_round()
        calls, is_running = 0, True
        while is_running and calls < self._max_calls and not self._watch.has_ended:
            is_running = run()
            calls += 1
            if counters.clock() > ends:
                break
        self._watch.end_round()
        if any(map(any, self._watch.moved)) or not any(self.best):
            self.best, self.calls = self._watch.moved, calls
        return is_running

    def _is_more_wanted(self) -> bool:
        """Whether another round shows more: by more calls, or by more code that is watched."""
        if not self._watch.is_settled or not any(self._watch.moved[self._holders]):
            return True
        # What becomes of their peers is told as far as it is seen on the way.
        if not self._wider or not any(map(_is_elsewhere, self._watch.moved[self._holders])):
            return False
        self._wider.pop(0)()
        return True


def _is_elsewhere(moved: Mapping[Traceback, Moved]) -> bool:
    """Whether too much came at lines that are not watched."""
    put = sum(each.put for each in moved.values())
    return moved.get((), Moved(0, 0)).put > _MAX_UNPLACED_SHARE * put


def lengths_of(groups: Sequence[tuple[int, Sequence[Watched]]]) -> list[Length]:
    """What is read at each line: the length of each holder, then those of their peers."""
    holders = [holder for _first, alike in groups for holder in alike]
    return [*(holder.length for holder in holders), *(peer.length for _group, peer in _peers_of(groups))]


def _peers_of(groups: Sequence[tuple[int, Sequence[Watched]]]) -> list[tuple[int, Peer]]:
    """The peers of the first of the holders that are alike, each with the number of these."""
    return [(first, peer) for first, alike in groups for holder in alike[:1] for peer in holder.peers]


def _record_of(holder: int, parts: Sequence[dict[Traceback, Moved]]) -> wire.StoresOfHolder:
    """The lines of one holder, or of those that are alike as one; those that moved most first."""
    together: dict[Traceback, Moved] = {}
    for part in parts:
        for traceback, moved in part.items():
            known = together.get(traceback, Moved(0, 0))
            together[traceback] = Moved(known.put + moved.put, known.taken + moved.taken)
    unplaced = together.pop((), Moved(0, 0))
    heaviest = sorted(together.items(), key=lambda item: (-item[1].put - item[1].taken, item[0]))
    lines = tuple(wire.StoreLine(traceback, *moved) for traceback, moved in heaviest[:MAX_LINES])
    return wire.StoresOfHolder(holder, lines, unplaced.put, unplaced.taken)


def _functions_in(
    records: Sequence[wire.StoresOfHolder | wire.StoresOfPeer],
    functions: Mapping[tuple[str, int], FunctionOfLine],
) -> tuple[FunctionOfLine, ...]:
    places = {place for each in records for line in each.lines for place in line.frames}
    return tuple(functions[place] for place in sorted(places))
