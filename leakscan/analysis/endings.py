"""How a run came to its end, as far as its reader should know."""

from collections.abc import Iterator, Sequence

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.record_index import indexed

_NOT_DONE = {
    "Explain": "the holder was found",
    "Name": "the holder was named",
    "Prove": "the holder was emptied to see what goes with it",
    "MeasureEntries": "the entries of the holder were weighed",
    "CollectGarbage": "the garbage was looked at",
    "DrawGraphs": "what is around the holders was drawn",
    "ListCaches": "the caches were listed",
}


def is_cut_in_explanation(records: Sequence[wire.Record], screen: Screen) -> bool:
    """Whether the run was ended from outside when growth had been traced and was not explained yet."""
    index = indexed(records)
    if not (index.is_cut_off or index.is_interrupted) or index.has(wire.Explained):
        return False
    sites = next((each for each in reversed(index.of(wire.Sites)) if screen.span(each)), None)
    if sites is None:
        return False
    traced = sum(max(0, site.blocks) for site in sites.grown)
    return traced >= settings.MIN_ACCOUNTED_SHARE * screen.blocks_per_unit * screen.span(sites)


def endings(records: Sequence[wire.Record]) -> Iterator[str]:
    """A sentence each on what was cut off, what failed and what was left behind."""
    index = indexed(records)
    ended = index.last(wire.Ended)
    if ended is not None and ended.unanswered:
        before = _NOT_DONE.get(ended.unanswered, "the run had come to its own end")
        if index.has(wire.GrowingNamed) and not index.has(wire.Explained):
            before = "it was known where the entries of the holder are allocated"
        yield f"the time was over before {before}; --max-time SECONDS gives it longer"
    for left in index.of(wire.SetupLeft):
        if left.message is not None:
            yield f"the setup failed when it was left: {left.message}"
    if ended is not None:
        yield from _ends_of_processes(ended)


def _ends_of_processes(ended: wire.Ended) -> Iterator[str]:
    if ended.setup_seconds is not None:
        yield (
            f"the setup was not left: it had {ended.setup_seconds:.2g} s to end, and was killed"
            if ended.setup_seconds
            else "the setup was not left: the process had to be ended before"
        )
    if ended.cut_off_seconds is not None:
        yield (
            f"the target's own end was cut off after {ended.cut_off_seconds:.2g} s: "
            "its exit handlers may not have finished"
        )
    if ended.left_behind:
        yield _of_processes(ended.left_behind)


def _of_processes(names: Sequence[str]) -> str:
    named = sorted(set(names))
    more = "" if len(named) <= settings.MAX_NAMED_PROCESSES else ", …"
    listed = ", ".join(named[: settings.MAX_NAMED_PROCESSES]) + more
    if len(names) == 1:
        return f"a process that the target had started was still running at its end, and was ended: {listed}"
    were = "processes that the target had started were still running at its end, and were ended"
    return f"{len(names):,} {were}: {listed}"
