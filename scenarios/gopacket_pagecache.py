"""gopacket's TCP reassembly: pages that wait for a segment which never comes.

A segment ahead of the stream is copied into pages of 1,900 bytes and waits until the
gap before it is filled. Lose one segment and never flush, and every later one of that
stream waits for ever. Users met it as `pageCache.grow` at the top of a heap profile
(google/gopacket#1206). There was no bug to mend: both caps on buffered pages default
to "no limit", and the answer was to set `MaxBufferedPagesPerConnection` and
`MaxBufferedPagesTotal`. At a cap the oldest page of the connection that just got a
packet is delivered, gap and all; no data is dropped.

Pages come from an arena that doubles (64, 128, 256, ...) and never shrinks. So the
leak shows as steps with ever longer flat spans between them, a capped or flushed
assembler shows the same first steps and then no more, and a single burst leaves
spare capacity behind that is not a leak. The caps do not bound `StreamPool.conns`:
streams that end without FIN or RST stay until a flush.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from struct import Struct
from typing import NamedTuple, Protocol

from scenarios import FIRST_SERIAL, Clock, Variant, Work, work_of

PAGE_BYTES = 1_900
_HEADER = Struct("<QdH?")


class FlowKey(NamedTuple):
    source: str
    target: str


class Segment(NamedTuple):
    """One TCP packet. Sequence numbers here do not wrap."""

    seq: int
    payload: bytes
    syn: bool = False
    fin: bool = False


class Reassembly(NamedTuple):
    """A stretch of a stream; `skip` bytes are missing before it, -1 if nobody knows."""

    data: bytes
    skip: int
    end: bool


class Stream(Protocol):
    """Whoever wants the bytes."""

    def reassembled(self, parts: Sequence[Reassembly]) -> None: ...

    def reassembly_complete(self) -> None: ...


class Page:
    """Room for one stretch of payload. Its numbers are bytes too, so filling allocates nothing."""

    __slots__ = ("buf", "next", "prev")

    def __init__(self) -> None:
        self.buf = bytearray(_HEADER.size + PAGE_BYTES)
        self.prev: Page | None = None
        self.next: Page | None = None

    def fill(self, seq: int, seen: float, data: bytes, *, end: bool) -> None:
        _HEADER.pack_into(self.buf, 0, seq, seen, len(data), end)
        self.buf[_HEADER.size : _HEADER.size + len(data)] = data

    @property
    def seq(self) -> int:
        seq: int = _HEADER.unpack_from(self.buf)[0]
        return seq

    @property
    def seen(self) -> float:
        seen: float = _HEADER.unpack_from(self.buf)[1]
        return seen

    def part(self, next_seq: int | None) -> Reassembly:
        """What this page adds to a stream that has come as far as `next_seq`."""
        seq, _, length, end = _HEADER.unpack_from(self.buf)
        data = bytes(self.buf[_HEADER.size : _HEADER.size + length])
        if next_seq is None:
            return Reassembly(data, -1, end)
        return Reassembly(data[max(next_seq - seq, 0) :], max(seq - next_seq, 0), end)


class PageCache:
    """An arena of pages. `used` falls when pages come back, `size` never does."""

    def __init__(self, initial_alloc: int = 64) -> None:
        self.free: list[Page] = []
        self.pages: list[list[Page]] = []
        self.pc_size = initial_alloc
        self.size = 0
        self.used = 0
        self.grow()

    def grow(self) -> None:
        block = [Page() for _ in range(self.pc_size)]
        self.pages.append(block)
        self.free.extend(block)
        self.size += self.pc_size
        self.pc_size *= 2

    def take(self) -> Page:
        if not self.free:
            self.grow()
        self.used += 1
        return self.free.pop()

    def replace(self, page: Page) -> None:
        page.prev = page.next = None
        self.used -= 1
        self.free.append(page)


class Connection:
    """One direction of one TCP stream, and the pages that wait in it, by sequence number."""

    __slots__ = ("closed", "first", "key", "last", "last_seen", "next_seq", "pages", "stream")

    def __init__(self) -> None:
        self.key: FlowKey | None = None
        self.stream: Stream | None = None
        self.first: Page | None = None
        self.last: Page | None = None
        self.pages = 0
        self.next_seq: int | None = None
        self.last_seen = 0.0
        self.closed = True

    def open(self, key: FlowKey, stream: Stream, seen: float) -> None:
        self.key, self.stream = key, stream
        self.next_seq = None
        self.last_seen = seen
        self.closed = False

    def insert(self, page: Page) -> None:
        before, after = self.last, None
        while before is not None and before.seq > page.seq:
            before, after = before.prev, before
        page.prev, page.next = before, after
        if before is None:
            self.first = page
        else:
            before.next = page
        if after is None:
            self.last = page
        else:
            after.prev = page
        self.pages += 1

    def pop_first(self) -> Page:
        page = self.first
        assert page is not None
        self.first = page.next
        if self.first is None:
            self.last = None
        else:
            self.first.prev = None
        self.pages -= 1
        return page


class StreamPool:
    """All open connections; closed ones are kept for the next stream."""

    def __init__(self, new_stream: Callable[[], Stream]) -> None:
        self.conns: dict[FlowKey, Connection] = {}
        self.free: list[Connection] = []
        self.new_stream = new_stream
        self.mu = threading.Lock()

    def connection(self, key: FlowKey, seen: float) -> Connection:
        with self.mu:
            conn = self.conns.get(key)
            if conn is None:
                conn = self.free.pop() if self.free else Connection()
                conn.open(key, self.new_stream(), seen)
                self.conns[key] = conn
            return conn

    def remove(self, conn: Connection) -> None:
        """Forgets a connection; whoever removes one twice has it on `free` twice."""
        with self.mu:
            if conn.key is not None:
                self.conns.pop(conn.key, None)
            conn.key = conn.stream = None
            self.free.append(conn)


class Assembler:
    """Puts segments in order. One per thread; several may share a pool. 0 is no limit."""

    def __init__(
        self,
        pool: StreamPool,
        *,
        max_buffered_pages_per_connection: int = 0,
        max_buffered_pages_total: int = 0,
    ) -> None:
        self.pc = PageCache()
        self.pool = pool
        self.max_buffered_pages_per_connection = max_buffered_pages_per_connection
        self.max_buffered_pages_total = max_buffered_pages_total

    def assemble(self, key: FlowKey, segment: Segment, seen: float) -> None:
        if segment.fin and key not in self.pool.conns:
            return
        conn = self.pool.connection(key, seen)
        conn.last_seen = max(conn.last_seen, seen)
        if segment.syn and conn.next_seq is None:
            conn.next_seq = segment.seq + 1
            segment = segment._replace(seq=segment.seq + 1)
        if conn.next_seq is None or segment.seq > conn.next_seq:
            self._buffer(conn, segment, seen)
            if self._is_over_a_limit(conn):
                self._deliver(conn, [self._next_part(conn)])
            return
        data = segment.payload[conn.next_seq - segment.seq :]
        conn.next_seq += len(data)
        self._deliver(conn, [Reassembly(data, 0, segment.fin)])

    def _buffer(self, conn: Connection, segment: Segment, seen: float) -> None:
        payload = segment.payload
        for start in range(0, max(len(payload), 1), PAGE_BYTES):
            data = payload[start : start + PAGE_BYTES]
            page = self.pc.take()
            is_last = start + PAGE_BYTES >= len(payload)
            page.fill(segment.seq + start, seen, data, end=segment.fin and is_last)
            conn.insert(page)

    def _is_over_a_limit(self, conn: Connection) -> bool:
        per_connection = self.max_buffered_pages_per_connection
        total = self.max_buffered_pages_total
        return 0 < per_connection <= conn.pages or 0 < total <= self.pc.used

    def _next_part(self, conn: Connection) -> Reassembly:
        """The first waiting page, as a part of the stream; a gap before it is given up."""
        page = conn.pop_first()
        part = page.part(conn.next_seq)
        reached = page.seq if conn.next_seq is None else max(page.seq, conn.next_seq)
        conn.next_seq = reached + len(part.data)
        self.pc.replace(page)
        return part

    def _deliver(self, conn: Connection, parts: list[Reassembly]) -> None:
        assert conn.next_seq is not None
        assert conn.stream is not None
        while conn.first is not None and conn.first.seq <= conn.next_seq:
            parts.append(self._next_part(conn))
        conn.stream.reassembled(parts)
        if any(part.end for part in parts):
            self.close_connection(conn)

    def flush_older_than(self, deadline: float) -> None:
        """Gives up gaps that are older than `deadline`, and connections not seen since."""
        for conn in list(self.pool.conns.values()):
            while conn.first is not None and conn.first.seen < deadline:
                self._deliver(conn, [self._next_part(conn)])
            if conn.first is None and conn.last_seen < deadline:
                self.close_connection(conn)

    def close_connection(self, conn: Connection) -> None:
        if not conn.closed:
            self._close(conn)

    def _close(self, conn: Connection) -> None:
        while conn.first is not None:
            self.pc.replace(conn.pop_first())
        if conn.stream is not None:
            conn.stream.reassembly_complete()
        conn.closed = True
        self.pool.remove(conn)


class TwiceClosingAssembler(Assembler):
    """As before 2017: nothing asks whether a connection is closed already."""

    def close_connection(self, conn: Connection) -> None:
        self._close(conn)


class ByteCount:
    """A stream whose reader only counts."""

    __slots__ = ("received",)

    def __init__(self) -> None:
        self.received = 0

    def reassembled(self, parts: Sequence[Reassembly]) -> None:
        self.received += sum(len(part.data) for part in parts)

    def reassembly_complete(self) -> None:
        pass


def flow(serial: int) -> FlowKey:
    return FlowKey(f"10.0.0.7:{serial}", "10.0.0.1:443")


_PAYLOAD = b"x" * 1_400


class LossyCapture:
    """Twenty segments a call, five on each of four streams, each behind a gap of its own."""

    assembler_type: type[Assembler] = Assembler

    def __init__(self, *, per_connection: int = 0, total: int = 0) -> None:
        self.clock = Clock()
        self.assembler = self.assembler_type(
            StreamPool(ByteCount),
            max_buffered_pages_per_connection=per_connection,
            max_buffered_pages_total=total,
        )
        self.flows = tuple(flow(FIRST_SERIAL + n) for n in range(4))
        self.serial = FIRST_SERIAL

    def work(self) -> None:
        self.clock.tick()
        for _ in range(5):
            self.serial += 2 * len(_PAYLOAD)
            for key in self.flows:
                self.packet(key, Segment(self.serial, _PAYLOAD))

    def packet(self, key: FlowKey, segment: Segment) -> None:
        self.assembler.assemble(key, segment, self.clock.now)

    def close(self) -> None:
        self.assembler.flush_older_than(float("inf"))


class FlushedCapture(LossyCapture):
    """The same loss, and a flush after every tenth call."""

    calls = 0

    def work(self) -> None:
        super().work()
        self.calls = (self.calls + 1) % 10
        if self.calls == 0:
            self.assembler.flush_older_than(self.clock.now + 1.0)


class BurstCapture(LossyCapture):
    """The first call loses a segment, buffers a thousand and gets it; then all is in order."""

    def work(self) -> None:
        self.clock.tick()
        if self.serial == FIRST_SERIAL:
            self.late_segment()
        for _ in range(20):
            self.packet(self.flows[0], Segment(self.serial, _PAYLOAD))
            self.serial += len(_PAYLOAD)

    def late_segment(self) -> None:
        key, step = self.flows[0], len(_PAYLOAD)
        late = self.serial + 1
        self.packet(key, Segment(self.serial, b"", syn=True))
        for n in range(1, 1_001):
            self.packet(key, Segment(late + n * step, _PAYLOAD))
        self.packet(key, Segment(late, _PAYLOAD))
        self.serial = late + 1_001 * step


class AbandonedStreams(LossyCapture):
    """Ten clients a call connect, send one segment in order, and are never heard of again."""

    def work(self) -> None:
        self.clock.tick()
        for _ in range(10):
            self.serial += 1
            key = flow(self.serial)
            self.packet(key, Segment(1, b"", syn=True))
            self.packet(key, Segment(2, _PAYLOAD))


class TwiceClosedStreams(LossyCapture):
    """Ten streams a call end well; the tenth only by a flush, which closes it twice."""

    assembler_type = TwiceClosingAssembler

    def work(self) -> None:
        self.clock.tick()
        fin = Segment(2 + len(_PAYLOAD), b"", fin=True)
        for _ in range(9):
            self.packet(self.flows[0], Segment(1, _PAYLOAD, syn=True))
            self.packet(self.flows[0], fin)
        # The payload of the tenth is lost, so its FIN waits behind a gap.
        self.packet(self.flows[1], Segment(1, b"", syn=True))
        self.packet(self.flows[1], fin)
        self.clock.tick()
        self.assembler.flush_older_than(self.clock.now)


class ArenaTap:
    """Reads 64 packets a call into one arena and keeps a view of a single one.

    So did `reassembly` pin whole blocks by one live page, up to v1.1.19.
    """

    def __init__(self) -> None:
        self.samples: list[memoryview] = []

    def work(self) -> None:
        arena = memoryview(bytearray(64 * PAGE_BYTES))
        self.samples.append(arena[:PAGE_BYTES])

    def close(self) -> None:
        self.samples.clear()


VARIANTS: dict[str, Variant[LossyCapture | ArenaTap]] = {
    "unlimited": Variant(
        "the default: no caps, no flush, so every late segment waits for ever",
        LossyCapture,
    ),
    "cap_conn": Variant(
        "at most 30 pages per connection",
        lambda: LossyCapture(per_connection=30),
    ),
    "cap_total": Variant(
        "at most 200 pages per assembler",
        lambda: LossyCapture(total=200),
    ),
    "cap_500": Variant(
        "at most 500 pages: like `unlimited` until call 48, then the fourth step is missing",
        lambda: LossyCapture(total=500),
    ),
    "flush_saw": Variant(
        "no caps, but a flush every ten calls",
        FlushedCapture,
    ),
    "burst": Variant(
        "one burst in the first call; the arena keeps its 1,984 pages, all free",
        BurstCapture,
    ),
    "conns_never_closed": Variant(
        "both caps set, and streams that never end",
        lambda: AbandonedStreams(per_connection=30, total=200),
    ),
    "double_remove": Variant(
        "one stream a call is closed twice and stands on the free list twice",
        TwiceClosedStreams,
    ),
    "arena_pinned": Variant(
        "a view of one packet a call keeps the arena of 64",
        ArenaTap,
    ),
}

app: LossyCapture | ArenaTap

unlimited: Work
cap_conn: Work
cap_total: Work
cap_500: Work
flush_saw: Work
burst: Work
conns_never_closed: Work
double_remove: Work
arena_pinned: Work


def make(variant: str) -> LossyCapture | ArenaTap:
    return VARIANTS[variant].build()


def __getattr__(name: str) -> Work:
    return work_of(name, VARIANTS, globals())


def __dir__() -> list[str]:
    return sorted({*globals(), *VARIANTS})
