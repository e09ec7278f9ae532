"""Which traced memory is the target's, and which is the agent's own."""

import pytest

from leakscan.agent import calls, serve, tracing

TARGET = ("/srv/app/jobs.py", 41)
LIBRARY = ("/usr/lib/python3/site-packages/orm/session.py", 7)
CALLER = (calls.FILE, 90)
AGENT = (serve.__file__, 100)
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
    traceback: tracing.Traceback, *, is_own: bool
) -> None:
    assert tracing.is_own(traceback) is is_own


def test_what_a_finalizer_runs_inside_the_agent_is_the_targets_where_a_call_made_it() -> None:
    assert not tracing.is_own((TARGET, CALLER, AGENT))
    assert tracing.is_own((("/usr/lib/python3/encodings/utf_8.py", 15), AGENT, CALLER, AGENT))


def test_sites_that_grew_come_with_the_heaviest_first() -> None:
    before, after = tracing.Taken(), tracing.Taken()
    sizes = {"light": (10, 20), "heavy": (10, 900), "same": (10, 10), "gone": (10, 0)}
    for name, (then, now) in sizes.items():
        site = ((name, 1),)
        before.bytes[site], before.blocks[site] = then, 1
        if now:
            after.bytes[site], after.blocks[site] = now, 1

    grown = after.grown_since(before, most=10)

    assert [site[0][0] for site in grown] == ["heavy", "light"]
    assert after.grown_since(before, most=1) == [(("heavy", 1),)]


def test_a_table_that_stays_when_all_else_goes_is_spare_capacity() -> None:
    site = (TARGET, CALLER)
    before = tracing.Live({site: 10_400}, {site: 10_000})

    assert tracing.grown_and_freed(before, tracing.Live({site: 10_000}, {site: 10_000})) == (400, 400)
    assert tracing.grown_and_freed(before, tracing.Live({}, {})) == (10_400, 10_400)
    assert tracing.grown_and_freed(before, tracing.Live({site: 10_100}, {site: 10_000})) == (10_400, 300)


def test_one_large_block_alone_is_growth() -> None:
    site = (TARGET, CALLER)
    buffer = tracing.Live({site: 10_000}, {site: 10_000})

    assert tracing.grown_and_freed(buffer, buffer) == (10_000, 0)
