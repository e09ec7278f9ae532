"""A check as a profile and as metrics, labelled by target."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from leakscan.model.check import Check
from leakscan.reports.locations import Checkout
from tests.samples import checks
from tests.unit.reports.consumers import (
    profile_of,
    profile_samples,
)
from tests.written import content_of, text_of

CHECKS = checks()
CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")


def test_a_profile_is_labelled_by_target_and_standing() -> None:
    profile = profile_of(content_of("pprof", CHECKS["one leak in two targets"]))

    labels = [sample["labels"] for sample in profile_samples(profile)]
    assert [(each["target"], each["standing"]) for each in labels] == [("api", "new"), ("jobs", "known")]


def test_growth_by_the_call_and_by_the_second_are_never_added() -> None:
    profile = profile_of(content_of("pprof", CHECKS["every analysis"]))

    samples = profile_samples(profile)

    by_second = [each for each in samples if each["growth_space_per_1000_seconds"]]
    assert {each["labels"]["target"] for each in by_second} == {"by the second"}
    assert {each["growth_space_per_1000_calls"] for each in by_second} == {0}
    assert profile.string_table[profile.default_sample_type] == "growth_space_per_1000_calls"


def samples_of(check: Check) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(text_of("prometheus", check))
    return [(s.name, s.labels, s.value) for family in families for s in family.samples]


@pytest.mark.parametrize("name", CHECKS)
def test_no_metric_is_described_twice_and_no_series_comes_twice(name: str) -> None:
    lines = text_of("prometheus", CHECKS[name]).splitlines()
    described = [line for line in lines if line.startswith("#")]
    series = [line.rpartition(" ")[0] for line in lines if not line.startswith("#")]

    assert len(set(described)) == len(described)
    assert len(set(series)) == len(series)


def test_the_metrics_say_what_the_gate_says() -> None:
    samples = samples_of(CHECKS["each standing"])

    assert ("leakscan_check_exit_code", {}, 1.0) in samples
    assert ("leakscan_check_failing_findings", {"target": "jobs"}, 3.0) in samples
    assert ("leakscan_check_failing_findings", {"target": "clean"}, 0.0) in samples
    assert ("leakscan_check_findings", {"target": "jobs", "standing": "gone"}, 1.0) in samples
    assert ("leakscan_check_findings", {"target": "clean", "standing": "new"}, 0.0) in samples
    assert ("leakscan_exit_code", {"target": "clean"}, 0.0) in samples
    assert ("leakscan_check_drifts", {"target": "clean"}, 2.0) in samples_of(CHECKS["drift"])


def test_a_target_that_only_leaks_what_is_known_is_one_that_passes() -> None:
    samples = samples_of(CHECKS["one leak in two targets"])

    assert ("leakscan_exit_code", {"target": "jobs"}, 0.0) in samples
    assert ("leakscan_verdict", {"target": "jobs", "verdict": "LEAKING"}, 1.0) in samples
