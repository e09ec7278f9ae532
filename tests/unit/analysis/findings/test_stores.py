"""The lines that a finding says put entries into its holder, and take them out."""

from dataclasses import replace

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Finding
from tests.unit.analysis.scripted import LEAK, Conversation, Workload, conversation

LIBRARY = "/usr/lib/python3.12/queue.py"
PUT = (("/srv/app/app.py", 41), ("/srv/app/main.py", 3))


def finding_of(run: Conversation, stores: wire.StoresWatched | None = None) -> Finding:
    """The finding of a run, in which this was seen of the holder."""
    records = tuple(
        stores if stores is not None and isinstance(record, wire.StoresWatched) else record
        for record in run.records
    )
    (finding,) = analyze(records, Settings()).findings
    return finding


def seen(*lines: wire.StoreLine, unplaced: int = 0, calls: int = 10) -> wire.StoresWatched:
    functions = (
        ("/srv/app/app.py", 41, "add", "Cache.add"),
        ("/srv/app/app.py", 52, "remove", "Cache.remove"),
        (LIBRARY, 214, "_put", "Queue._put"),
    )
    return wire.StoresWatched(calls, (wire.StoresOfHolder(0, lines, unplaced),), functions)


def test_a_leak_is_watched_in_as_many_calls_as_bring_enough_entries() -> None:
    run = conversation(LEAK)

    (asked,) = run.asked(wire.WatchStores)
    assert asked.holders == ((0,),)
    assert asked.calls == 48


@pytest.mark.parametrize(
    "workload", [Workload(), Workload(heap=lambda calls: 1_000 * calls)], ids=["clean", "native"]
)
def test_nothing_is_watched_where_no_holder_grows(workload: Workload) -> None:
    assert conversation(workload).asked(wire.WatchStores) == []


def test_a_finding_names_the_line_that_puts_it_there() -> None:
    finding = finding_of(conversation(LEAK), seen(wire.StoreLine(PUT, 10, 0)))

    (line,) = finding.stored_at
    assert (line.frame.file, line.frame.line, line.frame.qualname) == ("app.py", 41, "Cache.add")
    assert (line.library, line.share, line.entries_per_unit) == (None, 1.0, 1.0)
    assert (finding.removed_at, finding.removed_share, finding.not_stored_because) == ((), 0.0, None)


def test_eight_of_ten_that_go_again_have_a_line_too() -> None:
    out = (("/srv/app/app.py", 52),)

    finding = finding_of(conversation(LEAK), seen(wire.StoreLine(PUT, 50, 0), wire.StoreLine(out, 0, 40)))

    (line,) = finding.removed_at
    assert (line.frame.qualname, line.share, line.entries_per_unit) == ("Cache.remove", 1.0, 4.0)
    assert finding.removed_share == 0.8
    assert finding.holder is not None
    assert (finding.holder.added_per_call, finding.holder.removed_per_call) == pytest.approx((5.0, 4.0))


def test_the_users_line_is_named_with_the_one_of_the_library_beside_it() -> None:
    run = conversation(LEAK)
    header = run.records[0]
    assert isinstance(header, wire.Header)
    of_app = (header._replace(library_paths=("/usr/lib/python3.12",)), *run.records[1:])

    finding = finding_of(replace(run, records=of_app), seen(wire.StoreLine(((LIBRARY, 214), *PUT), 10, 0)))

    (line,) = finding.stored_at
    assert line.frame.qualname == "Cache.add"
    assert line.library is not None
    assert line.library.qualname == "Queue._put"


def test_lines_are_told_by_their_shares_and_next_to_nothing_is_left_out() -> None:
    lines = [
        wire.StoreLine((("/srv/app/app.py", line), *PUT), put, 0) for line, put in ((7, 70), (8, 29), (9, 1))
    ]

    finding = finding_of(conversation(LEAK), seen(*lines))

    assert [(line.frame.line, line.share) for line in finding.stored_at] == [(7, 0.7), (8, 0.29)]


@pytest.mark.parametrize(
    ("stores", "reason"),
    [
        (wire.StoresWatched(0, (), message="the target is profiled"), "the target is profiled"),
        (
            wire.StoresWatched(8, (wire.StoresOfHolder(0, (), has_length=False),)),
            "it has no length that can be watched",
        ),
        (
            wire.StoresWatched(8, (wire.StoresOfHolder(1, (wire.StoreLine(PUT, 8, 0),)),)),
            "holders of worse leaks were watched",
        ),
        (seen(), "nothing was put into it while it was watched"),
        (
            seen(wire.StoreLine(PUT, 1, 0), unplaced=9),
            "entries come to it while no line of Python runs that could be watched",
        ),
    ],
)
def test_why_no_line_is_known_is_said(stores: wire.StoresWatched, reason: str) -> None:
    finding = finding_of(conversation(LEAK), stores)

    assert (finding.stored_at, finding.not_stored_because) == ((), reason)


@pytest.mark.parametrize(
    ("put", "pattern"),
    [(10, "two-indexes-of-the-same-objects"), (1, "an-unbounded-cache")],
    ids=["two indexes", "another container"],
)
def test_the_line_that_cleans_a_peer_is_part_of_the_advice(put: int, pattern: str) -> None:
    lines = (wire.StoreLine(PUT, put, 0), wire.StoreLine((("/srv/app/app.py", 52),), 0, put))
    stores = seen(wire.StoreLine(PUT, 10, 0))._replace(peers=(wire.StoresOfPeer(0, "by_id", lines),))

    finding = finding_of(conversation(LEAK), stores)

    assert finding.pattern == pattern
    assert (finding.advice or "").endswith(
        ": `by_id` is cleaned at app.py:52 in Cache.remove, and this is not"
    )


def test_a_peer_does_not_matter_where_the_holder_is_cleaned_too() -> None:
    out = (("/srv/app/app.py", 52),)
    peer = wire.StoresOfPeer(0, "by_id", (wire.StoreLine(PUT, 10, 0), wire.StoreLine(out, 0, 10)))

    stores = seen(wire.StoreLine(PUT, 10, 0), wire.StoreLine(out, 0, 5))._replace(peers=(peer,))

    assert finding_of(conversation(LEAK), stores).advice == finding_of(conversation(LEAK)).advice
