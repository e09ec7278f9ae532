from __future__ import annotations

from collections.abc import Sequence

import pytest

from scenarios.gopacket_pagecache import (
    ArenaTap,
    Assembler,
    FlowKey,
    LossyCapture,
    Reassembly,
    Segment,
    StreamPool,
    make,
)

KEY = FlowKey("10.0.0.7:40001", "10.0.0.1:443")


class Transcript:
    """A stream whose reader writes down what it got."""

    def __init__(self) -> None:
        self.parts: list[Reassembly] = []
        self.completed = 0

    def reassembled(self, parts: Sequence[Reassembly]) -> None:
        self.parts.extend(parts)

    def reassembly_complete(self) -> None:
        self.completed += 1

    @property
    def text(self) -> bytes:
        return b"".join(part.data for part in self.parts)

    @property
    def skipped(self) -> list[int]:
        return [part.skip for part in self.parts if part.skip]


def an_assembler(stream: Transcript, *, per_connection: int = 0, total: int = 0) -> Assembler:
    return Assembler(
        StreamPool(lambda: stream),
        max_buffered_pages_per_connection=per_connection,
        max_buffered_pages_total=total,
    )


def feed(assembler: Assembler, *segments: Segment) -> None:
    for seen, segment in enumerate(segments):
        assembler.assemble(KEY, segment, float(seen))


def capture(variant: str) -> LossyCapture:
    driver = make(variant)
    assert isinstance(driver, LossyCapture)
    return driver


def test_bytes_in_order_are_delivered_without_a_page() -> None:
    stream = Transcript()
    assembler = an_assembler(stream)

    feed(assembler, Segment(0, b"he", syn=True), Segment(3, b"llo"), Segment(6, b"", fin=True))

    assert stream.text == b"hello"
    assert stream.completed == 1
    assert assembler.pc.used == 0
    assert not assembler.pool.conns


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)])
def test_segments_in_any_order_are_delivered_in_order(order: tuple[int, ...]) -> None:
    stream = Transcript()
    assembler = an_assembler(stream)
    segments = {1: Segment(3, b"llo "), 2: Segment(7, b"wor"), 3: Segment(10, b"ld", fin=True)}

    feed(assembler, Segment(0, b"he", syn=True), *(segments[n] for n in order))

    assert stream.text == b"hello world"
    assert stream.skipped == []
    assert stream.completed == 1
    assert assembler.pc.used == 0


def test_a_segment_larger_than_a_page_comes_out_whole() -> None:
    stream = Transcript()
    assembler = an_assembler(stream)
    large = bytes(n % 251 for n in range(5_000))

    feed(assembler, Segment(0, b"", syn=True), Segment(2, large))
    waiting = assembler.pc.used
    feed(assembler, Segment(1, b"!"))

    assert waiting == 3
    assert stream.text == b"!" + large


def test_bytes_that_come_twice_are_delivered_once() -> None:
    stream = Transcript()
    assembler = an_assembler(stream)

    feed(
        assembler,
        Segment(0, b"he", syn=True),
        Segment(7, b"world"),
        Segment(7, b"wor"),
        Segment(2, b"ello wor"),
        Segment(1, b"hello"),
    )

    assert stream.text == b"hello world"


@pytest.mark.parametrize("limits", [{"per_connection": 2}, {"total": 2}])
def test_at_a_cap_the_oldest_page_is_delivered_across_its_gap(limits: dict[str, int]) -> None:
    stream = Transcript()
    assembler = an_assembler(stream, **limits)

    feed(assembler, Segment(0, b"", syn=True), Segment(11, b"b"), Segment(21, b"c"))

    assert stream.text == b"b"
    assert stream.skipped == [10]
    assert assembler.pc.used == 1


def test_a_flush_gives_up_old_gaps_and_closes_silent_connections() -> None:
    stream = Transcript()
    assembler = an_assembler(stream)
    feed(assembler, Segment(0, b"a", syn=True), Segment(5, b"b"))

    assembler.flush_older_than(1.0)
    kept = (stream.text, assembler.pc.used)
    assembler.flush_older_than(2.0)

    assert kept == (b"a", 1)
    assert stream.text == b"ab"
    assert stream.completed == 1
    assert assembler.pc.used == 0
    assert not assembler.pool.conns


def test_a_flush_that_reaches_a_fin_closes_once() -> None:
    stream = Transcript()
    assembler = an_assembler(stream)
    feed(assembler, Segment(0, b"a", syn=True), Segment(5, b"b", fin=True))

    assembler.flush_older_than(9.0)

    assert stream.completed == 1
    assert len(assembler.pool.free) == 1


def test_without_limits_the_arena_doubles_at_known_calls() -> None:
    driver = capture("unlimited")
    steps = {}

    for call in range(1, 204):
        size = driver.assembler.pc.size
        driver.work()
        if driver.assembler.pc.size > size:
            steps[call] = driver.assembler.pc.size

    assert steps == {4: 192, 10: 448, 23: 960, 49: 1_984, 100: 4_032, 202: 8_128}
    assert driver.assembler.pc.used == 203 * 20


@pytest.mark.parametrize(
    ("variant", "used", "size"),
    [("cap_conn", 116, 192), ("cap_total", 199, 448), ("cap_500", 499, 960), ("burst", 0, 1_984)],
)
def test_a_bounded_assembler_settles(variant: str, used: int, size: int) -> None:
    driver = capture(variant)
    for _ in range(30):
        driver.work()
    seen = set()

    for _ in range(100):
        driver.work()
        seen.add((driver.assembler.pc.used, driver.assembler.pc.size))

    assert seen == {(used, size)}


def test_a_regular_flush_makes_a_saw() -> None:
    driver = capture("flush_saw")
    used = []

    for _ in range(40):
        driver.work()
        used.append(driver.assembler.pc.used)

    assert used == [20, 40, 60, 80, 100, 120, 140, 160, 180, 0] * 4
    assert driver.assembler.pc.size == 448


def test_caps_do_not_bound_the_connections() -> None:
    driver = capture("conns_never_closed")

    for _ in range(5):
        driver.work()

    assert len(driver.assembler.pool.conns) == 50
    assert driver.assembler.pc.used == 0


def test_closing_twice_adds_a_reference_and_no_object() -> None:
    driver = capture("double_remove")

    for _ in range(50):
        driver.work()

    free = driver.assembler.pool.free
    assert len(free) == 51
    assert len({id(conn) for conn in free}) == 1
    assert not driver.assembler.pool.conns


def test_a_small_view_pins_a_whole_arena() -> None:
    tap = make("arena_pinned")
    assert isinstance(tap, ArenaTap)

    tap.work()

    (sample,) = tap.samples
    assert isinstance(sample.obj, bytearray)
    assert (len(sample), len(sample.obj)) == (1_900, 121_600)
