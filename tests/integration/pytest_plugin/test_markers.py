"""What a marker or an option says of a test, and mistakes in them."""

import pytest

from tests.integration.pytest_plugin.suites import KEPT, QUICK

pytest_plugins = ["pytester"]

MARKED = f"""
{KEPT}
CACHE = {{}}
OTHER = []
def leak(): CACHE[next(numbers)] = object()
@pytest.mark.leakscan(threshold="1KiB")
def test_under_the_threshold(): leak()
@pytest.mark.leakscan(threshold=1)
def test_over_the_threshold(): leak()
@pytest.mark.leakscan(holder="test_marked.CACHE")
def test_accepted_holder(): leak()
@pytest.mark.leakscan(holder="test_marked.*", threshold="1B")
def test_holder_over_its_threshold(): leak()
@pytest.mark.leakscan(holder="test_marked.CACHE")
def test_another_holder():
    leak()
    OTHER.append(bytes(200))
@pytest.mark.leakscan(calls=240)
def test_calls(): pass
"""


def test_a_marker_limits_the_growth_of_its_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_marked=MARKED)

    result = pytester.runpytest_subprocess(*QUICK, "-rA", "--strict-markers", "test_marked.py")

    outcomes = {
        line.split("::")[1].split(" ")[0]: line.split(" ")[0]
        for line in result.outlines
        if line.startswith(("PASSED", "FAILED"))
    }
    assert outcomes == {
        "test_under_the_threshold": "PASSED",
        "test_over_the_threshold": "FAILED",
        "test_accepted_holder": "PASSED",
        "test_holder_over_its_threshold": "FAILED",
        "test_another_holder": "FAILED",
        "test_calls": "PASSED",
    }
    result.stdout.fnmatch_lines(["6 tests looped, * iterations in * s: 2 clean, 3 leaking, 1 accepted"])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("clls=3", "the marker knows no `clls`, only calls, threshold, max_time, holder, skip"),
        ("calls=3", "`3` calls can't tell growth from noise: give a whole number ≥ 12"),
        ("3", "the marker takes no positional arguments"),
        ("threshold='lots'", "*lots*"),
    ],
)
def test_a_mistake_in_a_marker_is_said_before_anything_runs(
    pytester: pytest.Pytester, marker: str, message: str
) -> None:
    file = pytester.makepyfile(f"import pytest\n@pytest.mark.leakscan({marker})\ndef test_it(): pass\n")

    result = pytester.runpytest_subprocess(*QUICK, file)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *::test_it: leakscan: {message}"])


def test_a_mistake_on_the_command_line_is_said(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--leakscan", "--leakscan-max-time=soon")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: leakscan: `soon` is not a number of seconds > 0"])
