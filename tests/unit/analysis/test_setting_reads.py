"""Every number of the analysis stands with its rule, or with what is done by it."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from leakscan import analysis
from leakscan.analysis import rules
from leakscan.analysis.stages import STAGES
from leakscan.cli.decisions_reference import numbers, reference_text
from leakscan.cli.setting_reads import read_in, settings_by_reader

ANALYSIS = Path(analysis.__file__).parent
CODE = {rule.name: rule.decided_in for _, of_pass in rules.IN_ORDER for rule in of_pass} | {
    stage.name: stage.done_in for stage in STAGES
}
"""What each rule and each stage is decided in."""


def _is_in(reader: str, code: str) -> bool:
    return reader == code or reader.startswith(f"{code}.")


def test_what_reads_a_setting_belongs_to_a_rule_or_to_a_stage() -> None:
    every = [code for of_one in CODE.values() for code in of_one]

    assert [
        reader for reader in settings_by_reader() if not any(_is_in(reader, code) for code in every)
    ] == []


@pytest.mark.parametrize("name", CODE)
def test_the_code_of_a_rule_or_a_stage_reads_settings(name: str) -> None:
    assert [code for code in CODE[name] if not read_in([code])] == []


def test_each_setting_is_read_and_is_on_the_page_in_one_row() -> None:
    rows = Counter(re.findall(r"^\| `([\w.]+)` \|", reference_text(), re.MULTILINE))

    assert rows == Counter(numbers().keys())


def test_a_number_that_decides_has_a_unit_and_a_reason() -> None:
    texts = {name: number.text for name, number in numbers().items()}

    assert [name for name, text in texts.items() if len(text.split()) < 5] == []


def test_what_is_compared_with_a_number_is_compared_with_a_setting() -> None:
    """0, 1 and 2 are none, one and a pair; any other number decides, and has a name and a reason."""
    bare = [
        f"{path.relative_to(ANALYSIS)}:{number.lineno}: {ast.unparse(comparison)}"
        for path in ANALYSIS.rglob("*.py")
        for comparison in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(comparison, ast.Compare)
        for number in ast.walk(comparison)
        if isinstance(number, ast.Constant)
        and type(number.value) in (int, float)
        and number.value not in (0, 1, 2)
    ]

    assert bare == []


def test_a_setting_is_read_from_its_module_under_one_name() -> None:
    """What is imported by itself, or under another name, would be read where nobody sees it."""
    imports = [
        (path.name, alias.name, alias.asname)
        for path in ANALYSIS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (node.module == "leakscan.analysis.settings" and alias.name != "Settings")
        or (alias.name == "settings" and alias.asname is not None)
    ]

    assert imports == []


def test_a_setting_belongs_to_the_function_the_method_or_the_constant_that_reads_it() -> None:
    reads = settings_by_reader()

    assert reads["growth.trends.is_kept_up"] == ("STILL_RISING",)
    assert reads["growth.screen.Screen.filled"] == ("FILLED_SHARE",)
    assert reads["attribution.tiers.WEAK"] == ("WEAK_ADMITTED_BELOW",)
    assert reads["analyze"] == ("Settings.threshold_bytes_per_call",)


def test_a_number_that_is_made_from_others_shows_how() -> None:
    assert numbers()["PATIENCE_RUN_SECONDS"].origin == "2 * PATIENCE_SECONDS"
    assert numbers()["PATIENCE_SECONDS"].origin == ""


def test_code_that_is_not_there_is_refused() -> None:
    with pytest.raises(LookupError, match=r"growth\.gone"):
        read_in(["growth.trends", "growth.gone"])
