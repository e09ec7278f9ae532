"""What is said of a finding."""

from dataclasses import replace

import pytest

from leakscan.model.analysis import ChainStep, Finding, Pace
from leakscan.model.run import Kind, Unit, Verdict
from leakscan.reports.views.wording import cycle_text, finding_summary, finding_title, path_text, remarks
from tests.builders import a_filling_finding, a_finding, a_finding_without_holder, a_holder, a_site


def test_a_leak_is_said_with_its_holder_its_entries_and_its_rate() -> None:
    finding = a_finding(holder=a_holder("MemoryLock.keys"))

    assert finding_summary(finding, Unit.CALL) == (
        "MemoryLock.keys (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call"
    )


def test_a_target_that_does_not_return_grows_by_the_second() -> None:
    finding = a_finding(holder=a_holder("Server.sessions"))

    assert finding_summary(finding, Unit.SECOND) == (
        "Server.sessions (dict, 12,340 entries, +10.0 per second, none removed) grows by 1.9 kB per second"
    )
    assert list(remarks(finding, Unit.SECOND, max_also_held_by=3))[-1] == "1 GiB in 7 days"


def test_a_holder_that_also_loses_entries_says_both_rates() -> None:
    holder = a_holder("Pool.free", entries_per_call=8.0, added_per_call=10.0, removed_per_call=2.0)

    assert finding_summary(a_finding(holder=holder), Unit.CALL) == (
        "Pool.free (dict, 12,340 entries, +8.0 per call, 10.0 added and 2.0 removed per call) "
        "grows by 1.9 kB per call"
    )


def test_a_holder_without_entries_is_said_by_its_type_alone() -> None:
    holder = a_holder(
        "Log.text",
        type="str",
        entries=None,
        entries_per_call=None,
        added_per_call=None,
        removed_per_call=None,
    )

    summary = finding_summary(a_finding(holder=holder), Unit.CALL)

    assert summary == "Log.text (str) grows by 1.9 kB per call"


def test_a_cache_that_fills_says_where_it_will_stop() -> None:
    finding = a_filling_finding()

    assert finding_summary(finding, Unit.CALL) == (
        "lru_cache of app.price (3,210 of at most 5,000 entries, +1.0 per call, none removed) "
        "fills by 240 B per call and plateaus at 5,000 entries, about 1.2 MB"
    )
    assert list(remarks(finding, Unit.CALL, max_also_held_by=3)) == ["full after about 1,790 more calls"]


def test_a_cache_whose_bound_is_not_known_fills_towards_one() -> None:
    finding = a_filling_finding(holder=a_holder("Cache.pages", entries=60))

    assert finding_summary(finding, Unit.CALL).endswith("fills by 240 B per call, towards a bound")


def test_a_cache_past_its_bound_says_so() -> None:
    holder = a_holder("Cache.pages", entries=1_240, bound=1_000, bound_name="maxsize")

    summary = finding_summary(a_finding(kind=Kind.BOUND_EXCEEDED, holder=holder), Unit.CALL)

    assert summary == (
        "Cache.pages (dict, +10.0 per call, none removed) holds 1,240 entries, maxsize says 1,000, "
        "and grows by 1.9 kB per call"
    )


def test_a_cache_past_a_bound_without_a_name_says_so() -> None:
    holder = a_holder("Cache.pages", bound=5_000)

    summary = finding_summary(a_finding(kind=Kind.BOUND_EXCEEDED, holder=holder), Unit.CALL)

    assert "holds 12,340 entries, its bound is 5,000, and grows" in summary


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.NATIVE, "native memory grows by 1.9 kB per call, and no Python object holds it"),
        (
            Kind.FRAGMENTATION,
            "resident memory grows by 1.9 kB per call, and the heap in use does not",
        ),
        (
            Kind.CYCLIC_GARBAGE,
            "cyclic garbage grows by 1.9 kB per call (+30.0 objects); only a collection frees it",
        ),
        (
            Kind.LOST_REFERENCE,
            (
                "memory that no Python object refers to grows by 1.9 kB per call (+30.0 objects): "
                "a reference is lost, or held in C"
            ),
        ),
        (
            Kind.UNBOUNDED_GROWTH,
            (
                "memory allocated in Jobs.put grows by 1.9 kB per call (+30.0 objects), "
                "and its holder was not found"
            ),
        ),
    ],
)
def test_growth_that_nothing_holds_says_what_it_is(kind: Kind, expected: str) -> None:
    finding = a_finding_without_holder(kind)

    assert finding_summary(finding, Unit.CALL) == expected
    assert finding_title(finding) == kind.value


def test_growth_under_the_threshold_that_nothing_holds_says_no_more_than_it_knows() -> None:
    finding = a_finding_without_holder(Kind.UNDER_THRESHOLD, objects_per_call=0.0)

    assert finding_summary(finding, Unit.CALL) == "memory allocated in Jobs.put grows by 1.9 kB per call"


def test_a_finding_with_neither_holder_nor_site_still_has_a_sentence() -> None:
    finding = a_finding_without_holder(Kind.UNBOUNDED_GROWTH, sites=(), objects_per_call=0.0)

    summary = finding_summary(finding, Unit.CALL)

    assert summary == "memory grows by 1.9 kB per call, and its holder was not found"


def test_the_proof_and_the_time_to_a_gibibyte_follow() -> None:
    lines = list(remarks(a_finding(), Unit.CALL, max_also_held_by=3))

    assert lines == [
        "emptying it freed 99.2 % of the grown memory",
        "at an assumed 1,000 calls/s (see --rate): 1 GiB in 9 minutes",
    ]


def test_a_plateau_counts_all_that_an_entry_adds() -> None:
    holder = a_holder(bound=20_000, bytes_per_entry=32.0, entries_per_call=0.5)

    summary = finding_summary(a_filling_finding(bytes_per_call=100.0, holder=holder), Unit.CALL)

    assert summary.endswith("plateaus at 20,000 entries, about 4.0 MB")


def test_at_a_rate_the_plateau_comes_in_a_time() -> None:
    pace = Pace(calls_per_second=10.0, is_given=True)

    lines = list(remarks(a_filling_finding(), Unit.CALL, max_also_held_by=3, pace=pace))

    assert lines == ["full after about 1,790 more calls: at 10 calls/s in 3 minutes"]


def test_a_holder_whose_emptying_freed_little_is_not_praised() -> None:
    finding = a_finding(holder=a_holder(freed_share=0.031))

    first = next(remarks(finding, Unit.CALL, max_also_held_by=3))

    assert first == "emptying it freed only 3.1 % of the grown memory"


def test_other_holders_are_named_and_the_rest_counted() -> None:
    others = tuple(a_holder(f"Index.by_{key}", entries=10) for key in ("id", "mail", "name"))
    finding = a_finding(also_held_by=others)

    lines = list(remarks(finding, Unit.CALL, max_also_held_by=1))

    assert lines[:2] == [
        "also held by Index.by_id (dict, 10 entries, +10.0 per call, none removed)",
        "also held by 2 more",
    ]


def test_two_holders_of_the_same_objects_are_told_with_what_each_freed() -> None:
    other = a_holder("app.LOG", type="list", entries=10, freed_share=0.27)
    finding = a_finding(holder=a_holder(freed_share=0.031), also_held_by=(other,), freed_together=1.0)

    lines = list(remarks(finding, Unit.CALL, max_also_held_by=3))

    assert lines[:2] == [
        (
            "also held by app.LOG (list, 10 entries, +10.0 per call, none removed); "
            "emptying that alone freed 27 %"
        ),
        "emptying it alone freed 3.1 % of the grown memory, emptying both 100 %",
    ]


def test_an_experiment_that_came_to_nothing_says_why() -> None:
    holder = a_holder(freed_share=None, not_emptied_because="it took longer than 4 s")

    lines = list(remarks(a_finding(holder=holder), Unit.CALL, max_also_held_by=3))

    assert lines[0] == "it was not emptied: it took longer than 4 s"


def test_what_was_counted_and_not_tried_says_so_and_why() -> None:
    holder = a_holder(freed_share=0.97, counted_because="leakscan has no sandbox for this platform")

    lines = list(remarks(a_finding(holder=holder), Unit.CALL, max_also_held_by=3))

    assert lines[0] == (
        "emptying it would free 97 % of the grown memory, by a count of references; "
        "it was not emptied: leakscan has no sandbox for this platform"
    )


def test_interned_strings_that_stay_are_told_with_what_emptying_freed() -> None:
    finding = a_finding(holder=a_holder(freed_share=0.02, immortal_share=0.975))

    lines = list(remarks(finding, Unit.CALL, max_also_held_by=3))

    assert lines[0] == (
        "emptying it freed only 2 % of the grown memory: "
        "97.5 % of it are interned strings, which this Python never frees"
    )


def _cycle(*steps: tuple[str, str]) -> Finding:
    chain = tuple(ChainStep(link=link, type=kind, name=link, is_growing=False) for link, kind in steps)
    return replace(a_finding_without_holder(Kind.CYCLIC_GARBAGE), chain=chain)


@pytest.mark.parametrize(
    ("finding", "title", "cycle"),
    [
        (
            _cycle(("Order", "Order"), (".line", "Line"), (".order", "Order")),
            "cyclic garbage of Order and Line",
            "Order → .line → Line → .order → (back)",
        ),
        (_cycle(("Node", "Node"), (".itself", "Node")), "cyclic garbage of Node", "Node → .itself → (back)"),
        (
            _cycle(*((f".{kind}", kind) for kind in "abcde")),
            "cyclic garbage of a, b, c and 2 more",
            ".a → .b → b → .c → c → .d → d → .e → (back)",
        ),
        (_cycle(), "cyclic garbage of Order", None),
    ],
)
def test_garbage_is_told_by_the_types_of_its_cycle(finding: Finding, title: str, cycle: str | None) -> None:
    site = a_site(types={"Order": 2.0})

    assert finding_title(replace(finding, sites=(site,))) == title
    assert finding_summary(replace(finding, sites=(site,)), Unit.CALL).startswith(f"{title} grows by")
    assert cycle_text(finding, max_links=12) == cycle


def test_growth_under_the_threshold_is_said_to_fail_nothing() -> None:
    finding = a_finding(verdict=Verdict.CLEAN, kind=Kind.UNDER_THRESHOLD)

    lines = list(remarks(finding, Unit.CALL, max_also_held_by=3))

    assert lines[-1] == "under the threshold, so it fails nothing"


def test_a_path_counts_the_links_of_a_linked_list() -> None:
    path = ("app", ".head", *[".next"] * 1_240, ".value")

    assert path_text(path, max_links=12) == "app → .head → .next ×1,240 → .value"


def test_a_long_path_keeps_its_ends() -> None:
    path = tuple(f".{letter}" for letter in "abcdefgh")

    assert path_text(path, max_links=5) == ".a → .b → … 4 more → .g → .h"


def test_a_long_key_in_a_path_is_cut_in_its_middle() -> None:
    text = path_text(("app", f"['{'k' * 1_000}']"), max_links=12)

    assert text == f"app → ['{'k' * 22}…{'k' * 21}']"


def test_a_cycle_is_told_round_to_where_it_began() -> None:
    cycle = _cycle(("Node", "Node"), (".next", "Node"), (".prev", "Node"))

    assert cycle_text(cycle, max_links=12) == "Node → .next → Node → .prev → (back)"


def test_a_link_of_a_cycle_that_has_no_name_is_left_out() -> None:
    cycle = _cycle(("Hook", "Hook"), (".run", "partial"), ("→", "tuple"), ("[0]", "Hook"))

    assert cycle_text(cycle, max_links=12) == "Hook → .run → partial → tuple → [0] → (back)"


def test_a_long_cycle_keeps_its_ends() -> None:
    cycle = _cycle(*((f".{kind}", kind) for kind in "abcdef"))

    assert cycle_text(cycle, max_links=3) == ".a → .b → … 6 more → e → .f → (back)"


def test_the_state_of_a_library_is_marked_as_that() -> None:
    finding = a_finding(holder=a_holder(library="werkzeug"))

    assert "what keeps it is an object of werkzeug, a library" in list(
        remarks(finding, Unit.CALL, max_also_held_by=2)
    )


def test_a_line_whose_function_is_not_known_is_not_said_to_be_in_one() -> None:
    site = a_site()
    unknown = replace(site, frame=replace(site.frame, function="?", qualname="?"))
    finding = replace(a_finding_without_holder(Kind.UNBOUNDED_GROWTH), sites=(unknown,))

    assert f"allocated at {site.frame.file}:{site.frame.line} grows by" in finding_summary(finding, Unit.CALL)
