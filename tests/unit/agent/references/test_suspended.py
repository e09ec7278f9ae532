"""What a suspended function keeps is read by the names that its type has for it."""

import sys
from collections.abc import AsyncIterator, Iterator

from leakscan.agent.references.suspended import code_of, frame_of, suspended


def _numbers() -> Iterator[int]:
    yield 1


async def _wait() -> None:
    """It is never awaited."""


async def _rows() -> AsyncIterator[int]:
    yield 1


def test_generators_and_coroutines_have_a_frame_and_a_code() -> None:
    numbers, waiting, rows = _numbers(), _wait(), _rows()

    for each, function in ((numbers, _numbers), (waiting, _wait), (rows, _rows)):
        frame = frame_of(each)
        assert frame is not None
        assert frame.f_code is code_of(each) is function.__code__
    waiting.close()


def test_one_that_has_ended_has_a_code_and_no_frame() -> None:
    numbers = _numbers()
    list(numbers)

    assert frame_of(numbers) is None
    assert code_of(numbers) is _numbers.__code__


def test_a_frame_is_its_own_and_anything_else_has_none() -> None:
    frame = sys._getframe()

    assert frame_of(frame) is frame
    assert (frame_of([]), code_of([]), suspended(list)) == (None, None, None)
