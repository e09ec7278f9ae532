"""The first line of a recording: what was asked for, and where it ran."""

import platform
import sysconfig
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from leakscan import __version__, wire
from leakscan.masking import masked, masked_arguments
from leakscan.model.run import RunOptions
from leakscan.runner.memory_limit import memory_bytes


def header_of(options: RunOptions, folder: str | None = None) -> wire.Header:
    """The header of a run that begins now, on this machine, in the folder or else in the current one."""
    paths = sysconfig.get_paths()
    # A recording is judged and not run again, so it needs no value that may be a secret.
    shown = replace(
        options,
        arguments=masked_arguments(options.arguments),
        command=tuple(map(masked, options.command)),
    )
    libraries = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return wire.Header(
        format=wire.FORMAT_VERSION,
        leakscan=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        options=asdict(shown),
        library_paths=tuple(sorted(libraries)),
        working_directory=folder or str(Path.cwd()),
        memory_bytes=memory_bytes(),
        readable_from=wire.READABLE_FROM,
    )
