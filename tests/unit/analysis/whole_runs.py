"""Whole runs, and the analysis of them, for tests of what a report says in the end."""

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Analysis
from tests.unit.analysis.records import (
    a_header,
    a_held_by,
    a_look,
    a_share,
    a_sound_control,
    a_traced_site,
    a_window,
    global_step,
    grown,
    module_step,
)

HOLDER = 0xA


def analysis_of(
    *records: wire.Record,
    how: str = "finished",
    threshold: float = 0.0,
    memory_bytes: int | None = None,
    **options: object,
) -> Analysis:
    """The analysis of a whole run that has these records."""
    ended = wire.Ended(how, 0 if how == "finished" else None, 3.0)
    settings = Settings(threshold_bytes_per_call=threshold)
    return analyze(
        [a_header(memory_bytes=memory_bytes, **options), a_sound_control(), *records, ended], settings
    )


def a_flat_run() -> list[wire.Record]:
    """Three windows in which nothing grows."""
    windows = [a_window([5_000] * 25, after=2_400 * n) for n in range(3)]
    return [record for window in windows for record in window]


def a_leaking_run(*, named: bool = True, bound: int | None = None) -> list[wire.Record]:
    """One block and one entry a call over three windows, traced to one line and one dict."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start, calls = 2_400 * number, 100
        records += a_window([5_000 + start + n * calls for n in range(25)], after=start)
        end = start + 24 * calls
        records.append(a_look(number + 2, end, grown(HOLDER, start, end, bound=bound)))
    steps = (module_step(), global_step("CACHE"))
    return [
        *records,
        wire.Tracing(16, 7_200),
        wire.Sites(0, 1.0, 0.0, ()),
        wire.Sites(100, 2.0, 1.0, (a_traced_site(),)),
        wire.Explained((a_held_by(HOLDER, a_share(0), bound=bound),)),
        wire.Proved((0,), 10_000, 9_920),
        *([wire.Named((wire.NamedHolder(steps, bound=bound),))] if named else []),
    ]
