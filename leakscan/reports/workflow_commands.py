"""Text in which the runner of GitHub finds no command.

It obeys what stands in the log of a job: a line that begins with `::error …::`, spaces before it or not, and
`##[error]` anywhere. A report quotes messages and names of the target, which anybody may have written.
"""

import os
import re

_OPENING = re.compile(r"(?:(?<=[\r\n])|\A)([^\S\r\n]*):(?=:)|##(?=\[)")


def without_commands(text: str) -> str:
    """The text, with what is printed on GitHub made no command by a space: `: :error`, `# #[error]`."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return text
    return _OPENING.sub(lambda match: "# #" if match[1] is None else f"{match[1]}: ", text)
