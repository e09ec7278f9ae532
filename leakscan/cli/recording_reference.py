"""The reference page of the recording format, made from the records themselves.

python -m leakscan.cli.recording_reference > docs/recording-format.md
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import get_args

from leakscan import wire
from leakscan.wire import commands, heap_records, run_records

CUT_SHORT = (
    "A recording that ends in the middle of a line is whole up to there: a crash costs at most "
    "the record that was being written. So is one with a line that is no record: it is read up to that line."
)


def reference_text() -> str:
    """The page: what a line is, then each record with its fields."""
    classes = _classes()
    records = [record.__name__ for record in get_args(wire.Record)]
    parts = [name for name in classes if _is_part(name, classes, records)]
    summary, *details = _docstring_paragraphs()
    paragraphs = [
        "# The recording format",
        "<!-- made by `python -m leakscan.cli.recording_reference`; do not edit -->",
        f"This is format {wire.FORMAT_VERSION}. {summary}",
        *details,
        CUT_SHORT,
        "## Records",
        *_sections(records, classes),
        "## Parts of records",
        *_sections(parts, classes),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _classes() -> Mapping[str, ast.ClassDef]:
    trees = (ast.parse(inspect.getsource(module)) for module in (commands, run_records, heap_records))
    return {node.name: node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)}


def _is_part(name: str, classes: Mapping[str, ast.ClassDef], records: list[str]) -> bool:
    """Whether the class stands in a field of a record, or of another part."""
    others = (node for other, node in classes.items() if other != name)
    return name not in records and any(
        isinstance(inner, ast.Name) and inner.id == name for node in others for inner in ast.walk(node)
    )


def _sections(names: list[str], classes: Mapping[str, ast.ClassDef]) -> Iterator[str]:
    for name in names:
        yield f"### {name}"
        yield ast.get_docstring(classes[name]) or ""
        rows = [f"| `{field}` | `{kind}` | {text} |" for field, kind, text in _fields(classes[name])]
        if rows:
            yield "\n".join(["| field | type | |", "| --- | --- | --- |", *rows])
        values = [f"| `{value}` | {text} |" for value, text in _values(classes[name])]
        if values:
            yield "\n".join(["| value | |", "| --- | --- |", *values])


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    """Name, type and explanation of each field."""
    for statement, below in _with_what_is_below(node):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            kind = ast.unparse(statement.annotation).replace("|", "\\|")
            yield statement.target.id, kind, _string(below).replace("|", "\\|")


def _values(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Value and explanation of each member of an enum."""
    for statement, below in _with_what_is_below(node):
        if isinstance(statement, ast.Assign):
            yield _string(ast.Expr(statement.value)), _string(below)


def _with_what_is_below(node: ast.ClassDef) -> Iterator[tuple[ast.stmt, ast.stmt | None]]:
    """Each statement of the class, and the next one: a string below a field or a member explains it."""
    return zip(node.body, [*node.body[1:], None], strict=True)


def _string(statement: ast.stmt | None) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split())
    return ""


def _docstring_paragraphs() -> Iterator[str]:
    """What `wire` says of itself; a list below a heading stands apart, as Markdown wants it."""
    for paragraph in inspect.cleandoc(wire.__doc__ or "").split("\n\n"):
        heading, _, lines = paragraph.partition("\n")
        yield f"{heading}\n\n{lines}" if lines.startswith("    ") else paragraph


if __name__ == "__main__":
    sys.stdout.write(reference_text())
