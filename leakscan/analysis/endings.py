"""How a run came to its end, as far as its reader should know."""

from collections.abc import Iterator, Sequence

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.screen import Screen

_MAX_NAMED = 3
"""Processes that are named of those that were ended."""
_NOT_DONE = {
    "Explain": "the holder was found",
    "Name": "the holder was named",
    "Prove": "the holder was emptied to see what goes with it",
    "MeasureEntries": "the entries of the holder were weighed",
    "CollectGarbage": "the garbage was looked at",
    "DrawGraphs": "what is around the holders was drawn",
    "ListCaches": "the caches were listed",
}


def is_cut(records: Sequence[wire.Record]) -> bool:
    """Whether the time was over before the run had come to its own end, through no fault of the target."""
    ended = _ended(records)
    return ended is not None and bool(ended.unanswered)


def is_cut_in_explanation(records: Sequence[wire.Record], found: Screen) -> bool:
    """Whether the time was over when growth had been traced and was not explained yet."""
    if not is_cut(records) or any(isinstance(record, wire.Explained) for record in records):
        return False
    sites = next((r for r in reversed(records) if isinstance(r, wire.Sites) and found.span(r)), None)
    if sites is None:
        return False
    traced = sum(max(0, site.blocks) for site in sites.grown)
    return traced >= settings.MIN_ACCOUNTED_SHARE * found.blocks_per_unit * found.span(sites)


def endings(records: Sequence[wire.Record]) -> Iterator[str]:
    """A sentence each on what was cut off, what failed and what was left behind."""
    ended = _ended(records)
    if ended is not None and ended.unanswered:
        before = _NOT_DONE.get(ended.unanswered, "the run had come to its own end")
        yield f"the time was over before {before}; --max-time SECONDS gives it longer"
    for record in records:
        if isinstance(record, wire.SetupLeft) and record.message is not None:
            yield f"the setup failed when it was left: {record.message}"
    if ended is not None and ended.setup_seconds is not None:
        yield (
            f"the setup was not left: it had {ended.setup_seconds:.2g} s to end, and was killed"
            if ended.setup_seconds
            else "the setup was not left: the process had to be ended before"
        )
    if ended is not None and ended.cut_off_seconds is not None:
        yield (
            f"the target's own end was cut off after {ended.cut_off_seconds:.2g} s: "
            "what its exit handlers had not done by then is not done"
        )
    if ended is not None and ended.left_behind:
        yield _of_processes(ended.left_behind)


def _of_processes(names: Sequence[str]) -> str:
    named = sorted(set(names))
    more = "" if len(named) <= _MAX_NAMED else ", …"
    listed = ", ".join(named[:_MAX_NAMED]) + more
    if len(names) == 1:
        return f"a process that the target had started was still running at its end, and was ended: {listed}"
    were = "processes that the target had started were still running at its end, and were ended"
    return f"{len(names):,} {were}: {listed}"


def _ended(records: Sequence[wire.Record]) -> wire.Ended | None:
    return next((r for r in reversed(records) if isinstance(r, wire.Ended)), None)
