"""Metrics that Prometheus's own parser reads; `promtool` checks them in the integration tests."""

import math

import pytest
from prometheus_client.parser import text_string_to_metric_families

from leakscan.model.analysis import Analysis, Growth
from leakscan.reports.text_fit import printable
from tests.builders import a_filling_finding, a_finding, an_analysis
from tests.samples import HOSTILE, analyses
from tests.written import text_of

ANALYSES = analyses()


def samples(analysis: Analysis) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(text_of("prometheus", analysis))
    return [(s.name, s.labels, s.value) for family in families for s in family.samples]


@pytest.mark.parametrize("name", ANALYSES)
def test_no_series_comes_twice(name: str) -> None:
    seen = [(metric, tuple(sorted(labels.items()))) for metric, labels, _ in samples(ANALYSES[name])]

    assert len(set(seen)) == len(seen)


def test_two_findings_of_one_name_are_one_series_with_the_worse_number() -> None:
    analysis = an_analysis(a_finding(bytes_per_call=500.0), a_finding(bytes_per_call=100.0))

    grown = [
        value for name, _, value in samples(analysis) if name == "leakscan_finding_growth_bytes_per_call"
    ]

    assert grown == [500.0]


def test_a_finding_is_told_with_its_holder_and_its_verdict() -> None:
    entries = [s for s in samples(an_analysis(a_filling_finding())) if s[0] == "leakscan_finding_entries"]

    assert entries == [
        (
            "leakscan_finding_entries",
            {
                "target": "app.jobs:handle",
                "fingerprint": "app.price lru_cache",
                "holder": "lru_cache of app.price",
                "verdict": "FILLING",
                "kind": "bounded",
            },
            3_210.0,
        )
    ]


def test_a_hostile_name_is_the_value_of_a_label_and_nothing_else() -> None:
    info = next(labels for name, labels, _ in samples(ANALYSES["hostile"]) if name == "leakscan_run_info")

    assert info["target"] == printable(HOSTILE)


def test_a_limit_that_was_not_measured_is_left_out() -> None:
    names = {name for name, _, _ in samples(an_analysis(detection_limit_bytes_per_call=None))}

    assert "leakscan_detection_limit_bytes_per_call" not in names


@pytest.mark.parametrize("number", [math.inf, -math.inf, 0.0, 1e300])
def test_any_number_is_read_back(number: float) -> None:
    growth = Growth(bytes_per_call=number, blocks_per_call=0.0, rss_bytes_per_call=0.0)

    read = [
        v for name, _, v in samples(an_analysis(growth=growth)) if name == "leakscan_growth_bytes_per_call"
    ]

    assert read == [number]
