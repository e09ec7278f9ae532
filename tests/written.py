"""Reports as they are written: what a flag such as `--json` puts into its file."""

from leakscan.reports.formats.table import FORMATS, Subject
from leakscan.reports.locations import Checkout

NOWHERE = Checkout()
"""No repository."""


def content_of(form: str, subject: Subject, checkout: Checkout = NOWHERE) -> bytes:
    """The file of a run, a check or a comparison in this form."""
    return FORMATS[form].write(subject, checkout)


def text_of(form: str, subject: Subject, checkout: Checkout = NOWHERE) -> str:
    """The file as text."""
    return content_of(form, subject, checkout).decode("utf-8")


def commands_of(subject: Subject, checkout: Checkout = NOWHERE) -> list[str]:
    """The workflow commands for GitHub, one a line."""
    return text_of("github", subject, checkout).split("\n")[:-1]
