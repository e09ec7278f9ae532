"""A profile whose numbers are those of the report; `go tool pprof` reads it in the integration tests."""

import gzip

import pytest

from leakscan.model.run import Unit
from tests.builders import a_finding, a_site, an_analysis
from tests.samples import analyses
from tests.unit.reports.consumers import profile_of, profile_samples
from tests.written import content_of

ANALYSES = analyses()


@pytest.mark.parametrize("name", ANALYSES)
def test_a_sample_stands_for_each_site_with_its_numbers(name: str) -> None:
    analysis = ANALYSES[name]
    sites = [site for finding in analysis.findings for site in finding.sites]

    samples = profile_samples(profile_of(content_of("pprof", analysis)))

    per = f"per_1000_{analysis.unit}s"
    assert sorted((s[f"growth_space_{per}"], s["inuse_space"], len(s["stack"])) for s in samples) == sorted(
        (round(site.bytes_per_call * 1_000), site.live_bytes, len(site.stack) or 1) for site in sites
    )


def test_a_sample_has_its_stack_innermost_first_and_its_holder() -> None:
    [sample] = profile_samples(profile_of(content_of("pprof", an_analysis(a_finding()))))

    assert sample == {
        "growth_space_per_1000_calls": 1_600_000,
        "growth_objects_per_1000_calls": 20_000,
        "inuse_space": 0,
        "inuse_objects": 0,
        "labels": {"holder": "Jobs.done", "fingerprint": "app.jobs.Jobs.done", "verdict": "LEAKING"},
        "stack": ["app/jobs.py:41 Jobs.put", "app/main.py:7 main"],
    }


def test_a_leak_of_less_than_a_byte_a_call_is_not_rounded_away() -> None:
    finding = a_finding(sites=(a_site(bytes_per_call=0.25, objects_per_call=0.004),))

    [sample] = profile_samples(profile_of(content_of("pprof", an_analysis(finding))))

    assert sample["growth_space_per_1000_calls"] == 250
    assert sample["growth_objects_per_1000_calls"] == 4


def test_a_run_without_calls_counts_by_the_second() -> None:
    profile = profile_of(content_of("pprof", an_analysis(a_finding(), unit=Unit.SECOND)))

    assert profile.string_table[profile.default_sample_type] == "growth_space_per_1000_seconds"


def test_the_string_table_begins_with_the_empty_string_and_repeats_nothing() -> None:
    strings = list(profile_of(content_of("pprof", ANALYSES["twenty findings"])).string_table)

    assert strings[0] == ""
    assert len(set(strings)) == len(strings)


def test_a_number_that_shrinks_is_still_a_number() -> None:
    finding = a_finding(sites=(a_site(bytes_per_call=-3.0),))

    [sample] = profile_samples(profile_of(content_of("pprof", an_analysis(finding))))

    assert sample["growth_space_per_1000_calls"] == -3_000


def test_the_file_holds_no_time_of_its_own() -> None:
    assert content_of("pprof", an_analysis())[4:8] == bytes(4)
    assert gzip.decompress(content_of("pprof", an_analysis()))
