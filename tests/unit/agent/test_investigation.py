"""From the beginning of the tracing to the holders: what is told, and what is let go of."""

import gc
import tracemalloc
import weakref
from collections.abc import Callable, Iterator

import pytest

from leakscan import wire
from leakscan.agent.calling.caller import Caller
from leakscan.agent.investigation import Investigation, Moment

CALLS = 20


class _Row:
    pass


class _Table:
    def __init__(self) -> None:
        self.rows: list[_Row] = []
        self.caller = Caller(self._add)

    def _add(self) -> None:
        self.rows.append(_Row())


@pytest.fixture
def table() -> _Table:
    table = _Table()
    # The first call of all has a stack of its own.
    table.caller.run(1)
    return table


@pytest.fixture
def begun(table: _Table) -> Iterator[Investigation]:
    """An investigation that has begun, and is over in the end whatever came between."""
    is_enabled = gc.isenabled()
    gc.disable()
    investigation = Investigation(wire.StartTracing(1, (id(table.rows),)), Moment(5, 1.0))
    yield investigation
    investigation.end_tracing()
    if is_enabled:
        gc.enable()


def _at(calls: int, seconds: float) -> Callable[[], Moment]:
    return lambda: Moment(calls, seconds)


def _sites(begun: Investigation, table: _Table) -> wire.Sites:
    begun.take_sites(wire.TakeSites(), _at(5, 1.0))
    table.caller.run(CALLS)
    return begun.take_sites(wire.TakeSites(), _at(5 + CALLS, 3.5))


def test_sites_that_are_taken_for_the_first_time_have_not_grown(begun: Investigation) -> None:
    assert begun.take_sites(wire.TakeSites(), _at(5, 1.0)) == wire.Sites(0, 1.0, 0.0, ())


def test_the_growth_of_a_site_is_that_since_it_was_last_taken(begun: Investigation, table: _Table) -> None:
    first = _sites(begun, table)
    table.caller.run(2)
    second = begun.take_sites(wire.TakeSites(), _at(7 + CALLS, 4.0))

    assert (first.calls, first.at, first.seconds) == (CALLS, 3.5, 2.5)
    assert (second.calls, second.at, second.seconds) == (2, 4.0, 0.5)
    of_first = first.grown[0]
    (of_second,) = [site for site in second.grown if site.frames == of_first.frames]
    assert of_first.frames[0][0] == __file__
    assert of_first.blocks >= CALLS > of_second.blocks >= 2
    assert of_second.live_blocks == of_first.live_blocks + of_second.blocks


def test_what_the_target_has_stopped_tracing_is_lost(begun: Investigation, table: _Table) -> None:
    begun.take_sites(wire.TakeSites(), _at(5, 1.0))
    tracemalloc.stop()
    table.caller.run(CALLS)

    sites = begun.take_sites(wire.TakeSites(), _at(5 + CALLS, 2.0))

    assert (sites.is_lost, sites.grown) == (True, ())


def test_the_holder_is_told_with_the_calls_since_the_beginning(begun: Investigation, table: _Table) -> None:
    _sites(begun, table)

    explained = begun.explain(wire.Explain(), 5 + CALLS, lambda _: 1)

    (held,) = [each for each in explained.holders if each.address == id(table.rows)]
    assert (held.calls, held.entries, held.added, held.is_container) == (CALLS, CALLS + 1, CALLS, True)


def test_a_holder_is_weighed_in_a_copy(begun: Investigation, table: _Table) -> None:
    _sites(begun, table)
    explained = begun.explain(wire.Explain(), 5 + CALLS, lambda _: 1)
    (place,) = [at for at, held in enumerate(explained.holders) if held.address == id(table.rows)]

    measured = begun.try_out(wire.MeasureEntries((place,)), forget=begun.forget, let_go=begun.let_go)

    assert isinstance(measured, wire.EntriesMeasured)
    (size,) = measured.sizes
    assert (size.holder, size.entry_bytes > 0) == (place, True)
    assert len(table.rows) == CALLS + 1


def test_what_is_forgotten_is_kept_alive_no_longer(begun: Investigation, table: _Table) -> None:
    _sites(begun, table)
    begun.explain(wire.Explain(), 5 + CALLS, lambda _: 1)
    begun.end_tracing()
    last = weakref.ref(table.rows[-1])

    begun.let_go()
    table.rows.clear()

    assert last() is None


def test_with_the_end_nothing_is_traced_and_nothing_frozen(begun: Investigation) -> None:
    assert tracemalloc.is_tracing()

    begun.end_tracing()

    assert not tracemalloc.is_tracing()
    assert gc.get_freeze_count() == 0


def test_what_it_keeps_objects_of_the_target_in_is_its_own(begun: Investigation) -> None:
    referrers = {id(begun), id(vars(begun))}

    assert referrers <= begun.own_addresses()
