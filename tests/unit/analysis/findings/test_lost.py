"""What no holder has is lost, unless it is only a number."""

from leakscan import wire
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Finding
from leakscan.model.run import Kind
from tests.unit.analysis.held_runs import DATA, ORDER, holder_of, named_of
from tests.unit.analysis.records import (
    a_header,
    a_held_by,
    a_share,
    a_sound_control,
    a_traced_site,
    a_window,
    global_step,
)


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
            wire.Named(tuple(named_of(global_step(name)) for name in names)),
            wire.Ended("finished", 0, 3.0),
        ],
        Settings(),
    ).findings
    return finding


def test_what_fills_places_that_were_there_before_is_held_by_them_and_not_by_the_number_of_the_next() -> None:
    places = a_held_by(DATA, a_share(0, 200), type="list", entries=1_000_000, entries_before=1_000_000)

    finding = _beside_a_counter(places, names=("NEXT", "PLACES"))

    assert holder_of(finding).name == "app.PLACES"


def test_what_no_python_object_holds_is_not_held_by_the_last_number_that_its_line_made() -> None:
    finding = _beside_a_counter(names=("NEXT",))

    assert (finding.kind, finding.holder) == (Kind.LOST_REFERENCE, None)
