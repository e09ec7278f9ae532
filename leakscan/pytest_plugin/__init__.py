"""The pytest plugin: `pytest --leakscan` runs each test again and again, and fails those that leak.

It is loaded into every pytest where leakscan is installed; without its option it does nothing, at no cost.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

MARKER = (
    "leakscan(calls=None, threshold=None, max_time=None, holder=None, skip=None): "
    "how `pytest --leakscan` runs this test, and what growth of it is accepted"
)


def pytest_addoption(parser: "pytest.Parser") -> None:
    """The options, all of them inert without the first."""
    group = parser.getgroup("leakscan", "heap growth (leakscan)")
    group.addoption(
        "--leakscan",
        action="store_true",
        help="run each test that passes again and again, and fail those whose memory grows",
    )
    group.addoption(
        "--leakscan-calls",
        metavar="N",
        help="how often each test is run in all; by default as often as the proof takes",
    )
    group.addoption(
        "--leakscan-threshold",
        metavar="SIZE",
        default="0",
        help="growth per run (64B, 1KiB) under which no test fails [default: 0]",
    )
    group.addoption(
        "--leakscan-max-time",
        metavar="SECONDS",
        default="20",
        help="seconds after which a test is not run again to look for growth [default: 20]",
    )
    group.addoption(
        "--leakscan-inconclusive",
        metavar="pass|fail",
        choices=("pass", "fail"),
        default="pass",
        help="whether a test fails of which neither growth nor its absence could be proved [default: pass]",
    )
    group.addoption(
        "--leakscan-show-keys",
        action="store_true",
        help="show the keys on the way to a holder in full, and not their shape",
    )
    group.addoption(
        "--leakscan-no-source", action="store_true", help="quote no line of source in --leakscan-html"
    )
    for form, what in (("html", "a page for a browser"), ("json", "a report for machines")):
        group.addoption(
            f"--leakscan-{form}",
            metavar="FOLDER",
            help=f"write {what} for each test that grew, or has no answer",
        )


def pytest_configure(config: "pytest.Config") -> None:
    """The marker is always known; the rest is loaded only if it was asked for."""
    config.addinivalue_line("markers", MARKER)
    if config.getoption("leakscan"):
        from leakscan.pytest_plugin.hooks import LeakChecks
        from leakscan.pytest_plugin.options import options_of

        config.pluginmanager.register(LeakChecks(options_of(config)), "leakscan-checks")
