"""`python -m leakscan`."""

import sys
from typing import NoReturn

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line of this process; a Ctrl-C while it is loaded ends it in silence, as later."""
    try:
        from leakscan.cli import main as run
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
