"""Names of holders, from the steps of their chains."""

import pytest

from leakscan import wire
from leakscan.analysis.naming.holder_names import (
    as_its_user_knows_it,
    chain,
    holder_name,
    holder_path,
    in_common,
    is_inside,
    place_of_holder,
)
from tests.unit.analysis.naming.chains import (
    ATTRIBUTE,
    CELL,
    CELL_PART,
    CONTEXT,
    DEFAULT,
    GLOBAL,
    IN_A_DICT,
    LOCAL,
    LOCAL_PART,
    LRU,
    NAMESPACE,
    NODES,
    SIGNAL,
    STATIC,
    Steps,
    value_step,
)
from tests.unit.analysis.records import attribute_step, global_step, module_step


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
        (DEFAULT, "default 'seen' of put"),
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
    assert as_its_user_knows_it((*settings, value_step("'eu'"), inside, entry)) == (
        *settings,
        value_step("'eu'"),
    )


def test_the_turns_on_the_way_into_a_tree_are_chance_and_not_shown() -> None:
    tree = (module_step(), global_step("TREE", "Tree"), attribute_step("Tree", "root", "Node"))
    left, right = (attribute_step("Node", side, "Node") for side in ("left", "right"))

    assert as_its_user_knows_it((*tree, left, right._replace(repeats=4), left)) == tree
    assert as_its_user_knows_it((*tree, left, left)) == (*tree, left, left)
    assert as_its_user_knows_it(NODES) == NODES


def test_chains_that_differ_in_an_entry_are_one_with_the_entry_left_open() -> None:
    chains = [(*IN_A_DICT[:3], value_step(key, "Request"), IN_A_DICT[4]) for key in ("'7'", "'8'", "'9'")]

    assert holder_name(in_common(chains)) == "Tracker.requests[…].sessions"
    assert in_common(chains[:1]) == chains[0]


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


def _lru(kind: str, link: str, owner: str = "", reached: str = "_lru_cache_wrapper") -> wire.Step:
    return wire.Step(kind, link, reached, owner)


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        ((wire.Step("unknown", "deque", "deque", "deque"),), "deque without a name"),
        (
            (wire.Step("unknown", "FrameVariables", "FrameVariables"),),
            "variables of a function without a name",
        ),
        (
            (module_step(), global_step("RUNNER", "Runner"), wire.Step("cell", "cell contents", "Queue")),
            "app.RUNNER → Queue",
        ),
        (
            (
                module_step(),
                _lru("class attribute", ".expand", "Expr", "function"),
                _lru("function attribute", ".cache_info", "Expr.expand", "builtin_function_or_method"),
                _lru("method", ".__self__"),
            ),
            "lru_cache of Expr.expand",
        ),
        (
            (
                module_step(),
                _lru("cache", "['path']", "FastPath.__new__", "FastPath"),
                wire.Step("attribute", ".lookup", "_lru_cache_wrapper", "FastPath", "importlib.metadata"),
            ),
            "lru_cache of FastPath.__new__[…].lookup",
        ),
    ],
)
def test_no_name_has_words_that_only_python_knows(steps: Steps, name: str) -> None:
    assert holder_name(steps) == name


def test_what_nothing_leads_to_is_held_by_nothing_that_has_a_name() -> None:
    assert holder_path((wire.Step("unknown", "deque", "deque", "deque"),)) == ()
