"""The reference pages are made from the code."""

from pathlib import Path

from leakscan.cli import recording_reference, reference

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
