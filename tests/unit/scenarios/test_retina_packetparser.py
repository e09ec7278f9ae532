from __future__ import annotations

import pytest

from scenarios.retina_packetparser import (
    DeletingPacketParser,
    EndpointEvent,
    EndpointWatcher,
    EventType,
    PacketParser,
    PubSub,
    RefcountPacketParser,
    ThreadedPubSub,
    iface_to_key,
    make,
    veth,
)

LINK = veth(1)
KEY = iface_to_key(LINK)


def test_the_watcher_publishes_what_came_and_what_went() -> None:
    events: list[EndpointEvent] = []
    pubsub = PubSub()
    pubsub.subscribe(events.append)
    watcher = EndpointWatcher(pubsub)

    watcher.refresh([veth(1), veth(2)])
    watcher.refresh([veth(2), veth(3)])

    assert events == [
        EndpointEvent(EventType.CREATED, veth(1)),
        EndpointEvent(EventType.CREATED, veth(2)),
        EndpointEvent(EventType.CREATED, veth(3)),
        EndpointEvent(EventType.DELETED, veth(1)),
    ]


def test_threads_hand_over_every_event_before_publish_returns() -> None:
    events: list[EndpointEvent] = []
    pubsub = ThreadedPubSub()
    pubsub.subscribe(events.append)

    pubsub.publish(EndpointEvent(EventType.CREATED, veth(n)) for n in range(20))

    assert {event.iface for event in events} == {veth(n) for n in range(20)}


@pytest.mark.parametrize("parser_type", [PacketParser, DeletingPacketParser, RefcountPacketParser])
def test_an_interface_is_attached_while_it_lives(parser_type: type[PacketParser]) -> None:
    parser = parser_type()

    parser.handle(EndpointEvent(EventType.CREATED, LINK))
    attached = list(parser.tc_map)
    parser.handle(EndpointEvent(EventType.DELETED, LINK))

    assert attached == [KEY]
    assert not parser.tc_map


def test_stop_detaches_and_keeps_the_locks_as_upstream_does() -> None:
    parser = PacketParser()
    parser.handle(EndpointEvent(EventType.CREATED, LINK))

    parser.stop()

    assert not parser.tc_map
    assert list(parser.interface_lock_map) == [KEY]


def test_the_published_fix_lets_a_waiter_and_a_newcomer_in() -> None:
    parser = DeletingPacketParser()
    with parser.lock_for(KEY):
        waiter = parser.lock_for(KEY)
        parser.apply(EventType.DELETED, KEY)

    newcomer = parser.lock_for(KEY)

    assert waiter.acquire(blocking=False)
    assert newcomer.acquire(blocking=False)


def test_counting_users_keeps_the_newcomer_out() -> None:
    parser = RefcountPacketParser()
    with parser.lock_for(KEY):
        waiter = parser.lock_for(KEY)
        parser.apply(EventType.DELETED, KEY)
    parser.leave(KEY)

    newcomer = parser.lock_for(KEY)

    assert waiter.acquire(blocking=False)
    assert not newcomer.acquire(blocking=False)


def test_counting_users_drops_the_lock_after_the_last() -> None:
    parser = RefcountPacketParser()
    with parser.lock_for(KEY):
        parser.lock_for(KEY)
    parser.leave(KEY)
    kept_for_waiter = list(parser.interface_lock_map)

    parser.leave(KEY)

    assert kept_for_waiter == [KEY]
    assert not parser.interface_lock_map
    assert not parser.users


@pytest.mark.parametrize("event_type", EventType)
def test_counting_users_keeps_nothing_whatever_the_event(event_type: EventType) -> None:
    parser = RefcountPacketParser()

    parser.handle(EndpointEvent(event_type, LINK))

    assert not parser.interface_lock_map


@pytest.mark.parametrize(
    ("variant", "locks", "attached"),
    [
        ("leaky", [10, 20, 30], [0, 0, 0]),
        ("fixed", [0, 0, 0], [0, 0, 0]),
        ("fixed_refcount", [0, 0, 0], [0, 0, 0]),
        ("refcount_threads", [0, 0, 0], [0, 0, 0]),
        ("lock_garbage", [10, 10, 10], [0, 0, 0]),
        ("rolling_deploy", [500, 500, 500], [500, 500, 500]),
        ("fixed_out_of_order", [1, 2, 3], [1, 2, 3]),
        ("unknown_events", [10, 20, 30], [0, 0, 0]),
    ],
)
def test_the_two_maps_grow_as_told(variant: str, locks: list[int], attached: list[int]) -> None:
    node = make(variant)
    lengths = []

    for _ in range(3):
        node.work()
        lengths.append((len(node.parser.interface_lock_map), len(node.parser.tc_map)))

    assert lengths == list(zip(locks, attached, strict=True))


def test_recycled_names_fill_the_leaky_map_once() -> None:
    node = make("recycled_names")
    lengths = []

    for _ in range(60):
        node.work()
        lengths.append(len(node.parser.interface_lock_map))

    assert lengths[9] == 100
    assert lengths[19:] == [200] * 41
