"""The machine that this runs on, as far as numbers depend on it."""

import platform
from pathlib import Path

from leakscan.model.history import Machine

PROCESSORS = Path("/proc/cpuinfo")
NAMES = ("model name", "cpu model", "Hardware", "Model")
"""Keys under which Linux tells the processor, by architecture."""


def this_machine() -> Machine:
    """Names of the system and of the processor."""
    system = (platform.system(), platform.machine(), platform.libc_ver()[0])
    return Machine(system=" ".join(filter(None, system)), processor=_processor(_told(PROCESSORS)))


def _told(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _processor(told: str) -> str:
    """The name in what Linux tells; elsewhere what Python knows, which may be only the architecture."""
    pairs = dict(_pair(line) for line in told.splitlines() if ":" in line)
    named = next((pairs[name] for name in NAMES if pairs.get(name)), None)
    return named or platform.processor() or platform.machine()


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()
