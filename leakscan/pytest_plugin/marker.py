"""What the markers of a test say: how it is run, and what growth of it is accepted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from leakscan.model.analysis import Analysis, Finding
from leakscan.model.run import Verdict
from leakscan.pytest_plugin.options import PluginOptions, bytes_of, calls_of, seconds_of

MOCK_CALL_LIST = "_CallList"
"""The type of the lists in which a mock records its calls: it does so for the test, and may outlive it."""
_KEYS = ("calls", "threshold", "max_time", "holder", "skip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Growth of one holder that fails nothing."""

    holder: str
    """The holder's name, as the report has it; `*` stands for anything."""
    threshold_bytes: float | None
    """Growth per call up to which it is accepted; None: any."""

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is accepted."""
        if finding.holder is None or not fnmatchcase(finding.holder.name, self.holder):
            return False
        return self.threshold_bytes is None or finding.bytes_per_call <= self.threshold_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How one test is checked."""

    calls: int | None
    threshold_bytes: float
    max_time_seconds: float
    accepted: tuple[Acceptance, ...] = ()
    skip: str | None = None
    """Why the test is not to be run again and again."""

    def failing(self, analysis: Analysis) -> bool:
        """Whether the growth is more than is accepted."""
        if analysis.verdict is not Verdict.LEAKING:
            return False
        leaking = [finding for finding in analysis.findings if finding.verdict is Verdict.LEAKING]
        return not leaking or any(not self._accepts(finding) for finding in leaking)

    def _accepts(self, finding: Finding) -> bool:
        if finding.holder is not None and finding.holder.type == MOCK_CALL_LIST:
            return True
        return any(each.covers(finding) for each in self.accepted)


def limits_of(markers: Iterable[Mapping[str, Any]], options: PluginOptions) -> Limits:
    """The limits of a test by the arguments of its markers, the nearest first.

    A marker with a holder is about that holder alone; all of them count. Of the others, the nearest that has
    an argument decides it. Raises ValueError for an argument that is unknown, or of another kind.
    """
    calls, threshold, max_time = options.calls, options.threshold_bytes, options.max_time_seconds
    skip: str | None = None
    accepted: list[Acceptance] = []
    for marker in reversed(list(markers)):
        _check(marker)
        size = None if marker.get("threshold") is None else bytes_of(marker["threshold"])
        if marker.get("holder") is not None:
            accepted.append(Acceptance(holder=str(marker["holder"]), threshold_bytes=size))
        elif size is not None:
            threshold = size
        if marker.get("calls") is not None:
            calls = calls_of(marker["calls"])
        if marker.get("max_time") is not None:
            max_time = seconds_of(marker["max_time"])
        if marker.get("skip") is not None:
            skip = str(marker["skip"])
    return Limits(
        calls=calls,
        threshold_bytes=threshold,
        max_time_seconds=max_time,
        accepted=tuple(accepted),
        skip=skip,
    )


def _check(marker: Mapping[str, Any]) -> None:
    unknown = sorted(set(marker) - set(_KEYS))
    if unknown:
        raise ValueError(f"the marker knows no `{unknown[0]}`, only {', '.join(_KEYS)}")
