"""The assertion and the watched loop, as a test of somebody's code uses them."""

import itertools
import subprocess
import sys
import warnings
from collections.abc import Iterator

import pytest

import leakscan
from leakscan.model.run import Verdict
from tests.integration.command import ROOT

KEPT: dict[int, object] = {}


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    yield
    KEPT.clear()


def _leaky() -> None:
    KEPT[len(KEPT)] = object()


@pytest.mark.untraced
def test_an_assertion_on_code_that_keeps_nothing_gives_the_analysis() -> None:
    analysis = leakscan.assert_no_growth(lambda: {"a": [1]}, calls=300)

    assert analysis.verdict is Verdict.CLEAN
    assert 250 <= analysis.calls <= 300


def test_an_assertion_on_a_leak_fails_with_the_line_and_the_holder() -> None:
    with pytest.raises(leakscan.GrowthError) as caught:
        leakscan.assert_no_growth(_leaky, calls=300)

    assert isinstance(caught.value, AssertionError)
    assert caught.value.analysis.verdict is Verdict.LEAKING
    text = str(caught.value)
    assert text.startswith("LEAKING (unbounded growth)")
    assert "test_testing.KEPT" in text
    assert "test_testing.py" in text


def test_a_coroutine_function_is_awaited() -> None:
    async def leaky() -> None:
        _leaky()

    with pytest.raises(leakscan.GrowthError, match="KEPT"):
        leakscan.assert_no_growth(leaky, calls=300)


def test_growth_under_the_threshold_does_not_fail() -> None:
    analysis = leakscan.assert_no_growth(_leaky, calls=300, threshold="1KiB")

    assert analysis.verdict is Verdict.CLEAN
    assert analysis.findings


def test_what_the_code_raises_is_raised() -> None:
    def raising() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        leakscan.assert_no_growth(raising)


def test_no_answer_is_a_warning_unless_it_is_asked_for_otherwise() -> None:
    calls = itertools.count()

    def erratic() -> None:
        # One step in so short a run, late in each, may be anything.
        if next(calls) % 58 == 46:
            KEPT[len(KEPT)] = [object() for _ in range(100)]

    erratic_calls = 60
    with pytest.warns(leakscan.InconclusiveWarning, match="INCONCLUSIVE"):
        leakscan.assert_no_growth(erratic, calls=erratic_calls)
    with pytest.raises(leakscan.InconclusiveError, match="INCONCLUSIVE"):
        leakscan.assert_no_growth(erratic, calls=erratic_calls, inconclusive="raise")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        leakscan.assert_no_growth(erratic, calls=erratic_calls, inconclusive="pass")


def test_a_loop_that_keeps_nothing_ends_by_itself() -> None:
    with leakscan.watch(calls=300) as watched:
        iterations = sum(1 for _ in watched)

    assert watched.analysis is not None
    assert watched.analysis.verdict is Verdict.CLEAN
    assert iterations == watched.analysis.calls


def test_a_loop_that_leaks_fails_at_the_end_of_its_block() -> None:
    with (
        pytest.raises(leakscan.GrowthError, match=r"test_testing\.KEPT") as caught,
        leakscan.watch() as watched,
    ):
        for _ in watched:
            _leaky()

    [finding] = caught.value.analysis.findings
    assert finding.sites[0].frame.function == "_leaky"


def test_what_the_body_of_the_loop_raises_is_raised() -> None:
    def body(iteration: int) -> None:
        if iteration == 40:
            raise LookupError("the fortieth")

    with pytest.raises(LookupError, match="the fortieth"), leakscan.watch() as watched:
        for iteration, _ in enumerate(watched):
            body(iteration)


def test_a_loop_that_is_left_early_has_no_answer() -> None:
    with pytest.raises(RuntimeError, match="left before there was an answer"), leakscan.watch() as watched:
        for _ in watched:
            break


def test_a_watch_that_is_not_looped_over_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="nothing was watched"), leakscan.watch():
        pass


def test_a_watch_is_looped_over_once() -> None:
    with pytest.raises(RuntimeError, match="make a new one"), leakscan.watch(calls=12) as watched:
        for _ in watched:
            pass
        for _ in watched:
            pass


def test_importing_leakscan_loads_nothing_else() -> None:
    code = (
        "import sys; import leakscan; "
        "print([n for n in sys.modules if n.startswith('leakscan.')], leakscan.watch.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "[] watch\n"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'wtch'"):
        leakscan.wtch  # noqa: B018
