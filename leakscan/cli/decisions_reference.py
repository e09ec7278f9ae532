"""The page of the rules that decide, made from the passes, the rules and the settings themselves.

python -m leakscan.cli.decisions_reference > docs/how-it-decides.md
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from leakscan.analysis import PASSES, rules, settings
from leakscan.analysis.stages import STAGES
from leakscan.cli.agent_numbers import agent_numbers, text_below
from leakscan.cli.setting_reads import read_in

INTRODUCTION = """\
A run is judged in passes: each reads what was recorded and what the passes before it came to, and adds to
it. Below is each pass with the rules that it decides by, the numbers that a rule uses, and a program of the
repository on which it decides; below the passes are the numbers by which a run is planned and a finding is
told, and at the end those that the agent decides by. Each number has its row where it is used first.
`--verbose` lists the rules that decided a run, with what each was decided by, and so does `reasons` in a
JSON report. No number but the threshold is an option: a verdict has to mean the same everywhere."""
OF_THE_AGENT = """\
What a record holds is decided in the target, where a heap is too large to be told whole: a report made from a
recording can not go by other numbers than these. The modules are those of `leakscan`."""


def reference_text() -> str:
    """The page: each pass in its order, with its rules; then the numbers that are no rule's."""
    paragraphs = [
        "# How it decides",
        "<!-- made by `python -m leakscan.cli.decisions_reference`; do not edit -->",
        INTRODUCTION,
    ]
    rules_of = dict(rules.IN_ORDER)
    shown: dict[str, str] = {}
    for number, each in enumerate(PASSES, 1):
        paragraphs.append(f"## {number}. {each.__name__.replace('_', ' ').capitalize()}")
        paragraphs.append(inspect.getdoc(each) or "")
        for rule in rules_of.get(each.__name__, ()):
            paragraphs += [f"### {rule.name}", f"{rule.sentence} Shown by `{rule.shown_by}`."]
            paragraphs += _numbers_of(rule.name, rule.decided_in, shown)
    paragraphs.append("## Numbers of no rule")
    for stage in STAGES:
        paragraphs += [f"### {stage.name}", stage.sentence, *_numbers_of(stage.name, stage.done_in, shown)]
    paragraphs += ["## Numbers of the agent", OF_THE_AGENT, _table_of_agent()]
    return "\n\n".join(paragraphs) + "\n"


def _table_of_agent() -> str:
    rows = [
        f"| `agent/{name}` | {number.value:,} | {number.text} |" for name, number in agent_numbers().items()
    ]
    return "\n".join(["| number | value | unit and reason |", "| --- | --- | --- |", *rows])


class Number(NamedTuple):
    """A number that decides."""

    value: float
    text: str
    """Its unit and its reason."""
    origin: str = ""
    """How it is made from other numbers; empty where it is not."""


def numbers() -> Mapping[str, Number]:
    """Each number of the settings by its name, a default of `Settings` by that of its field behind it."""
    tree = ast.parse(inspect.getsource(settings))
    options = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    constants = {
        name: Number(getattr(settings, name), text, origin) for name, text, origin in _assigned(tree.body)
    }
    defaults = settings.Settings()
    fields = {
        f"{options.name}.{name}": Number(getattr(defaults, name), text, origin)
        for name, text, origin in _assigned(options.body)
    }
    return constants | fields


def _numbers_of(heading: str, code: Sequence[str], shown: dict[str, str]) -> Iterator[str]:
    """The numbers that the code reads: a row for each that has none yet, and where the others have theirs."""
    known = numbers()
    read = set(read_in(code))
    names = [name for name in known if name in read]
    new = [name for name in names if name not in shown]
    if new:
        rows = [f"| `{name}` | {_value(known[name])} | {known[name].text} |" for name in new]
        yield "\n".join(["| number | value | unit and reason |", "| --- | --- | --- |", *rows])
    others: dict[str, list[str]] = {}
    for name in names:
        if name in shown:
            others.setdefault(shown[name], []).append(f"`{name}`")
    if others:
        listed = "; ".join(f"of “{where}” {', '.join(them)}" for where, them in others.items())
        yield f"{'Also, ' if new else 'Numbers '}{listed}."
    shown.update(dict.fromkeys(new, heading))


def _value(number: Number) -> str:
    return f"{number.value:,} = `{number.origin}`" if number.origin else f"{number.value:,}"


def _assigned(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str, str]]:
    """The names that are given here, each with the text below and what it is made from.

    Two that are given at once share the text.
    """
    for statement, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        assert statement.value is not None
        is_made = any(isinstance(each, ast.Name) for each in ast.walk(statement.value))
        origin = ast.unparse(statement.value) if is_made else ""
        for name in target.elts if isinstance(target, ast.Tuple) else [target]:
            yield ast.unparse(name), text_below(below), origin


if __name__ == "__main__":
    sys.stdout.write(reference_text())
