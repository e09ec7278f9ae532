"""Advice by the pattern that a holder shows, each explained in the docs."""

import re
from pathlib import Path

import pytest

import leakscan
from leakscan import wire
from leakscan.analysis import advice
from leakscan.model import Kind
from tests.unit.analysis.records import a_held_by, attribute_step, global_step, module_step

PATTERNS = Path(leakscan.__file__).parent.parent / "docs" / "patterns.md"
LEAK = Kind.UNBOUNDED_GROWTH


def _locks() -> wire.SiteShare:
    return wire.SiteShare(0, 100, 8_800, {"lock": 100})


@pytest.mark.parametrize("each", advice.EVERY, ids=lambda each: each.text[:40])
def test_every_advice_has_a_section_that_explains_it(each: advice.Advice) -> None:
    headings = re.findall(r"^## (.+)$", PATTERNS.read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    assert each.pattern in anchors


@pytest.mark.parametrize(
    ("holder", "steps", "others", "expected"),
    [
        (a_held_by(1), (module_step(), global_step("SESSIONS")), 0, advice.ENTRY),
        (a_held_by(1), (module_step(), global_step("SESSIONS")), 1, advice.INDEXES),
        (a_held_by(1, _locks()), (module_step(), attribute_step("MemoryLock", "keys")), 0, advice.LOCK),
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


def test_what_fills_to_its_bound_needs_no_advice() -> None:
    assert advice.advice(Kind.BOUNDED, a_held_by(1), (module_step(), global_step("CACHE"))) is None


def test_a_bound_that_is_not_kept_is_what_to_look_at() -> None:
    steps = (module_step(), global_step("CACHE"))

    assert advice.advice(Kind.BOUND_EXCEEDED, a_held_by(1), steps) == advice.OUTGROWN
