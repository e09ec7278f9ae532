"""All signals together: it grows, it does not, or it is not known yet."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan import wire
from leakscan.analysis.growth.screen import screen
from leakscan.analysis.growth.trends import Trend
from leakscan.model.run import Unit
from tests.unit.analysis.records import a_look, a_sample, a_window, grown

ROUNDS = 25


def test_resident_memory_that_rises_in_every_window_is_waited_for() -> None:
    records: list[wire.Record] = []
    for number in range(4):
        start = 2_400 * number
        records += [a_sample(start + 100 * n, rss=20_000_000 + 66_000 * (start + 100 * n)) for n in range(25)]
        records.append(wire.RoundsDone(wire.Stage.SCREEN, 24))

    trends = [screen(records[: 26 * windows]).trend for windows in (1, 2, 3, 4)]

    assert trends == [Trend.UNKNOWN, Trend.UNKNOWN, Trend.UNKNOWN, Trend.RISING]


def test_what_a_container_has_gained_between_the_only_two_looks_makes_windows_go_on() -> None:
    flat: list[wire.Record] = [a_sample(n) for n in range(501)]
    windows = [
        *flat[:251],
        wire.RoundsDone(wire.Stage.SCREEN, 250),
        *flat[250:],
        wire.RoundsDone(wire.Stage.SCREEN, 250),
    ]
    firsts: list[wire.Census] = [a_look(1, 0), a_look(1, 0)._replace(is_earlier=True)]

    for first in firsts:
        few, more = (screen([first, *windows, a_look(2, 500, grown(7, 10, 10 + n))]) for n in (7, 8))

        assert (few.trend, more.trend) == (Trend.FLAT, Trend.UNKNOWN)


def test_what_a_container_has_gained_at_both_looks_after_that_of_an_earlier_run_makes_windows_go_on() -> None:
    flat: list[wire.Record] = [a_sample(n) for n in range(501)]
    windows = [
        *flat[:251],
        wire.RoundsDone(wire.Stage.SCREEN, 250),
        *flat[250:],
        wire.RoundsDone(wire.Stage.SCREEN, 250),
    ]
    looks: list[wire.Census] = [a_look(1, 0)._replace(is_earlier=True), a_look(2, 500, grown(7, 0, 500))]

    trends = [
        screen([*looks, *windows, a_look(3, 1_000, *last)]).trend
        for last in ((grown(7, 500, 1_000),), (grown(8, 500, 1_000),), ())
    ]

    assert trends == [Trend.UNKNOWN, Trend.FLAT, Trend.FLAT]


def _three_windows(per_call: float, **changes: object) -> list[wire.Record]:
    records: list[wire.Record] = []
    for number in range(3):
        start, calls = 2_400 * (2**number - 1), 100 * 2**number
        numbers = [1_000 + per_call * (start + n * calls) for n in range(ROUNDS)]
        records += a_window(numbers, after=start, calls=calls, **changes)
    return records


def test_blocks_that_rise_in_every_window_are_growth() -> None:
    screened = screen(_three_windows(1.0))

    assert (screened.trend, screened.blocks) == (Trend.RISING, Trend.RISING)
    assert screened.blocks_per_unit == pytest.approx(1.0, rel=0.05)


def test_what_rises_in_each_window_and_is_gone_at_the_next_is_no_growth() -> None:
    # As a program that renders templates was seen to do, whose cache had long been full.
    seen = [
        (512, 3, [0, 4, 4, 7, 11, 12, 13, 15, 15, 17, 18, 21, 19]),
        (548, 7, [-2, 7, 9, 12, 13, 16, 15, 19, 20, 23, 26, 24, 24]),
        (632, 15, [7, 17, 21, 24, 28, 33, 32, 34, 37, 38, 41, 40, 38]),
        (812, 31, [14, 32, 42, 45, 49, 48, 57, 58, 58, 56, 56, 58, 59]),
    ]
    records = [
        record for after, calls, blocks in seen for record in a_window(blocks, after=after, calls=calls)
    ]

    assert screen(records).blocks is not Trend.RISING


def test_flat_windows_are_flat() -> None:
    screened = screen(_three_windows(0.0))

    assert (screened.trend, screened.is_garbage, screened.suspects) == (Trend.FLAT, False, ())


@pytest.mark.parametrize(("looks", "trend"), [(3, Trend.UNKNOWN), (4, Trend.RISING)])
def test_a_container_alone_can_show_growth(looks: int, trend: Trend) -> None:
    seen = [a_look(1, 0)] + [
        a_look(n + 1, 1_000 * n, grown(7, 1_000 * (n - 1), 1_000 * n)) for n in range(1, looks + 1)
    ]

    screened = screen([*_three_windows(0.0), *seen])

    assert (screened.trend, screened.blocks) == (trend, Trend.FLAT)
    assert [suspect.address for suspect in screened.suspects] == [7]


def _with_garbage(
    of_round: Callable[[int], int], records: Sequence[wire.Record], *, is_counted: bool = True, **changes: Any
) -> list[wire.Record]:
    """The records, with so much garbage at the end of each round, by its calls."""
    calls = 0

    def with_it(record: wire.Record) -> wire.Record:
        nonlocal calls
        if not isinstance(record, wire.Sample):
            return record
        freed = of_round(record.calls - calls)
        calls = record.calls
        sample = record._replace(
            unreachable=freed if is_counted else None,
            # Beside the garbage a collection frees what the interpreter keeps to use again.
            blocks_before=record.blocks + 2 * freed + 28,
            is_collecting=False,
        )
        return sample._replace(**changes)

    return [with_it(record) for record in records]


@pytest.mark.parametrize("is_counted", [True, False])
def test_garbage_counts_only_where_nobody_collects_it(*, is_counted: bool) -> None:
    flat = _three_windows(0.0)

    piling = screen(_with_garbage(lambda calls: 3 * calls, flat, is_counted=is_counted))
    collected = screen(
        _with_garbage(lambda calls: 3 * calls, flat, is_counted=is_counted, is_collecting=True)
    )

    assert (piling.is_garbage, piling.trend, piling.kept) == (True, Trend.RISING, Trend.FLAT)
    assert piling.garbage_per_unit == pytest.approx(3 if is_counted else 6, rel=0.1)
    assert (collected.is_garbage, collected.trend) == (False, Trend.FLAT)


@pytest.mark.parametrize("of_round", [0, 1, 28, 400, 100_000])
@pytest.mark.parametrize("is_counted", [True, False])
def test_what_each_round_leaves_whatever_its_calls_is_no_leak_of_garbage(
    of_round: int, *, is_counted: bool
) -> None:
    screened = screen(_with_garbage(lambda _calls: of_round, _three_windows(0.0), is_counted=is_counted))

    assert (screened.is_garbage, screened.garbage_per_unit, screened.trend) == (False, 0.0, Trend.FLAT)


def test_garbage_of_every_hundredth_call_is_a_leak() -> None:
    calls = itertools.count()

    screened = screen(
        _with_garbage(
            lambda of_round: sum(next(calls) % 100 == 0 for _ in range(of_round)), _three_windows(0.0)
        )
    )

    assert screened.is_garbage
    assert screened.garbage_per_unit == pytest.approx(0.01, rel=0.2)


def test_a_program_that_collects_by_itself_now_and_then_leaks_no_garbage() -> None:
    screened = screen(_with_garbage(lambda calls: min(calls, 110), _three_windows(0.0)))

    assert not screened.is_garbage


def test_garbage_of_one_lazy_import_is_no_leak() -> None:
    done = itertools.count()

    screened = screen(_with_garbage(lambda _calls: 900 if next(done) == 60 else 0, _three_windows(0.0)))

    assert not screened.is_garbage


def test_where_every_round_has_as_many_calls_objects_tell_garbage_from_what_is_used_again() -> None:
    rounds = [record for after in (0, 1_200) for record in a_window([1_000] * 13, after=after)]

    clean = screen(_with_garbage(lambda _calls: 0, rounds), is_final=True)
    leaky = screen(_with_garbage(lambda calls: calls // 10, rounds), is_final=True)

    assert (clean.is_garbage, clean.trend) == (False, Trend.FLAT)
    assert leaky.is_garbage
    assert leaky.garbage_per_unit == pytest.approx(0.1)


def test_a_call_that_never_returns_leaks_garbage_by_the_second() -> None:
    watched = _watched((1.0, 0), (2.0, 0), (4.0, 0))

    screened = screen(_with_garbage(lambda _calls: 500, watched), Unit.SECOND)

    assert (screened.is_garbage, screened.unit) == (True, Unit.SECOND)
    assert screened.garbage_per_unit > 0


@given(st.integers(0, 50), st.integers(0, 1_000))
def test_what_is_kept_is_told_from_garbage_beside_it(per_call: int, constant: int) -> None:
    screened = screen(_with_garbage(lambda calls: per_call * calls + constant, _three_windows(2.0)))

    assert (screened.kept, screened.blocks) == (Trend.RISING, Trend.RISING)
    assert screened.blocks_per_unit == pytest.approx(2.0, rel=0.05)
    if not per_call:
        assert not screened.is_garbage


def _watched(*windows_of: tuple[float, int]) -> list[wire.Record]:
    """Windows of three seconds: processor seconds used in each, and blocks (and entries) gained."""
    records: list[wire.Record] = [a_look(0, 0)]
    used, length = 0.0, 0
    for number, (cpu_seconds, gained) in enumerate(windows_of):
        records += [
            a_sample(
                0,
                1_000 + length + gained * place / 6,
                stage=wire.Stage.WATCH,
                at=3.1 * number + 0.5 * place,
                cpu_seconds=used + cpu_seconds * place / 6,
            )
            for place in range(7)
        ]
        used += cpu_seconds
        look = a_look(number + 1, 0, grown(7, length, length := length + gained))
        records += [
            wire.RoundsDone(wire.Stage.WATCH, 6, is_returned=False),
            look._replace(at=3.1 * number + 3.0),
        ]
    return records


def test_growth_slowed_down_by_a_busy_machine_is_growth() -> None:
    screened = screen(_watched((1.0, 900), (0.3, 270), (0.2, 200)), Unit.SECOND)

    assert screened.trend is Trend.RISING
    assert [suspect.address for suspect in screened.suspects] == [7]


def test_growth_that_fades_while_as_much_is_done_as_before_is_a_warm_up() -> None:
    screened = screen(_watched((1.0, 900), (1.0, 270), (1.0, 80)), Unit.SECOND)

    assert screened.blocks is Trend.FADING
    assert not screened.suspects


def test_a_call_that_waits_is_judged_by_the_second_alone() -> None:
    screened = screen(_watched((0.001, 900), (0.0003, 270), (0.0002, 200)), Unit.SECOND)

    assert screened.blocks is not Trend.RISING
    assert not screened.suspects


def test_by_time_a_container_and_the_memory_are_told_by_the_same_unit() -> None:
    records: list[wire.Record] = [
        a_look(1, 0, grown(7, 0, 100)),
        *(a_sample(0, 1_000 + 100 * place, stage=wire.Stage.WATCH, at=0.5 * place) for place in range(9)),
        wire.RoundsDone(wire.Stage.WATCH, 8, is_returned=False),
        a_look(2, 0, grown(7, 100, 500))._replace(at=4.0),
    ]

    screened = screen(records, Unit.SECOND)

    assert screened.blocks_per_unit == pytest.approx(200)
    assert [suspect.per_unit for suspect in screened.suspects] == [100.0]
    assert screened.events_per_unit == pytest.approx(200)


def test_steps_within_less_than_a_second_are_told_by_the_time_that_they_took() -> None:
    # 24 samples, 10 ms apart: 40 blocks more in one step, so that no quarter tells the pace.
    steps = a_window([1_000] * 12 + [1_040] * 12, calls=1, stage=wire.Stage.WATCH)
    records = [r._replace(at=r.calls / 100) if isinstance(r, wire.Sample) else r for r in steps]

    screened = screen(records, Unit.SECOND)

    assert screened.blocks_per_unit == pytest.approx(40 / 0.18)
