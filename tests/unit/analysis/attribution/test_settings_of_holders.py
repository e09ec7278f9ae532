"""What single numbers of holders and findings buy: what is decided under each, and what over it."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from leakscan import wire
from leakscan.analysis.attribution.explanation import explanation
from leakscan.analysis.attribution.groups import Traced, overlap
from leakscan.analysis.attribution.leak_growth import is_chance
from leakscan.analysis.attribution.leaks import leaks
from leakscan.analysis.attribution.proof_plan import in_it, proofs_wanted
from leakscan.analysis.attribution.replaced import is_mostly_replaced
from leakscan.analysis.attribution.split import split_growth
from leakscan.analysis.attribution.tiers import explained_share, is_passing_number
from leakscan.analysis.attribution.unheld import lost_growth
from leakscan.analysis.findings.dismissal import explain_too_little
from leakscan.analysis.findings.holder_facts import as_one
from leakscan.analysis.findings.sites import sites_of as sites_of_group
from leakscan.analysis.growth.screen import screen
from leakscan.analysis.record_index import indexed
from leakscan.model.analysis import Holder
from leakscan.model.run import Kind
from tests.unit.analysis.attribution.traced import NEW, OLD, screen_with, sites_of
from tests.unit.analysis.records import (
    a_header,
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
from tests.unit.analysis.whole_runs import a_leaking_run, analysis_of


def _rising(signal: str, gained: int) -> list[wire.Record]:
    """Four windows without growth but in one counter, which gains so much in each, evenly."""
    start = {"blocks": 5_000, "heap": 1_000_000, "rss": 20_000_000}[signal]
    records: list[wire.Record] = []
    for number in range(4):
        counted: list[dict[str, Any]] = [
            {signal: start + gained * number + gained * n * 4 // (3 * 24)} for n in range(25)
        ]
        samples = [a_sample(2_400 * number + 100 * n, **each) for n, each in enumerate(counted)]
        records += [*samples, wire.RoundsDone(wire.Stage.SCREEN, 24)]
    return records


# Who holds it.


def _site(line: int, blocks: int, size: int, largest: int, *, shares: int = 4) -> wire.TracedSite:
    """A site whose traceback has so many of the four frames of the first site."""
    frames = (("/srv/app/app.py", 7), ("/srv/app/main.py", 3), ("calls.py", 1), ("serve.py", 1))
    own = tuple((f"/srv/app/other{n}.py", line) for n in range(4 - shares))
    site = a_traced_site(line, blocks=blocks, size=size)
    return site._replace(frames=(*own, *frames[4 - shares :]), largest=largest)


def _split_bytes(*sites: wire.TracedSite, **holder: object) -> list[float]:
    """What two holders of a site each have of further sites, of which nobody has objects."""
    one, other = _site(7, 100, 10_000, 100), _site(8, 100, 10_000, 100, shares=2)
    held = (a_held_by(NEW, a_share(0), **holder), a_held_by(OLD, a_share(1)))
    traced = Traced(wire.Explained(held), sites_of(one, other, *sites), {})
    return [group.grown_bytes - 10_000 for group in split_growth([[0], [1]], traced)]


@pytest.mark.parametrize(("largest", "is_its_own"), [(1_250, True), (1_400, False)])
def test_a_buffer_has_room_to_spare_and_not_for_half_as_much_again(largest: int, *, is_its_own: bool) -> None:
    buffer = _site(9, 1, 5_000, largest)

    (gained, _) = _split_bytes(buffer, in_bytes=True, type="bytearray", table_bytes=1_000)

    # What it had before is no gain of its own buffer, and all of it is one of a site beside it.
    assert (gained < 5_000) is is_its_own


@pytest.mark.parametrize(("largest", "gained"), [(2_000, 5_000), (3_000, 0)])
def test_one_block_that_is_half_of_what_a_site_gained_is_a_table_that_was_moved(
    largest: int, gained: int
) -> None:
    assert _split_bytes(_site(9, 3, 5_000, largest))[0] == gained


@pytest.mark.parametrize(("blocks", "gained"), [(3, 0), (4, 5_000)])
def test_a_few_blocks_are_one_thing_that_was_moved_and_no_leak(blocks: int, gained: int) -> None:
    assert _split_bytes(_site(9, blocks, 5_000, 3_000))[0] == gained


@pytest.mark.parametrize(("shares", "gained"), [(2, 0), (3, 5_000)])
def test_the_frames_of_every_traceback_say_nothing_of_whose_memory_it_is(shares: int, gained: int) -> None:
    assert sum(_split_bytes(_site(9, 10, 5_000, 500, shares=shares))) == gained


@pytest.mark.parametrize(("size", "fills_it"), [(40, False), (50, True)])
def test_a_site_that_grew_by_half_of_what_the_table_gained_is_the_one_that_fills_it(
    size: int, *, fills_it: bool
) -> None:
    # The table gains a tenth of its 1,000 bytes and a little less.
    holder = a_held_by(NEW, table_bytes=1_000)
    sites = sites_of(a_traced_site(9, blocks=10, size=size))

    (group,) = split_growth([[0]], Traced(wire.Explained((holder,)), sites, {}))

    assert (group.grown_blocks > 0) is fills_it


@pytest.mark.parametrize(("share", "is_one"), [(0.45, False), (0.55, True)])
def test_holders_that_share_half_of_their_objects_hold_one_leak(share: float, *, is_one: bool) -> None:
    explained = wire.Explained((a_held_by(NEW, overlaps={"1": share}), a_held_by(OLD)))

    assert overlap(explained, 0, 1) is is_one


@pytest.mark.parametrize(("unknown", "share"), [(90, 1.0), (120, pytest.approx(100 / 220))])
def test_sites_without_any_object_speak_for_no_holder_unless_they_are_most_of_the_growth(
    unknown: int, share: object
) -> None:
    sites = sites_of(a_traced_site(7), a_traced_site(9, blocks=unknown))
    explained = wire.Explained((a_held_by(NEW, a_share(0)),))

    assert explained_share([[0]], Traced(explained, sites, {})) == share


@pytest.mark.parametrize(("blocks", "is_passing"), [(4, False), (5, True)])
def test_a_number_that_is_left_of_many_is_only_passing(blocks: int, *, is_passing: bool) -> None:
    number = a_held_by(NEW, a_share(0, 1), type="int", is_container=False)

    assert is_passing_number(number, sites_of(a_traced_site(blocks=blocks))) is is_passing


@pytest.mark.parametrize(("tried", "wanted"), [(2, (2,)), (3, (0, 1, 2, 3, 4))])
def test_after_three_holders_that_were_emptied_one_by_one_all_are_emptied_at_once(
    tried: int, wanted: tuple[int, ...]
) -> None:
    overlaps = {str(index): 1.0 for index in range(5)}
    held = tuple(a_held_by(NEW + n, a_share(0), overlaps=overlaps) for n in range(5))
    done = [wire.Proved((n,), 10_000, 100) for n in range(tried)]
    saw = screen_with(*(NEW + n for n in range(5)))

    proof = proofs_wanted(wire.Explained(held), sites_of(a_traced_site()), saw, done)

    assert proof is not None
    assert proof.holders == wanted


def test_no_more_than_six_holders_are_emptied_at_once() -> None:
    overlaps = {str(index): 1.0 for index in range(9)}
    explained = wire.Explained(tuple(a_held_by(n, a_share(0), overlaps=overlaps) for n in range(9)))
    traced = Traced(explained, sites_of(a_traced_site()), {})

    (group,) = split_growth([[0]], traced)

    assert in_it(group, explained) == (0, 1, 2, 3, 4, 5)


# What is a finding.


@pytest.mark.parametrize(("calls", "is_dismissed"), [(14, False), (18, True)])
def test_little_that_was_expected_and_did_not_come_says_nothing(calls: int, *, is_dismissed: bool) -> None:
    rising = screen(_rising("blocks", 2_400))

    per_call = rising.blocks_per_unit

    assert is_chance([(0.0, 0.0)], rising, round(calls / per_call)) is is_dismissed


def _removed_of_two(holder: Holder) -> float | None:
    """What is said to go of two containers like this one, together."""
    records = indexed([a_header(), *a_leaking_run()])
    known = explanation(records, screen(records))
    assert known is not None
    return as_one([0, 0], [holder, holder], known).removed_per_call


def test_removals_of_a_few_in_a_hundred_of_many_lists_are_the_roughness_of_their_rates() -> None:
    (finding,) = analysis_of(*a_leaking_run()).findings
    assert finding.holder is not None

    few = replace(finding.holder, added_per_call=1.0, removed_per_call=0.04)
    many = replace(finding.holder, added_per_call=1.0, removed_per_call=0.2)

    assert _removed_of_two(few) == 0.0
    assert _removed_of_two(many) == pytest.approx(0.4)


@pytest.mark.parametrize(("explained", "is_too_little"), [(20.0, True), (30.0, False)])
def test_findings_of_a_quarter_of_the_native_growth_are_the_answer_to_it(
    explained: float, *, is_too_little: bool
) -> None:
    (finding,) = analysis_of(*a_leaking_run()).findings
    whole = replace(finding, kind=Kind.NATIVE, bytes_per_call=100.0)

    assert explain_too_little([replace(finding, bytes_per_call=explained)], whole) is is_too_little


@pytest.mark.parametrize(("added", "is_replaced"), [(80, False), (120, True)])
def test_a_container_replaces_what_it_has_if_it_keeps_less_than_a_tenth_of_what_comes(
    added: int, *, is_replaced: bool
) -> None:
    records: list[wire.Record] = [a_look(1, 0)]
    for number, (before, after) in enumerate(pairwise((0, 300, 700, 940))):
        start, end = 2_400 * number, 2_400 * (number + 1)
        records += a_window([5_000 + start + n * 100 for n in range(25)], after=start)
        records.append(a_look(number + 2, end, grown(NEW, before, after)))
    held = a_held_by(NEW, a_share(0), entries=1_000, entries_before=990, added=added)
    records += [wire.Tracing(16, 7_200), wire.Sites(0, 1.0, 0.0, ()), sites_of(a_traced_site())]
    run = indexed([a_header(), *records, wire.Explained((held,)), wire.Named(())])
    known = explanation(run, screen(run))
    assert known is not None
    (group,) = split_growth([[0]], known.traced)

    (leak,) = leaks([group], known)

    assert is_mostly_replaced(leak, known) is is_replaced


@pytest.mark.parametrize(("blocks", "sites"), [(1, 1), (3, 2)])
def test_a_site_of_next_to_nothing_is_not_listed_beside_the_heaviest(blocks: int, sites: int) -> None:
    minor = a_traced_site(9, blocks=blocks, size=100 * blocks)
    held = a_held_by(NEW, a_share(0), a_share(1, blocks))
    run = indexed(
        [
            a_header(),
            *a_leaking_run(named=False)[:-3],
            sites_of(a_traced_site(), minor),
            wire.Explained((held,)),
            wire.Named(()),
        ]
    )
    known = explanation(run, screen(run))
    assert known is not None
    (group,) = split_growth([[0]], known.traced)

    assert len(sites_of_group(group, known)) == sites


@pytest.mark.parametrize(("holders", "told"), [(6, 6), (26, 25)])
def test_an_answer_tells_of_24_holders_beside_the_first(holders: int, told: int) -> None:
    overlaps = {str(index): 1.0 for index in range(holders)}
    held = tuple(a_held_by(NEW + n, a_share(0), overlaps=overlaps) for n in range(holders))
    names = tuple(wire.NamedHolder((module_step(), global_step(f"CACHE_{n}"))) for n in range(holders))
    run = indexed(
        [
            a_header(),
            *a_leaking_run(named=False)[:-3],
            sites_of(a_traced_site()),
            wire.Explained(held),
            wire.Named(names),
        ]
    )
    known = explanation(run, screen(run))
    assert known is not None
    (group,) = split_growth([list(range(holders))], known.traced)

    (leak,) = leaks([group], known)

    assert len(leak.holders) == told


def _is_lost(*, held: int, unheld: int) -> bool:
    """Whether what no holder has is a leak, of a growth of a hundred blocks."""
    sites = (a_traced_site(blocks=held - 1), a_traced_site(8, blocks=1), a_traced_site(9, blocks=unheld))
    holders = (a_held_by(NEW, a_share(0)), a_held_by(OLD, a_share(1, 1)))
    records = [a_header(), *a_leaking_run(named=False)[:-3], sites_of(*sites), wire.Explained(holders)]
    run = indexed([*records, wire.Named(())])
    known = explanation(run, screen(run))
    assert known is not None
    return lost_growth(split_growth([[0], [1]], known.traced), known) is not None


def test_what_no_holder_has_is_lost_if_it_is_a_quarter_of_the_growth() -> None:
    assert [_is_lost(held=70, unheld=unheld) for unheld in (20, 30)] == [False, True]


def test_nothing_is_lost_where_holders_leave_less_than_a_fifth() -> None:
    assert [_is_lost(held=held, unheld=40) for held in (85, 75)] == [False, True]


@pytest.mark.parametrize(("interned", "is_interned"), [(40, False), (60, True)])
def test_what_nothing_holds_are_interned_strings_if_half_are(interned: int, *, is_interned: bool) -> None:
    explained = wire.Explained((), interned=interned)
    records = [*a_leaking_run(named=False)[:-3], sites_of(a_traced_site()), explained, wire.Named(())]

    (finding,) = analysis_of(*records).findings

    assert (finding.holder is not None) is is_interned
