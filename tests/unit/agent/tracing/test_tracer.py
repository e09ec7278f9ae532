"""Which traced memory is the target's, and which is the agent's own."""

import sys

import pytest

from leakscan.agent import own_code, session
from leakscan.agent.tracing import tracer

TARGET = ("/srv/app/jobs.py", 41)
LIBRARY = ("/usr/lib/python3/site-packages/orm/session.py", 7)
CALLER = (own_code.CALLERS[0], 90)
AGENT = (session.__file__, 100)
STARTER = ("<string>", 1)


@pytest.mark.parametrize(
    ("traceback", "is_own"),
    [
        ((TARGET, CALLER, AGENT, STARTER), False),
        ((LIBRARY, TARGET, CALLER, AGENT, STARTER), False),
        ((TARGET,), False),  # cut off before the agent's frames, or of a thread of the target's
        ((CALLER, AGENT, STARTER), True),  # the loop's own, with no call in between
        ((AGENT, STARTER), True),
        ((("/usr/lib/python3/json/encoder.py", 200), AGENT, STARTER), True),
    ],
)
def test_memory_is_the_agents_if_no_call_of_the_target_allocated_it(
    traceback: tracer.Traceback, *, is_own: bool
) -> None:
    assert tracer.is_own(traceback) is is_own


def test_what_a_finalizer_runs_inside_the_agent_is_the_targets_where_a_call_made_it() -> None:
    assert not tracer.is_own((TARGET, CALLER, AGENT))
    assert tracer.is_own((("/usr/lib/python3/encodings/utf_8.py", 15), AGENT, CALLER, AGENT))


def test_sites_that_grew_come_with_the_heaviest_first() -> None:
    before, after = tracer.Taken(), tracer.Taken()
    sizes = {"light": (10, 20), "heavy": (10, 900), "same": (10, 10), "gone": (10, 0)}
    for name, (then, now) in sizes.items():
        site = ((name, 1),)
        before.bytes[site], before.blocks[site] = then, 1
        if now:
            after.bytes[site], after.blocks[site] = now, 1

    grown = after.grown_since(before, most=10)

    assert [site[0][0] for site in grown] == ["heavy", "light"]
    assert after.grown_since(before, most=1) == [(("heavy", 1),)]


def _block(size: int) -> bytes:
    return bytes(size)


def test_the_blocks_of_a_site_are_summed_over_all_parts_of_the_traces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracer, "TRACES_AT_ONCE", 3)
    tracer.start(1)
    try:
        blocks = [_block(1_000 + 7 * number % 10) for number in range(10)]
        site = tracer.traceback_of(blocks[0])
        assert site is not None
        live, taken = tracer.live_at(frozenset({site})), tracer.take()
    finally:
        tracer.stop()

    sizes = [sys.getsizeof(block) for block in blocks]
    assert live == tracer.Live({site: sum(sizes)}, {site: max(sizes)}, {site: 10})
    assert (taken.bytes[site], taken.largest[site], taken.blocks[site]) == (sum(sizes), max(sizes), 10)


def _live(size: int, largest: int, blocks: int) -> tracer.Live:
    site = (TARGET, CALLER)
    return tracer.Live({site: size}, {site: largest}, {site: blocks})


NOTHING = tracer.Live({}, {}, {})


@pytest.mark.parametrize(
    ("before", "after", "grown_and_freed"),
    [
        # One table and a few entries: a table that stays alone is spare capacity.
        (_live(10_400, 10_000, 3), _live(10_000, 10_000, 1), (400, 400)),
        (_live(10_400, 10_000, 3), NOTHING, (10_400, 10_400)),
        (_live(10_400, 10_000, 3), _live(10_100, 10_000, 2), (10_400, 300)),
        # Among many entries a table is never the growth, gone or kept.
        (_live(10_400, 10_000, 9), NOTHING, (400, 400)),
        (_live(10_400, 10_000, 9), _live(10_100, 10_000, 3), (400, 300)),
        (_live(10_400, 10_000, 9), _live(400, 50, 8), (400, 0)),
        # A buffer is all of its site.
        (_live(10_000, 10_000, 1), _live(10_000, 10_000, 1), (10_000, 0)),
        (_live(10_000, 10_000, 1), NOTHING, (10_000, 10_000)),
    ],
)
def test_what_was_freed_is_measured_by_the_entries_not_by_their_table(
    before: tracer.Live, after: tracer.Live, grown_and_freed: tuple[int, int]
) -> None:
    assert tracer.grown_and_freed(before, after) == grown_and_freed
