"""Names of holders, from the steps of their chains."""

from collections.abc import Iterator
from types import CodeType

import pytest

from leakscan import wire
from leakscan.analysis.naming.holder_names import (
    as_its_user_knows_it,
    chain,
    fingerprint,
    fingerprint_names,
    holder_name,
    holder_path,
    in_common,
    is_inside,
    place_of_holder,
    without_comprehensions,
)
from tests.unit.analysis.records import attribute_step, global_step, module_step

Steps = tuple[wire.Step, ...]


def _value(key: str, kind: str = "dict") -> wire.Step:
    return wire.Step("value", f"[{key}]", kind)


GLOBAL = (module_step(), global_step("CACHE"))
ATTRIBUTE = (module_step(), global_step("lock", "MemoryLock"), attribute_step("MemoryLock", "keys"))
IN_A_DICT = (
    module_step(),
    global_step("TRACKER", "Tracker"),
    attribute_step("Tracker", "requests"),
    _value("'7'", "Request"),
    attribute_step("Request", "sessions", "list"),
)
CELL = (
    module_step(),
    global_step("put", "function"),
    wire.Step("cell", "cell 'seen'", "list", "make.<locals>.put", "app"),
)
LRU = (module_step(), global_step("price", "_lru_cache_wrapper"))
LRU_PART = (*LRU, wire.Step("cache", "['eu']", "Price", "price", "app"))
DEFAULT = (
    module_step(),
    global_step("put", "function"),
    wire.Step("default", "default of 'seen'", "list", "put", "app"),
)
LOCAL = (
    wire.Step("thread", "thread 'filer'", "frame"),
    wire.Step("local", "local 'archive' in file() at app/jobs.py:12", "list", "file"),
)
LOCAL_PART = (*LOCAL, wire.Step("index", "[0]", "list"))
CELL_PART = (*CELL, _value("'eu'", "list"))
STATIC = (
    module_step(),
    global_step("Loader", "type"),
    wire.Step("static method", ".load", "_lru_cache_wrapper", "Loader", "app"),
)
NODES = (
    module_step(),
    global_step("JOURNAL", "Journal"),
    attribute_step("Journal", "head", "Node"),
    attribute_step("Node", "next", "Node")._replace(repeats=1_240),
)
NAMESPACE = (
    module_step(),
    global_step("STATE", "SessionState"),
    wire.Step("namespace", ".__dict__", "dict", "SessionState", "app"),
)


SIGNAL = (
    wire.Step("signal", "signal handlers", "signal"),
    wire.Step("signal", "handler of SIGUSR1", "SignalHandler"),
)
CONTEXT = (
    wire.Step("context", "the current context", "Context"),
    wire.Step("context variable", "['request_log']", "list", "Context", "_contextvars"),
)


def _of_library(owner: str, module: str, name: str) -> Steps:
    return (
        module_step(),
        global_step("it", owner),
        wire.Step("attribute", f".{name}", "list", owner, module),
    )


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        (GLOBAL, "app.CACHE"),
        (LOCAL_PART, "local 'archive'[0] in file()"),
        (CELL_PART, "cell 'seen'['eu'] of make.<locals>.put"),
        (STATIC, "lru_cache of Loader.load"),
        (ATTRIBUTE, "MemoryLock.keys"),
        (IN_A_DICT, "Tracker.requests['7'].sessions"),
        (CELL, "cell 'seen' of make.<locals>.put"),
        (LRU, "lru_cache of app.price"),
        (DEFAULT, "default of 'seen' of put"),
        (LOCAL, "local 'archive' in file()"),
        (NAMESPACE, "attributes of SessionState"),
        (SIGNAL, "handler of SIGUSR1"),
        (CONTEXT, "context variable 'request_log'"),
        (_of_library("Logger", "logging", "handlers"), "app.it.handlers"),
        (_of_library("Event", "asyncio.locks", "_waiters"), "waiters of app.it"),
        (
            _of_library("_UnixSelectorEventLoop", "asyncio.unix_events", "_ready"),
            "callbacks of app.it",
        ),
        (_of_library("Store", "__main__", "items"), "Store.items"),
        (_of_library("Store", "app.queue", "queue"), "Store.queue"),
    ],
)
def test_a_holder_is_named_as_its_author_would(steps: Steps, name: str) -> None:
    assert holder_name(steps) == name


def test_a_linked_list_is_named_by_where_it_begins() -> None:
    assert holder_name(NODES) == "Journal.head"


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        (GLOBAL, ("app.CACHE",)),
        (ATTRIBUTE, ("app.lock", ".keys")),
        (IN_A_DICT, ("app.TRACKER", ".requests", "['7']", ".sessions")),
        (NODES, ("app.JOURNAL", ".head", ".next ×1,240")),
        (LOCAL, ("thread 'filer'", "local 'archive' in file() at app/jobs.py:12")),
    ],
)
def test_a_path_leads_from_the_root_to_the_holder(steps: Steps, path: tuple[str, ...]) -> None:
    assert holder_path(steps) == path


def test_a_chain_says_each_link_and_the_path_so_far() -> None:
    steps = chain(ATTRIBUTE, 2)

    assert [(s.link, s.type, s.name, s.is_growing) for s in steps] == [
        ("app", "module", "app", False),
        (".lock", "MemoryLock", "app.lock", False),
        (".keys", "dict", "app.lock.keys", True),
    ]


def test_a_chain_says_how_often_a_link_repeats() -> None:
    assert [step.link for step in chain(NODES, 3)][-1] == ".next ×1,240"


def test_the_place_of_a_holder_is_the_one_that_its_name_ends_with() -> None:
    assert [place_of_holder(steps) for steps in (ATTRIBUTE, IN_A_DICT, NODES)] == [2, 4, 2]
    assert [holder_name(NODES[:3]), holder_name(NODES)] == ["Journal.head"] * 2


def test_the_set_inside_a_weak_set_is_not_shown() -> None:
    inside = wire.Step("storage", ".data", "set", "WeakSet", "_weakrefset")
    weak_set = (module_step(), global_step("SHAPES", "WeakSet"))

    assert as_its_user_knows_it((*weak_set, inside)) == weak_set
    member = wire.Step("member", "{…}", "ref")
    assert as_its_user_knows_it((*weak_set, inside, member)) == weak_set
    assert as_its_user_knows_it(ATTRIBUTE) == ATTRIBUTE


def test_what_hangs_in_storage_is_inside() -> None:
    inside = (
        module_step(),
        global_step("SHAPES", "WeakSet"),
        wire.Step("storage", ".data", "set", "WeakSet"),
    )

    assert is_inside(inside)
    assert not is_inside(ATTRIBUTE)


def test_what_wraps_storage_inside_storage_is_what_its_user_knows() -> None:
    inside = wire.Step("storage", ".maps", "list", "ChainMap", "collections")
    entry = wire.Step("index", "[0]", "dict")
    settings = (module_step(), global_step("SETTINGS", "ChainMap"))

    assert as_its_user_knows_it((*settings, inside, entry)) == settings
    assert as_its_user_knows_it((*settings, _value("'eu'"), inside, entry)) == (*settings, _value("'eu'"))


def test_the_turns_on_the_way_into_a_tree_are_chance_and_not_shown() -> None:
    tree = (module_step(), global_step("TREE", "Tree"), attribute_step("Tree", "root", "Node"))
    left, right = (attribute_step("Node", side, "Node") for side in ("left", "right"))

    assert as_its_user_knows_it((*tree, left, right._replace(repeats=4), left)) == tree
    assert as_its_user_knows_it((*tree, left, left)) == (*tree, left, left)
    assert as_its_user_knows_it(NODES) == NODES


def test_chains_that_differ_in_an_entry_are_one_with_the_entry_left_open() -> None:
    chains = [(*IN_A_DICT[:3], _value(key, "Request"), IN_A_DICT[4]) for key in ("'7'", "'8'", "'9'")]

    assert holder_name(in_common(chains)) == "Tracker.requests[…].sessions"
    assert in_common(chains[:1]) == chains[0]


# --- fingerprints ---


def _fingerprint(steps: Steps) -> str:
    return fingerprint("unbounded growth", fingerprint_names(steps))


def test_a_fingerprint_survives_other_keys_lines_and_threads() -> None:
    other_key = (*IN_A_DICT[:3], _value("'8'", "Request"), IN_A_DICT[4])
    other_line = (
        LOCAL[0]._replace(link="thread 'filer-2'"),
        LOCAL[1]._replace(link="local 'archive' in file() at app/jobs.py:99"),
    )

    assert _fingerprint(other_key) == _fingerprint(IN_A_DICT)
    assert _fingerprint(other_line) == _fingerprint(LOCAL)


def test_a_fingerprint_survives_another_entry_of_a_cache() -> None:
    other_entry = (*LRU, LRU_PART[-1]._replace(link="['us']"))

    assert _fingerprint(other_entry) == _fingerprint(LRU_PART)


def test_a_fingerprint_survives_a_tree_that_is_looked_at_elsewhere() -> None:
    tree = (module_step(), global_step("TREE", "Tree"), attribute_step("Tree", "root", "Node"))
    left, right = (attribute_step("Node", side, "Node") for side in ("left", "right"))

    one, other = as_its_user_knows_it((*tree, left, right)), as_its_user_knows_it((*tree, right, right, left))

    assert _fingerprint(one) == _fingerprint(other)


def test_a_fingerprint_survives_a_longer_list() -> None:
    longer = (*NODES[:3], NODES[3]._replace(repeats=2_000))

    assert _fingerprint(longer) == _fingerprint(NODES)
    assert _fingerprint(NODES[:3]) == _fingerprint(NODES)


def test_a_fingerprint_survives_a_python_that_makes_no_function_of_a_comprehension() -> None:
    on_312 = tuple(step._replace(owner="handle.<locals>.<lambda>") for step in CELL)
    on_311 = tuple(step._replace(owner="handle.<locals>.<listcomp>.<lambda>") for step in CELL)

    assert _fingerprint(on_311) == _fingerprint(on_312)


def test_functions_are_known_by_one_name_on_every_python() -> None:
    source = """
class Shop:
    totals = [total for total in ()]
    def orders(self):
        return {key: lambda: [{part for part in row} for row in key] for key in ()}
names = {name: [lambda: part for part in name] for name in ()}
"""

    assert {without_comprehensions(name) for name in _qualnames(compile(source, "shop.py", "exec"))} == {
        "<module>",
        "Shop",
        "Shop.orders",
        "Shop.orders.<locals>.<lambda>",
        "<lambda>",
    }


def _qualnames(code: CodeType) -> Iterator[str]:
    yield code.co_qualname
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _qualnames(const)


def test_every_holder_has_a_fingerprint_of_its_own() -> None:
    every = (GLOBAL, ATTRIBUTE, IN_A_DICT, CELL, LRU, DEFAULT, LOCAL, NODES, NAMESPACE, SIGNAL, CONTEXT)

    assert len({_fingerprint(steps) for steps in every}) == len(every)


def test_a_fingerprint_tells_two_kinds_apart() -> None:
    names = fingerprint_names(GLOBAL)

    assert fingerprint("bounded", names) != fingerprint("unbounded growth", names)


def test_a_fingerprint_is_the_same_for_ever() -> None:
    assert fingerprint("bounded", ["global:app:.CACHE"]) == "37d77354811a78f4"


def test_a_task_is_told_in_the_fingerprint_by_what_it_runs_not_by_its_number() -> None:
    twelfth, thirteenth, other = (
        (wire.Step("task", f"task {name} running {owner}()", "Task", owner),)
        for name, owner in (("'Task-12'", "app.work"), ("'Task-13'", "app.work"), ("'Task-12'", "app.rest"))
    )

    assert fingerprint_names(twelfth) == fingerprint_names(thirteenth)
    assert fingerprint_names(twelfth) != fingerprint_names(other)


@pytest.mark.parametrize(
    ("steps", "do", "name"),
    [
        (
            _of_library("Event", "asyncio.locks", "_waiters"),
            "run app.wait()",
            "waiters of app.it that run app.wait()",
        ),
        (_of_library("MagicMock", "unittest.mock", "_mock_call_args_list"), "", "app.it.call_args_list"),
        (_of_library("PollSelector", "selectors", "_fd_to_key"), "", "app.it"),
        (_of_library("Document", "xml.dom.minidom", "childNodes"), "", "app.it.childNodes"),
        (GLOBAL, "call app.close", "app.CACHE"),
        (
            (wire.Step("registry", "callbacks of atexit", "list"),),
            "call app.close",
            "callbacks of atexit that call app.close",
        ),
        (
            (
                module_step("weakref"),
                global_step("finalize", "type", module="weakref"),
                wire.Step("class attribute", "._registry", "dict", "finalize", "weakref"),
            ),
            "call app.close",
            "finalizers that call app.close",
        ),
        ((module_step("mimetypes"), global_step("types_map", module="mimetypes")), "", "mimetypes.types_map"),
        (
            (
                wire.Step("logger", "logging.getLogger('app')", "Logger"),
                *_of_library("Logger", "logging", "handlers")[2:],
            ),
            "",
            "logging.getLogger('app').handlers",
        ),
        (
            (
                module_step("app.jobs"),
                global_step("RUN", "function", module="app.jobs"),
                wire.Step("cell", "cell 'inner'", "function", "wrap.<locals>.run", "app.jobs", 1_240),
            ),
            "",
            "jobs.RUN",
        ),
    ],
)
def test_what_is_the_librarys_is_named_by_where_it_is_kept_and_what_it_does(
    steps: Steps, do: str, name: str
) -> None:
    assert holder_name(as_its_user_knows_it(steps), do) == name
