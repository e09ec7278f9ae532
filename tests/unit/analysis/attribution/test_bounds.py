"""Which growth a bound ends: that of entries, whatever they weigh, and not that of values."""

from functools import partial

import pytest

from leakscan import wire
from leakscan.analysis.findings.advice import VALUES
from leakscan.model.analysis import Analysis
from leakscan.model.run import Kind, Verdict
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
from tests.unit.analysis.scripted import Workload, conversation, verdict_of
from tests.unit.analysis.whole_runs import analysis_of

CACHE, LOG = 0xA, 0xB
FULL = a_held_by(CACHE, a_share(0), entries=30, entries_before=30, added=30, bound=30)
WIDE = FULL._replace(bound=10_000)
TURNED_OVER = FULL._replace(entries=2_400, entries_before=2_400, added=100, bound=2_400)
"""What it lets go of is older than the tracing, so that what comes seems to be more."""
FILLING = a_held_by(CACHE, a_share(0), bound=100_000)
ONE_A_CALL = (0.0, 2_400.0, 4_800.0, 7_200.0)


def _analysis(
    holder: wire.HeldBy,
    *others: wire.HeldBy,
    lengths: tuple[float, ...] = (),
    log_grows: bool = False,
    sites: tuple[wire.TracedSite, ...] = (a_traced_site(),),
    blocks_per_call: float = 1.0,
    heap_per_call: float = 0.0,
    weighs: float | None = None,
    memory_bytes: int | None = None,
) -> Analysis:
    """Three windows of 2,400 calls, in which the container of that holder had these lengths."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start, end = 2_400 * number, 2_400 * (number + 1)
        window = a_window([5_000 + blocks_per_call * (start + 100 * n) for n in range(25)], after=start)
        records += [
            record._replace(heap=int(1_000_000 + heap_per_call * record.calls))
            if isinstance(record, wire.Sample)
            else record
            for record in window
        ]
        gained = [grown(LOG, start, end, type="list")] if log_grows else []
        if lengths and lengths[number + 1] > lengths[number]:
            before, after = int(lengths[number]), int(lengths[number + 1])
            gained.append(grown(CACHE, before, after, bound=holder.bound))
        records.append(a_look(number + 2, end, *gained))
    chains = [(module_step(), global_step(name)) for name in ("CACHE", "LOG")[: 1 + len(others)]]
    return analysis_of(
        *records,
        wire.Tracing(16, 7_200),
        wire.Sites(0, 1.0, 0.0, ()),
        wire.Sites(100, 2.0, 1.0, sites),
        wire.Explained((holder, *others)),
        *([] if weighs is None else [wire.EntriesMeasured((wire.EntrySize(0, 30, weighs),))]),
        wire.Named(tuple(wire.NamedHolder(chain) for chain in chains)),
        memory_bytes=memory_bytes,
    )


@pytest.mark.parametrize("holder", [FULL, WIDE])
@pytest.mark.parametrize("weighs", [None, 9_000.0])
def test_a_container_that_gains_no_entries_while_memory_rises_is_ended_by_no_bound(
    holder: wire.HeldBy, weighs: float | None
) -> None:
    analysis = _analysis(holder, weighs=weighs)

    (finding,) = analysis.findings
    assert (analysis.verdict, finding.kind) == (Verdict.LEAKING, Kind.UNBOUNDED_GROWTH)
    assert (finding.advice, finding.pattern) == VALUES
    assert "flat" not in analysis.reason


def test_values_that_are_rebuilt_longer_grow_in_the_native_heap_and_without_a_bound() -> None:
    text = a_traced_site(blocks=0, size=100_000)
    share = a_share(0, 30)._replace(bytes=5_000_000)

    analysis = _analysis(
        FULL._replace(shares=(share,)), sites=(text,), blocks_per_call=0, heap_per_call=1_000, weighs=170_000
    )

    assert (analysis.verdict, analysis.findings[0].kind) == (Verdict.LEAKING, Kind.UNBOUNDED_GROWTH)


def test_a_cache_that_was_full_in_the_first_window_does_not_end_what_grows_in_the_others() -> None:
    full = FULL._replace(entries=2_400, entries_before=2_400, bound=2_400)

    analysis = _analysis(full, lengths=(0.0, 2_400.0, 2_400.0, 2_400.0), weighs=100.0)

    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.UNBOUNDED_GROWTH)


def test_an_entry_now_and_then_does_not_explain_values_that_grow_at_each_call() -> None:
    slow = a_held_by(CACHE, a_share(0), entries=131, entries_before=130, added=31, bound=10_000)

    analysis = _analysis(slow, lengths=(58.0, 82.0, 106.0, 130.0), weighs=200.0)

    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.UNBOUNDED_GROWTH)


def test_values_that_took_the_place_of_others_are_no_weight_of_the_entries_that_came() -> None:
    slow = a_held_by(CACHE, a_share(0), entries=131, entries_before=130, added=1, renewed=30, bound=10_000)

    analysis = _analysis(slow, lengths=(58.0, 82.0, 106.0, 130.0), weighs=200.0)

    assert (analysis.verdict, analysis.kind) == (Verdict.LEAKING, Kind.UNBOUNDED_GROWTH)


@pytest.mark.parametrize("weighs", [None, 100.0, 45.0, 900.0])
def test_a_cache_that_gains_an_entry_a_call_fills(weighs: float | None) -> None:
    analysis = _analysis(FILLING, lengths=ONE_A_CALL, weighs=weighs)

    assert (analysis.verdict, analysis.kind) == (Verdict.FILLING, Kind.BOUNDED)


def test_entries_of_uneven_weight_fill_a_cache_though_those_weighed_were_light() -> None:
    heavy = a_traced_site(size=100_000)
    share = a_share(0)._replace(bytes=60_000)

    analysis = _analysis(FILLING._replace(shares=(share,)), lengths=ONE_A_CALL, sites=(heavy,), weighs=20.0)

    assert (analysis.verdict, analysis.kind) == (Verdict.FILLING, Kind.BOUNDED)


def test_entries_that_keep_memory_of_c_code_weigh_what_was_traced_of_it() -> None:
    heavy = a_traced_site(blocks=500, size=100_000)

    analysis = _analysis(FILLING, lengths=ONE_A_CALL, sites=(heavy,), blocks_per_call=5, weighs=20.0)

    assert (analysis.verdict, analysis.kind) == (Verdict.FILLING, Kind.BOUNDED)


def test_a_cache_that_replaces_three_entries_for_each_that_comes_fills() -> None:
    replacing = FILLING._replace(entries=1_025, entries_before=1_000, added=100)

    analysis = _analysis(
        replacing, lengths=(0.0, 600.0, 1_200.0, 1_800.0), blocks_per_call=0.25, weighs=100.0
    )

    assert (analysis.verdict, analysis.kind) == (Verdict.FILLING, Kind.BOUNDED)


def test_a_cache_that_was_full_by_the_end_of_the_last_window_filled_and_nothing_is_called_flat() -> None:
    full = a_held_by(CACHE, a_share(0), entries=6_700, entries_before=6_700, bound=6_700)

    analysis = _analysis(full, lengths=(0.0, 2_400.0, 4_800.0, 6_700.0), weighs=100.0)

    assert (analysis.verdict, analysis.kind) == (Verdict.FILLING, Kind.BOUNDED)
    assert analysis.reason.endswith(
        "filled to its bound of 6,700 entries by call 7,200 and nothing else grows"
    )


def test_a_full_cache_that_is_turned_over_beside_a_leak_is_no_second_leak() -> None:
    log = a_held_by(LOG, a_share(1), type="list")

    analysis = _analysis(
        TURNED_OVER,
        log,
        lengths=(0.0, 2_400.0, 2_400.0, 2_400.0),
        log_grows=True,
        sites=(a_traced_site(), a_traced_site(9)),
        weighs=100.0,
    )

    leaking = [f.holder and f.holder.name for f in analysis.findings if f.verdict is Verdict.LEAKING]
    assert (analysis.verdict, leaking) == (Verdict.LEAKING, ["app.LOG"])


def test_what_a_full_cache_takes_in_for_what_it_lets_go_does_not_hide_a_chain_that_grows() -> None:
    head = a_held_by(LOG, a_share(1), is_container=False, entries=None, entries_before=None, added=None)

    analysis = _analysis(
        TURNED_OVER,
        head,
        lengths=(0.0, 2_400.0, 2_400.0, 2_400.0),
        sites=(a_traced_site(), a_traced_site(9)),
        weighs=100.0,
    )

    leaking = [f.holder and f.holder.name for f in analysis.findings if f.verdict is Verdict.LEAKING]
    assert (analysis.verdict, leaking) == (Verdict.LEAKING, ["app.LOG"])


def test_memory_that_grows_beside_a_full_cache_and_is_traced_nowhere_else_is_not_called_filling() -> None:
    analysis = _analysis(
        TURNED_OVER,
        lengths=(0.0, 2_400.0, 2_400.0, 2_400.0),
        sites=(a_traced_site(blocks=0, size=0),),
        weighs=100.0,
    )

    assert analysis.verdict is Verdict.INCONCLUSIVE
    assert "flat" not in analysis.reason


def test_a_cache_that_the_warm_up_filled_by_half_is_named_and_one_that_it_nearly_filled_is_not() -> None:
    def filled_to(bound: int) -> Verdict:
        entries = partial(min, bound)
        return verdict_of(conversation(Workload(blocks=entries, entries=entries, bound=bound)))

    assert filled_to(950) is Verdict.FILLING
    assert filled_to(600) is Verdict.CLEAN


@pytest.mark.parametrize(
    ("memory", "expected"), [(None, Kind.BOUNDED), (16 << 30, Kind.BOUNDED), (4 << 20, Kind.UNBOUNDED_GROWTH)]
)
def test_a_bound_beyond_the_memory_ends_nothing(memory: int | None, expected: Kind) -> None:
    analysis = _analysis(FILLING, lengths=ONE_A_CALL, weighs=200.0, memory_bytes=memory)

    (finding,) = analysis.findings
    assert finding.kind is expected
    assert finding.holder is not None
    is_none = expected is Kind.UNBOUNDED_GROWTH
    assert (finding.holder.bound, finding.holder.unreachable_bound) == (
        (None, 100_000) if is_none else (100_000, None)
    )
    assert ("bound beyond the memory" in {reason.rule for reason in analysis.reasons}) is is_none
