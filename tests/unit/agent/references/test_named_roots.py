"""Loggers and tasks are known to the whole process by their names."""

import asyncio
import logging

import pytest

from leakscan import wire
from leakscan.agent.references import steps
from leakscan.agent.references.named_roots import named_root, task_coroutine


class Audited(logging.Logger):
    pass


@pytest.mark.parametrize(
    ("logger", "link"),
    [
        (logging.getLogger("shop.orders"), "logging.getLogger('shop.orders')"),
        (Audited("shop.audit"), "logging.getLogger('shop.audit')"),
        (logging.root, "logging.getLogger()"),
        (logging.root.manager, "logging.root.manager"),
    ],
)
def test_a_logger_is_known_by_its_name(logger: object, link: str) -> None:
    step = named_root(logger)

    assert step is not None
    assert (step.kind, step.link) == ("logger", link)


@pytest.mark.parametrize("other", [logging.StreamHandler(), "shop.orders", asyncio, asyncio.Task, object()])
def test_what_has_no_such_name_is_not_known(other: object) -> None:
    assert named_root(other) is None


async def _collect(rows: list[int]) -> None:
    await asyncio.Event().wait()
    rows.clear()


def test_a_task_is_known_by_its_name_and_its_coroutine() -> None:
    async def look() -> None:
        task = asyncio.create_task(_collect([]), name="collector")
        await asyncio.sleep(0)

        assert named_root(task) == wire.Step(
            "task",
            f"task 'collector' running {__name__}._collect()",
            "Task",
            f"{__name__}._collect",
        )
        task.cancel()

    asyncio.run(look())


def test_the_variable_of_a_task_is_reached_in_one_step() -> None:
    async def look() -> None:
        rows: list[int] = []
        task = asyncio.create_task(_collect(rows), name="collector")
        await asyncio.sleep(0)
        root = named_root(task)
        assert root is not None

        taken = steps.steps([task, task_coroutine(task), rows], root)

        assert [step.link.partition(" at ")[0] for step in taken[1:]] == ["local 'rows' in _collect()"]
        task.cancel()

    asyncio.run(look())


class Quiet(asyncio.Task[None]):
    @property
    def _coro(self) -> object:
        raise AssertionError("the target's code was run")


def test_no_code_of_a_task_is_run() -> None:
    async def look() -> None:
        task = Quiet(_collect([]), name="quiet")
        await asyncio.sleep(0)

        step = named_root(task)

        assert step is not None
        assert step.link == f"task 'quiet' running {__name__}._collect()"
        task.cancel()

    asyncio.run(look())
