"""The table of the layers in CONTRIBUTING, made from what `tests/test_layers.py` holds.

python -m tests.docs_layers
"""

import ast
import re
import sys
from collections.abc import Iterator

from tests.docs_output import ROOT
from tests.test_layers import DRAWING, LAYERS, MARKUP, PAGES, READING, Layer

PAGE = ROOT / "CONTRIBUTING.md"
MAX_LISTED = 6
"""A layer that may import more than this is described by another one that may import the same."""
_TABLE = re.compile(r"(?<=<!-- layers -->\n).*?(?=<!-- /layers -->)", re.DOTALL)


def refreshed(page: str) -> str:
    """The page, with the table as the tests hold it now."""
    return _TABLE.sub(lambda _: table(), page)


def table() -> str:
    """A row for each layer: what it is, and what it may import."""
    rows = ["| layer | what it is | may import from leakscan | third party |", "| --- | --- | --- | --- |"]
    rows += [f"| `{name}` | {_first_line(name)} | {_own(name)} | {_third_party(name)} |" for name in LAYERS]
    return "\n".join(rows) + "\n"


def _first_line(name: str) -> str:
    """What the layer says of itself."""
    path = ROOT / "leakscan" / name
    module = next(each for each in (path, path.with_suffix(".py"), path / "__init__.py") if each.is_file())
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].rstrip(".").replace("|", "\\|")


def _own(name: str) -> str:
    layer = LAYERS[name]
    if not layer.own:
        return "nothing"
    like = _layer_like(name, layer)
    inherited = frozenset[str]() if like is None else LAYERS[like].own
    listed = [f"`{each}`" for each in LAYERS if each in layer.own - inherited]
    return ", ".join([*([] if like is None else [f"what `{like}` may"]), *listed])


def _layer_like(name: str, layer: Layer) -> str | None:
    """An earlier layer that may import much of what this one may; None where that says nothing shorter."""
    earlier = list(LAYERS)[: list(LAYERS).index(name)]
    alike = [each for each in earlier if len(LAYERS[each].own) > MAX_LISTED and LAYERS[each].own <= layer.own]
    return max(alike, key=lambda each: len(LAYERS[each].own), default=None)


def _third_party(name: str) -> str:
    everywhere = sorted(LAYERS[name].third_party)
    return ", ".join([*everywhere, *_somewhere(name)]) or "none"


def _somewhere(name: str) -> Iterator[str]:
    """Libraries that only some modules of a layer may import."""
    rooms = (
        ("rich", {DRAWING}),
        ("jinja2", PAGES),
        ("markdown_it, markupsafe", MARKUP),
        ("cattrs", READING),
    )
    for library, places in rooms:
        within = sorted(place for place in places if place.startswith(f"{name}/"))
        if within:
            yield f"{library} in {', '.join(f'`{place}`' for place in within)}"


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
