"""Keys of the target's dicts: what the program calls its own is shown, of data the shape."""

import sys
from collections.abc import Iterator
from typing import NoReturn

import pytest

from leakscan.agent.heap import key_shapes
from leakscan.agent.heap.interned import is_interned
from tests.unit.agent.heap.test_introspect import SECRETS, Hostile, Plain


class Point(tuple[int, int]):
    __slots__ = ()

    def __repr__(self) -> NoReturn:
        raise AssertionError("repr was run")


def as_read(text: str) -> str:
    """The text as it comes from a file: a string of its own."""
    return "".join([text[:1], text[1:]])


@pytest.fixture
def shown_in_full() -> Iterator[None]:
    key_shapes.show_in_full(wanted=True)
    yield
    key_shapes.show_in_full(wanted=False)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("handlers", "'handlers'"),
        ("en_US", "'en_US'"),
        (sys.intern("app.jobs"), "'app.jobs'"),
        ("", "''"),
        (b"en_US", "b'en_…' (5 bytes)"),
        (17, "17"),
        (True, "True"),
        (None, "None"),
        (("eu", 7), "('eu', 7)"),
        ((1, 2, 3, 4), "(1, 2, 3, …)"),
        (Plain, "Plain"),
        (Hostile(), "<Hostile>"),
        (Point((1, 2)), "<Point>"),
        (frozenset({1}), "<frozenset>"),
    ],
)
def test_what_the_program_calls_its_own_is_shown(key: object, text: str) -> None:
    assert key_shapes.key_text(key) == text


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("user-8812@example.org", "'user-…' (21 characters)"),
        ("ada.lovelace@example.org", "'…' (24 characters)"),
        ("Ada Lovelace", "'…' (12 characters)"),
        ("session:9f86d081884c7d65", "'session:…' (24 characters)"),
        ("hunter2", "'…' (7 characters)"),
        ("lovelace", "'…' (8 characters)"),
        ("two\nlines", "'…' (9 characters)"),
        ("\x1b[31m", "'…' (5 characters)"),
        ("user-", "'…' (5 characters)"),
        pytest.param("x" * 10_000_000, "'…' (10,000,000 characters)", id="10 MB"),
        (4111_1111_1111_1111, "… (16 digits)"),
        (10**40, "… (41 digits)"),
        pytest.param(10**5_000, "… (5001 digits)", id="more digits than Python writes"),
        (52.5200, "<float>"),
        (("eu", "ada@example.org"), "('eu', '…' (15 characters))"),
    ],
)
def test_of_data_the_shape_is_shown(key: object, text: str) -> None:
    given = as_read(key) if isinstance(key, str) else key

    assert key_shapes.key_text(given) == text


@pytest.mark.parametrize("secret", SECRETS)
def test_what_may_be_a_secret_is_never_shown(secret: str) -> None:
    shown = (
        key_shapes.key_text(secret),
        key_shapes.key_text(secret.encode()),
        key_shapes.key_text((1, secret)),
    )

    for text in shown:
        assert secret[3:] not in text
        assert "…" in text


@pytest.mark.usefixtures("shown_in_full")
@pytest.mark.parametrize(
    ("key", "text"),
    [
        (as_read("ada@example.org"), "'ada@example.org'"),
        (b"en_US", "b'en_US'"),
        (20_001, "20001"),
        (1.5, "1.5"),
        ("x" * 50, "'" + "x" * 31 + "…'"),
        ((1, as_read("ada")), "(1, 'ada')"),
    ],
)
def test_a_key_is_shown_in_full_where_the_user_asks_for_it(key: object, text: str) -> None:
    assert key_shapes.key_text(key) == text


class Written:
    def __init__(self) -> None:
        self.iso_8859_15 = 1
        self.everything_that_was_read_from_the_file = 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows", "rows"),
        ("sha256", "sha256"),
        ("iso_8859_15", "iso_8859_15"),
        ("everything_that_was_read_from_the_file", "everything_that_was_read_from_the_file"),
        ("alice_smith_4711", "'alice_…' (16 characters)"),
        ("ada@example.org", "'…' (15 characters)"),
        ("Ada Lovelace", "'…' (12 characters)"),
        ("x" * 33, "'…' (33 characters)"),
        ("token_of_ada_lovelace_who_is_a_customer", "'token_…' (39 characters)"),
    ],
)
def test_an_attribute_that_may_be_data_is_shown_by_its_shape(name: str, text: str) -> None:
    owner = Written()
    setattr(owner, name, None)

    assert key_shapes.attribute_text(owner, name) == text


@pytest.mark.usefixtures("shown_in_full")
def test_an_attribute_is_shown_in_full_where_the_user_asks_for_it() -> None:
    assert key_shapes.attribute_text(Written(), "alice_smith_4711") == "alice_smith_4711"


def test_keys_of_one_shape_are_told_apart() -> None:
    ada, bob = as_read("user-1"), as_read("user-2")

    assert key_shapes.key_text(ada) == key_shapes.key_text(bob)
    assert key_shapes.identity(ada) != key_shapes.identity(bob)
    assert key_shapes.identity(ada) == key_shapes.identity(as_read("user-1")) != 0
    assert key_shapes.identity("handlers") == 0
    assert key_shapes.identity((1, Hostile(), "user-1")) == key_shapes.identity((1, Hostile(), "user-1"))


def test_asking_whether_a_string_is_interned_interns_nothing() -> None:
    read = as_read("read_from_a_file")

    assert not is_interned(read)
    assert not is_interned(read)
    assert is_interned("read_from_code")
