"""A check as remarks on the lines of a change: GitHub's workflow commands, GitLab's Code Quality."""

from collections.abc import Iterator

from leakscan.model.check import Check, TargetCheck
from leakscan.model.run import Verdict
from leakscan.reports.formats.annotations import (
    MOST_COMMANDS,
    RUN_SEVERITIES,
    Issue,
    code_quality_text,
    command,
    fingerprint_of,
    issue,
    text_of,
)
from leakscan.reports.locations import Checkout, line_in_repository, target_in_repository
from leakscan.reports.views.check import Judged, TargetView, check_view
from leakscan.reports.views.report import headline

Pair = tuple[TargetCheck, TargetView]


def check_github_commands(check: Check, checkout: Checkout) -> Iterator[str]:
    """Workflow commands: errors for what fails, drifts, and targets that failed; warnings for no answer.

    What the project knows, allows or tolerates has none. There are no more of each than GitHub shows.
    """
    pairs = _pairs(check)
    errors = [*_of_failing(pairs, checkout), *_of_drifts(pairs), *_of_runs(pairs, 3, "error")]
    yield from errors[:MOST_COMMANDS]
    yield from list(_of_runs(pairs, 4, "warning"))[:MOST_COMMANDS]


def check_gitlab_code_quality(check: Check, checkout: Checkout) -> str:
    """Every finding of every target as GitLab's Code Quality report; what fails nothing is `info`."""
    return code_quality_text(
        told for target, view in _pairs(check) for told in _issues(target, view, checkout)
    )


def _pairs(check: Check) -> list[Pair]:
    return list(zip(check.targets, check_view(check).targets, strict=True))


def _of_failing(pairs: list[Pair], checkout: Checkout) -> Iterator[str]:
    for target, shown in pairs:
        for found, judged in zip(target.findings, shown.findings, strict=True):
            if found.fails and found.finding is not None and judged.finding is not None:
                title = f"leakscan: {judged.finding.title} ({judged.standing}, {judged.target})"
                line = line_in_repository(found.finding, checkout)
                yield command("error", title, _text(judged), line)


def _of_drifts(pairs: list[Pair]) -> Iterator[str]:
    for _, shown in pairs:
        for drifting in shown.drifting:
            yield command("error", f"leakscan: drift in {drifting.target}", drifting.text)


def _of_runs(pairs: list[Pair], exit_code: int, level: str) -> Iterator[str]:
    """Of targets whose runs have no answer, and for which the check does not pass."""
    for target, shown in pairs:
        if target.exit_code_of_run == exit_code:
            yield command(level, f"leakscan: {shown.row.target}", shown.report.headline)


def _issues(target: TargetCheck, view: TargetView, checkout: Checkout) -> Iterator[Issue | None]:
    exit_code = target.exit_code_of_run
    at_target = target_in_repository(target.analysis, checkout)
    if exit_code:
        yield issue(
            target.analysis.kind,
            f"{view.row.target}: {headline(target.analysis)}",
            RUN_SEVERITIES[exit_code],
            fingerprint_of(target.name),
            at_target,
        )
    for drift, drifting in zip(target.drifts, view.drifting, strict=True):
        fingerprint = fingerprint_of(target.name, "drift", drift.quantity)
        yield issue("drift", f"{drifting.target}: {drifting.text}", "major", fingerprint, at_target)
    for found, judged in zip(target.findings, view.findings, strict=True):
        if found.finding is not None and found.finding.verdict is not Verdict.CLEAN:
            yield issue(
                found.finding.kind,
                _text(judged),
                "major" if found.fails else "info",
                # GitLab keeps the first issue of each fingerprint, and two targets may share a leak.
                fingerprint_of(target.name, found.finding.fingerprint),
                line_in_repository(found.finding, checkout) or at_target,
            )


def _text(judged: Judged) -> str:
    text = judged.summary if judged.finding is None else text_of(judged.finding)
    return f"{text}\n{judged.standing} in {judged.target}: {judged.remark}"
