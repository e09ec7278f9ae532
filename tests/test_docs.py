"""The docs say what the commands say and do."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from leakscan.agent.heap.census import MANY_OBJECTS
from leakscan.analysis import settings
from leakscan.cli import commands as all_commands
from leakscan.reports.formats.table import flags_of
from leakscan.runner.ending import EXIT_SECONDS, GRACE_SECONDS, SETUP_SECONDS
from tests import docs_faults, docs_layers, promises
from tests.docs_output import EXAMPLES, PAGES, ROOT, commands, refreshed
from tests.unit.reports.consumers import check_schema, report_schema

COMMANDS = sorted(all_commands.commands)
LINK = re.compile(r"\]\((?P<target>[^)#\s]+)(?:#(?P<heading>[^)\s]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_output_on_a_page_is_what_its_command_prints(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert refreshed(text) == text, "python -m tests.docs_output"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_output_on_a_page_is_one_that_is_made_again(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert len(commands(text)) == text.count("<!-- output:")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_page_that_shows_it_and_names_all_its_options(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    options = [param for param in all_commands.commands[name].params if isinstance(param, click.Option)]

    assert name in {command.split()[0] for command in commands(text)}
    for option in options:
        assert f"`{option.opts[-1]}" in text or f"`{option.opts[0]}" in text, option.opts


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_names_no_option_that_its_command_does_not_have(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    known = {word for command in all_commands.commands.values() for p in command.params for word in p.opts}

    named = set(re.findall(r"`(--[a-z][a-z-]*)", text))

    assert named <= known | {"--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_somewhere(page: Path) -> None:
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        if "://" in match["target"]:
            continue
        target = (page.parent / match["target"]).resolve()
        assert target.exists(), match[0]
        if match["heading"] is not None:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert match["heading"] in {_anchor(heading) for heading in headings}, match[0]


def test_every_page_has_its_place_in_the_contents_of_the_site() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    contents = re.findall(r"^```\{toctree\}\n(?::.*\n)*\n((?:[\w-]+\n)+)```$", index, re.MULTILINE)

    listed = [page for part in contents for page in part.split()]

    assert sorted(listed) == sorted(
        page.stem for page in (ROOT / "docs").glob("*.md") if page.stem != "index"
    )


@pytest.mark.parametrize(
    ("page", "schema"), [("reading-a-report.md", report_schema()), ("check.md", check_schema())]
)
def test_the_page_on_a_report_names_every_key_of_its_schema(page: str, schema: Any) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    objects = [schema, *(each for each in schema["$defs"].values() if "properties" in each)]

    keys = {key for each in objects for key in each["properties"]}

    assert [key for key in sorted(keys) if f"`{key}" not in text] == []


def test_the_readme_names_all_that_leakscan_stands_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (sentence,) = re.findall(r"^leakscan stands on .*$", readme, re.MULTILINE)

    names = {re.split(r"[^\w-]", each)[0] for each in project["dependencies"]}

    assert [name for name in sorted(names) if name not in sentence.lower()] == []


def test_what_the_other_pythons_run_is_what_the_docs_say() -> None:
    (listed,) = re.findall(
        r"^smoke_tests=\((.*)\)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE
    )
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told, _ = page.split("On every other Python")[1].split("the fifty targets")

    assert re.findall(r"`(tests/.*?)`", told) == listed.split()


def test_the_time_that_a_setup_has_to_end_is_what_the_docs_say() -> None:
    page = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    options = {option.name: option for option in all_commands.commands["run"].params}
    help_text = getattr(options["setup"], "help", "")

    assert f"For both it has {EXIT_SECONDS:g} seconds, or what is left of" in page
    assert f"the setup has {SETUP_SECONDS:g} seconds and the process {GRACE_SECONDS:g} after it" in page
    assert f"It has {EXIT_SECONDS:g} seconds to end, {SETUP_SECONDS:g} where time is over" in help_text


NUMBERS_OF_A_RUN = [
    f"Up to {settings.WARM_UP_CALLS} calls, fewer if they take longer than {settings.WARM_UP_SECONDS:g} s",
    f"A window is {settings.ROUNDS_PER_WINDOW} rounds",
    f"has gained an entry in {1 / settings.MIN_ENTRIES_PER_CALL:g} calls since the first census",
    f"In a heap of more than {MANY_OBJECTS:,} objects",
    f"is then read between single calls, {settings.CHURN_CENSUSES - 1} times",
    f"`tracemalloc`, in {settings.TRACED_SPANS} spans",
    f"If less than {settings.ENOUGH_FREED:.0%} goes".replace("%", " %"),
    f"are emptied one by one, {settings.MAX_EMPTIED_ALONE} with the first at the most",
    f"frees less than {settings.WELL_FREED:.0%}, up to {settings.MAX_EMPTIED_TOGETHER} are".replace(
        "%", " %"
    ),
    f"up to {settings.WINDOWS_TO_CONFIRM} more windows tell",
    f"The floor rose in each of {settings.WINDOWS_THAT_AGREE} windows",
    f"over at least {settings.PATIENCE_SECONDS:g} s of calls, {settings.PATIENCE_CALLS:,} calls or ",
    f"calls or {settings.PATIENCE_GROWN_BYTES >> 20} MiB",
    f"or to come in {settings.WINDOWS_THAT_AGREE_ON_STEPS} windows",
    f"for {settings.FLAT_SECONDS:g} s of calls, for {settings.FLAT_MIN_CALLS} of them, and for ",
    f"and for {settings.SETTLED_FACTOR:g} times the calls after which it last rose",
    f"{settings.DOUBLINGS_THAT_AGREE} that each gained at least {settings.MIN_STEP_RATIO:g} times as much",
    f"if {settings.STEP_SHARE:.0%} of the newest gain".replace("%", " %"),
    f"gains the same per call between {settings.RATES_THAT_AGREE + 1} censuses",
    f"After {settings.BUDGET_SECONDS:g} s (or {100 * settings.SCREEN_SHARE:g} % of `--max-time`) without",
    f"for {settings.WATCHED_BYTES >> 10} KiB of growth, and {settings.WATCHED_SECONDS:g} seconds at most",
    f"Calls that take longer than {settings.SLOWEST_WATCHED_SECONDS:g} s are not watched",
    f"a block of {settings.BLOCK_BYTES} bytes",
    f"have to weigh {100 * settings.MIN_SHARE_IN_ENTRIES:g} % of what was traced",
]


@pytest.mark.parametrize("words", NUMBERS_OF_A_RUN)
def test_a_number_of_how_it_works_is_that_of_the_code(words: str) -> None:
    page = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")

    assert words in " ".join(page.split())


def test_each_format_has_a_row_on_the_page_of_reports() -> None:
    page = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    table = page.split("\n| flag | for |\n")[1].split("\n\n")[0]

    rows = re.findall(r"^\| `--([\w-]+)` \|", table, re.MULTILINE)

    assert sorted(rows) == sorted(["annotations", *(form.name for form in flags_of("report"))])


def test_each_format_is_in_the_options_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    flags = re.findall(r"`--([\w-]+)", "".join(re.findall(r"^\|([^|]*)\|", readme, re.MULTILINE)))

    assert {form.name for form in flags_of("report")} - set(flags) == set()


def test_the_sentences_on_a_report_quote_the_report_above_them() -> None:
    text = (ROOT / "docs" / "reading-a-report.md").read_text(encoding="utf-8")
    report, rest = text.split("<!-- /output:run-fiber -->")

    for line in re.findall(r"^    (MemoryLock\.keys .*)$", rest, re.MULTILINE):
        assert f"\n{line}\n" in report


def test_the_recordings_of_the_example_name_no_machine() -> None:
    for path in EXAMPLES.glob("*.leakscan"):
        header = json.loads(path.read_text().splitlines()[0])
        assert header["working_directory"] in ("/srv/shop", "/srv/leakscan")
        assert all(folder.startswith("/usr/") for folder in header["library_paths"])


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_page_of_faults_is_made_from_its_tests() -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")

    assert docs_faults.page() == page, "python -m tests.docs_faults > docs/faults.md"


def test_the_page_of_promises_is_made_from_its_tests() -> None:
    page = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")

    assert promises.page() == page, "python -m tests.promises > docs/safety.md"


def test_the_table_of_the_layers_is_what_their_tests_hold() -> None:
    page = docs_layers.PAGE.read_text(encoding="utf-8")

    assert len(re.findall("<!-- /?layers -->", page)) == 2
    assert docs_layers.refreshed(page) == page, "python -m tests.docs_layers"


def test_every_path_that_contributors_are_sent_to_is_there() -> None:
    page = docs_layers.PAGE.read_text(encoding="utf-8")
    top = {path.name for path in ROOT.iterdir()}

    paths = {path for path in re.findall(r"`([\w./-]+/[\w./-]*)`", page) if path.split("/")[0] in top}

    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_the_questions_of_a_newcomer_are_answered_with_a_path_each() -> None:
    page = docs_layers.PAGE.read_text(encoding="utf-8")
    section = page.split("## Where things are\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if "?" in line]

    assert len(rows) >= 10
    assert [row for row in rows if not re.search(r"`(?:leakscan|tests)/[^`]+`", row.split("|")[2])] == []


def test_no_page_has_its_reader_install_the_program_of_somebody_else_that_has_our_name_on_an_index() -> None:
    named = re.compile(
        r"\b(?:pip|pipx|uv)\b[^\n`|]* (?:install|download)(?: [^\s`|]+)* leakscan(?![\w/.-])"
        r"|\bdeps = leakscan\b|\binstall\([^)\n]*[\"']leakscan[\"']"
    )
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

    assert [page.name for page in pages if named.search(page.read_text(encoding="utf-8"))] == []
