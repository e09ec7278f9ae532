"""Names of keys and attributes, read without running the target's code."""

import gc
from typing import Any, NoReturn

import pytest

from leakscan.agent.heap import atomic_reads, introspect


class Plain:
    def __init__(self) -> None:
        self.color = "red"


class Slotted:
    __slots__ = ("color", "empty")

    def __init__(self) -> None:
        self.color = "red"


class Hostile:
    def __repr__(self) -> NoReturn:
        raise AssertionError("repr was run")

    __str__ = __repr__


SECRETS = [
    "ada.lovelace@example.org",
    "session of ada.lovelace@example.org",
    "password=hunter2",
    "Bearer eyJhbGciOi",
    "my_api_key_1234",
    "token:0c0ffee",
    "9f86d081884c7d659a2feaa0c55ad015",
    "AKIAIOSFODNN7EXAMPLEAKIAIOSFODNN7EXAMPLE",
    "AKIAIOSFODNN7EXAMPLE",
    "sk_live_4eC39HqLyjWDarjtT1",
    "ghp_16C7e42F292c6912E7",
    "xoxb-17653672481-19874698323",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi",
    "0a6e7f1c-4b5d-4a0e-9d6f-2b8f3c1d5e7a",
]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("app.worker-3", "'app.worker-3'"),
        (17, "17"),
        (True, "True"),
        (None, "None"),
        (1.5, "1.5"),
        (Plain, "Plain"),
        (Hostile(), "<Hostile>"),
        ("x" * 50, "'" + "x" * 31 + "…'"),
        (10**40, "1" + "0" * 30 + "…"),
        ("two\nlines", r"'two\nlines'"),
        ("\x1b[31m", r"'\x1b[31m'"),
    ],
)
def test_a_name_is_shown_as_its_author_would_write_it(value: object, text: str) -> None:
    assert introspect.text_of(value) == text


@pytest.mark.parametrize("secret", SECRETS)
def test_what_may_be_a_secret_in_a_name_is_masked(secret: str) -> None:
    shown = introspect.text_of(secret)

    assert secret[3:] not in shown
    assert "…" in shown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows", "rows"),
        ("access_token", "access_token"),
        ("ada@example.org", "'…@…'"),
        ("session_9f86d081884c7d659a2feaa0c55ad015", "'se…'"),
        ("two words", "'two words'"),
        ("<b>", "'<b>'"),
    ],
)
def test_an_attribute_is_shown_as_it_stands_in_code(name: str, text: str) -> None:
    assert introspect.attribute_text(name) == text


def test_attributes_are_read_where_they_are_kept() -> None:
    slotted = Slotted()

    members = dict(introspect.slots_of(slotted))

    assert introspect.slot_value(slotted, members["color"]) == "red"
    assert introspect.slot_value(slotted, members["empty"]) is None
    assert introspect.instance_dict(slotted) is None
    assert introspect.instance_dict(Plain()) == {"color": "red"}


def test_a_property_named_dict_is_not_run() -> None:
    class Trapped:
        @property
        def __dict__(self) -> Any:  # type: ignore[override]
            raise AssertionError("the property was run")

    assert introspect.instance_dict(Trapped()) is None


def test_a_type_is_named_without_asking_its_metaclass() -> None:
    class Meta(type):
        def __getattribute__(cls, name: str) -> NoReturn:
            raise AssertionError(f"the metaclass was asked for {name}")

    class Made(metaclass=Meta):
        pass

    assert introspect.type_name(Made).endswith(".Made")
    assert introspect.module_of_type(Made).endswith("test_introspect")


def test_a_class_that_the_collector_has_emptied_has_no_bases_left() -> None:
    class OfItself(type):
        def __new__(cls, *definition: Any) -> Any:
            made = super().__new__(cls, *definition)
            made.__class__ = made
            return made

    OfItself("EmptiedLater", (OfItself,), {})
    gc.collect()
    # Nothing may show it where this fails: it can't be shown.
    emptied = [
        each
        for each in gc.get_objects()
        if issubclass(type(each), type) and introspect.type_name(each) == "EmptiedLater"
    ]
    bases = [introspect.mro_of_type(each) for each in emptied]
    held = [introspect.attribute_of(each, "anything") for each in emptied if bases == [()]]
    emptied.clear()

    assert bases == [()]
    assert held == [introspect.NOT_KEPT]


def test_a_type_that_c_code_has_not_made_ready_has_no_names() -> None:
    namespace = introspect.namespace_of_type(int, dict_of_type=lambda _kind: None)

    assert atomic_reads.items_of(namespace) == []
