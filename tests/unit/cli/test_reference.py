"""The reference pages are made from the code."""

from pathlib import Path

from leakscan.analysis.rules import IN_ORDER
from leakscan.cli import decisions_reference, recording_reference, reference
from tests.catalog import catalogue
from tests.scenario_catalog import scenario_catalogue

DOCS = Path(__file__).parents[3] / "docs"


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


def test_a_number_that_decides_has_a_unit_and_a_reason() -> None:
    texts = {name: number.text for name, number in decisions_reference.numbers().items()}

    assert [name for name, text in texts.items() if len(text.split()) < 5] == []


def test_each_program_that_shows_a_rule_is_in_the_catalogue() -> None:
    shown = {rule.shown_by for _, of_pass in IN_ORDER for rule in of_pass if rule.shown_by is not None}
    targets = {word for target in catalogue() for word in target.arguments}
    scenarios = {entry.target for entry in scenario_catalogue()}

    assert shown - targets - scenarios == set()
