"""Which containers grow from census to census, and how fast."""

from collections.abc import Sequence

import pytest

from leakscan import wire
from leakscan.analysis.growth.containers import ContainerGrowth, container_growth
from leakscan.model.run import Unit
from tests.unit.analysis.live_runs import a_census
from tests.unit.analysis.records import a_look, a_sample, grown


def test_a_container_that_gains_at_each_look_is_a_suspect() -> None:
    looks = [
        a_look(1, 500),
        a_look(2, 1_000, grown(7, 500, 1_000)),
        a_look(3, 2_000, grown(7, 1_000, 2_000)),
        a_look(4, 4_000, grown(7, 2_000, 4_000)),
    ]

    (container,) = container_growth(looks)

    assert (container.is_persistent, container.per_unit) == (True, 1.0)
    assert list(container.lengths) == [(500, 500), (1_000, 1_000), (2_000, 2_000), (4_000, 4_000)]
    assert container.entries == 4_000


def test_what_a_container_has_gained_since_a_look_of_an_earlier_run_is_no_growth_of_this_one() -> None:
    looks = [
        a_look(1, 0)._replace(is_earlier=True),
        a_look(2, 1_000, grown(7, 10, 1_000, bound=1_000)),
        a_look(3, 2_000, grown(8, 0, 1_000)),
    ]

    (container,) = container_growth(looks)

    assert (container.address, container.lengths) == (8, ((1_000, 0), (2_000, 1_000)))


def test_one_rate_at_four_looks_is_even_and_at_three_may_be_an_accident() -> None:
    looks = [
        a_look(1, 500),
        a_look(2, 1_000, grown(7, 400, 405)),
        a_look(3, 2_000, grown(7, 405, 415)),
        a_look(4, 4_000, grown(7, 415, 435)),
        a_look(5, 8_000, grown(7, 435, 475)),
    ]

    (after_three,) = container_growth(looks[:4])
    (after_four,) = container_growth(looks)

    assert not after_three.is_even
    assert after_four.is_even


def test_a_container_that_stopped_gaining_is_none() -> None:
    looks = [
        a_look(1, 500),
        a_look(2, 1_000, grown(7, 500, 1_000)),
        a_look(3, 2_000, grown(7, 1_000, 1_024, bound=1_024)),
        a_look(4, 4_000),
    ]

    (container,) = container_growth(looks)

    assert not container.is_persistent
    assert container.is_full


def test_a_container_that_gains_ever_less_is_no_suspect() -> None:
    looks = [
        a_look(1, 500),
        a_look(2, 1_000, grown(7, 500, 1_000)),
        a_look(3, 2_000, grown(7, 1_000, 1_200)),
        a_look(4, 4_000, grown(7, 1_200, 1_300)),
    ]

    (container,) = container_growth(looks)

    assert not container.is_persistent


def test_the_fastest_container_comes_first() -> None:
    looks = [a_look(1, 0)] + [
        a_look(n, 100 * n, grown(1, n, n + 1), grown(2, 10 * n, 10 * n + 10)) for n in (2, 3, 4)
    ]

    assert [container.address for container in container_growth(looks)] == [2, 1]


def _of_a_program(seconds: Sequence[float], gains: Sequence[int], work: Sequence[float]) -> ContainerGrowth:
    """A container that gained so much in so many seconds, and in so much of processor time, each time."""
    records: list[wire.Record] = [a_census(1, 0.0)]
    length, at, used = 100, 0.0, 0.0
    for number, (span, gain, cpu) in enumerate(zip(seconds, gains, work, strict=True), 2):
        at, used = at + span, used + cpu
        records.append(a_sample(0, stage=wire.Stage.WATCH, at=at, cpu_seconds=used))
        records.append(a_census(number, at, *([grown(7, length, length + gain)] if gain else [])))
        length += gain
    (container,) = container_growth(records, Unit.SECOND)
    return container


@pytest.mark.parametrize(
    ("gains", "work", "is_even"),
    [
        # An entry in two seconds, early or late.
        ((6, 13, 11, 12), (1.0, 2.0, 2.0, 2.0), True),
        # Half as busy in the third window as in the second.
        ((60, 240, 120, 180), (1.0, 4.0, 2.0, 3.0), True),
        ((60, 240, 120, 180), (1.0, 2.0, 2.0, 2.0), False),
        # Too few to tell from what is emptied now and then.
        ((1, 3, 2, 3), (1.0, 2.0, 2.0, 2.0), False),
        ((6, 13, 0, 12), (1.0, 2.0, 2.0, 2.0), False),
    ],
)
def test_what_a_program_keeps_is_even_by_its_work_and_but_for_an_entry(
    gains: Sequence[int], work: Sequence[float], *, is_even: bool
) -> None:
    assert _of_a_program((12.0, 24.0, 24.0, 24.0), gains, work).is_even is is_even
