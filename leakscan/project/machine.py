"""The machine that this runs on, as far as numbers depend on it."""

import platform
from pathlib import Path

from leakscan.model.history import Machine

PROCESSORS = Path("/proc/cpuinfo")
NAMES = ("model name", "cpu model", "Hardware", "Model")
"""Keys under which Linux names the processor, by architecture."""


def this_machine() -> Machine:
    """Names of the system and of the processor."""
    system = (platform.system(), platform.machine(), platform.libc_ver()[0])
    return Machine(system=" ".join(filter(None, system)), processor=_processor(_content(PROCESSORS)))


def _content(path: Path) -> str:
    """The text of a file; empty where it can't be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _processor(cpuinfo: str) -> str:
    """The name by Linux; elsewhere by Python, which may know only the architecture."""
    pairs = dict(_pair(line) for line in cpuinfo.splitlines() if ":" in line)
    named = next((pairs[name] for name in NAMES if pairs.get(name)), None)
    return named or platform.processor() or platform.machine()


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()
