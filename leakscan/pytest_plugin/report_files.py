"""A file for each test that has something to show."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from leakscan.model.analysis import Analysis
from leakscan.reports.formats.table import FORMATS
from leakscan.reports.locations import Checkout
from leakscan.reports.output import write_bytes

MAX_NAME_CHARACTERS = 120


def write_files(
    analysis: Analysis, nodeid: str, folders: Mapping[str, Path], *, shows_source: bool = True
) -> None:
    """Write the report in each form into its folder; a folder is made where it is missing."""
    for form in FORMATS.values():
        folder = folders.get(form.name)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{file_name(nodeid)}{form.suffix}"
            write_bytes(form.write(analysis, Checkout(shows_source=shows_source)), str(path), stdout=None)


def file_name(nodeid: str) -> str:
    """A name for the files of a test: readable, and its own though ids may differ in odd characters alone."""
    readable = re.sub(r"[^\w.-]+", "-", nodeid).strip("-")[:MAX_NAME_CHARACTERS]
    return f"{readable}-{hashlib.sha256(nodeid.encode()).hexdigest()[:8]}"
