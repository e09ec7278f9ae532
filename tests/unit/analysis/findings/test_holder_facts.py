"""What several holders say of one leak, put together."""

import pytest

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Finding
from leakscan.model.run import Verdict
from tests.unit.analysis.held_runs import DATA, ORDER, holder_of, inside_of, of_list_and_cache
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
from tests.unit.analysis.whole_runs import HOLDER, a_leaking_run, analysis_of


def _finding(*more: wire.Record, bound: int | None = None, bound_name: str | None = None) -> Finding:
    """One leak, in the two dicts inside one cache."""
    records: list[wire.Record] = [a_look(1, 0)]
    for number in range(3):
        start = 2_400 * number
        records += a_window([5_000 + start + n * 100 for n in range(25)], after=start)
        end = start + 2_400
        records.append(a_look(number + 2, end, *(grown(at, start, end) for at in (DATA, ORDER))))
    chains = (inside_of("._Cache__data", "dict"), inside_of("._LRUCache__order", "OrderedDict"))
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


def test_what_a_cache_keeps_for_itself_is_told_as_the_cache() -> None:
    finding = _finding()

    holder = holder_of(finding)
    assert (holder.name, holder.type, holder.path) == ("app.PAGES", "LRUCache", ("app.PAGES",))
    assert finding.also_held_by == ()


def test_each_entry_of_a_cache_counts_once_and_its_tables_are_added_up() -> None:
    holder = holder_of(_finding())

    assert (holder.entries, holder.entries_per_call, holder.added_per_call) == (7_200, 1.0, 1.0)
    assert holder.capacity_bytes == 1_000


def test_the_heaviest_entry_inside_is_what_an_entry_takes() -> None:
    weighed = wire.EntriesMeasured((wire.EntrySize(0, 64, 198.0), wire.EntrySize(1, 64, 40.0)))

    assert holder_of(_finding(weighed)).bytes_per_entry == 198.0


def test_a_cache_is_emptied_by_emptying_all_that_it_keeps() -> None:
    alone, together = wire.Proved((0,), 10_000, 6_900), wire.Proved((0, 1), 10_000, 9_980)

    assert holder_of(_finding(alone, together)).freed_share == 0.998


def test_the_bound_of_a_cache_is_told_with_its_name() -> None:
    filling = _finding(bound=1_000_000, bound_name="maxsize")
    past = _finding(bound=1_000, bound_name="maxsize")

    assert (filling.verdict, past.verdict) == (Verdict.FILLING, Verdict.LEAKING)
    assert (holder_of(filling).bound, holder_of(filling).bound_name) == (1_000_000, "maxsize")
    assert (holder_of(past).bound, holder_of(past).bound_name) == (1_000, "maxsize")


def test_what_a_cache_keeps_for_itself_has_the_bound_of_the_cache() -> None:
    finding = of_list_and_cache(in_one_object=True)

    assert (finding.verdict, holder_of(finding).bound) == (Verdict.FILLING, 100_000)


IN_A_LIBRARY = ("/usr/lib/python3/client/session.py", 20)
"""Below the folder that the header of these runs has for its libraries."""


@pytest.mark.parametrize(
    ("step", "frames", "library"),
    [
        (wire.Step("attribute", "._cookies", "dict", "Client", "client.session"), (IN_A_LIBRARY,), "client"),
        (wire.Step("attribute", ".rows", "dict", "Client", "client"), (("/srv/app/client.py", 7),), None),
        (wire.Step("attribute", ".rows", "dict", "Store", "app"), (IN_A_LIBRARY,), None),
        (global_step("_cache", module="re"), (IN_A_LIBRARY,), "re"),
        (global_step("CACHE", module="random"), (("/srv/app/random.py", 7),), None),
    ],
)
def test_the_state_of_a_library_is_told_as_that(
    step: wire.Step, frames: tuple[tuple[str, int], ...], library: str | None
) -> None:
    named = wire.Named((wire.NamedHolder((module_step(), step)),))
    sites = wire.Sites(100, 2.0, 1.0, (a_traced_site()._replace(frames=frames),))
    records = [
        named if isinstance(r, wire.Named) else sites if isinstance(r, wire.Sites) and r.calls else r
        for r in a_leaking_run()
    ]

    (finding,) = analysis_of(*records).findings

    assert holder_of(finding).library == library


def test_what_came_while_calls_were_traced_and_stayed_is_no_removal_at_another_rate_of_the_screen() -> None:
    # The screen saw one entry a call, and while calls were traced there were eleven in ten.
    holder = a_held_by(HOLDER, a_share(0), added=110, entries=1_110, entries_before=1_000)
    records = [
        record._replace(holders=(holder,)) if isinstance(record, wire.Explained) else record
        for record in a_leaking_run()
    ]

    (finding,) = analysis_of(*records).findings

    assert finding.holder is not None
    assert (finding.holder.entries_per_call, finding.holder.removed_per_call) == (1.0, 0.0)


def test_a_site_that_two_holders_share_has_the_types_of_each_with_each() -> None:
    other = 0xB
    dicts = a_share(0)._replace(types={"dict": 100})
    lists = a_share(0)._replace(types={"list": 100})
    holders = (a_held_by(HOLDER, dicts), a_held_by(other, lists))
    steps = [(module_step(), global_step(name)) for name in ("DICTS", "LISTS")]
    records: list[wire.Record] = []
    for record in a_leaking_run(named=False):
        if isinstance(record, wire.Census):
            both = (*record.grown, *(each._replace(address=other) for each in record.grown))
            records.append(record._replace(grown=both))
        elif isinstance(record, wire.Sites) and record.grown:
            records.append(record._replace(grown=(a_traced_site(blocks=200),)))
        elif isinstance(record, wire.Explained):
            records.append(record._replace(holders=holders))
        elif not isinstance(record, wire.Proved):
            records.append(record)

    findings = analysis_of(*records, wire.Named(tuple(wire.NamedHolder(chain) for chain in steps))).findings

    types = {f.holder.name: dict(f.sites[0].types) for f in findings if f.holder is not None}
    assert types == {"app.DICTS": {"dict": 1.0}, "app.LISTS": {"list": 1.0}}
