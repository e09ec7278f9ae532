"""The reference pages are made from the code."""

import ast
from collections import defaultdict
from itertools import chain

import pytest

from leakscan.agent.caches import spare_capacity
from leakscan.agent.heap import census
from leakscan.analysis.rule import Rule
from leakscan.analysis.rules import IN_ORDER
from leakscan.cli import decisions_reference, recording_reference, reference
from leakscan.cli.agent_numbers import agent_numbers
from tests.catalog import catalogue
from tests.integration.command import ROOT
from tests.scenario_catalog import scenario_catalogue

DOCS = ROOT / "docs"
RULES = [rule for _, of_pass in IN_ORDER for rule in of_pass]


def test_the_page_of_the_command_line_is_current() -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")

    assert page == reference.reference_text(), "python -m leakscan.cli.reference > docs/cli.md"


def test_every_command_and_option_is_on_the_page() -> None:
    page = reference.reference_text()

    for name in ("## leakscan run", "## leakscan report", "`--max-time SECONDS`", "`-v`"):
        assert name in page


def test_the_page_of_the_recording_format_is_current() -> None:
    page = (DOCS / "recording-format.md").read_text(encoding="utf-8")

    assert page == recording_reference.reference_text(), (
        "python -m leakscan.cli.recording_reference > docs/recording-format.md"
    )


def test_a_record_is_on_the_page_with_its_fields_and_what_they_mean() -> None:
    page = recording_reference.reference_text()

    assert "### Sample\n\nThe numbers at the end of a round." in page
    assert "| `rss` | `int` |  |" in page


def test_a_value_of_an_enum_is_on_the_page_with_what_it_means() -> None:
    page = recording_reference.reference_text()

    assert "| `namespace` | The `__dict__` of an object. |" in page
    assert "| `cell` |  |" in page


def test_the_page_of_decisions_is_made_from_the_passes_and_their_rules() -> None:
    page = (DOCS / "how-it-decides.md").read_text(encoding="utf-8")

    assert page == decisions_reference.reference_text(), (
        "python -m leakscan.cli.decisions_reference > docs/how-it-decides.md"
    )


def test_a_number_of_the_agent_has_a_unit_and_a_reason_and_a_row() -> None:
    page = decisions_reference.reference_text()

    for name, number in agent_numbers().items():
        assert len(number.text.split()) >= 5, name
        assert f"| `agent/{name}` | {number.value:,} | {number.text} |" in page


def test_a_number_of_the_agent_is_read_as_the_agent_reads_it() -> None:
    assert agent_numbers()["heap/census.MANY_OBJECTS"].value == census.MANY_OBJECTS
    assert agent_numbers()["caches/spare_capacity.MIN_TABLE_BYTES"].value == spare_capacity.MIN_TABLE_BYTES


def _rules_by_program() -> dict[str, set[str]]:
    """The rules that a run of each target and scenario has to show, on some Python."""
    rules: dict[str, set[str]] = defaultdict(set)
    for target in catalogue():
        of_versions = (target.answer.rules_on or {}).values()
        for argument in target.arguments:
            rules[argument] |= {*target.answer.rules, *chain.from_iterable(of_versions)}
    for entry in scenario_catalogue():
        rules[entry.target] |= set(entry.scenario.rules)
    return rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_program_that_a_rule_names_has_the_rule_in_its_answer(rule: Rule) -> None:
    path, _, test = rule.shown_by.partition("::")

    if test:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == test]
        assert [repr(rule.name) in ast.unparse(function) for function in functions] == [True]
    else:
        assert rule.name in _rules_by_program()[rule.shown_by]


def test_an_answer_names_rules_that_there_are() -> None:
    answered = set().union(*_rules_by_program().values())

    assert answered - {rule.name for rule in RULES} == set()
