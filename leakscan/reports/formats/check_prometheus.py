"""A check as metrics: the runs of all targets, and what the gate says of them."""

from collections.abc import Iterator

from leakscan.model.check import Check, Standing, TargetCheck
from leakscan.reports.formats.prometheus import (
    Labels,
    Metric,
    exposition,
    finding_metrics,
    gauge,
    run_metrics,
)
from leakscan.reports.text_fit import printable


def check_prometheus(check: Check) -> str:
    """The check in Prometheus's text format; a target is labelled by the name that the project gave it."""
    return exposition(_metrics(check))


def _metrics(check: Check) -> Iterator[Metric]:
    yield gauge(
        "check_exit_code",
        "What the check exited with: 0 no leak is new or worse, 1 a leak is, 3 a target failed, "
        "4 a target is inconclusive.",
        [({}, check.exit_code)],
    )
    yield gauge("check_targets", "Targets of the check.", [({}, len(check.targets))])
    yield gauge(
        "check_findings",
        "Findings of a target by what the gate makes of them; those that are new, worse or expired fail.",
        [
            ({**_run(target), "standing": standing.value}, _count(target, standing))
            for target in check.targets
            for standing in Standing
        ],
    )
    yield gauge(
        "check_failing_findings",
        "Findings of a target that fail the check.",
        [(_run(target), sum(found.fails for found in target.findings)) for target in check.targets],
    )
    yield gauge(
        "check_drifts",
        "Numbers of a target that are worse than its history allows.",
        [(_run(target), len(target.drifts)) for target in check.targets],
    )
    for target in check.targets:
        yield from run_metrics(target.analysis, _run(target), target.exit_code)
    yield from finding_metrics(
        ({**_run(target), "standing": found.standing.value}, found.finding)
        for target in check.targets
        for found in target.findings
        if found.finding is not None
    )


def _run(target: TargetCheck) -> Labels:
    return {"target": printable(target.name)}


def _count(target: TargetCheck, standing: Standing) -> int:
    return sum(found.standing is standing for found in target.findings)
