"""Which of its holders a leak is named after, and which are left out."""

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.run import Verdict
from tests.unit.analysis.held_runs import DATA, ORDER, holder_of, named_of, of_list_and_cache
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
)


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
    return (holder_of(finding).name, *(other.name for other in finding.also_held_by))


def test_the_variable_with_the_newest_entry_is_no_second_holder() -> None:
    rows = a_held_by(DATA, a_share(0), overlaps={"1": 0.01})
    newest = a_held_by(ORDER, a_share(0, 1), is_container=False, overlaps={"0": 1.0})
    names = (named_of(global_step("ROWS")), named_of(global_step("newest", "bytes")))
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
    pairs = ((children, named_of(*in_a_node)), (current, named_of(*to_current, parent)))

    told = _told_of(*pairs, proof=wire.Proved((0, 1), 10_000, 9_900))

    assert told == ("Tracer.current", "Span.children")


def test_what_a_list_without_a_bound_holds_too_is_a_leak_of_the_list_and_no_filling_cache() -> None:
    finding = of_list_and_cache()

    assert finding.verdict is Verdict.LEAKING
    assert holder_of(finding).name == "app.SEEN"
    assert [other.bound for other in finding.also_held_by] == [100_000]


def test_a_cache_is_still_filling_beside_a_list_that_did_not_keep_growing() -> None:
    finding = of_list_and_cache(list_grows=False)

    assert (finding.verdict, holder_of(finding).bound) == (Verdict.FILLING, 100_000)


def test_a_full_cache_that_gains_nothing_holds_nothing_that_grows() -> None:
    finding = of_list_and_cache(is_full=True)

    assert holder_of(finding).name == "app.SEEN"
    assert finding.also_held_by == ()
