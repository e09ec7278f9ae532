"""What of an object is drawn: its label, its heaviest parts, and none of its values."""

import sys
import types
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import pytest

from leakscan.agent.graph.dot import dot_of
from leakscan.agent.graph.nodes import MAX_LINE, GraphNodes, Part, entry_parts, label_of, parts_of, words_of
from tests.targets import hostile


class Session:
    def __init__(self) -> None:
        self.token = "sk_live_51H8x" * 9
        self.rows = [bytes(100)]
        self.count = 12
        self.closed = False
        self.payload = bytes(100_000)


class Slotted:
    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows = [1]


def _drawn(parts: list[Part]) -> list[tuple[str, str]]:
    return [(part.words, type(part.obj).__name__) for part in parts]


# --- labels ---


@pytest.mark.parametrize(
    ("obj", "label"),
    [
        (Session(), "Session"),
        ({1: 2}, "dict\n1 entry"),
        ([None] * 12_340, "list\n12,340 entries"),
        ((1, 2), "tuple\n2 entries"),
        ("secret", f"str\n{sys.getsizeof('secret')} B"),
        (b"secret", f"bytes\n{sys.getsizeof(b'secret')} B"),
        (bytearray(10), "bytearray\n10 B"),
        (12, "int"),
        (Session, "class Session"),
        (types.ModuleType("shop.app"), "module shop.app"),
        (_drawn, "_drawn()"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_label_says_what_it_is_and_how_large_and_no_value(obj: object, label: str) -> None:
    assert label_of(obj) == label


def test_a_label_is_short_and_prints() -> None:
    kind = type("Evil\x1b[31m\n" + "x" * 200, (), {})

    first, *others = label_of(kind()).split("\n")

    assert others == []
    assert len(first) <= MAX_LINE
    assert first.isprintable()


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (".keys", ".keys"),
        ("→", ""),
        ("['made in Berlin']", "['made in Berlin']"),
        ("local 'buf' in worker() at app/jobs.py:31", "local 'buf'\nin worker() at app/jobs.py:31"),
    ],
)
def test_the_words_on_an_arrow_are_those_of_the_chain(link: str, words: str) -> None:
    assert words_of(link) == words


# --- parts ---


def test_the_heaviest_parts_are_drawn_and_the_others_counted() -> None:
    parts, hidden = parts_of(Session(), 2)

    assert _drawn(parts) == [(".rows", "list"), (".payload", "bytes")]
    assert hidden == 1  # the token; numbers are no parts


def test_a_part_in_a_slot_is_named() -> None:
    parts, hidden = parts_of(Slotted(), 3)

    assert (_drawn(parts), hidden) == ([(".rows", "list")], 0)


def test_what_a_function_keeps_is_drawn_and_its_module_is_not() -> None:
    seen: list[int] = []

    def put(number: int, limits: list[int] = [3]) -> None:  # noqa: B006 - the default is what is looked at
        seen.append(number + limits[0])

    parts, hidden = parts_of(put, 3)

    assert (_drawn(parts), hidden) == ([("cell 'seen'", "list"), ("default of 'limits'", "list")], 0)


def test_the_values_of_a_dict_are_its_parts_and_keys_that_are_objects() -> None:
    parts, _hidden = parts_of({"en": [1], Session: [2], Slotted(): [3]}, 9)

    assert _drawn(parts) == [
        ("['en']", "list"),
        ("[Session]", "list"),
        ("key", "Slotted"),
        ("[<Slotted>]", "list"),
    ]


def test_classes_and_modules_are_no_parts() -> None:
    assert parts_of([Session, types, len, None, True, 3.5], 9) == ([], 0)


def test_the_parts_of_a_long_tuple_are_counted_to_the_end() -> None:
    parts, hidden = parts_of(tuple([n] for n in range(30_000)), 3)

    assert (len(parts), hidden) == (3, 29_997)


# --- entries ---


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"a": 1, "b": 2, "c": 3}, ["['c']", "['b']"]),
        (OrderedDict.fromkeys(("a", "b", "c")), ["key", "key"]),
        ([7, 7, 7], ["[2]", "[1]"]),
        (deque([7, 7, 7]), ["[2]", "[1]"]),
        ({1, 2, 3}, ["{…}", "{…}"]),
    ],
    ids=lambda each: type(each).__name__,
)
def test_the_newest_entries_are_drawn_and_the_others_counted(container: object, words: list[str]) -> None:
    parts, hidden = entry_parts(container, 2)

    assert ([part.words for part in parts], hidden) == (words, 1)


def test_a_key_that_looks_like_a_secret_is_masked() -> None:
    container = {"ada@example.org": [1], "Bearer eyJhbGciOiJIUzI1NiJ9.c2VjcmV0": [2]}

    parts, _hidden = entry_parts(container, 2)

    assert [part.words for part in parts] == ["['…' (36 characters)]", "['…' (15 characters)]"]


def test_what_entries_share_is_drawn_without_its_parts() -> None:
    own, shared = ["a"], {"loop": ["b"]}
    one, other = [own, shared], [shared]
    nodes = GraphNodes("p")

    nodes.add_parts([one, other], levels=2)

    assert nodes.has(shared)
    assert nodes.has(own[0])
    assert not nodes.has(shared["loop"])


def test_a_graph_stops_before_it_can_not_be_read_any_more() -> None:
    nodes = GraphNodes("p")
    deep: Any = [[[[[[n] for n in range(9)] for _ in range(9)] for _ in range(9)] for _ in range(9)]]

    nodes.add_parts([deep], levels=99)

    assert len(nodes.objects) < 50


HOSTILE: dict[str, Callable[[], object]] = {
    "raises in __repr__": hostile.RaisesInRepr,
    "raises in __eq__": hostile.RaisesInComparison,
    "raises in __hash__": hostile.RaisesInHash,
    "raises in __class__": hostile.HidesItsClass,
    "raises in __getattr__": hostile.LazyProxy,
    "raises in __getattribute__": hostile.StrictProxy,
    "has properties": hostile.Owner,
    "raises as a key": lambda: hostile.Key(1),
    "raises in its metaclass": hostile.OfHostileMeta,
    "raises in __len__": lambda: hostile.UncountableDict({1: b"x"}),
    "lies in __len__": lambda: hostile.LyingList([b"x"]),
    "may not be touched": lambda: hostile.UNTOUCHABLE,
}
"""Made in the test: pytest itself would touch them."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_of_the_target_runs_when_it_is_drawn(kind: str) -> None:
    obj = HOSTILE[kind]()
    nodes = GraphNodes("p")

    parts, hidden = entry_parts({0: obj}, 2)
    nodes.add(nodes.note("a dict"), parts, hidden)
    nodes.add_parts([obj], levels=3)
    text = dot_of([nodes.node_of(obj)])

    assert hostile.TOUCHED == []
    assert type(obj).__qualname__ in text
