"""What took the place of something is no leak."""

from itertools import pairwise

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Finding
from leakscan.model.run import Verdict
from tests.unit.analysis.held_runs import DATA, ORDER, holder_of, named_of
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
)


def _of_a_dict_that_fills(*, still_gains: int = 0, blocks_after: float = 0.0) -> tuple[Finding, ...]:
    """A dict that is full within the last window, and whose entries are traced while they are replaced.

    `still_gains`: entries more while traced; `blocks_after`: per call of that window, and of one more after
    the tracing, beside the entries.
    """
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start, end = 2_400 * number, 2_400 * (number + 1)
        calls = [start + n * 100 for n in range(25)]
        extra = [blocks_after * (at - start) if number == 2 else 0.0 for at in calls]
        levels = [5_000 + min(at, 6_300) + more for at, more in zip(calls, extra, strict=True)]
        records += a_window(levels, after=start)
        records.append(a_look(number + 2, end, grown(DATA, start, min(end, 6_300))))
    held = a_held_by(DATA, a_share(0), entries=6_300 + still_gains, entries_before=6_300, added=100)
    return analyze(
        [
            a_header(),
            a_sound_control(),
            *records,
            wire.Tracing(16, 7_200),
            wire.Sites(0, 1.0, 0.0, ()),
            wire.Sites(100, 2.0, 1.0, (a_traced_site(),)),
            wire.Explained((held,)),
            wire.Named((named_of(global_step("PAGES")),)),
            *(
                a_window([20_000 + int(blocks_after * 100 * n) for n in range(25)], after=7_300)
                if blocks_after
                else []
            ),
            wire.Ended("finished", 0, 3.0),
        ],
        Settings(),
    ).findings


def test_a_full_dict_whose_entries_are_replaced_is_no_leak() -> None:
    assert _of_a_dict_that_fills() == ()


def test_a_dict_that_still_gets_longer_while_traced_is_a_leak() -> None:
    (finding,) = _of_a_dict_that_fills(still_gains=100)

    assert finding.verdict is Verdict.LEAKING


def test_a_full_dict_is_a_leak_where_memory_grew_by_more_than_its_entries() -> None:
    (finding,) = _of_a_dict_that_fills(blocks_after=3.0)

    assert (finding.verdict, holder_of(finding).name) == (Verdict.LEAKING, "app.PAGES")


def _of_a_log_and_a_cache(lengths: tuple[int, ...], *, has_log: bool = True) -> list[str]:
    """What leaks of a log and of a cache, which was so long at each look and takes in one entry a call."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number, (before, after) in enumerate(pairwise(lengths)):
        start, end = 2_400 * number, 2_400 * (number + 1)
        records += a_window([5_000 + 2 * start + n * 200 for n in range(25)], after=start)
        log_grew = (grown(ORDER, start, end),) if has_log else ()
        records.append(a_look(number + 2, end, grown(DATA, before, after), *log_grew))
    cache = a_held_by(DATA, a_share(0), entries=lengths[-1] + 40, entries_before=lengths[-1], added=100)
    log = a_held_by(ORDER, a_share(1), type="list", entries=7_300, entries_before=7_200)
    findings = analyze(
        [
            a_header(),
            a_sound_control(),
            *records,
            wire.Tracing(16, 7_200),
            wire.Sites(0, 1.0, 0.0, ()),
            wire.Sites(100, 2.0, 1.0, (a_traced_site(), a_traced_site(9))),
            wire.Explained((cache, log) if has_log else (cache,)),
            wire.Named((named_of(global_step("CACHE")), named_of(global_step("LOG")))),
            wire.Ended("finished", 0, 3.0),
        ],
        Settings(),
    ).findings
    return sorted(holder_of(finding).name for finding in findings)


def test_a_cache_that_replaces_what_it_has_is_no_second_leak() -> None:
    assert _of_a_log_and_a_cache((0, 690, 720, 745)) == ["app.LOG"]


def test_what_replaces_nearly_all_that_it_has_is_told_where_nothing_else_explains_the_growth() -> None:
    assert _of_a_log_and_a_cache((0, 690, 720, 745), has_log=False) == ["app.CACHE"]


def test_what_keeps_one_entry_in_fifty_at_one_rate_is_a_leak() -> None:
    assert _of_a_log_and_a_cache((0, 48, 96, 144)) == ["app.CACHE", "app.LOG"]
