"""`leakscan explain`: the patterns that leaks are made of."""

import click

from leakscan.errors import UsageError
from leakscan.reports.text.consoles import stdout_console
from leakscan.reports.text.patterns import draw_pattern, draw_patterns
from leakscan.reports.text_fit import shortened
from leakscan.reports.views.patterns import likely_names, pattern_named, patterns

_MAX_ECHOED = 80
"""Characters of what was given that an error says again."""


@click.command()
@click.argument("name", metavar="[PATTERN]", required=False)
def explain(*, name: str | None) -> int:
    """Explain a pattern that leaks are made of, and what mends it.

    PATTERN is the name that a finding's advice gives. Without one, all are listed, with how each
    looks in a report.

    \b
    Examples:
      leakscan explain
      leakscan explain a-lock-per-key

    Exit codes: 0, or 2 if there is no such pattern.
    """
    console = stdout_console()
    if name is None:
        draw_patterns(patterns(), console)
        return 0
    pattern = pattern_named(name)
    if pattern is None:
        raise _unknown(name)
    draw_pattern(pattern, console)
    return 0


def _unknown(name: str) -> UsageError:
    name = shortened(name, _MAX_ECHOED)
    likely = " or ".join(f"`{each}`" for each in likely_names(name))
    hint = f"did you mean {likely}?" if likely else "`leakscan explain` lists all that there are"
    return UsageError(f"no pattern is called `{name}`", hint=hint)
