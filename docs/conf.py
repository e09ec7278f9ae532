"""How Sphinx makes the site of these pages: `sphinx-build -W --keep-going -n docs site`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from leakscan import __version__  # noqa: E402
from leakscan.documentation import SITE  # noqa: E402

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "leakscan"
version = release = __version__
extensions = ["myst_parser"]
exclude_patterns = ["examples/README.md"]
nitpicky = True
myst_heading_anchors = 4
smartquotes = False  # `--leakscan` is an option, not a dash

html_theme = "furo"
html_title = f"leakscan {__version__}"
html_baseurl = SITE or ""
html_copy_source = False
html_show_copyright = False


def setup(app: "Sphinx") -> None:
    """Have each heading keep the anchor that GitHub gives it: reports link to those."""
    app.connect("doctree-read", _add_anchors)


def _add_anchors(app: "Sphinx", page: nodes.document) -> None:
    del app
    for section in page.findall(nodes.section):
        slug = section.get("slug")
        if slug is not None and slug not in section["ids"]:
            section["ids"].append(slug)
