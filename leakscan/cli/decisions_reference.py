"""The page of the rules that decide, made from the passes, the rules and the settings themselves.

python -m leakscan.cli.decisions_reference > docs/how-it-decides.md
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from leakscan.analysis import PASSES, rules, settings
from leakscan.analysis.rules import Rule

INTRODUCTION = """\
A run is judged in passes: each reads what was recorded and what the passes before it came to, and adds to it.
Below is each pass with the rules that it decides by, the numbers that a rule uses, and a program of the
repository on which it decides. `--verbose` lists the rules that decided a run, with what each was decided by,
and so does `reasons` in a JSON report. No number but the threshold is an option: a verdict has to mean the
same everywhere."""
SCRIPTED = "tests/unit/analysis/test_rules.py"
"""The runs of the rules that no program of the repository shows."""


def reference_text() -> str:
    """The page: each pass in its order, with its rules."""
    paragraphs = [
        "# How it decides",
        "<!-- made by `python -m leakscan.cli.decisions_reference`; do not edit -->",
        INTRODUCTION,
    ]
    rules_of = dict(rules.IN_ORDER)
    for number, each in enumerate(PASSES, 1):
        paragraphs.append(f"## {number}. {each.__name__.replace('_', ' ').capitalize()}")
        paragraphs.append(inspect.getdoc(each) or "")
        for rule in rules_of.get(each.__name__, ()):
            paragraphs += _section(rule)
    return "\n\n".join(paragraphs) + "\n"


class Number(NamedTuple):
    """A number that decides."""

    value: float
    text: str
    """Its unit and its reason."""


def numbers() -> Mapping[str, Number]:
    """Each number of the settings by its name, a default of `Settings` by that of its field behind it."""
    tree = ast.parse(inspect.getsource(settings))
    options = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    constants = {name: Number(getattr(settings, name), text) for name, text in _assigned(tree.body)}
    defaults = settings.Settings()
    fields = {
        f"{options.name}.{name}": Number(getattr(defaults, name), text)
        for name, text in _assigned(options.body)
    }
    return constants | fields


def _section(rule: Rule) -> Iterator[str]:
    yield f"### {rule.name}"
    shown = f"Scripted in `{SCRIPTED}`." if rule.shown_by is None else f"Shown by `{rule.shown_by}`."
    yield f"{rule.sentence} {shown}"
    if rule.settings:
        known = numbers()
        rows = [f"| `{name}` | {known[name].value:,} | {known[name].text} |" for name in rule.settings]
        yield "\n".join(["| number | value | unit and reason |", "| --- | --- | --- |", *rows])


def _assigned(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    """The names that are given here, each with the text below; two that are given at once share it."""
    for statement, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        for name in target.elts if isinstance(target, ast.Tuple) else [target]:
            yield ast.unparse(name), _string(below)


def _string(statement: ast.stmt | None) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split()).replace("|", "\\|")
    return ""


if __name__ == "__main__":
    sys.stdout.write(reference_text())
