"""Where the documentation is published, if it is: the one place in the code that knows.

CONTRIBUTING ("The site") says what else changes with it.
"""

SITE: str | None = None
"""The address of the site, with a slash at its end. None while nobody holds one: then nothing links to it."""


def page_url(page: str, heading: str = "") -> str | None:
    """The address of a page of `docs/` and of a heading on it; None while there is no site.

    The page is the name of its file without `.md`.
    """
    return None if SITE is None else f"{SITE}{page}.html{'#' * bool(heading)}{heading}"
