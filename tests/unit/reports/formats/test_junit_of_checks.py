"""A check as JUnit: a case for each target."""

import pytest
from junitparser import Error, Failure, JUnitXml

from leakscan.reports.locations import Checkout
from leakscan.reports.text.check import plain_target
from leakscan.reports.views.check import check_view
from tests.samples import checks
from tests.written import content_of

CHECKS = checks()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")


def test_a_case_is_a_target_by_its_name_and_a_leak_is_told_in_the_words_of_the_terminal() -> None:
    check = CHECKS["each standing"]

    [failing, clean] = [case for suite in JUnitXml.fromstring(content_of("junit", check)) for case in suite]

    [failure] = failing.result
    assert (failing.classname, failing.name, failing.time) == ("leakscan.check", "jobs", 3.21)
    assert failure.type == "new"
    assert failure.message == (
        "Jobs.new (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call, and 2 more"
    )
    assert failure.text == plain_target(check_view(check).targets[0])
    assert (clean.name, clean.result) == ("clean", [])


def test_a_known_leak_passes_and_is_told() -> None:
    check = CHECKS["one leak in two targets"]

    [_, known] = [case for suite in JUnitXml.fromstring(content_of("junit", check)) for case in suite]

    assert known.result == []
    assert known.system_out.startswith("known  jobs: Jobs.done (dict, ")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("failed", "FAILED"),
        ("inconclusive", "INCONCLUSIVE"),
        ("failed, and leaks", "new"),
        ("drift", "drift"),
    ],
)
def test_a_target_without_an_answer_is_an_error_unless_something_fails_it(name: str, kind: str) -> None:
    [case, *_] = [case for suite in JUnitXml.fromstring(content_of("junit", CHECKS[name])) for case in suite]

    [result] = case.result
    assert result.type == kind
    assert isinstance(result, Failure if kind in ("new", "drift") else Error)
