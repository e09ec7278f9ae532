"""Containers that other threads change all the time are read whole, and no code of theirs runs."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NoReturn

import pytest

from leakscan.agent.heap import atomic_reads

_READS = 300


class _Hostile:
    """Not to be compared or hashed by anybody."""

    def __eq__(self, other: object) -> NoReturn:
        raise AssertionError("the target was asked")

    def __hash__(self) -> int:
        return 7


def _asked(*_arguments: object) -> NoReturn:
    raise AssertionError("the target was asked")


_DICT_METHODS = ("items", "keys", "values", "__iter__", "__reversed__", "__len__", "__getitem__")
_HostileDict: Any = type("_HostileDict", (dict,), dict.fromkeys(_DICT_METHODS, _asked))
_HostileList: Any = type("_HostileList", (list,), dict.fromkeys(_DICT_METHODS[3:], _asked))


@contextmanager
def _changed_all_the_time(*changes: Callable[[], object]) -> Iterator[None]:
    is_over = threading.Event()

    def go_on(change: Callable[[], object]) -> None:
        while not is_over.is_set():
            change()

    threads = [threading.Thread(target=go_on, args=(change,)) for change in changes]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("kind", [dict, OrderedDict])
def test_a_dict_that_a_thread_changes_is_read_again(kind: type[dict[Any, Any]]) -> None:
    kept = object()
    changing = kind({number: object() for number in range(2_000)})
    changing["kept"] = kept
    numbers = iter(range(2_000, 1 << 40))

    def change() -> None:
        changing[next(numbers)] = object()
        changing.pop(next(iter(dict.keys(changing)), None), None)
        changing["kept"] = kept

    with _changed_all_the_time(change):
        for _ in range(_READS):
            assert atomic_reads.key_of(changing, kept) in ("kept", atomic_reads.NOTHING)
            assert len(atomic_reads.items_of(changing)) > 1_000
            assert len(atomic_reads.newest_items(changing, 8)) == 8
            assert len(atomic_reads.newest_keys(changing, 8)) == 8
            assert not atomic_reads.has_key(changing, object())


def test_a_deque_and_a_set_that_a_thread_changes_are_read_again() -> None:
    queue = deque(object() for _ in range(2_000))
    members = set(range(2_000))
    numbers = iter(range(2_000, 1 << 40))

    def change() -> None:
        queue.append(object())
        queue.popleft()
        members.add(next(numbers))
        members.pop()

    with _changed_all_the_time(change):
        for _ in range(_READS):
            assert atomic_reads.place_of(queue, object()) is None
            assert len(atomic_reads.newest_members(queue, 8)) == 8
            assert len(atomic_reads.members_of(members)) > 1_000
            assert len(atomic_reads.first_members(members, 8)) == 8


def test_the_namespace_of_a_class_that_a_thread_changes_is_read_again() -> None:
    class Changing:
        kept = object()

    numbers = iter(range(1 << 40))

    def change() -> None:
        name = f"a{next(numbers)}"
        setattr(Changing, name, 1)
        delattr(Changing, name)

    with _changed_all_the_time(change):
        for _ in range(_READS):
            assert atomic_reads.key_of(Changing.__dict__, Changing.kept) == "kept"
            assert "kept" in dict(atomic_reads.items_of(Changing.__dict__))


def test_no_code_of_the_target_runs() -> None:
    one, other = _Hostile(), _Hostile()
    mapping = _HostileDict({"a": one, "b": other})
    sequence = _HostileList([one, other])

    assert atomic_reads.key_of(mapping, other) == "b"
    assert atomic_reads.has_value(mapping, one)
    assert atomic_reads.has_key({one: 1}, one)
    assert not atomic_reads.has_key({one: 1}, other)
    assert atomic_reads.place_of(sequence, other) == 1
    assert [key for key, _value in atomic_reads.newest_items(mapping, 9)] == ["b", "a"]
    assert atomic_reads.newest_members(sequence, 1)[0] is other
    assert atomic_reads.place_of(deque([one, other]), other) == 1


def test_what_is_not_there_is_nothing() -> None:
    assert atomic_reads.key_of({}, object()) is atomic_reads.NOTHING
    assert atomic_reads.first_value({}) is atomic_reads.NOTHING
    assert atomic_reads.place_of((), object()) is None
    assert atomic_reads.newer_keys({"old": 1, "new": 2}, set(), 9) is None


def test_keys_newer_than_those_that_are_known_are_counted() -> None:
    old, newer, newest = object(), object(), object()
    mapping = {old: 1, newer: 2, newest: 3}

    assert atomic_reads.newer_keys(mapping, {id(old)}, 9) == 2
    assert atomic_reads.newer_keys(mapping, {id(old), id(newest)}, 9) == 0
    assert atomic_reads.newer_keys(mapping, {id(old)}, 2) is None


def test_what_can_not_be_read_in_a_thousand_tries_is_no_race() -> None:
    class Broken:
        tried = 0

        def read(self) -> NoReturn:
            self.tried += 1
            raise RuntimeError("never")

    broken = Broken()

    with pytest.raises(RuntimeError, match="never"):
        atomic_reads._again(broken.read)

    assert broken.tried > 100


def test_a_view_of_a_mapping_is_read_as_the_mapping() -> None:
    assert atomic_reads.values_of(MappingProxyType({"a": 1})) == [1]
    assert atomic_reads.keys_of(MappingProxyType({"a": 1})) == ["a"]
