"""The result of one test, in a form that travels with its report from a worker to the main process."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from leakscan.model.analysis import Analysis
from leakscan.model.run import Verdict
from leakscan.pytest_plugin.marker import Limits
from leakscan.testing import reason_of


class Status(StrEnum):
    """The outcome of looping a test."""

    CLEAN = "clean"
    FILLING = "filling"
    LEAKING = "leaking"
    ACCEPTED = "accepted"
    NO_ANSWER = "no answer"
    NOT_LOOPED = "not looped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One test, looped or not."""

    status: Status
    reason: str
    """One sentence, without a full stop."""
    calls: int = 0
    seconds: float = 0.0

    def as_plain(self) -> dict[str, Any]:
        """As values that any transport takes."""
        return {**asdict(self), "status": str(self.status)}

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> "Result":
        """The result that `as_plain` gave these values of."""
        return cls(**{**plain, "status": Status(plain["status"])})


def not_looped(reason: str) -> Result:
    """A test that was run once, and why."""
    return Result(status=Status.NOT_LOOPED, reason=reason)


def result_of(analysis: Analysis, limits: Limits) -> Result:
    """The result of a test by its analysis and its limits."""
    statuses = {
        Verdict.CLEAN: Status.CLEAN,
        Verdict.FILLING: Status.FILLING,
        Verdict.INCONCLUSIVE: Status.NO_ANSWER,
        Verdict.LEAKING: Status.LEAKING if limits.failing(analysis) else Status.ACCEPTED,
    }
    return Result(
        status=statuses[analysis.verdict],
        reason=reason_of(analysis),
        calls=analysis.calls,
        seconds=analysis.seconds,
    )
