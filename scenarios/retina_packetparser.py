"""Microsoft Retina's packetparser: a lock for every network interface that ever was.

Retina watches the traffic of a Kubernetes node with eBPF. Its packetparser attaches a
program to the veth of each pod, and guards each interface with a mutex, because the
watcher calls it from many goroutines. A pod's end was answered in `tcMap` and not in
`interfaceLockMap`: one key and one mutex per pod, for the life of the agent. Found in
microsoft/retina#1236, fixed in #1249 (v0.0.26) by one delete in the Deleted branch.

That delete ends the growth and is not quite right. It happens while the mutex is held:
a handler that already waits goes on with the deleted mutex, and a newcomer makes
another, so two handlers work on one interface. It also happens only in that branch, so
an event of another type, or a Deleted that overtakes its Created, leaves entries as
before. Counting holders and waiters, and deleting at zero, answers all three.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from scenarios import FIRST_SERIAL, Variant, Work, work_of


class LinkAttrs(NamedTuple):
    """A veth as the kernel lists it."""

    name: str
    hardware_addr: str
    net_ns: int
    mtu: int


class EventType(Enum):
    CREATED = "created"
    DELETED = "deleted"
    RENAMED = "renamed"
    """Nobody handles this one; it is only logged."""


class EndpointEvent(NamedTuple):
    type: EventType
    iface: LinkAttrs


class TcKey(NamedTuple):
    name: str
    hardware_addr: str
    net_ns: int


class TcValue(NamedTuple):
    """The handles of an attached program."""

    tc: int
    qdisc: int


def iface_to_key(iface: LinkAttrs) -> TcKey:
    return TcKey(iface.name, iface.hardware_addr, iface.net_ns)


class PacketParser:
    """As published: it keeps the lock of every interface it ever heard of."""

    def __init__(self) -> None:
        self.tc_map: dict[TcKey, TcValue] = {}
        self.interface_lock_map: dict[TcKey, threading.Lock] = {}

    def handle(self, event: EndpointEvent) -> None:
        key = iface_to_key(event.iface)
        with self.lock_for(key):
            self.apply(event.type, key)

    def lock_for(self, key: TcKey) -> threading.Lock:
        """What a handler is given before it blocks."""
        # The lock is made even if there is one already, as sync.Map.LoadOrStore has it.
        return self.interface_lock_map.setdefault(key, threading.Lock())

    def apply(self, event_type: EventType, key: TcKey) -> None:
        """Attach or detach; runs with the lock of `key` held."""
        if event_type is EventType.CREATED:
            self.tc_map[key] = TcValue(tc=key.net_ns, qdisc=key.net_ns)
        elif event_type is EventType.DELETED:
            self.tc_map.pop(key, None)

    def stop(self) -> None:
        """Detaches everything; as upstream, the locks stay."""
        self.tc_map.clear()


class DeletingPacketParser(PacketParser):
    """As repaired upstream: the Deleted branch drops the lock, while holding it."""

    def apply(self, event_type: EventType, key: TcKey) -> None:
        super().apply(event_type, key)
        if event_type is EventType.DELETED:
            self.interface_lock_map.pop(key, None)


class RefcountPacketParser(PacketParser):
    """Repaired for good: whoever is the last to hold or await a lock drops it."""

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[TcKey, int] = {}
        self._mu = threading.Lock()

    def handle(self, event: EndpointEvent) -> None:
        try:
            super().handle(event)
        finally:
            self.leave(iface_to_key(event.iface))

    def lock_for(self, key: TcKey) -> threading.Lock:
        with self._mu:
            self.users[key] = self.users.get(key, 0) + 1
            return super().lock_for(key)

    def leave(self, key: TcKey) -> None:
        """Once for every `lock_for`, after the lock was released."""
        with self._mu:
            self.users[key] -= 1
            if self.users[key] == 0:
                del self.users[key], self.interface_lock_map[key]


Callback = Callable[[EndpointEvent], None]


class PubSub:
    """Hands each event to each callback, one after the other."""

    def __init__(self) -> None:
        self.callbacks: list[Callback] = []

    def subscribe(self, callback: Callback) -> None:
        self.callbacks.append(callback)

    def publish(self, events: Iterable[EndpointEvent]) -> None:
        for event in events:
            for callback in self.callbacks:
                callback(event)


class ThreadedPubSub(PubSub):
    """Runs each callback in a thread of its own, as upstream does; all are joined."""

    def publish(self, events: Iterable[EndpointEvent]) -> None:
        threads = [
            threading.Thread(target=callback, args=(event,))
            for event in events
            for callback in self.callbacks
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class EndpointWatcher:
    """Turns the list of interfaces into events, by comparing it with the last one."""

    def __init__(self, pubsub: PubSub) -> None:
        self.pubsub = pubsub
        self.current: dict[LinkAttrs, None] = {}

    def refresh(self, links: Iterable[LinkAttrs]) -> None:
        before, self.current = self.current, dict.fromkeys(links)
        created = [link for link in self.current if link not in before]
        deleted = [link for link in before if link not in self.current]
        self.pubsub.publish(EndpointEvent(EventType.CREATED, link) for link in created)
        self.pubsub.publish(EndpointEvent(EventType.DELETED, link) for link in deleted)


def veth(serial: int) -> LinkAttrs:
    pair = f"{serial:010x}"
    mac = f"0a:{pair[0:2]}:{pair[2:4]}:{pair[4:6]}:{pair[6:8]}:{pair[8:10]}"
    return LinkAttrs(f"lxc{serial:012x}", mac, FIRST_SERIAL + serial, mtu=1500)


class Node:
    """A Kubernetes node: every call, ten pods come and go, each with a new interface."""

    def __init__(self, parser: PacketParser, pubsub: PubSub | None = None) -> None:
        self.parser = parser
        self.pubsub = pubsub or PubSub()
        self.pubsub.subscribe(parser.handle)
        self.watcher = EndpointWatcher(self.pubsub)
        self.serial = FIRST_SERIAL

    def work(self) -> None:
        self.watcher.refresh(self.next_veths(10))
        self.watcher.refresh(())

    def next_veths(self, count: int) -> list[LinkAttrs]:
        self.serial += count
        return [veth(serial) for serial in range(self.serial - count, self.serial)]

    def close(self) -> None:
        self.parser.stop()


class ThreadedNode(Node):
    """Three pods a call, and every event is handled in a thread of its own."""

    def __init__(self, parser: PacketParser) -> None:
        super().__init__(parser, ThreadedPubSub())

    def work(self) -> None:
        self.watcher.refresh(self.next_veths(3))
        self.watcher.refresh(())


class StatefulSetNode(Node):
    """Pods that come back under their old names: two hundred of them, ten a call."""

    names = 200

    def next_veths(self, count: int) -> list[LinkAttrs]:
        self.serial += count
        return [veth(n % self.names) for n in range(self.serial - count, self.serial)]


class RestartingNode(StatefulSetNode):
    """Always the same ten pods: each event makes a lock in vain, and keeps none."""

    names = 10


class RollingDeployNode(Node):
    """Five hundred pods are up; every call, ten new ones replace the ten oldest."""

    def __init__(self, parser: PacketParser) -> None:
        super().__init__(parser)
        self.links = self.next_veths(500)
        self.watcher.refresh(self.links)

    def work(self) -> None:
        self.links = self.links[10:] + self.next_veths(10)
        self.watcher.refresh(self.links)


class OvertakingNode(Node):
    """One pod in ten ends so soon that its Deleted is handled before its Created."""

    def work(self) -> None:
        self.watcher.refresh(self.next_veths(9))
        self.watcher.refresh(())
        (link,) = self.next_veths(1)
        events = EndpointEvent(EventType.DELETED, link), EndpointEvent(EventType.CREATED, link)
        self.pubsub.publish(events)


class RenamingNode(Node):
    """Ten interfaces are renamed, an event for which the parser has no branch."""

    def work(self) -> None:
        self.pubsub.publish(EndpointEvent(EventType.RENAMED, link) for link in self.next_veths(10))


VARIANTS = {
    "leaky": Variant(
        "as published: no path deletes from the lock map",
        lambda: Node(PacketParser()),
    ),
    "fixed": Variant(
        "as repaired upstream: the Deleted branch drops the lock",
        lambda: Node(DeletingPacketParser()),
    ),
    "fixed_refcount": Variant(
        "holders and waiters are counted, the last one drops the lock",
        lambda: Node(RefcountPacketParser()),
    ),
    "refcount_threads": Variant(
        "the same with a thread for every event, all joined",
        lambda: ThreadedNode(RefcountPacketParser()),
    ),
    "recycled_names": Variant(
        "as published, under pods whose two hundred names come back",
        lambda: StatefulSetNode(PacketParser()),
    ),
    "lock_garbage": Variant(
        "as published, ten known interfaces: twenty locks made a call, none kept",
        lambda: RestartingNode(PacketParser()),
    ),
    "rolling_deploy": Variant(
        "as repaired upstream, five hundred live pods, ten replaced a call",
        lambda: RollingDeployNode(DeletingPacketParser()),
    ),
    "fixed_out_of_order": Variant(
        "as repaired upstream, but one Deleted a call overtakes its Created",
        lambda: OvertakingNode(DeletingPacketParser()),
    ),
    "unknown_events": Variant(
        "as repaired upstream, but the events are of a type without a branch",
        lambda: RenamingNode(DeletingPacketParser()),
    ),
}

app: Node

leaky: Work
fixed: Work
fixed_refcount: Work
refcount_threads: Work
recycled_names: Work
lock_garbage: Work
rolling_deploy: Work
fixed_out_of_order: Work
unknown_events: Work


def make(variant: str) -> Node:
    return VARIANTS[variant].build()


def __getattr__(name: str) -> Work:
    return work_of(name, VARIANTS, globals())


def __dir__() -> list[str]:
    return sorted({*globals(), *VARIANTS})
