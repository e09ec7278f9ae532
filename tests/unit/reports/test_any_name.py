"""Whatever a target calls its things, a file stays what it is."""

import io
import json
import xml.etree.ElementTree as ET
from functools import cache

import xmlschema
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from leakscan.comparison.gate import GateOptions
from leakscan.model.analysis import Analysis
from leakscan.reports.formats.markdown import code
from leakscan.reports.formats.table import FORMATS, flags_of
from leakscan.reports.locations import Checkout
from leakscan.reports.text_fit import printable
from tests.builders import a_finding, a_holder, a_site, an_accepted_leak, an_analysis
from tests.integration.command import ROOT
from tests.samples import a_check, a_checked_target
from tests.unit.reports.consumers import (
    SCHEMAS,
    check_schema,
    closed,
    profile_of,
    profile_samples,
    sarif_schema,
    violations,
)
from tests.written import commands_of

CHECKOUT = Checkout(root="/srv/app", folder="/srv/app")
WRITERS = {form.name: form.write for form in flags_of("report")}
names = st.text(st.characters(), min_size=1) | st.text("`|<>&\"'\\%:,\n\r# @[]()*_~{}=-!/. ", min_size=1)


@cache
def jenkins_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


def called(name: str) -> Analysis:
    """A leak in which everything that can have a name has this one."""
    site = a_site(f"app/{name}:4", name, types={name: 1.0})
    finding = a_finding(fingerprint=name, holder=a_holder(name, type=name, path=(name,)), sites=(site,))
    return an_analysis(finding, target=name, reason=name, warnings=(name,))


READ = {"json", "sarif", "junit", "pprof", "prometheus", "markdown"}
"""The formats whose files are read below."""
READ_ELSEWHERE = {
    "html": "tests/browser/pages.py",
    "graph": "tests/unit/reports/formats/test_graph.py",
    "github": "tests/unit/reports/formats/test_annotations.py",
    "gitlab": "tests/unit/reports/formats/test_annotations.py",
}
"""Where names of any kind are given to the other formats."""


def test_each_format_is_given_names_of_any_kind() -> None:
    assert READ.isdisjoint(READ_ELSEWHERE)
    assert {*READ, *READ_ELSEWHERE} == set(FORMATS), "a new format needs a reader in these tests"
    assert [path for path in READ_ELSEWHERE.values() if not (ROOT / path).is_file()] == []


@given(names)
def test_every_file_can_be_read_and_has_one_leak_in_it(name: str) -> None:
    said = {form: write(called(name), CHECKOUT) for form, write in WRITERS.items()}

    assert json.loads(said["json"])["findings"][0]["fingerprint"] == name
    assert violations(json.loads(said["sarif"]), sarif_schema()) == []
    jenkins_schema().validate(io.StringIO(said["junit"].decode()))
    [case] = ET.fromstring(said["junit"].decode()).iter("testcase")  # noqa: S314 - our own file
    assert case.get("name") == printable(name)
    [sample] = profile_samples(profile_of(said["pprof"]))
    assert sample["labels"]["holder"] == printable(name)
    entries = [
        family
        for family in text_string_to_metric_families(said["prometheus"].decode())
        if family.name == "leakscan_finding_entries"
    ]
    assert [sample.labels["holder"] for family in entries for sample in family.samples] == [printable(name)]


@given(names)
@example("a|b")
@example("\\|")
def test_every_file_of_a_check_can_be_read_and_has_one_target_in_it(name: str) -> None:
    known = an_accepted_leak(target=name, fingerprint="gone", holder=name, reason=name)
    target = a_checked_target(name, called(name), GateOptions(accepted=(known,)))
    said = {form.name: form.write(a_check(target), CHECKOUT) for form in flags_of("check")}

    told = json.loads(said["json"])
    assert violations(told, closed(check_schema())) == []
    assert [target["name"] for target in told["targets"]] == [name]
    assert violations(json.loads(said["sarif"]), sarif_schema()) == []
    jenkins_schema().validate(io.StringIO(said["junit"].decode()))
    [case] = ET.fromstring(said["junit"].decode()).iter("testcase")  # noqa: S314 - our own file
    assert case.get("name") == printable(name)
    [sample] = profile_samples(profile_of(said["pprof"]))
    assert sample["labels"]["target"] == printable(name)
    families = text_string_to_metric_families(said["prometheus"].decode())
    labels = [each.labels for family in families for each in family.samples if "target" in each.labels]
    assert {each["target"] for each in labels} == {printable(name)}
    rows = MarkdownIt("commonmark").enable("table").parse(said["markdown"].decode())
    assert sum(token.type == "td_open" for token in rows) == 6


@given(names)
@example("\x0c")
def test_a_workflow_command_is_one_line(name: str) -> None:
    [command] = commands_of(called(name), CHECKOUT)

    assert command.startswith("::error ")
    assert len(command.splitlines()) == 1


@given(names.map(printable))
@example(" ")
@example("` ")
def test_a_code_span_holds_the_text_as_it_is(text: str) -> None:
    [paragraph, inline, end] = MarkdownIt("commonmark").parse(f"a {code(text)} b")

    assert (paragraph.type, end.type) == ("paragraph_open", "paragraph_close")
    assert [(child.type, child.content) for child in inline.children or ()] == [
        ("text", "a "),
        ("code_inline", text),
        ("text", " b"),
    ]
