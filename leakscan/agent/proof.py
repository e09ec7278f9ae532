"""Experiments in a forked copy of the target: the target itself keeps its data."""

import contextlib
import gc
import os
import signal
import warnings
from collections import Counter
from collections.abc import Callable

from leakscan import wire
from leakscan.agent import counters, cuts, links, names, tracing
from leakscan.agent.functions import functions_of

SECONDS_ALLOWED = 4
"""Of processor time, so that a busy machine changes no answer. Freeing may run any number of finalizers."""
SECONDS_OF_PATIENCE = 20
"""A finalizer may also wait for what is not in the copy: another thread, another process."""
_TOO_LONG = (
    {int(signal.SIGPROF): SECONDS_ALLOWED, int(signal.SIGALRM): SECONDS_OF_PATIENCE}
    if hasattr(signal, "SIGPROF")
    else {}
)
_MOST_GARBAGE = 4_000
_ENOUGH_FREED = 0.95


def prove(
    command: wire.Prove,
    actions: list[cuts.Cut | None],
    sites: list[tracing.Traceback],
    forget: Callable[[], None],
) -> wire.Proved:
    """What emptying the holders frees of the memory at the sites, measured in a forked copy."""
    chosen = [actions[holder] for holder in command.holders]
    doable = [action for action in chosen if action is not None]
    if len(doable) < len(chosen):
        return wire.Proved(command.holders, 0, 0, None, "it can't be emptied from outside")
    wanted = frozenset(sites[site] for site in command.sites)

    def experiment() -> wire.Record:
        # What the agent itself still refers to would not be freed.
        actions.clear()
        forget()
        before = tracing.live_at(wanted)
        kept = [action() for action in doable]
        counters.forget_lookups()
        grown, freed = tracing.grown_and_freed(before, tracing.live_at(wanted))
        if freed < _ENOUGH_FREED * grown:
            gc.unfreeze()
            gc.collect()
            grown, freed = tracing.grown_and_freed(before, tracing.live_at(wanted))
        if freed < _ENOUGH_FREED * grown:
            kept.clear()
            doable.clear()
            gc.collect()
            grown, freed = tracing.grown_and_freed(before, tracing.live_at(wanted))
        return wire.Proved(command.holders, grown, freed)

    answer = _in_forked_copy(experiment)
    if isinstance(answer, wire.Proved):
        return answer
    return wire.Proved(command.holders, 0, 0, None, str(answer))


def look_at_garbage(sites: list[tracing.Traceback]) -> wire.Garbage:
    """What a collection would free now, looked at in a forked copy."""

    def look() -> wire.Record:
        tracing.release()
        return _garbage(sites)

    return _looked(look)


def look_at_frozen(sites: list[tracing.Traceback]) -> wire.Garbage:
    """What a collection would free of the objects that the target has frozen, looked at in a forked copy."""

    def look() -> wire.Record:
        gc.collect()
        gc.unfreeze()
        return _garbage(sites)

    return _looked(look)


def _looked(look: Callable[[], wire.Record]) -> wire.Garbage:
    answer = _in_forked_copy(look)
    return answer if isinstance(answer, wire.Garbage) else wire.Garbage(0, (), (), ())


def _garbage(sites: list[tracing.Traceback]) -> wire.Garbage:
    gc.callbacks.clear()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    found = list(gc.garbage)
    index = {traceback: number for number, traceback in enumerate(sites)}
    objects: Counter[int] = Counter()
    types_of: dict[int, Counter[str]] = {}
    grown: list[object] = []
    # The newest came last; to ask each of very many where it was made takes too long.
    for each in found[-_MOST_GARBAGE:]:
        site = index.get(tracing.traceback_of(each) or ())
        if site is not None:
            grown.append(each)
            objects[site] += 1
            types_of.setdefault(site, Counter())[names.type_name(type(each))] += 1
    types = Counter(names.type_name(type(each)) for each in grown or found)
    shares = tuple(
        wire.SiteShare(site, count, 0, dict(types_of[site].most_common(8)))
        for site, count in sorted(objects.items())
    )
    return wire.Garbage(
        len(found),
        tuple(types.most_common(12)),
        _cycle(grown or found, {id(each) for each in found}),
        shares,
        functions_of(sites),
    )


def _cycle(found: list[object], garbage: set[int]) -> tuple[wire.Step, ...]:
    """The shortest way from a garbage object back to itself; empty if there is none nearby."""
    for start in found[:50]:
        path = _way_back(start, garbage)
        if path is not None:
            root = wire.Step("garbage", names.type_name(type(start)), names.type_name(type(start)))
            return links.steps(path, root)
    return ()


def _way_back(start: object, garbage: set[int]) -> list[object] | None:
    ways: list[list[object]] = [[start]]
    seen = {id(start)}
    for _ in range(200):
        if not ways:
            return None
        way = ways.pop(0)
        for child in gc.get_referents(way[-1]):
            if child is start:
                return [*way, child]
            if id(child) in garbage and id(child) not in seen:
                seen.add(id(child))
                ways.append([*way, child])
    return None


def _in_forked_copy(experiment: Callable[[], wire.Record]) -> wire.Record | str:
    """What the experiment answers in a forked copy of this process, or why there is no answer."""
    if not hasattr(os, "fork"):
        return "this platform has no fork"
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # From 3.12 on Python warns of a fork beside threads; this copy needs none of them.
        warnings.simplefilter("ignore")
        copy = os.fork()
    if copy == 0:
        _answer_and_exit(experiment, writer)
    os.close(writer)
    data = b""
    while chunk := os.read(reader, 1 << 16):
        data += chunk
    os.close(reader)
    _, status = os.waitpid(copy, 0)
    try:
        return wire.decode(data)  # type: ignore[return-value]
    except wire.WireError:
        if status in _TOO_LONG:
            return f"emptying it took longer than {_TOO_LONG[status]} s"
        return f"the experiment ended with status {status}"


def _answer_and_exit(experiment: Callable[[], wire.Record], writer: int) -> None:
    try:
        for number in _TOO_LONG:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_PROF, SECONDS_ALLOWED)
        signal.alarm(SECONDS_OF_PATIENCE)
        _let_go_of_files(writer)
        os.write(writer, wire.encode(experiment()))
    except BaseException as error:
        os.write(writer, repr(error).encode()[:200])
    finally:
        os._exit(0)


def _let_go_of_files(writer: int) -> None:
    """Point every other descriptor at nothing: no finalizer of the copy reaches a peer, a file or a pipe."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        if int(name) not in (writer, nothing):
            with contextlib.suppress(OSError):
                os.dup2(nothing, int(name))
