"""What several holders say of one leak, put together."""

from itertools import pairwise

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Finding, Holder
from leakscan.model.run import Kind, Verdict
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


def _inside(name: str, kind: str) -> tuple[wire.Step, ...]:
    return (*CACHE, wire.Step("storage", name, kind, "LRUCache", "cachetools"))


def _finding(*more: wire.Record, bound: int | None = None, bound_name: str | None = None) -> Finding:
    """One leak, in the two dicts inside one cache."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start = 2_400 * number
        records += a_window([5_000 + start + n * 100 for n in range(25)], after=start)
        end = start + 2_400
        records.append(a_look(number + 2, end, *(grown(at, start, end) for at in (DATA, ORDER))))
    chains = (_inside("._Cache__data", "dict"), _inside("._LRUCache__order", "OrderedDict"))
    analysis = analyze(
        [
            a_header(),
            a_sound_control(),
            *records,
            wire.Tracing(16, 7_200),
            wire.Sites(0, 1.0, 0.0, ()),
            wire.Sites(100, 2.0, 1.0, (a_traced_site(),)),
            wire.Explained(
                (
                    a_held_by(DATA, a_share(0), overlaps={"1": 0.6}, entries=7_200, capacity_bytes=400),
                    a_held_by(ORDER, a_share(0), overlaps={"0": 1.0}, entries=7_199, capacity_bytes=600),
                )
            ),
            *more,
            wire.Named(tuple(wire.NamedHolder(chain, bound, bound_name) for chain in chains)),
            wire.Ended("finished", 0, 3.0),
        ],
        Settings(),
    )
    (finding,) = analysis.findings
    return finding


def _holder(finding: Finding) -> Holder:
    assert finding.holder is not None
    return finding.holder


def test_what_a_cache_keeps_for_itself_is_told_as_the_cache() -> None:
    finding = _finding()

    holder = _holder(finding)
    assert (holder.name, holder.type, holder.path) == ("app.PAGES", "LRUCache", ("app.PAGES",))
    assert finding.also_held_by == ()


def test_each_entry_of_a_cache_counts_once_and_its_tables_are_added_up() -> None:
    holder = _holder(_finding())

    assert (holder.entries, holder.entries_per_call, holder.added_per_call) == (7_200, 1.0, 1.0)
    assert holder.capacity_bytes == 1_000


def test_the_heaviest_entry_inside_is_what_an_entry_takes() -> None:
    weighed = wire.EntriesMeasured((wire.EntrySize(0, 64, 198.0), wire.EntrySize(1, 64, 40.0)))

    assert _holder(_finding(weighed)).bytes_per_entry == 198.0


def test_a_cache_is_emptied_by_emptying_all_that_it_keeps() -> None:
    alone, together = wire.Proved((0,), 10_000, 6_900), wire.Proved((0, 1), 10_000, 9_980)

    assert _holder(_finding(alone, together)).freed_share == 0.998


def test_the_bound_of_a_cache_is_told_with_its_name() -> None:
    filling = _finding(bound=1_000_000, bound_name="maxsize")
    past = _finding(bound=1_000, bound_name="maxsize")

    assert (filling.verdict, past.verdict) == (Verdict.FILLING, Verdict.LEAKING)
    assert (_holder(filling).bound, _holder(filling).bound_name) == (1_000_000, "maxsize")
    assert (_holder(past).bound, _holder(past).bound_name) == (1_000, "maxsize")


def _told_of(*holders: tuple[wire.HeldBy, wire.NamedHolder], proof: wire.Proved) -> tuple[str, ...]:
    """The names of the holders of one leak, the main one first."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start = 2_400 * number
        records += a_window([5_000 + start + n * 100 for n in range(25)], after=start)
        records.append(a_look(number + 2, start + 2_400, grown(DATA, start, start + 2_400)))
    analysis = analyze(
        [
            a_header(),
            a_sound_control(),
            *records,
            wire.Tracing(16, 7_200),
            wire.Sites(0, 1.0, 0.0, ()),
            wire.Sites(100, 2.0, 1.0, (a_traced_site(),)),
            wire.Explained(tuple(held for held, _ in holders)),
            proof,
            wire.Named(tuple(named for _, named in holders)),
            wire.Ended("finished", 0, 3.0),
        ],
        Settings(),
    )
    (finding,) = analysis.findings
    return (_holder(finding).name, *(other.name for other in finding.also_held_by))


def _named(*steps: wire.Step) -> wire.NamedHolder:
    return wire.NamedHolder((module_step(), *steps), None, None)


def test_the_variable_with_the_newest_entry_is_no_second_holder() -> None:
    rows = a_held_by(DATA, a_share(0), overlaps={"1": 0.01})
    newest = a_held_by(ORDER, a_share(0, 1), is_container=False, overlaps={"0": 1.0})
    names = (_named(global_step("ROWS")), _named(global_step("newest", "bytes")))
    pairs = tuple(zip((rows, newest), names, strict=True))

    assert _told_of(*pairs, proof=wire.Proved((0,), 10_000, 9_900)) == ("app.ROWS",)
    both = _told_of(*pairs, proof=wire.Proved((0, 1), 10_000, 9_900))
    assert both == ("app.ROWS", "app.newest")


def test_of_a_linked_structure_its_end_is_named_and_not_one_of_its_nodes() -> None:
    children = a_held_by(DATA, a_share(0), overlaps={"1": 1.0})
    current = a_held_by(ORDER, a_share(0), is_container=False, overlaps={"0": 1.0})
    parent = wire.Step("attribute", ".parent", "Span", "Span", "app", repeats=600)
    to_current = (
        global_step("TRACER", "Tracer"),
        wire.Step("attribute", ".current", "Span", "Tracer", "app"),
    )
    in_a_node = (*to_current, parent, wire.Step("attribute", ".children", "list", "Span", "app"))
    pairs = ((children, _named(*in_a_node)), (current, _named(*to_current, parent)))

    told = _told_of(*pairs, proof=wire.Proved((0, 1), 10_000, 9_900))

    assert told == ("Tracer.current", "Span.children")


def _of_list_and_cache(*, list_grows: bool = True, in_one_object: bool = False) -> Finding:
    """One leak, of which a container without a bound keeps all that an lru_cache returned."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start = 2_400 * number
        end = start + 2_400
        growing = [grown(DATA, start, end, type="lru_cache", bound=100_000)]
        growing += [grown(ORDER, start, end, type="list")] if list_grows else []
        records += a_window([5_000 + start + n * 100 for n in range(25)], after=start)
        records.append(a_look(number + 2, end, *growing))
    cache = a_held_by(DATA, a_share(0), type="lru_cache", overlaps={"1": 1.0}, bound=100_000)
    kept = a_held_by(ORDER, a_share(0), type="list", overlaps={"0": 1.0})
    chains: list[tuple[wire.Step, ...]] = [
        (module_step(), global_step("price", "lru_cache")),
        (module_step(), global_step("SEEN", "list")),
    ]
    if in_one_object:
        chains = [_inside("._Cache__data", "lru_cache"), _inside("._LRUCache__order", "list")]
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


def test_what_a_list_without_a_bound_holds_too_is_a_leak_of_the_list_and_no_filling_cache() -> None:
    finding = _of_list_and_cache()

    assert finding.verdict is Verdict.LEAKING
    assert _holder(finding).name == "app.SEEN"
    assert [other.bound for other in finding.also_held_by] == [100_000]


def test_a_cache_is_still_filling_beside_a_list_that_did_not_keep_growing() -> None:
    finding = _of_list_and_cache(list_grows=False)

    assert (finding.verdict, _holder(finding).bound) == (Verdict.FILLING, 100_000)


def test_what_a_cache_keeps_for_itself_has_the_bound_of_the_cache() -> None:
    finding = _of_list_and_cache(in_one_object=True)

    assert (finding.verdict, _holder(finding).bound) == (Verdict.FILLING, 100_000)


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
            wire.Named((_named(global_step("PAGES")),)),
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

    assert (finding.verdict, _holder(finding).name) == (Verdict.LEAKING, "app.PAGES")


def _beside_a_counter(*holders: wire.HeldBy, names: tuple[str, ...]) -> Finding:
    """A leak whose line also makes the number that is the next free place; the last of them is held."""
    counter = a_held_by(
        ORDER, a_share(0, 1), type="int", is_container=False, entries=None, entries_before=None, added=None
    )
    records = [
        r
        for n in range(3)
        for r in a_window([5_000 + n * 7_200 + i * 300 for i in range(25)], after=n * 2_400)
    ]
    (finding,) = analyze(
        [
            a_header(),
            a_sound_control(),
            *records,
            wire.Tracing(16, 7_200),
            wire.Sites(0, 1.0, 0.0, ()),
            wire.Sites(100, 2.0, 1.0, (a_traced_site(blocks=300),)),
            wire.Explained((counter, *holders)),
            wire.Named(tuple(_named(global_step(name)) for name in names)),
            wire.Ended("finished", 0, 3.0),
        ],
        Settings(),
    ).findings
    return finding


def test_what_fills_places_that_were_there_before_is_held_by_them_and_not_by_the_number_of_the_next() -> None:
    places = a_held_by(DATA, a_share(0, 200), type="list", entries=1_000_000, entries_before=1_000_000)

    finding = _beside_a_counter(places, names=("NEXT", "PLACES"))

    assert _holder(finding).name == "app.PLACES"


def test_what_no_python_object_holds_is_not_held_by_the_last_number_that_its_line_made() -> None:
    finding = _beside_a_counter(names=("NEXT",))

    assert (finding.kind, finding.holder) == (Kind.LOST_REFERENCE, None)


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
            wire.Named((_named(global_step("CACHE")), _named(global_step("LOG")))),
            wire.Ended("finished", 0, 3.0),
        ],
        Settings(),
    ).findings
    return sorted(_holder(finding).name for finding in findings)


def test_a_cache_that_replaces_what_it_has_is_no_second_leak() -> None:
    assert _of_a_log_and_a_cache((0, 690, 720, 745)) == ["app.LOG"]


def test_what_replaces_nearly_all_that_it_has_is_told_where_nothing_else_explains_the_growth() -> None:
    assert _of_a_log_and_a_cache((0, 690, 720, 745), has_log=False) == ["app.CACHE"]


def test_what_keeps_one_entry_in_fifty_at_one_rate_is_a_leak() -> None:
    assert _of_a_log_and_a_cache((0, 48, 96, 144)) == ["app.CACHE", "app.LOG"]
