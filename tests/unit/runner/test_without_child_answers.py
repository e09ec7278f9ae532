"""What `assert_no_growth` says of the process that it runs in: of its collector, its exits, its children."""

import gc
import multiprocessing
import sys
from collections.abc import Iterator

import pytest

import leakscan

_KEPT: list[bytes] = []


@pytest.fixture
def _uncollected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_uncollected")
def test_a_clean_function_without_the_collector_is_clean() -> None:
    leakscan.assert_no_growth(lambda: [float(n) for n in range(50)], calls=60, inconclusive="raise")


@pytest.mark.usefixtures("_uncollected")
def test_cycles_without_the_collector_are_growth() -> None:
    def leave_a_cycle() -> None:
        ring: list[object] = []
        ring.append(ring)

    with pytest.raises(leakscan.GrowthError, match="cyclic garbage"):
        leakscan.assert_no_growth(leave_a_cycle, calls=60)


def test_an_exit_is_passed_on() -> None:
    with pytest.raises(SystemExit):
        leakscan.assert_no_growth(lambda: sys.exit(0))


def _keep(size: int) -> None:
    _KEPT.append(bytes(size))


def test_a_pool_of_processes_at_work_is_not_called_clean() -> None:
    with (
        multiprocessing.get_context("spawn").Pool(2) as pool,
        pytest.raises(leakscan.InconclusiveError, match="child process"),
    ):
        leakscan.assert_no_growth(lambda: pool.map(_keep, [30_000] * 4), calls=120, inconclusive="raise")
