"""Advice by the pattern that a holder shows, each explained in the docs."""

import pytest

from leakscan import wire
from leakscan.analysis.findings import advice
from leakscan.model.run import Kind
from leakscan.reports.views.patterns import patterns
from tests.unit.analysis.records import a_held_by, a_share, attribute_step, global_step, module_step

LEAK = Kind.UNBOUNDED_GROWTH


EVERY = [each for each in vars(advice).values() if isinstance(each, advice.Advice)]


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.text[:40])
def test_every_advice_has_a_section_that_explains_it(each: advice.Advice) -> None:
    assert each.pattern in {pattern.name for pattern in patterns()}


@pytest.mark.parametrize(
    ("holder", "steps", "others", "expected"),
    [
        (a_held_by(1), (module_step(), global_step("SESSIONS")), 0, advice.ENTRY),
        (a_held_by(1), (module_step(), global_step("SESSIONS")), 1, advice.INDEXES),
        (a_held_by(1), (module_step(), attribute_step("Bus", "listeners")), 0, advice.LISTENER),
        (a_held_by(1), (module_step(), attribute_step("Store", "page_cache")), 0, advice.CACHE),
        (a_held_by(1, type="list"), (module_step(), global_step("LOG", "list")), 0, advice.ITEM),
        (
            a_held_by(1, type="_lru_cache_wrapper"),
            (module_step(), wire.Step("cache", "", "_lru_cache_wrapper", "price")),
            0,
            advice.WITHOUT_A_BOUND,
        ),
        (
            a_held_by(1, type="_lru_cache_wrapper"),
            (module_step(), wire.Step("cache", "", "_lru_cache_wrapper", "Report.total")),
            0,
            advice.ON_A_METHOD,
        ),
        (a_held_by(1), (wire.Step("cell", "cell 'seen'", "dict", "make.<locals>.put"),), 0, advice.CELL),
        (
            a_held_by(1),
            (wire.Step("cell", "cell 'cache'", "WeakKeyDictionary", "make.<locals>.get"),),
            0,
            advice.WEAK_KEYS,
        ),
        (a_held_by(1), (wire.Step("thread", "thread 'w-1'", "thread"),), 0, advice.THREAD),
        (
            a_held_by(1),
            (module_step(), global_step("OWNERS", "WeakKeyDictionary")),
            0,
            advice.WEAK_KEYS,
        ),
    ],
)
def test_the_advice_fits_the_holder(
    holder: wire.HeldBy, steps: tuple[wire.Step, ...], others: int, expected: advice.Advice
) -> None:
    assert advice.advice(LEAK, holder, steps, others=others) == expected


@pytest.mark.parametrize(
    ("holder", "named", "expected"),
    [
        (a_held_by(1), wire.NamedHolder((), entry_type="lock"), advice.LOCK),
        (a_held_by(1), wire.NamedHolder((), entry_type="CountedLock"), advice.LOCK),
        (a_held_by(1, a_share(0)._replace(types={"lock": 100})), wire.NamedHolder(()), advice.ENTRY),
        (a_held_by(1), wire.NamedHolder((), entries_do="call app.close"), advice.LISTENER),
        (a_held_by(1), wire.NamedHolder((), entries_do="run app.worker()"), advice.TASK),
        (a_held_by(1, a_share(0)._replace(types={"type": 100})), wire.NamedHolder(()), advice.CLASSES),
        (a_held_by(1, type="LRU", base="OrderedDict"), wire.NamedHolder(()), advice.ENTRY),
        (a_held_by(1, type="NodeList", base="list"), wire.NamedHolder(()), advice.ITEM),
        (a_held_by(1, type="Element"), wire.NamedHolder(()), advice.ITEM),
    ],
)
def test_the_advice_fits_the_entries(
    holder: wire.HeldBy, named: wire.NamedHolder, expected: advice.Advice
) -> None:
    steps = (module_step(), global_step("KEPT"))

    assert advice.advice(LEAK, holder, steps, named=named) == expected


IN_A_FACTORY = (
    module_step(),
    global_step("view", "function"),
    wire.Step("cell", "cell 'carts'", "Carts", "factory.<locals>.view"),
)
IN_MAIN = (
    wire.Step("thread", "thread 'MainThread'", "thread"),
    wire.Step("local", "local 'store' in main() at worker/__main__.py:9", "Store", "main"),
)


@pytest.mark.parametrize(
    ("holder", "steps", "named", "others", "expected"),
    [
        (a_held_by(1), (*IN_A_FACTORY, attribute_step("Carts", "_keys")), "Lock", 0, advice.LOCK),
        (a_held_by(1), (*IN_A_FACTORY, attribute_step("Carts", "totals")), "int", 0, advice.ENTRY),
        (a_held_by(1), (*IN_A_FACTORY, attribute_step("Carts", "totals", "Queue")), "", 0, advice.QUEUE),
        (a_held_by(1, type="set"), (*IN_A_FACTORY, attribute_step("Bus", "jobs")), "Task", 0, advice.TASK),
        (a_held_by(1), (*IN_MAIN, attribute_step("Store", "seen")), "str", 0, advice.ENTRY),
        (a_held_by(1), IN_MAIN, "str", 0, advice.ENTRY),
        (a_held_by(1), (module_step(), attribute_step("Shop", "blocks")), "Block", 0, advice.ENTRY),
        (a_held_by(1), (module_step(), attribute_step("LocMemCache", "_expiry")), "float", 1, advice.CACHE),
        (
            a_held_by(1),
            (module_step(), global_step("local", "_local"), wire.Step("thread local", ".rows", "dict")),
            *("str", 0),
            advice.THREAD,
        ),
        (
            a_held_by(1, type="list"),
            (
                module_step(),
                attribute_step("Hub", "subscribers"),
                wire.Step("value", "['user-…']", "list"),
            ),
            *("Subscription", 0),
            advice.LISTENER,
        ),
        (
            a_held_by(1, a_share(0)._replace(types={"KeyError": 100, "traceback": 100}), type="list"),
            (module_step(), global_step("ERRORS", "list")),
            *("KeyError", 0),
            advice.EXCEPTION,
        ),
        (
            a_held_by(1),
            (
                wire.Step("thread", "thread 'w-1'", "thread"),
                wire.Step("local", "local 'rows' in run()", "dict"),
            ),
            *("str", 0),
            advice.THREAD,
        ),
        (
            a_held_by(1, type="list"),
            (wire.Step("task", "the event loop", "Loop"), attribute_step("Loop", "_scheduled", "list")),
            *("TimerHandle", 0),
            advice.TASK,
        ),
    ],
)
def test_what_grows_says_more_than_what_the_chain_passes(
    holder: wire.HeldBy,
    steps: tuple[wire.Step, ...],
    named: str,
    others: int,
    expected: advice.Advice,
) -> None:
    entries = wire.NamedHolder((), entry_type=named)

    assert advice.advice(LEAK, holder, steps, others=others, named=entries) == expected


def _links(kind: str, link: str) -> tuple[wire.Step, ...]:
    return (module_step(), global_step("IT", "It"), wire.Step(kind, link, "It", "It", "app", 1_240))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (_links("attribute", ".previous"), advice.LINKED),
        (_links("cell", "cell 'function'"), advice.WRAPPED),
        (_links("function attribute", ".__wrapped__"), advice.WRAPPED),
        (_links("exception", ".__context__"), advice.EXCEPTION),
        (_links("traceback", ".tb_next"), advice.EXCEPTION),
    ],
)
def test_a_chain_is_advised_on_by_its_links(steps: tuple[wire.Step, ...], expected: advice.Advice) -> None:
    assert advice.advice(LEAK, a_held_by(1, is_container=False), steps) == expected


def test_every_kind_of_step_has_an_answer() -> None:
    assert set(advice.OF_STEPS) == set(wire.StepKind)


def test_a_kind_of_a_newer_leakscan_is_advised_on_by_all_but_its_kind() -> None:
    assert advice.advice(LEAK, a_held_by(1, is_container=False), _links("telepathy", "→")) == advice.LINKED


def test_what_a_variable_of_a_task_gathers_is_no_matter_of_the_task() -> None:
    root = wire.Step("task", "task 'collector' running app.collect()", "Task", "app.collect")
    rows = wire.Step("local", "local 'rows' in collect()", "dict", "collect")

    assert advice.advice(LEAK, a_held_by(1), (root, rows)) == advice.ENTRY
    assert advice.advice(LEAK, a_held_by(1), (root,)) == advice.TASK


def test_what_fills_to_its_bound_needs_no_advice() -> None:
    assert advice.advice(Kind.BOUNDED, a_held_by(1), (module_step(), global_step("CACHE"))) is None


def test_a_bound_that_is_not_kept_is_what_to_look_at() -> None:
    steps = (module_step(), global_step("CACHE"))

    assert advice.advice(Kind.BOUND_EXCEEDED, a_held_by(1), steps) == advice.OUTGROWN
