"""The books of a run: what grows, what is accounted for, and what is left over."""

import pytest

from leakscan import wire
from leakscan.analysis.attribution.ledger import Account, Credit, Ledger, ledger
from leakscan.analysis.growth.screen import Screen, screen
from leakscan.model.analysis import Analysis
from leakscan.model.run import Kind, Unit, Verdict
from tests.unit.analysis.records import (
    a_held_by,
    a_look,
    a_share,
    a_traced_site,
    a_window,
    global_step,
    grown,
    module_step,
)
from tests.unit.analysis.whole_runs import HOLDER, analysis_of

BLOCKS_PER_CALL, HEAP_PER_CALL = 2, 1_000


def _windows(heap_per_call: float = HEAP_PER_CALL) -> list[wire.Record]:
    """Three windows in which blocks and native heap rise, and a dict with a bound gets longer."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start = 2_400 * number
        window = a_window([5_000 + BLOCKS_PER_CALL * (start + n * 100) for n in range(25)], after=start)
        records += [
            each._replace(heap=1_000_000 + int(heap_per_call * each.calls))
            if isinstance(each, wire.Sample)
            else each
            for each in window
        ]
        records.append(a_look(number + 2, start + 2_400, grown(HOLDER, start, start + 2_400, bound=100_000)))
    return records


def _screen(heap_per_call: float = HEAP_PER_CALL) -> Screen:
    return screen(_windows(heap_per_call), Unit.CALL, is_final=True)


def _credit(blocks: float = 2.0, heap: float = 0.0, *, is_measured: bool = True) -> Credit:
    return Credit(blocks=blocks, heap_bytes=heap, bytes=100.0, is_measured=is_measured)


def test_what_is_accounted_for_and_what_is_left_add_up_to_what_grows() -> None:
    books = ledger(_screen(), [_credit(1.0, 300.0), _credit(0.5, 600.0)])

    assert books.blocks == Account(grown=2.0, spread=0.0, explained=1.5)
    assert books.heap is not None
    assert books.heap.share == pytest.approx(0.9)
    assert books.heap.remainder == pytest.approx(100.0)
    assert books.rss is None


def test_the_books_of_a_number_that_does_not_rise_are_not_kept() -> None:
    books = ledger(_screen(heap_per_call=0), [_credit()])

    assert (books.heap, books.native_remainder, books.is_open) == (None, None, False)


@pytest.mark.parametrize(
    ("booked", "left"),
    [
        ([_credit(heap=0.0)], 1_000.0),
        ([_credit(heap=700.0)], 300.0),
        ([_credit(heap=800.0)], None),
        ([_credit(heap=0.0, is_measured=False)], None),
        ([_credit(heap=0.0), _credit(heap=0.0, is_measured=False)], None),
        ([], None),
    ],
    ids=["all", "much", "little", "may be its own", "may be that of one", "nothing is explained"],
)
def test_native_heap_is_left_where_no_leak_can_own_it(booked: list[Credit], left: float | None) -> None:
    remainder = ledger(_screen(), booked).native_remainder

    assert remainder == (None if left is None else pytest.approx(left))


def test_what_differs_from_window_to_window_is_no_remainder() -> None:
    wavering = Account(grown=1_000.0, spread=500.0, explained=600.0)
    steady = Account(grown=1_000.0, spread=0.0, explained=600.0)

    assert (wavering.is_open, steady.is_open) == (False, True)
    assert Ledger(blocks=None, heap=wavering, rss=None, is_measured=True).native_remainder is None


def test_a_table_that_may_have_been_made_new_is_no_remainder() -> None:
    seen = _screen(heap_per_call=100)

    without, beside = (ledger(seen, [_credit()], table_bytes=tables) for tables in (0, 1_000_000))

    assert without.native_remainder == pytest.approx(100.0)
    assert beside.native_remainder is None


def _a_cache_that_fills(proof: wire.Proved | None, heap_per_call: float = HEAP_PER_CALL) -> Analysis:
    steps = (module_step(), global_step("CACHE"))
    holder = a_held_by(HOLDER, a_share(0, 200), bound=100_000)
    return analysis_of(
        *_windows(heap_per_call),
        wire.Tracing(16, 7_200),
        wire.Sites(0, 1.0, 0.0, ()),
        wire.Sites(100, 2.0, 1.0, (a_traced_site(blocks=200),)),
        wire.Explained((holder,)),
        *([] if proof is None else [proof]),
        wire.Named((wire.NamedHolder(steps, bound=100_000),)),
    )


@pytest.mark.parametrize(
    ("freed_heap", "verdict", "kinds"),
    [
        (0, Verdict.LEAKING, [Kind.NATIVE, Kind.BOUNDED]),
        (99_000, Verdict.FILLING, [Kind.BOUNDED]),
        (None, Verdict.INCONCLUSIVE, [Kind.BOUNDED]),
    ],
    ids=["stays", "goes with the entries", "nobody knows"],
)
def test_a_cache_that_fills_hides_no_native_leak(
    freed_heap: int | None, verdict: Verdict, kinds: list[Kind]
) -> None:
    proof = wire.Proved((0,), 10_000, 9_900, freed_heap_bytes=freed_heap)

    analysis = _a_cache_that_fills(proof)

    assert analysis.verdict is verdict
    assert [finding.kind for finding in analysis.findings] == kinds


def test_the_shares_of_what_is_accounted_for_are_part_of_the_answer() -> None:
    analysis = _a_cache_that_fills(wire.Proved((0,), 10_000, 9_900, freed_heap_bytes=0))

    assert analysis.accounted is not None
    assert analysis.accounted.blocks == 1.0
    # The native leak beside the cache is a finding, too.
    assert analysis.accounted.heap == pytest.approx(1.0)
    assert analysis.accounted.rss is None


def test_a_cache_that_accounts_for_all_of_the_growth_is_filling() -> None:
    analysis = _a_cache_that_fills(None, heap_per_call=0)

    assert analysis.verdict is Verdict.FILLING


def test_native_memory_that_the_entries_own_is_part_of_what_they_take() -> None:
    proof = wire.Proved((0,), 10_000, 10_000, freed_heap_bytes=95_000)

    (finding,) = _a_cache_that_fills(proof).findings

    # 100 B a call were traced; 950 B of native heap went with them, of the 1,000 B that it grew by.
    assert finding.bytes_per_call == pytest.approx(950, rel=0.1)
    assert sum(site.bytes_per_call for site in finding.sites) == pytest.approx(
        finding.bytes_per_call, rel=0.1
    )


def test_a_table_that_was_moved_takes_nothing_from_what_the_entries_own() -> None:
    # Most of what went by the traces is the table; what the entries own is by the hundred that came.
    proof = wire.Proved((0,), 90_000, 90_000, freed_heap_bytes=95_000)

    (finding,) = _a_cache_that_fills(proof).findings

    assert finding.bytes_per_call == pytest.approx(950, rel=0.1)


def test_the_tracers_own_table_is_nothing_that_the_entries_own() -> None:
    proof = wire.Proved((0,), 10_000, 10_000, freed_heap_bytes=33_000)

    analysis = _a_cache_that_fills(proof, heap_per_call=300)

    assert analysis.findings[-1].bytes_per_call == pytest.approx(100, rel=0.1)


@pytest.mark.parametrize("table", [0, 80_000], ids=["with all it has", "without its table"])
def test_what_lay_near_and_was_not_freed_is_no_part_of_what_a_holder_keeps(table: int) -> None:
    steps = (module_step(), global_step("CACHE"))
    sites = (a_traced_site(blocks=150, size=15_000), a_traced_site(9, blocks=50, size=100_000))
    analysis = analysis_of(
        *_windows(),
        wire.Tracing(16, 7_200),
        wire.Sites(0, 1.0, 0.0, ()),
        wire.Sites(100, 2.0, 1.0, sites),
        wire.Explained((a_held_by(HOLDER, a_share(0, 150), bound=100_000),)),
        wire.Proved(
            (0,), 115_000 - table, 14_900, freed_heap_bytes=0, freed_sites=((0, 149, 14_900), (1, 0, 0))
        ),
        wire.Named((wire.NamedHolder(steps, bound=100_000),)),
    )

    lost, filling = analysis.findings

    assert (analysis.verdict, lost.kind, filling.kind) == (
        Verdict.LEAKING,
        Kind.LOST_REFERENCE,
        Kind.BOUNDED,
    )
    assert lost.bytes_per_call == 1_000
    assert filling.holder is not None
    assert filling.holder.freed_share == pytest.approx(0.993, abs=0.001)
