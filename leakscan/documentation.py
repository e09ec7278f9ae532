"""Where the documentation is published: the one place in the code that knows.

CONTRIBUTING ("The site") says what else changes with it.
"""

SITE = "https://leakscan.readthedocs.io/en/latest/"


def page_url(page: str, heading: str = "") -> str:
    """The address of a page of `docs/`, by the name of its file without `.md`, and of a heading on it."""
    return f"{SITE}{page}.html{'#' * bool(heading)}{heading}"
