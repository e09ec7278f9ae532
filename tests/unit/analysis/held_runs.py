"""Runs whose growth is held, and what is read of their findings."""

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Finding, Holder
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

DATA, ORDER = 0xA, 0xB


CACHE = (module_step(), global_step("PAGES", "LRUCache"))


def inside_of(name: str, kind: str) -> tuple[wire.Step, ...]:
    return (*CACHE, wire.Step("storage", name, kind, "LRUCache", "cachetools"))


def holder_of(finding: Finding) -> Holder:
    assert finding.holder is not None
    return finding.holder


def named_of(*steps: wire.Step) -> wire.NamedHolder:
    return wire.NamedHolder((module_step(), *steps), None, None)


def of_list_and_cache(
    *, list_grows: bool = True, in_one_object: bool = False, is_full: bool = False
) -> Finding:
    """One leak, of which a container without a bound keeps all that an lru_cache returned."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start = 2_400 * number
        end = start + 2_400
        growing = [] if is_full else [grown(DATA, start, end, type="lru_cache", bound=100_000)]
        growing += [grown(ORDER, start, end, type="list")] if list_grows else []
        records += a_window([5_000 + start + n * 100 for n in range(25)], after=start)
        records.append(a_look(number + 2, end, *growing))
    cache = a_held_by(DATA, a_share(0), type="lru_cache", overlaps={"1": 1.0}, bound=100_000)
    if is_full:
        cache = cache._replace(entries=1_000, entries_before=1_000, bound=1_000)
    kept = a_held_by(ORDER, a_share(0), type="list", overlaps={"0": 1.0})
    chains: list[tuple[wire.Step, ...]] = [
        (module_step(), global_step("price", "lru_cache")),
        (module_step(), global_step("SEEN", "list")),
    ]
    if in_one_object:
        chains = [inside_of("._Cache__data", "lru_cache"), inside_of("._LRUCache__order", "list")]
    analysis = analyze(
        [
            a_header(),
            a_sound_control(),
            *records,
            wire.Tracing(16, 7_200),
            wire.Sites(0, 1.0, 0.0, ()),
            wire.Sites(100, 2.0, 1.0, (a_traced_site(),)),
            wire.Explained((cache, kept)),
            # The cache frees most of it, and would be named first.
            wire.Proved((0,), 10_000, 9_000),
            wire.Named(tuple(wire.NamedHolder(chain, None, None) for chain in chains)),
            wire.Ended("finished", 0, 3.0),
        ],
        Settings(),
    )
    (finding,) = analysis.findings
    return finding
