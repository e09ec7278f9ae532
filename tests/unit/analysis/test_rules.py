"""Each rule leaves its reason where it decides."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain, pairwise
from typing import Any

import pytest

from leakscan import wire
from leakscan.analysis import PASSES, Settings, analyze, rules, verdict_rules
from leakscan.analysis.attribution.tiers import TIERS
from leakscan.analysis.rule import Rule
from leakscan.model.analysis import Analysis
from leakscan.model.run import Kind
from tests.unit.analysis.records import (
    a_held_by,
    a_look,
    a_sample,
    a_share,
    a_traced_site,
    a_window,
    global_step,
    grown,
    module_step,
)
from tests.unit.analysis.scripted import Workload, conversation
from tests.unit.analysis.whole_runs import a_flat_run, a_leaking_run, analysis_of

ONE, OTHER = 0xA, 0xB


def _scripted(threshold: float = 0.0, **workload: Any) -> Callable[[], Analysis]:
    records = Workload(**workload)
    return cache(lambda: analyze(conversation(records).records, Settings(threshold_bytes_per_call=threshold)))


def _recorded(*records: wire.Record, **said: Any) -> Callable[[], Analysis]:
    return cache(lambda: analysis_of(*records, **said))


def _until_traced(**workload: Any) -> Callable[[], Analysis]:
    """As the scripted run, ended when its calls were to be traced."""

    def analysis() -> Analysis:
        records = conversation(Workload(**workload)).records
        before = [type(record) for record in records].index(wire.Tracing)
        return analyze([*records[:before], wire.Ended("finished", 0, 9.0)], Settings())

    return analysis


def _rising(per_call: float = 2.0) -> list[wire.Record]:
    """Three windows in which the blocks in use rise."""
    return list(
        chain.from_iterable(
            a_window(
                [5_000 + round(per_call * (2_400 * n + 100 * each)) for each in range(25)], after=2_400 * n
            )
            for n in range(3)
        )
    )


def _explained(
    *holders: wire.HeldBy, sites: Sequence[wire.TracedSite] = (a_traced_site(blocks=200),), **proofs: Any
) -> list[wire.Record]:
    """What follows the windows: a hundred traced calls, and who holds what they left."""
    steps = [(module_step(), global_step(name)) for name in ("CACHE", "LOG")[: len(holders)]]
    return [
        wire.Tracing(16, 7_200),
        wire.Sites(0, 1.0, 0.0, ()),
        wire.Sites(100, 2.0, 1.0, tuple(sites)),
        wire.Explained(holders),
        *proofs.get("proofs", ()),
        wire.Named(tuple(wire.NamedHolder(chain) for chain in steps)),
    ]


def _a_reference(*shares: wire.SiteShare) -> wire.HeldBy:
    return a_held_by(OTHER, *shares, is_container=False, entries=None, entries_before=None, added=None)


def _beside_a_dict() -> list[wire.Record]:
    """A dict that grows by a block a call, and a list of linked objects that grows by a little more."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start, end = 2_400 * number, 2_400 * (number + 1)
        records += a_window([5_000 + round(1.15 * (start + 100 * n)) for n in range(25)], after=start)
        records.append(a_look(number + 2, end, grown(ONE, start, end)))
    sites = (a_traced_site(7), a_traced_site(9, blocks=15, size=1_500))
    return [
        *records,
        *_explained(a_held_by(ONE, a_share(0)), _a_reference(a_share(1, 15)), sites=sites),
    ]


def _a_log_and_a_cache() -> list[wire.Record]:
    """A log that grows, and a cache that replaces next to all that it has."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number, (before, after) in enumerate(pairwise((0, 690, 720, 745))):
        start, end = 2_400 * number, 2_400 * (number + 1)
        records += a_window([5_000 + 2 * start + n * 200 for n in range(25)], after=start)
        records.append(a_look(number + 2, end, grown(ONE, before, after), grown(OTHER, start, end)))
    cache = a_held_by(ONE, a_share(0), entries=785, entries_before=745, added=100)
    log = a_held_by(OTHER, a_share(1), type="list", entries=7_300, entries_before=7_200)
    return [*records, *_explained(cache, log, sites=(a_traced_site(), a_traced_site(9)))]


def _freed_together() -> list[wire.Record]:
    holders = (
        a_held_by(ONE, a_share(0), overlaps={"1": 1.0}),
        a_held_by(OTHER, a_share(0), overlaps={"0": 1.0}),
    )
    proofs = [wire.Proved((0,), 10_000, 0), wire.Proved((0, 1), 10_000, 9_900)]
    return [*_rising(), *_explained(*holders, proofs=proofs)]


def _counted_together() -> list[wire.Record]:
    counted = "leakscan has no sandbox for this platform"
    return [
        record._replace(counted_because=counted) if isinstance(record, wire.Proved) else record
        for record in _freed_together()
    ]


def _native_beside(*proofs: wire.Proved, sites: Sequence[wire.TracedSite]) -> list[wire.Record]:
    """A dict that grows, and native heap that grows by a kilobyte a call."""
    rising = [
        each._replace(heap=1_000_000 + 1_000 * each.calls) if isinstance(each, wire.Sample) else each
        for each in _rising()
    ]
    return [*rising, *_explained(a_held_by(ONE, a_share(0)), sites=sites, proofs=proofs)]


def _never_freed() -> list[wire.Record]:
    share = a_share(0)._replace(immortal_bytes=a_share(0).bytes)
    return [*_rising(), *_explained(a_held_by(ONE, share))]


def _children() -> list[wire.Record]:
    children = [
        wire.Children(float(seconds), (wire.ChildProcess(7, 1.0, 1.0 * seconds, 20_000_000),), 0)
        for seconds in range(5)
    ]
    return [*a_flat_run(), *children]


NOT_LONGER = a_held_by(ONE, a_share(0), entries=1_000, entries_before=1_000)
LEAK: dict[str, Any] = {"blocks": lambda calls: 2 * calls, "entries": lambda calls: calls}
GARBAGE: dict[str, Any] = {"garbage": lambda calls: 3 * calls, "is_collecting": False}
PAGES: dict[str, Any] = {"resident": lambda calls: 66_000 * calls}
FULL: dict[str, Any] = {
    "blocks": lambda calls: min(calls, 3_000),
    "entries": lambda calls: min(calls, 3_000),
    "bound": 3_000,
}

DECIDED: dict[str, Callable[[], Analysis]] = {
    "blocks rise": _scripted(**LEAK),
    "blocks step up": _until_traced(blocks=lambda calls: 4 << (calls + 1).bit_length()),
    "native heap rises": _scripted(heap=lambda calls: 1_000 * calls),
    "resident memory rises": _scripted(**PAGES),
    "garbage piles up": _scripted(**GARBAGE),
    "growth fades": _scripted(blocks=lambda calls: 500 * math.log2(calls + 1)),
    "memory is flat": _scripted(),
    "not settled": _scripted(raises_at=41),
    "containers grow": _scripted(**LEAK),
    "container gains evenly": _scripted(entries=float, seconds_per_call=0.001),
    "containers filled": _scripted(**FULL),
    "admitted: growing container": _scripted(**LEAK),
    "admitted: longer container": _recorded(*_rising(), *_explained(a_held_by(ONE, a_share(0)))),
    "admitted: single reference": _recorded(*_rising(), *_explained(_a_reference(a_share(0)))),
    "admitted: weak reference": _recorded(*_rising(), *_explained(a_held_by(ONE, a_share(0), is_weak=True))),
    "admitted: container no longer than before": _recorded(*_rising(), *_explained(NOT_LONGER)),
    "admitted beside the others": _recorded(*_beside_a_dict()),
    "too small a part": _recorded(
        *_rising(),
        *_explained(
            a_held_by(ONE, a_share(0)),
            a_held_by(OTHER, a_share(1, 2)),
            sites=(a_traced_site(blocks=100), a_traced_site(9, blocks=2, size=100)),
        ),
    ),
    "frees nothing of it": _recorded(
        *_native_beside(
            wire.Proved((0,), 110_000, 9_900, freed_heap_bytes=0, freed_sites=((0, 99, 9_900), (1, 0, 0))),
            sites=(a_traced_site(), a_traced_site(9, size=100_000)),
        )
    ),
    "freed when emptied": _scripted(**LEAK),
    "freed when emptied together": _recorded(*_freed_together()),
    "freed by a count": _recorded(*_counted_together()),
    "keeps to its bound": _scripted(**FULL),
    "grows within its bound": _recorded(
        *_rising(),
        *_explained(a_held_by(ONE, a_share(0), entries=30, entries_before=30, added=30, bound=30)),
    ),
    "bound beyond the memory": _recorded(*a_leaking_run(bound=100_000_000), memory_bytes=4 << 20),
    "outgrows its bound": _recorded(*a_leaking_run(bound=100)),
    "never freed by this Python": _recorded(*_never_freed()),
    "nothing holds it": _recorded(*_rising(), *_explained()),
    "garbage holds it": _scripted(**GARBAGE),
    "by chance": _recorded(
        *_rising(),
        *_explained(
            a_held_by(ONE, a_share(0, 10), entries=1_001), sites=(a_traced_site(blocks=10, size=1_000),)
        ),
    ),
    "process grows unexplained": _scripted(heap=lambda calls: 1_000 * calls),
    "native memory is left over": _recorded(
        *_native_beside(
            wire.Proved((0,), 20_000, 19_900, freed_heap_bytes=0), sites=(a_traced_site(blocks=200),)
        )
    ),
    "newer where memory is flat": _recorded(*a_flat_run(), *_explained(a_held_by(ONE, a_share(0)))),
    "only replaced": _recorded(*a_flat_run(), *_explained(NOT_LONGER)),
    "gains nothing": _recorded(
        *_rising(0.1),
        *_explained(a_held_by(ONE, entries=1_000, entries_before=1_000, added=0), sites=()),
    ),
    "mostly replaced": _recorded(*_a_log_and_a_cache()),
    "under the threshold": _scripted(threshold=1e6, **LEAK),
}
VERDICTS: dict[Kind, Callable[[], Analysis]] = {
    Kind.UNBOUNDED_GROWTH: DECIDED["blocks rise"],
    Kind.BOUND_EXCEEDED: DECIDED["outgrows its bound"],
    Kind.CYCLIC_GARBAGE: DECIDED["garbage piles up"],
    Kind.LOST_REFERENCE: DECIDED["nothing holds it"],
    Kind.NATIVE: DECIDED["native heap rises"],
    Kind.BOUNDED: DECIDED["containers filled"],
    Kind.UNDER_THRESHOLD: DECIDED["under the threshold"],
    Kind.FRAGMENTATION: _scripted(**PAGES, free=lambda calls: 0.9 * 66_000 * calls),
    Kind.SPARE_CAPACITY: _recorded(
        *a_flat_run(),
        wire.SpareCapacity((wire.SpareTable("dict", 3, 590_000, (module_step(), global_step("JOBS"))),)),
    ),
    Kind.WARM_UP: _scripted(blocks=lambda calls: min(calls, 3_000)),
    Kind.SAW_TOOTH: _scripted(blocks=lambda calls: 3 * (calls % 100)),
    Kind.FLAT: _scripted(),
    Kind.TOO_FEW_CALLS: _recorded(a_sample(100), rounds=2),
    Kind.NOISE: _recorded(*_rising(), *_explained(sites=())),
    Kind.INTERRUPTED: _recorded(*a_window([5_000] * 25), how="interrupted"),
    Kind.TARGET_FAILED: _scripted(raises_at=41),
    Kind.LEAKSCAN_FAILED: _recorded(*_rising(), wire.AgentFailed("Explain", "RuntimeError: no", "")),
    Kind.CHILD_PROCESSES: _recorded(*_children()),
}
BY_RULE = DECIDED | {verdict_rules.VERDICTS[kind].name: decided for kind, decided in VERDICTS.items()}
EVERY = [rule for _, of_pass in rules.IN_ORDER for rule in of_pass]


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.name)
def test_a_rule_leaves_its_reason_where_it_decides(rule: Rule) -> None:
    analysis = BY_RULE[rule.name]()

    (reason, *_) = [reason for reason in analysis.reasons if reason.rule == rule.name]

    assert reason.sentence == rule.sentence
    assert all(math.isfinite(number) for number in reason.numbers.values())


@pytest.mark.parametrize("name", BY_RULE)
def test_memory_is_called_flat_only_where_no_signal_rises(name: str) -> None:
    analysis = BY_RULE[name]()

    rising = {rules.BLOCKS_RISE, rules.BLOCKS_STEP_UP, rules.HEAP_RISES, rules.RESIDENT_RISES}
    is_rising = any(reason.rule == rule.name for reason in analysis.reasons for rule in rising)
    assert not ("memory is flat" in analysis.reason and is_rising)


def test_no_rule_has_the_name_of_another() -> None:
    assert len({rule.name for rule in EVERY}) == len(EVERY)


def test_each_kind_of_verdict_has_a_rule_and_each_tier_of_evidence() -> None:
    assert verdict_rules.VERDICTS.keys() == set(Kind)
    assert list(rules.BY_TIER) == [tier.name for tier in TIERS]


def test_the_rules_stand_in_the_order_of_the_passes() -> None:
    names = [each.__name__ for each in PASSES]
    deciding = [name for name, _ in rules.IN_ORDER]

    assert [name for name in names if name in deciding] == deciding


def test_reasons_are_in_the_order_of_the_passes() -> None:
    places = {rule.name: place for place, rule in enumerate(EVERY)}
    reasons = [places[reason.rule] for reason in DECIDED["blocks rise"]().reasons]

    assert reasons == sorted(reasons)
