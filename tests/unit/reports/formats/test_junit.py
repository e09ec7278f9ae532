"""JUnit XML that CI systems accept."""

import io

import pytest
import xmlschema
from junitparser import Error, Failure, JUnitXml, TestCase

from leakscan.model.run import Verdict
from leakscan.reports.views.report import headline
from tests.builders import a_filling_finding, a_finding, an_analysis
from tests.samples import analyses
from tests.unit.reports.consumers import SCHEMAS
from tests.written import text_of

ANALYSES = analyses()


@pytest.fixture(scope="module")
def jenkins_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


def case_of(text: str) -> TestCase:
    [suite] = JUnitXml.fromroot(JUnitXml.fromstring(text.encode())._elem)
    [case] = suite
    assert isinstance(case, TestCase)
    return case


@pytest.mark.parametrize("name", ANALYSES)
def test_every_report_is_as_the_schema_of_jenkins_says(
    name: str, jenkins_schema: xmlschema.XMLSchema
) -> None:
    jenkins_schema.validate(io.StringIO(text_of("junit", ANALYSES[name])))


@pytest.mark.parametrize("name", ANALYSES)
def test_a_case_fails_as_the_run_did(name: str) -> None:
    analysis = ANALYSES[name]

    results = [type(result) for result in case_of(text_of("junit", analysis)).result]

    assert results == {0: [], 1: [Failure], 3: [Error], 4: [Error]}[analysis.exit_code]


def test_a_failure_is_told_in_the_words_of_the_terminal() -> None:
    analysis = an_analysis(a_finding())

    case = case_of(text_of("junit", analysis))

    [failure] = case.result
    assert (case.classname, case.name, case.time) == ("leakscan", "app.jobs:handle", 3.21)
    assert failure.message == headline(analysis)
    assert failure.text.splitlines()[2] == (
        "Jobs.done (dict, 12,340 entries, +10.0 per call, none removed) grows by 1.9 kB per call"
    )


def test_a_cache_that_fills_passes_and_says_so() -> None:
    case = case_of(text_of("junit", an_analysis(a_filling_finding(), verdict=Verdict.FILLING)))

    assert case.result == []
    assert case.system_out is not None
    assert "plateaus at 5,000 entries" in case.system_out
