"""Steps by attributes, named by their owners."""

import asyncio
import functools
import queue
import types
from collections import OrderedDict
from typing import Any

import cachetools
import pytest

from leakscan import wire
from leakscan.agent.references import steps
from tests.unit.agent.references.chains import PAYLOAD, ROOT, Node, Slotted, last_step


def test_a_global_is_named_by_its_module() -> None:
    module = types.ModuleType("shop.app")
    module.__dict__["CACHE"] = PAYLOAD

    step = last_step(module, module.__dict__, PAYLOAD)

    assert step == wire.Step("global", ".CACHE", "list", "shop.app", "shop.app")


def test_an_attribute_that_may_be_data_is_named_by_its_shape_and_told_from_others() -> None:
    node, others, name = Node(), ["others"], "alice_smith_4711"
    setattr(node, name, PAYLOAD)
    setattr(node, name.replace("alice", "clara"), others)

    steps = [
        last_step(node, node.__dict__, PAYLOAD),
        last_step(node, PAYLOAD),
        last_step(node, node.__dict__, others),
    ]

    assert [step.link for step in steps[:2]] == [".'alice_…' (16 characters)"] * 2
    assert len({step.key for step in steps}) == 2
    assert 0 not in {step.key for step in steps}
    assert last_step(node, node.__dict__, node.items).key == 0


def test_an_attribute_is_named_by_the_class_of_its_owner() -> None:
    node = Node()

    step = last_step(node, node.__dict__, node.items)

    assert (step.kind, step.link, step.owner) == ("attribute", ".items", "Node")


def test_an_attribute_without_a_dict_is_the_same() -> None:
    node, slotted = Node(), Slotted()

    assert last_step(node, node.items)[:2] == ("attribute", ".items")
    assert last_step(slotted, slotted.items)[:2] == ("attribute", ".items")
    assert last_step(slotted, slotted.items).owner == "Slotted"


class Registry:
    entries: list[object] = []  # noqa: RUF012 - shared on purpose


def test_a_class_attribute_is_told_from_an_attribute() -> None:
    step = last_step(Registry, Registry.entries)

    assert (step.kind, step.link, step.owner) == ("class attribute", ".entries", "Registry")


def test_what_nothing_of_a_class_names_is_an_unnamed_part_of_it() -> None:
    assert last_step(Registry, PAYLOAD).link == "→"
    assert last_step(Node(), Node).link == ".__class__"


class _Waits:
    """What a coroutine of the tests waits for, and is made to look at while it does."""

    def __init__(self) -> None:
        self.steps: dict[str, wire.Step] = {}

    async def look(self, result: object) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[object] = loop.create_future()
        done.add_done_callback(print)
        self.steps["callbacks"] = last_step(done, [print])
        done.set_result(result)
        self.steps["result"] = last_step(done, result)
        failed: asyncio.Future[object] = loop.create_future()
        error = LookupError("nothing there")
        failed.set_exception(error)
        self.steps["exception"] = last_step(failed, failed.exception())
        task = asyncio.current_task()
        assert task is not None
        self.steps["coroutine"] = last_step(task, task.get_coro())
        self.steps["other"] = last_step(done, Registry)


def test_the_insides_of_a_future_and_a_task_of_c_are_named_by_their_getters() -> None:
    waits = _Waits()

    asyncio.run(waits.look(Node()))

    assert {name: step.link for name, step in waits.steps.items()} == {
        "callbacks": "._callbacks",
        "result": "._result",
        "exception": "._exception",
        "coroutine": "._coro",
        "other": "→",
    }
    assert {step.kind for name, step in waits.steps.items() if name != "other"} == {"attribute"}


def test_what_a_queue_keeps_its_entries_in_is_storage() -> None:
    jobs: queue.Queue[object] = queue.Queue()

    step = last_step(jobs, jobs.queue)

    assert (step.kind, step.link, step.owner) == ("storage", ".queue", "Queue")


@pytest.mark.parametrize("cache", [cachetools.LRUCache(9), cachetools.TTLCache(9, 1), cachetools.LFUCache(9)])
def test_what_a_cache_of_cachetools_keeps_for_itself_is_storage(cache: Any) -> None:
    cache[1] = PAYLOAD
    private = [value for name, value in vars(cache).items() if type(value) in (dict, OrderedDict)]

    assert [last_step(cache, vars(cache), each).kind for each in private] == ["storage"] * len(private)
    assert private


class MyCache(cachetools.LRUCache[int, object]):
    def __init__(self) -> None:
        super().__init__(9)
        self.missed: list[int] = []


def test_what_a_class_of_the_users_adds_to_a_cache_is_an_attribute() -> None:
    cache = MyCache()

    assert last_step(cache, vars(cache), cache.missed).kind == "attribute"
    assert last_step(cache, vars(cache), vars(cache)["_Cache__data"]).kind == "storage"


def _price(article: int) -> int:
    return article


def test_the_attribute_of_a_wrapper_is_named_by_what_it_wraps() -> None:
    wrapper: Any = Node()
    functools.update_wrapper(wrapper, _price)

    step = last_step(wrapper, wrapper.__dict__, wrapper.items)

    assert (step.owner, step.owner_module) == ("_price", __name__)


def test_a_method_of_c_that_nothing_names_is_told_by_its_type_and_its_own_name() -> None:
    rows: list[object] = []

    step, method = steps.steps([Slotted(), rows.append, rows], ROOT)[1:]

    assert (step.link, step.type) == ("→", "list.append")
    assert method.link == ".__self__"
    assert last_step(Slotted(), len).type == "function len"
