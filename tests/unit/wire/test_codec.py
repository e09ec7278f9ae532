"""Messages keep their meaning on the wire, and strange lines are refused."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan import wire

MESSAGES = (*get_args(wire.Command), *get_args(wire.Record))

# What a target may put into a name: also half of a surrogate pair, from a file name in another encoding.
_texts = st.text(max_size=12)
_frames = st.tuples(_texts, st.integers(0, 10_000))
_steps = st.builds(wire.Step, _texts, _texts, _texts, _texts, _texts, st.integers(1, 99))
_shares = st.builds(
    wire.SiteShare,
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 1 << 40),
    st.dictionaries(_texts, st.integers(0, 99), max_size=2),
)
_numbers = st.integers(-(1 << 63), 1 << 63)
_seconds = st.floats(0, 1e6, allow_nan=False)
_pictures = st.builds(
    wire.LeakGraph, _texts, st.tuples(st.tuples(st.tuples(_texts, _texts), st.just(()))), st.tuples(_numbers)
)
_messages = st.one_of(
    st.builds(wire.Load, _texts, st.booleans(), st.tuples(_texts, _texts), st.none() | _texts),
    st.builds(wire.Rounds, st.sampled_from(wire.Stage), _numbers, _numbers, _seconds, st.none() | _seconds),
    st.builds(wire.StartTracing, st.integers(1, 99), st.tuples(_numbers, _numbers)),
    st.builds(wire.Raised, _texts, _texts, st.none() | _texts, _numbers),
    st.builds(
        wire.Census,
        *(_numbers, _numbers, _seconds, _seconds, _numbers),
        st.tuples(st.builds(wire.GrownContainer, _numbers, _texts, _numbers, _numbers)),
    ),
    st.builds(
        wire.Sites,
        *(_numbers, _seconds, _seconds),
        st.tuples(
            st.builds(
                wire.TracedSite,
                st.tuples(_frames, _frames),
                *(_numbers, _numbers, _numbers, _numbers, _numbers),
            )
        ),
    ),
    st.builds(
        wire.Explained,
        st.tuples(
            st.builds(
                wire.HeldBy,
                *(_numbers, _texts, st.booleans(), st.none() | _numbers, st.none() | _numbers),
                *(st.none() | _numbers, _numbers, st.none() | _numbers, st.none() | _numbers),
                st.tuples(_shares, _shares),
                st.dictionaries(_texts, st.floats(0, 1), max_size=2),
            )
        ),
        st.tuples(_shares),
        _seconds,
    ),
    st.builds(
        wire.Named,
        st.tuples(
            st.builds(
                wire.NamedHolder,
                st.tuples(_steps, _steps),
                st.none() | _numbers,
                st.none() | _texts,
                st.none() | _texts,
            )
        ),
        st.tuples(st.tuples(_texts, _numbers, _texts, _texts)),
        _seconds,
    ),
    st.builds(
        wire.SpareCapacity,
        st.tuples(st.builds(wire.SpareTable, _texts, _numbers, _numbers, st.tuples(_steps))),
        _seconds,
    ),
    st.builds(
        wire.Caches,
        st.tuples(
            st.builds(
                wire.Cache,
                *(_texts, _numbers, st.tuples(_steps), st.none() | _numbers, st.none() | _texts),
                *(st.booleans(), st.none() | _numbers, st.none() | _numbers, _texts, _texts),
                *(st.none() | _texts, _numbers, st.none() | _seconds, _numbers),
            )
        ),
        _numbers,
        _seconds,
    ),
    st.builds(wire.Churn, _numbers, st.tuples(st.builds(wire.EntryChange, _numbers, _numbers, _numbers))),
    st.builds(
        wire.EntriesMeasured,
        st.tuples(st.builds(wire.EntrySize, _numbers, _numbers, _seconds)),
        st.none() | _texts,
    ),
    st.builds(
        wire.Garbage,
        _numbers,
        st.tuples(st.tuples(_texts, _numbers)),
        st.tuples(_steps),
        st.tuples(_shares),
        st.just(()),
        st.tuples(_pictures),
    ),
    st.builds(wire.Graphs, st.tuples(_pictures, _pictures), st.none() | _texts),
    st.builds(
        wire.DrawGraphs,
        st.tuples(st.tuples(_numbers, _numbers), st.tuples(_numbers)),
        limit_seconds=st.none() | _seconds,
    ),
)


@given(_messages)
def test_a_message_comes_back_as_it_went(message: Any) -> None:
    line = wire.encode(message)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    decoded = wire.decode(line)
    assert decoded == message
    assert type(decoded) is type(message)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_every_command_and_record_is_known_by_its_name(kind: Any) -> None:
    values = {name: None for name in kind._fields if name not in kind._field_defaults}
    nested = [
        "grown",
        "holders",
        "unheld",
        "cycle",
        "shares",
        "tables",
        "sizes",
        "lines",
        "caches",
        "changes",
        "graphs",
        "processes",
        "stores",
        "named",
    ]
    plain = {name: () if name in nested else value for name, value in values.items()}
    message = kind(**plain | ({"stage": wire.Stage.SCREEN} if "stage" in values else {}))

    assert type(wire.decode(wire.encode(message))) is kind


def test_nested_records_are_records_again() -> None:
    share = wire.SiteShare(0, 3, 300, {"bytes": 3})

    decoded = wire.decode(wire.encode(wire.Explained((), (share,))))

    assert isinstance(decoded, wire.Explained)
    assert type(decoded.unheld[0]) is wire.SiteShare


def test_what_is_nested_twice_is_a_record_again() -> None:
    step = wire.Step("garbage", "Knot", "Knot")
    garbage = wire.Garbage(1, (("Knot", 1),), (step,), (wire.SiteShare(0, 1, 0, {"Knot": 1}),))
    explained = wire.Explained((), unreferred=(wire.Unreferred("Cursor", 3, 1),), frozen=(garbage,))

    assert wire.decode(wire.encode(explained)) == explained


def test_a_lone_surrogate_survives() -> None:
    name = b"caf\xe9.py".decode("utf-8", "surrogateescape")

    assert wire.decode(wire.encode(wire.Load(name))) == wire.Load(name)


def test_a_field_of_a_newer_leakscan_is_passed_over() -> None:
    line = json.dumps({"t": "RoundsDone", "stage": "screen", "rounds": 3, "mood": "fine"})

    assert wire.decode(line.encode()) == wire.RoundsDone(wire.Stage.SCREEN, 3)


def test_a_stage_is_its_word_on_the_wire_and_the_stage_again_where_it_is_read() -> None:
    line = wire.encode(wire.Rounds(wire.Stage.WARM_UP, 1, 100))

    read = wire.decode(line)

    assert json.loads(line)["stage"] == "warm up"
    assert isinstance(read, wire.Rounds)
    assert read.stage is wire.Stage.WARM_UP


@pytest.mark.parametrize(("kind", "decoded"), [("cell", wire.StepKind.CELL), ("telepathy", "telepathy")])
def test_a_kind_of_step_is_of_the_enum_and_an_unknown_one_stays_a_text(
    kind: str, decoded: wire.StepKind | str
) -> None:
    line = wire.encode(wire.Named((wire.NamedHolder((wire.Step(kind, "→", "dict"),)),)))

    named = wire.decode(line)

    assert isinstance(named, wire.Named)
    assert (named.holders[0].steps[0].kind, type(named.holders[0].steps[0].kind)) == (decoded, type(decoded))


def test_a_stage_of_a_newer_format_stays_the_text_that_it_is() -> None:
    read = wire.decode(b'{"t": "RoundsDone", "stage": "nap", "rounds": 3}')

    assert read == wire.RoundsDone("nap", 3)


def test_a_missing_field_has_its_default() -> None:
    line = json.dumps({"t": "Load", "target": "app:handle"})

    assert wire.decode(line.encode()) == wire.Load("app:handle")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b"7",
        b'{"stage": "screen"}',
        b'{"t": "Prophecy"}',
        b'{"t": ["Load"]}',
        b'{"t": "Load"}',
        b'{"t": "RoundsDone", "stage": "scr',
        b'{"t": "Census", "look": 1, "calls": 1, "at": 0, "seconds": 0, "containers": 1, "grown": 3}',
    ],
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(line)


def test_what_is_very_long_is_cut_in_the_middle_before_it_travels_and_where_it_is_read() -> None:
    long = "a" * 10_000_000 + ".py"
    site = wire.TracedSite(((long, 1),), 1, 1, 1, 1, 1)
    sites = wire.Sites(1, 0.0, 0.0, (site,))

    sent = wire.bounded(sites)
    read = wire.decode(wire.encode(sites))

    assert read == sent
    assert isinstance(sent, wire.Sites)
    file = sent.grown[0].frames[0][0]
    assert len(file) == wire.LONGEST_NAME
    assert file.endswith("aaa.py")
    assert sent.grown[0]._replace(frames=site.frames) == site


def test_the_arguments_of_the_target_are_never_cut() -> None:
    load = wire.Load("app:work", arguments=("x" * 100_000,))

    assert wire.decode(wire.encode(load)) == load
